"""Drops, tenants and the claw-back desk: planned, given, explained, taken back; closed to a tenant's people."""

import re
from collections.abc import Callable

import pytest
from httpx import Client, Response

from .conftest import Site, form_token

Send = Callable[..., Response]
OPERATOR_PAGES = (
    "/drops",
    "/tenants",
    "/clawback",
    "/learning",
    "/drift",
    "/experiments",
    "/notifications",
)


def _tenant(browser: Client, send: Send, name: str) -> str:
    made = send(browser, "/tenants", name=name)
    assert f"{name} is a tenant now" in made.text
    return made.url.path


def test_empty_pages_say_what_comes_next(shown: Site) -> None:
    browser = shown.admin()
    assert "There is no tenant yet" in browser.get("/drops").text
    assert "There is no tenant yet" in browser.get("/tenants").text
    assert "No business is with a tenant" in browser.get("/clawback").text
    assert "No business is with a tenant" in browser.get("/prospects").text
    assert "It has not learned here yet" in browser.get("/learning").text
    assert "There are no experiments" in browser.get("/experiments").text
    assert "Nothing has happened" in browser.get("/notifications").text
    assert browser.get("/drift").status_code == 200


def test_a_members_side_bar_holds_only_what_opens(shown: Site) -> None:
    member = shown.member([])
    for address in OPERATOR_PAGES:
        assert member.get(address).status_code == 403, address
    page = member.get("/prospects")
    assert "Nothing is with you yet" in page.text
    bar = re.search(r'<nav class="side".*?</nav>', page.text, re.S)[0]
    for address in set(re.findall(r'href="(/[a-z]+)"', bar)):
        assert member.get(address).status_code == 200, address
        assert address not in OPERATOR_PAGES


def test_who_may_only_look_and_forged_forms_change_nothing(shown: Site) -> None:
    viewer, admin = shown.viewer(), shown.admin()
    assert 'action="/tenants"' not in viewer.get("/tenants").text
    token = form_token(viewer.get("/leads"))
    assert viewer.post("/tenants", data={"csrf_token": token, "name": "X"}).status_code == 403
    for address in ("/tenants", "/drops/plan", "/clawback", "/learning/run", "/notifications"):
        assert admin.post(address, data={"csrf_token": "wrong"}).status_code == 403, address


def test_a_drop_is_planned_explained_given_and_taken_back(site: Site, send: Send) -> None:
    browser = site.admin()
    narrow = _tenant(browser, send, "Narrow Brokers")
    _tenant(browser, send, "Wide Brokers")
    changed = send(
        browser,
        narrow,
        **{"gate.city.values": "Waco", "time_zone": "America/Chicago", "pays": "yes", "why": "Waco alone"},
    )
    assert "this holds from now on" in changed.text
    assert 'value="Waco"' in changed.text
    assert "Waco alone" in changed.text
    told = browser.get(f"{narrow}/preview").text
    assert re.search(r"This week \d+ of \d+ leads pass", told)
    assert "City" in told
    planned = send(browser, "/drops/plan")
    assert "Nothing is given yet" in planned.text
    assert "green leads fit" in planned.text
    drop = planned.url.path
    tenant = re.search(rf"{drop}\?tenant=[0-9a-f-]+", planned.text)[0]
    assert "why it got them" in browser.get(tenant).text
    given = send(browser, f"{drop}/commit")
    assert "The leads are given." in given.text
    assert "It can be undone until" in given.text
    assert "It was given before" in send(browser, f"{drop}/commit").text
    assert "Say why" in send(browser, f"{drop}/undo").text
    assert "back in the pool" in send(browser, f"{drop}/undo", why="Too early").text


def test_what_cannot_be_read_is_said_and_what_was_typed_stays(site: Site, send: Send) -> None:
    browser = site.admin()
    tenant = _tenant(browser, send, "A tenant")
    wrong = send(browser, tenant, **{"gate.annual_revenue.minimum": "lots", "time_zone": "America/Chicago"})
    assert wrong.status_code == 422
    assert "Annual revenue, minimum: &#39;lots&#39; is no number" in wrong.text
    assert 'value="lots"' in wrong.text
    assert "Mars" in send(browser, tenant, time_zone="Mars").text


@pytest.mark.parametrize("by_filter", [False, True])
def test_leads_are_given_by_hand_and_taken_back_with_a_reason(
    site: Site, send: Send, by_filter: bool
) -> None:
    browser = site.admin()
    tenant = _tenant(browser, send, "Lone Star").rpartition("/")[2]
    chosen = site.lead_ids(tiers=("green", "yellow"))[:2]
    keys = "\n".join(str(each) for each in chosen)
    given = send(browser, "/clawback/named", keys=keys, action="give", to=tenant, why="A promise")
    assert "2 given." in given.text
    assert (
        "A reason is needed" in send(browser, "/clawback", action="take", **{f"lead.{chosen[0]}": "yes"}).text
    )
    picked = {"all": "yes", "tenant": tenant} if by_filter else {f"lead.{chosen[0]}": "yes"}
    taken = send(browser, "/clawback", action="take", why="It moved away", **picked)
    assert f"{2 if by_filter else 1} back in the pool." in taken.text
    history = browser.get(f"/clawback/{chosen[0]}").text
    assert "A promise" in history
    assert "It moved away" in history
