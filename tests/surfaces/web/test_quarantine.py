"""Rows set aside, mended and left out."""

import re
from collections.abc import Callable

import pytest
from httpx import Client, Response

from galena.domain.playbook import Mapping
from galena.stores import quarantine, statistics
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.plans import active_plan

from .conftest import Site

Send = Callable[..., Response]
ROWS = 25


@pytest.fixture
def browser(site: Site, tmp_path) -> Client:
    """A browser, after a file of which no row has a number for its employees."""
    lines = ["Business name,Employees,Town,Ref No"] + [f"Firm {n},some,Waco,F-{n}" for n in range(ROWS)]
    path = tmp_path / "firms.csv"
    path.write_text("\n".join(lines))
    with site.enter() as session:
        for row in quarantine.list_(session):
            quarantine.dismiss(session, row.id, at=site.galena.clock())
        playbook = active_plan(session).playbook
    context = Context(site.galena.door, site.workspace.id, playbook, "a test", site.galena.clock)
    fields = {"name": "Business name", "employee_count": "Employees", "city": "Town"}
    mapping = Mapping.model_validate(
        {
            "source": "firms",
            "key": ["Ref No"],
            "fields": {name: {"column": col} for name, col in fields.items()},
        }
    )
    ingest_file(context, path, IntakeOptions(mapping=mapping))
    return site.admin()


def _rows(page: Response) -> list[str]:
    return re.findall(r'id="row-([0-9a-f-]+)"', page.text)


def test_rows_are_grouped_by_reason_and_come_in_pages(browser: Client) -> None:
    page = browser.get("/quarantine")
    assert f"{ROWS} waiting" in page.text
    assert "Employees: This is not" in page.text
    first = _rows(page)
    second = _rows(browser.get(re.search(r'href="([^"]+)" rel="next"', page.text)[1].replace("&amp;", "&")))
    assert (len(first), len(second)) == (20, 5)
    assert not set(first) & set(second)
    assert _rows(browser.get("/quarantine?reason=another")) == []


def test_a_row_corrected_becomes_a_lead_with_a_score(site: Site, browser: Client, send: Send) -> None:
    with site.enter() as session:
        before = statistics.overview(session)
    row = _rows(browser.get("/quarantine"))[0]
    page = send(browser, f"/quarantine/{row}/replay", **{"cell:Employees": "12", "cell:Town": "Waco"})
    assert "The row is in, and its lead is scored." in page.text
    assert row not in _rows(page)
    with site.enter() as session:
        after = statistics.overview(session)
        assert quarantine.load(session, row).corrections == {"Employees": "12"}
    assert after.leads == before.leads + 1
    assert sum(after.leads_by_tier.values()) == sum(before.leads_by_tier.values()) + 1
    assert after.quarantined == before.quarantined - 1


def test_a_row_that_still_cannot_be_used_says_why_and_stays(browser: Client, send: Send) -> None:
    row = _rows(browser.get("/quarantine"))[0]
    page = send(browser, f"/quarantine/{row}/replay", **{"cell:Employees": "a dozen"})
    assert "The row still cannot be used" in page.text
    assert "a dozen" in page.text
    assert row in _rows(page)


def test_a_row_left_out_stays_with_its_import(site: Site, browser: Client, send: Send) -> None:
    row = _rows(browser.get("/quarantine"))[0]
    assert "The row is left out." in send(browser, f"/quarantine/{row}/dismiss").text
    with site.enter() as session:
        assert quarantine.load(session, row).status == "dismissed"
    assert "dealt with already" in send(browser, f"/quarantine/{row}/replay").text


def test_going_back_never_leads_elsewhere(browser: Client, send: Send) -> None:
    row = _rows(browser.get("/quarantine"))[0]
    page = send(browser, f"/quarantine/{row}/dismiss", back="https://evil.example/quarantine")
    assert str(page.url).startswith("http://testserver/quarantine")


def test_with_nothing_waiting_the_page_says_so(site: Site, browser: Client) -> None:
    with site.enter() as session:
        for row in quarantine.list_(session):
            quarantine.dismiss(session, row.id, at=site.galena.clock())
    assert "Nothing is waiting" in browser.get("/quarantine").text
