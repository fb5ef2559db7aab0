"""Reports as pages and files, for the operator and for a tenant; notifications seen once."""

from collections.abc import Callable

import pytest
from httpx import Response

from galena.stores import notifications
from galena.workflows.reports import REPORTS

from .conftest import NOW, Site

Send = Callable[..., Response]


@pytest.mark.parametrize("name", REPORTS)
def test_each_report_opens_without_a_lead_given(shown: Site, name: str) -> None:
    page = shown.admin().get(f"/reports?name={name}")
    assert page.status_code == 200
    assert f"/reports/{name}.pdf" in page.text


def test_a_report_as_files(shown: Site) -> None:
    browser = shown.admin()
    table = browser.get("/reports/funnel.csv?by=broker")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.startswith("broker,")
    paper = browser.get("/reports/funnel.pdf")
    assert paper.content.startswith(b"%PDF")
    assert browser.get("/reports/funnel.csv?table=nothing").status_code == 404


def test_what_cannot_be_asked_is_said(shown: Site) -> None:
    browser = shown.admin()
    assert "is no day" in browser.get("/reports?since=yesterday").text
    assert browser.get("/reports?name=weather").status_code == 422
    assert browser.get("/reports?by=moon").status_code == 422


def test_a_member_reads_reports_of_its_own(shown: Site) -> None:
    member = shown.member([])
    page = member.get("/reports").text
    assert "Every tenant" not in page
    assert member.get("/reports/funnel.csv").status_code == 200


def test_the_bell_counts_what_nobody_has_seen(site: Site, send: Send) -> None:
    with site.enter() as session:
        notifications.notify(session, "warning", "drift", "model:1", "Revenue moved.", at=NOW, link="/drift")
    browser = site.admin()
    assert "Notifications, 1 new" in browser.get("/leads").text
    assert "Revenue moved." in browser.get("/notifications").text
    seen = send(browser, "/notifications")
    assert "1 marked as seen." in seen.text
    assert "Notifications, 1 new" not in seen.text
    assert "seen by Operator" in seen.text
