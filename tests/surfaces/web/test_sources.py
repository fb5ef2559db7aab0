"""The page of sources: health and freshness, what pulls brought, pulling by hand, resting."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from galena.domain.connection import Connection, Pull, PullCounts
from galena.domain.imports import StoredSignal
from galena.kit.ids import new_id
from galena.stores import connections, signals


def _add(site: Any, name: str, **given: Any) -> Connection:
    now = site.galena.clock()
    made = Connection(
        new_id(), name, "socrata", {"address": "http://127.0.0.1:9", "dataset": "x"}, now, "a test"
    )
    with site.enter() as session:
        connections.add(session, replace(made, **given))
    return made


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_health_freshness_and_pulls_are_shown(site: Any) -> None:
    now = site.galena.clock()
    fresh = _add(
        site,
        "austin",
        state="healthy",
        schedule="10 5 * * *",
        last_success_at=now - timedelta(hours=3),
        due_at=now,
    )
    _add(site, "dallas", state="failing", failures=3, error="The provider did not answer in time.",
         last_success_at=now - timedelta(days=4), due_at=now - timedelta(days=1))  # fmt: skip
    with site.enter() as session:
        pull = Pull(
            new_id(), fresh.id, "records", "schedule", "running", PullCounts(), now - timedelta(seconds=30)
        )
        connections.open_pull(session, pull)
        connections.add_to_pull(session, pull.id, PullCounts(1200, 1150, 40, 10, 3, 3))
        connections.close_pull(
            session, pull.id, "done", now, notes=["Column ward is new; nothing is read from it."]
        )
    told = _text(site.admin().get("/sources").text)
    assert "austin Socrata open data healthy 3 h old" in told
    assert "failing 3 times in a row 4 days old, overdue" in told
    assert "The provider did not answer in time." in told
    assert "done 1,200 1,150 40 10 30 s" in told
    assert "Column ward is new" in told
    assert "1 failing" in told


def test_a_pull_by_hand_tells_what_went_wrong(site: Any) -> None:
    _add(site, "austin")
    browser = site.admin()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sources").text)
    answer = browser.post("/sources/austin/pull", data={"csrf_token": token[1]}, follow_redirects=True)
    assert "austin: 0 new records, 0 known. It stopped: The mapping of this connection is gone." in _text(
        answer.text
    )
    assert "failing" in _text(browser.get("/sources").text)


def test_a_source_rests_and_goes_on(site: Any) -> None:
    _add(site, "austin")
    browser = site.admin()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sources").text)[1]
    browser.post("/sources/austin/pause", data={"csrf_token": token})
    assert "at rest" in _text(browser.get("/sources").text)
    browser.post("/sources/austin/resume", data={"csrf_token": token})
    assert "not pulled yet" in _text(browser.get("/sources").text)


def test_a_viewer_sees_no_buttons_and_a_member_no_page(site: Any) -> None:
    _add(site, "austin")
    told = site.viewer().get("/sources").text
    assert "austin" in told
    assert "Pull now" not in told
    assert site.member([]).get("/sources").status_code in (403, 404)


def test_signals_that_wait_are_shown_with_the_reason_and_let_go(site: Any) -> None:
    waiting = StoredSignal(
        new_id(),
        "payment_made",
        site.galena.clock(),
        "a_feed",
        bytes(32),
        {"amount": 12.0},
        link="key:crm:77",
    )
    with site.enter() as session:
        signals.add_many(session, [waiting])
    browser = site.admin()
    assert "Signals: 1 wait" in _text(browser.get("/sources").text)
    page = browser.get("/signals").text
    assert "payment made a feed · amount 12" in _text(page)
    assert "no lead of crm has the number 77" in _text(page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    nobody = browser.post(
        f"/signals/{waiting.id}/attach", data={"csrf_token": token, "lead": "nobody at all"}
    )
    assert (nobody.status_code, "No lead fits" in nobody.text) == (404, True)
    browser.post(f"/signals/{waiting.id}/let-go", data={"csrf_token": token})
    assert "Nothing waits" in browser.get("/signals").text
    assert "formaction" not in site.viewer().get("/signals").text
