"""The page Enrichment: coverage, cost, and the last runs."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from galena.domain.enrichment import Choice, LookUp
from galena.kit.ids import new_id
from galena.stores import enrichment

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_coverage_is_shown_and_what_is_missing_is_looked_up(site: Any, send: Callable[..., Any]) -> None:
    browser = site.admin()
    shown = browser.get("/enrichment")
    assert shown.status_code == 200
    assert "How far facts are known" in shown.text
    assert "Nobody was asked yet" in shown.text

    after = send(browser, "/enrichment/run")

    assert "leads looked at" in after.text
    assert "The last runs" in after.text


def test_a_person_says_that_none_of_the_records_is_it(site: Any, send: Callable[..., Any]) -> None:
    (lead_id, *_) = site.lead_ids()
    records = [Choice({"id": name}, {"owner_name": name}) for name in ("Owner One", "Owner Two")]
    with site.enter() as session:
        asked = LookUp(new_id(), lead_id, "county", "unsure", ("industry",), NOON, "a test")
        enrichment.send(session, replace(asked, because="2 match equally well", choices=tuple(records)))
    browser = site.admin()
    shown = browser.get("/enrichment").text
    assert "which record is it?" in shown
    assert ("Owner One" in shown, "Owner Two" in shown) == (True, True)
    # Its connection is gone: what it gave can be refused, and not be taken.
    refused = send(browser, f"/enrichment/choose/{lead_id}", provider="county", record="1")
    assert "is not at work" in refused.text

    after = send(browser, f"/enrichment/choose/{lead_id}", provider="county", record="0")

    assert "none of the records of county is it" in after.text
    assert "which record is it?" not in after.text


def test_a_person_says_whether_a_lead_is_on_the_sanctions_list(site: Any, send: Callable[..., Any]) -> None:
    (lead_id, *_) = site.lead_ids()
    with site.enter() as session:
        near = json.dumps({"sanctions_review": "LISTED NAME (entry 7)"})
        query = text("UPDATE leads SET fields = fields || CAST(:near AS jsonb) WHERE id = :lead")
        session.connection.execute(query, {"near": near, "lead": lead_id})
    browser = site.admin()
    assert "LISTED NAME (entry 7)" in browser.get("/enrichment").text

    after = send(browser, f"/enrichment/sanctions/{lead_id}", on_list="yes")

    assert "is on the sanctions list, by your word" in after.text
    assert "LISTED NAME (entry 7)" not in after.text


def test_it_is_for_the_operator_alone(site: Any) -> None:
    assert site.member(site.lead_ids()[:1]).get("/enrichment").status_code in (303, 403, 404)
