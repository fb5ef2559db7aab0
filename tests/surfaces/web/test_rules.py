"""The editor of factors and tiers."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from httpx import Client, Response

from galena.domain.listing import LeadQuery
from galena.stores import audit, lead_lists, revisions, statistics
from galena.surfaces.web.jobs import Job, Jobs

from .conftest import Site, form_token

Send = Callable[..., Response]


def _form(browser: Client) -> dict[str, str]:
    """What the page's form would send, untouched."""
    page = browser.get("/rules").text
    form = re.search(r'<form method="post" action="/rules".*?</form>', page, re.S)[0]
    texts = {}
    for tag in re.findall(r"<input[^>]*>", form):
        if 'type="checkbox"' in tag and "checked" not in tag:
            continue
        value = re.search(r'value="([^"]*)"', tag)
        texts[re.search(r'name="([^"]+)"', tag)[1]] = unescape(value[1]) if value else "on"
    return texts


def _preview(browser: Client, texts: dict[str, str]) -> str:
    return browser.post("/rules/preview", data=texts, headers={"hx-request": "true"}).text


def test_a_form_sent_untouched_changes_nothing(site: Site) -> None:
    browser = site.admin()
    texts = _form(browser)
    assert "Change a number" in _preview(browser, texts)
    answer = browser.post("/rules", data=texts)
    assert answer.headers["location"] == "/rules"
    with site.enter() as session:
        assert len(revisions.list_all(session)) == 1


def test_the_preview_counts_every_lead_once_and_writes_nothing(site: Site) -> None:
    browser = site.admin()
    texts = _form(browser) | {"start.points": "28"}
    part = _preview(browser, texts)
    up, down, same = (int(n) for n in re.findall(r'<span class="number[^"]*">(\d+)</span>', part)[:3])
    with site.enter() as session:
        tiers = statistics.count_by_tier(session)
        assert len(revisions.list_all(session)) == 1
    assert up + down + same == sum(tiers.values())
    assert (up > 0, down) == (True, 0)
    rows = re.findall(r'number">(\d+)</td><td class="right number">(\d+)</td>', part)
    assert sum(int(now) for now, _ in rows) == sum(int(then) for _, then in rows) == sum(tiers.values())


def test_saving_keeps_a_revision_and_scores_and_restoring_brings_the_old_tiers_back(
    site: Site, send: Send
) -> None:
    browser = site.admin()
    with site.enter() as session:
        before = statistics.count_by_tier(session)
    texts = _form(browser) | {"tier.yellow.from": "20", "note": "More to call"}
    assert "Revision 2 is saved" in send(browser, "/rules", **texts).text
    page = browser.get("/rules").text
    assert "More to call" in page
    with site.enter() as session:
        assert statistics.count_by_tier(session)["yellow"] > before["yellow"]
        first, second = reversed(revisions.list_all(session))
        assert audit.list_(session, subject=f"revision:{second.id}")[0].action == "save_rules"
    yellow = next(tier for tier in second.content["rules"]["tiers"] if tier["name"] == "yellow")
    assert (yellow["when"], yellow["keep"]) == ("score >= 20", "score >= 18.5")
    assert "Revision 3 is in use" in send(browser, f"/rules/restore/{first.id}").text
    with site.enter() as session:
        assert revisions.find_active(session).hash == first.hash
        assert sum(statistics.count_by_tier(session).values()) == sum(before.values())


def test_what_is_wrong_stands_beside_where_it_is_and_nothing_is_saved(site: Site) -> None:
    browser = site.admin()
    texts = _form(browser) | {
        "factor.tax_delinquency.when": "tax_delinqent",
        "factor.lease_ends.points": "many",
    }
    part = _preview(browser, texts)
    assert 'data-problem-for="factor.tax_delinquency.when"' in part
    assert "Did you mean tax_delinquent?" in part
    page = browser.post("/rules", data=texts)
    assert page.status_code == 422
    assert 'value="tax_delinqent"' in page.text
    beside = re.search(r'data-problem-of="factor.lease_ends.points">([^<]+)<', page.text)
    assert beside[1] == "This is not a number. Write one from -100 to 100."
    with site.enter() as session:
        assert len(revisions.list_all(session)) == 1


def test_rules_saved_meanwhile_are_not_overwritten(site: Site, send: Send) -> None:
    browser = site.admin()
    mine = _form(browser)
    send(browser, "/rules", **(mine | {"start.points": "9"}))
    answer = browser.post("/rules", data=mine | {"start.points": "10"})
    assert answer.status_code == 409
    assert "Somebody saved other rules" in answer.text
    assert browser.post("/rules", data={"csrf_token": mine["csrf_token"]}).status_code == 422


def test_without_scripts_the_preview_is_a_page_that_keeps_what_was_typed(site: Site) -> None:
    browser = site.admin()
    page = browser.post("/rules/preview", data=_form(browser) | {"start.points": "11", "note": "why"})
    assert 'value="11"' in page.text
    assert 'value="why"' in page.text
    assert "as before" in page.text


def test_a_job_is_seen_by_its_own_workspace_only_and_one_at_a_time(site: Site) -> None:
    browser = site.admin()
    jobs: Jobs = site.app.state.jobs
    import threading

    go = threading.Event()
    job = jobs.start(
        Job(site.workspace.id, "Working", "a subject", "/leads", "/leads"), lambda _: go.wait(20)
    )
    page = browser.get(f"/jobs/{job.id}")
    assert "Working" in page.text
    assert f'hx-get="/jobs/{job.id}/progress"' in page.text
    go.set()
    assert job.wait(20)
    assert browser.get(f"/jobs/{job.id}/progress").headers["hx-redirect"] == "/leads"
    assert browser.get(f"/jobs/{job.id}").headers["location"] == "/leads"
    token = form_token(browser.get("/leads"))
    assert token


@pytest.mark.parametrize("address", ["/rules", "/rules/preview"])
def test_only_the_operator_edits(site: Site, address: str) -> None:
    browser = site.viewer()
    token = form_token(browser.get("/rules"))
    assert browser.post(address, data={"csrf_token": token, "start.points": "99"}).status_code == 403


def test_the_best_tier_holds_as_many_leads_as_can_be_worked(site: Site, send: Send) -> None:
    browser = site.admin()
    done = send(
        browser, "/rules/capacity", **{"capacity.green": "3", "capacity.yellow": "", "capacity_why": "One"}
    )
    assert "Tiers are by capacity" in done.text
    assert 'name="capacity.green" min="0" step="1" value="3"' in browser.get("/rules").text
    with site.enter() as session:
        assert statistics.count_by_tier(session)["green"] == 3
        (first, *_) = lead_lists.page(session, LeadQuery(), limit=1).rows
    assert "Green by capacity: 3 can be worked, and it is number 1" in browser.get(f"/leads/{first.id}").text
    assert send(browser, "/rules/capacity", **{"capacity.green": "many"}).status_code == 422
    assert "playbook&#39;s conditions" in send(browser, "/rules/capacity").text
