"""Asking the SEC's servers: declared, kept out, absent; and what the stand-in's company comes to."""

import runpy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from galena.connectors.sec_edgar.desk import BLOCKED_S
from galena.connectors.sec_edgar.enricher import EdgarEnricher, open_enricher
from galena.connectors.sec_edgar.source import EdgarSource, open_source
from galena.domain.connector import Access
from galena.kit.errors import ConfigurationError
from galena.kit.web import AddressGuard, BusyError, Limits, RefusedError, WebClient
from galena.simulator.providers.server import Asked, ProviderServer, Reply

VENDOR = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).parents[2] / "payloads" / "sec_edgar" / "provider.py"))
)
ROWS = VENDOR.records(37)


@pytest.fixture
def opened() -> Iterator[Callable[..., Any]]:
    """A function: from answers and settings to an open connector."""
    with ExitStack() as closing:

        def make(
            kind: str = "source", answer: Callable[[Asked], Reply] | None = None, **settings: Any
        ) -> Any:
            server = ProviderServer(answer or (lambda asked: VENDOR.answer(asked, ROWS)))
            closing.enter_context(server.running())
            web = closing.enter_context(
                WebClient(
                    "it", guard=AddressGuard(private_ok=True), limits=Limits(attempts=1), sleep=lambda _: None
                )
            )
            forms = "8-K, 10-K/A"
            given = (
                {"most_documents": 40, "sanctions": True, "feed_forms": forms}
                | VENDOR.settings(server.url)
                | settings
            )
            made: EdgarSource | EdgarEnricher
            made = (open_source if kind == "source" else open_enricher)(Access(given), web)
            return SimpleNamespace(it=made, server=server)

        yield make


@pytest.mark.parametrize("contact", ["", "admin@sample.com", "Sample Brokers", "Sample Bröker a@b.com"])
def test_nothing_starts_without_saying_who_asks(opened: Callable[..., Any], contact: str) -> None:
    with pytest.raises(ConfigurationError):
        opened(contact=contact)


def test_a_caller_kept_out_stays_away(opened: Callable[..., Any]) -> None:
    connector = opened(answer=lambda _: Reply(b"<html>Request Rate Threshold Exceeded</html>", 403))
    for _ in range(3):
        with pytest.raises(BusyError) as told:
            next(iter(connector.it.pages("filings", {})))
        assert told.value.retry_after_s == BLOCKED_S
    assert len(connector.server.asked) == 1


def test_an_undeclared_caller_is_told_what_to_do(opened: Callable[..., Any]) -> None:
    with pytest.raises(RefusedError, match="who asks") as told:
        next(iter(opened(contact="Other People x@other.com").it.pages("filings", {})))
    assert "contact" in told.value.remedy


def test_filings_become_dated_facts(opened: Callable[..., Any]) -> None:
    source = opened().it
    found = {
        record["accession"][-2:]: record
        for stream in source.streams()
        for page in source.pages(stream, {})
        for record in page.records
    }
    assert len(found) == 37
    sale, left, report = found["30"], found["33"], found["36"]
    assert (sale["sold_shares"], sale["sold_value"], sale["is_planned"]) == (
        1500.0,
        1000 * 12.5 + 500 * 13.0,
        True,
    )
    assert sale["insider"] == "Chief Financial Officer, Director"
    assert (left["left"], left["came"], left["other"]) == (
        "Chief Financial Officer",
        "Interim Chief Financial Officer",
        "",
    )
    assert report["going_concern"] is True
    assert report["what"] == "Going-concern warning in the annual report (10-K)"
    assert found["28"]["pay_change_percent"] == 20.0  # 1,200,000 after 1,000,000
    assert found["31"]["what"] == "Form D: raised 500,000 of 2,000,000 USD from 9 investors"
    assert found["34"]["amended_on"] == found["34"]["filed_on"]
    assert found["02"]["what"] == "Results published (8-K item 2.02)"


def test_a_document_that_is_gone_is_said(opened: Callable[..., Any]) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply({}, 404) if asked.path.endswith("main.xml") else VENDOR.answer(asked, ROWS)

    pages = opened(answer=answer, feed=False).it.pages("filings", {})
    sale = next(record for page in pages for record in page.records if record["form"] == "4")
    assert sale["unreadable"] == "The filing's document is not there."
    assert sale["other"] == "Insider's report (Form 4)"


def test_earlier_files_are_read_when_asked_that_far_back(opened: Callable[..., Any]) -> None:
    def answer(asked: Asked) -> Reply:
        reply: Reply = VENDOR.answer(asked, ROWS)
        if asked.path == "/submissions/CIK0001000001.json":
            older = {
                "name": "CIK0001000001-submissions-001.json",
                "filingFrom": "2019-01-02",
                "filingTo": "2019-12-30",
            }
            reply.body["filings"]["files"] = [older]
        if asked.path.endswith("-submissions-001.json"):
            return Reply(
                {
                    "accessionNumber": ["0001000001-19-000001"],
                    "filingDate": ["2019-12-30"],
                    "form": ["NT 10-K"],
                }
            )
        return reply

    for since, count in (("2019-06-01", 14), ("2026-01-01", 13)):
        source = opened(answer=answer, since=since, feed=False, companies="ROCK").it
        assert sum(len(page.records) for page in source.pages("filings", {})) == count


def test_a_company_is_told_whole(opened: Callable[..., Any]) -> None:
    found = opened("enricher").it.look_up({"name": "Sample Rockets", "state": "TX", "city": "Austin"})
    assert (found.status, found.confidence) == ("found", 1.0)
    record = found.record
    assert record["sold"] == [
        {
            "title": "Chief Financial Officer, Director",
            "date": "2026-02-02",
            "shares": 1500.0,
            "value": 19_000.0,
        }
    ]
    assert [each["title"] for each in record["left"]] == ["Chief Financial Officer"]
    assert record["going_concern"] is True
    assert (record["revenue"], record["sanctions_match"], record["sanctions_review"]) == (
        2_500_000,
        False,
        "",
    )
    assert {each["items"] for each in record["reports"]} == {"2.02,9.01", "5.02,9.01"}


def test_the_parents_revenue_is_not_the_leads(opened: Callable[..., Any]) -> None:
    found = opened("enricher").it.look_up({"company": "Corner Shop", "parent_company": "Sample Rockets Inc"})
    assert found.record["revenue"] is None
    assert (found.record["parent_revenue"], found.record["parent_cik"]) == (2_500_000, "1000001")


def test_a_name_near_the_sanctions_list_is_a_flag_and_no_verdict(opened: Callable[..., Any]) -> None:
    found = opened("enricher").it.look_up({"name": "Sample Blocked Trading"})
    assert found.record["sanctions_match"] is None
    assert "to be reviewed" in found.record["sanctions_review"]
    assert (
        opened("enricher", sanctions=False).it.look_up({"name": "Sample Blocked Trading"}).status == "absent"
    )


def test_documents_beyond_the_limit_are_left_and_said(opened: Callable[..., Any]) -> None:
    found = opened("enricher", most_documents=1).it.look_up({"sec_cik": "1000001"})
    assert "more than 1 documents" in found.record["notes"]
    assert found.record["sold"] == []
