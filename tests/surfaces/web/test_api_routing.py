"""The API of tenants, drops, assignments and outcomes: a market given out, worked and taken back by a program."""

from collections.abc import Callable
from uuid import UUID

import pytest
from httpx import Client

from galena.domain.access import Scope
from galena.domain.tenancy import Role
from galena.stores import users
from galena.workflows.api_access import make_key
from galena.workflows.people import ensure_operator

from .conftest import Site

Program = Callable[..., Client]


@pytest.fixture
def program(site: Site) -> Program:
    """A program with a key that may do everything its owner may; of a tenant's member where one is named."""

    def of(tenant: str | None = None, role: Role = Role.MEMBER) -> Client:
        with site.enter() as session:
            user = (
                ensure_operator(session, site.workspace)
                if tenant is None
                else users.add(
                    session, email=f"{role}.{tenant}@example.org", name="M", role=role, tenant_id=UUID(tenant)
                )
            )
            made = make_key(
                session, user, "a program", list(Scope), site.galena.clock(), calls_per_minute=100_000
            )
        browser = site.visitor()
        browser.headers["authorization"] = f"Bearer {made.secret}"
        browser.base_url = browser.base_url.join("/api/v1/")
        return browser

    return of


def _tenant(browser: Client, name: str, **parameters: object) -> str:
    made = browser.post("tenants", json={"name": name, "parameters": parameters})
    assert made.status_code == 201, made.text
    return made.json()["id"]


def test_a_tenant_is_made_changed_paused_and_looked_at(program: Program) -> None:
    browser = program()
    gate = {"gate": "city", "values": ["Waco"], "unknown": "refuse"}
    tenant = _tenant(browser, "Waco Brokers", weight=2, gates=[gate], quotas={"green": 3})
    assert browser.post("tenants", json={"name": "waco brokers"}).status_code == 409
    first = browser.get(f"tenants/{tenant}")
    assert first.json()["parameters"] | {"time_zone": ""} == {
        "standing": "active",
        "time_zone": "",
        "gates": [gate],
        "quotas": {"green": 3},
        "caps": {},
        "weight": 2.0,
        "bids_minor": {},
        "pays": True,
        "capacity": {},
        "concierge": None,
    }
    old = {"if-match": first.headers["etag"]}
    changed = browser.patch(
        f"tenants/{tenant}", json={"parameters": {"weight": 1, "quotas": None}, "why": "Less."}, headers=old
    )
    assert (changed.json()["parameters"]["weight"], changed.json()["parameters"]["quotas"]) == (1.0, None)
    late = browser.patch(f"tenants/{tenant}", json={"name": "Other"}, headers=old)
    assert (late.status_code, late.json()["title"]) == (412, "This was changed since you looked.")
    refused = browser.patch(f"tenants/{tenant}", json={"parameters": {"quotas": {"blue": 1}}})
    assert (refused.status_code, refused.json()["facts"]["value"]) == (422, "blue")
    half = {"name": "Renamed", "parameters": {"time_zone": "Nowhere/At all"}}
    assert browser.patch(f"tenants/{tenant}", json=half).status_code == 422
    assert browser.get(f"tenants/{tenant}").json()["name"] == "Waco Brokers"
    assert browser.patch(f"tenants/{tenant}", json={"name": "Waco Team"}).json()["name"] == "Waco Team"
    paused = browser.post(f"tenants/{tenant}/pause", json={"why": "Holiday."})
    assert paused.json()["parameters"]["standing"] == "paused"
    told = browser.get(f"tenants/{tenant}/changes").json()["items"]
    assert [each["why"] for each in told] == ["Holiday.", "Less.", None]
    own = browser.get(f"tenants/{tenant}/gate-preview").json()
    tried = browser.post("tenants/gate-preview", json={"gates": [gate]}).json()
    assert own == tried
    assert own["passing"] < own["leads"]
    assert own["gates"][0]["alone"] == own["leads"] - own["passing"]
    assert browser.post(f"tenants/{tenant}/balance", json={"amount": "12.50", "why": "Paid."}).json() == {
        "balance": "12.50",
        "currency": "USD",
    }


def test_lists_go_on_where_they_stopped(program: Program) -> None:
    browser = program()
    made = [_tenant(browser, name) for name in ("A", "B", "C")]
    first = browser.get("tenants", params={"limit": 2}).json()
    second = browser.get("tenants", params={"limit": 2, "cursor": first["next"]}).json()
    assert [each["id"] for each in first["items"] + second["items"]] == made
    assert second["next"] is None
    assert browser.get("tenants", params={"cursor": "nonsense"}).status_code == 422


