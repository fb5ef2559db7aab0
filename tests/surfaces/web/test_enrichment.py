"""The page Enrichment: coverage, cost, and the last runs."""

from collections.abc import Callable
from typing import Any


def test_coverage_is_shown_and_what_is_missing_is_looked_up(site: Any, send: Callable[..., Any]) -> None:
    browser = site.admin()
    shown = browser.get("/enrichment")
    assert shown.status_code == 200
    assert "How far facts are known" in shown.text
    assert "Nobody was asked yet" in shown.text

    after = send(browser, "/enrichment/run")

    assert "leads looked at" in after.text
    assert "The last runs" in after.text


def test_it_is_for_the_operator_alone(site: Any) -> None:
    assert site.member(site.lead_ids()[:1]).get("/enrichment").status_code in (303, 403, 404)