def test_a_drop_is_tried_planned_given_worked_and_taken_back(program: Program) -> None:
    browser = program()
    tenant = _tenant(browser, "Brokers")
    tried = browser.post("drops", json={"dry_run": True}).json()
    assert (tried["id"], browser.get("drops").json()["items"]) == (None, [])
    planned = browser.post("drops", json={})
    assert {**planned.json(), "id": None} == tried
    drop = planned.json()["id"]
    seen = browser.get(f"drops/{drop}")
    stale = browser.post(f"drops/{drop}/commit", headers={"if-match": '"another"'})
    assert stale.status_code == 412
    given = browser.post(f"drops/{drop}/commit", headers={"if-match": seen.headers["etag"]}).json()
    assert (given["state"], given["leads"]) == ("committed", tried["leads"])
    again = browser.post(f"drops/{drop}/commit").json()
    assert again["committed_at"] == given["committed_at"]
    lines = browser.get(f"drops/{drop}/lines", params={"limit": 500}).json()["items"]
    assert len(lines) == given["leads"] > 3
    assert all(line["why"] for line in lines)
    held = _all(browser, "assignments", tenant_id=tenant)
    assert {each["lead_id"] for each in held} == {line["lead_id"] for line in lines}
    undone = browser.post(f"drops/{drop}/undo", json={"why": "Too early."}).json()
    assert (undone["back"], undone["stay"]) == (len(lines), 0)
    assert browser.post(f"drops/{drop}/undo", json={"why": "Twice."}).status_code == 409
    assert browser.get("assignments").json()["items"] == []
    steps = browser.get(f"leads/{lines[0]['lead_id']}/assignments").json()["items"]
    assert [each["step"] for each in steps] == ["assigned", "undone"]


def test_leads_are_given_held_passed_on_and_taken_by_hand(program: Program, site: Site) -> None:
    browser = program()
    one, other = _tenant(browser, "One"), _tenant(browser, "Other")
    leads = _best(browser, 4)
    assert browser.post("assignments/hold", json={"lead_ids": leads[:1], "why": "Wait."}).json()["done"]
    given = browser.post("assignments", json={"lead_ids": leads, "tenant_id": one, "why": "Asked."}).json()
    assert sorted(given["done"]) == sorted(leads[1:])
    assert [(each["lead_id"], "held" in each["why"]) for each in given["left_out"]] == [(leads[0], True)]
    passed = browser.post(
        "assignments",
        json={"lead_ids": [leads[1]], "tenant_id": other, "why": "Nearer.", "from_others": True},
    ).json()
    assert passed["done"] == [leads[1]]
    freed = browser.post("assignments/release", json={"tenant_id": other, "why": "Left."}).json()
    assert freed["done"] == [leads[1]]
    taken = browser.post("assignments/take-back", json={"tenant_id": one, "why": "Closed.", "hold": True})
    assert sorted(taken.json()["done"]) == sorted(leads[2:])
    freed = browser.post("assignments/end-hold", json={"lead_ids": leads, "why": "On."}).json()
    assert sorted(freed["done"]) == sorted([leads[0], *leads[2:]])
    assert browser.post("assignments/release", json={"why": "All?"}).status_code == 422


def test_what_became_of_leads_is_said_by_their_own_tenant(program: Program) -> None:
    browser = program()
    tenant, other = _tenant(browser, "Mine"), _tenant(browser, "Theirs")
    leads = _best(browser, 3)
    browser.post("assignments", json={"lead_ids": leads, "tenant_id": tenant, "why": "Asked."})
    member, stranger = program(tenant), program(other)
    told = member.post(f"leads/{leads[0]}/dispositions", json={"outcome": "voicemail"})
    assert (told.status_code, told.json()["stand"]) == (201, "working")
    need = member.post(f"leads/{leads[0]}/dispositions", json={"outcome": "booked"})
    assert need.status_code == 422
    for refused in (
        stranger.post(f"leads/{leads[0]}/dispositions", json={"outcome": "voicemail"}),
        stranger.get(f"leads/{leads[0]}/dispositions"),
        stranger.post(f"dispositions/{told.json()['disposition']['id']}/undo", json={"reason": "No."}),
    ):
        assert refused.status_code == 404
    assert stranger.get("assignments").json()["items"] == []
    assert len(member.get("assignments").json()["items"]) == 3
    assert member.get("tenants").status_code == member.get("drops").status_code == 403
    half = [
        {"lead_id": leads[1], "outcome": "voicemail"},
        {"lead_id": leads[2], "outcome": "closed_won"},
    ]
    refused = member.post("dispositions/bulk", json={"items": half})
    assert (refused.status_code, list(refused.json()["facts"])) == (422, ["items.1"])
    assert member.get(f"leads/{leads[1]}/dispositions").json()["items"] == []
    booked = {"outcome": "booked", "booked_for": "2026-03-13T14:30:00-06:00"}
    done = member.post(
        "dispositions/bulk", json={"items": [half[0], {"lead_id": leads[2], **booked}]}
    ).json()["items"]
    assert [each["stand"] for each in done] == ["working", "booked"]
    assert done[1]["disposition"]["booked_for"] == "2026-03-13T20:30:00Z"
    back = member.post(f"dispositions/{done[1]['disposition']['id']}/undo", json={"reason": "Wrong lead."})
    assert back.json()["stand"] == "new"
    history = member.get(f"leads/{leads[2]}/dispositions").json()
    assert [each["outcome"] for each in history["items"]] == ["booked", "undone"]
    assert {each["outcome"]: each["refused"] is None for each in history["choices"]}["booked"]


def _best(browser: Client, count: int) -> list[str]:
    """The best leads of a tier that is given away."""
    page = browser.get("leads", params={"tier": ["green", "yellow"], "limit": count, "fields": "id"}).json()
    assert len(page["items"]) == count
    return [each["id"] for each in page["items"]]


def _all(browser: Client, address: str, **params: object) -> list[dict]:
    """Every item of a list, three at a time."""
    found, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = browser.get(address, params={"limit": 3, **params, **more}).json()
        found += page["items"]
        if (cursor := page["next"]) is None:
            return found
