"""The API where rules are changed: factors, tiers, temperature, revisions, behaviours, and who moves."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from httpx import Client

from galena.domain.access import Scope
from galena.workflows.workspaces import ensure_workspace

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def program(workbench) -> Client:
    return workbench.program()


def _done(program: Client, saved) -> dict:
    assert saved.status_code == 200, saved.text
    job = saved.json()["job"]
    while (job := program.get(f"jobs/{job['id']}").json())["status"] == "running":
        time.sleep(0.02)
    assert job["status"] == "done", job
    return saved.json()


def test_a_factor_is_tried_changed_switched_off_added_and_all_of_it_undone(program):
    before = program.get("factors")
    factors = {each["name"]: each for each in before.json()["factors"]}
    name, factor = next((name, each) for name, each in factors.items() if each["on"] and each["points"] > 0)
    change = {"change": {name: {"points": factor["points"] + 3}}}
    tried = program.post("factors/preview", json=change).json()
    assert tried["up"] + tried["down"] + tried["same"] == tried["compared"] > 0
    assert [name in each for each in tried["changes"]] == [True]
    assert program.get("factors").headers["etag"] == before.headers["etag"]
    seen = {"if-match": before.headers["etag"]}
    more = _done(program, program.patch(f"factors/{name}", json=change["change"][name], headers=seen))
    assert more["revision"]["active"]
    assert program.get(f"factors/{name}").json()["points"] == factor["points"] + 3
    late = program.patch(f"factors/{name}", json={"on": False}, headers=seen)
    assert late.status_code == 412
    _done(program, program.patch(f"factors/{name}", json={"on": False}))
    off = program.get(f"factors/{name}").json()
    assert (off["on"], off["points"]) == (False, factor["points"] + 3)
    new = {
        "category": factor["category"],
        "label": "The owner is old",
        "when": "owner_age >= 70",
        "points": 2,
    }
    _done(program, program.post("factors", json=new))
    assert program.get("factors/the_owner_is_old").json()["when"] == "owner_age >= 70"
    _done(program, program.delete("factors/the_owner_is_old"))
    first = program.get("factors/revisions", params={"limit": 100}).json()["items"][-1]
    restored = _done(program, program.post(f"factors/revisions/{first['id']}/restore"))
    assert restored["revision"]["number"] > first["number"]
    assert program.get("factors").json()["factors"] == before.json()["factors"]


def test_rules_that_cannot_be_used_say_where(program):
    names = {each["name"] for each in program.get("factors/names").json()}
    assert {"owner_age", "category"} <= names
    wrong = {"category": "nothing", "label": "Known to {nobody}", "when": "owner_age >", "points": 1}
    refused = program.post("factors", json=wrong)
    assert (refused.status_code, set(refused.json()["facts"])) == (
        422,
        {"new.category", "new.label", "new.when"},
    )
    assert program.get("factors/nothing").status_code == 404
    assert program.patch("factors/nothing", json={"points": 1}).status_code == 404
    assert program.patch("factors", json={"tiers": {"nothing": {"begins": 1}}}).status_code == 404
    nothing = program.patch("factors", json={})
    assert (nothing.status_code, nothing.json()["job"]) == (200, None)


def test_tiers_and_temperature_are_changed_and_their_places_set(program):
    tiers = program.get("tiers").json()
    best = tiers[0]
    assert sum(each["leads"] for each in tiers) == program.get("scores/analytics").json()["leads"]
    _done(program, program.patch(f"tiers/{best['name']}", json={"begins": best["begins"] - 1}))
    assert program.get("tiers").json()[0]["begins"] == best["begins"] - 1
    level = program.get("temperature").json()[0]
    _done(program, program.patch(f"temperature/{level['name']}", json={"points": level["points"] + 1}))
    assert program.get("temperature").json()[0]["points"] == level["points"] + 1
    assert program.put("tiers/capacities", json={"leads": {best["name"]: 1}}).status_code == 200
    now = program.get("tiers").json()[0]
    assert (now["capacity"], now["leads"] <= 1) == (1, True)
    assert program.put("tiers/capacities", json={"leads": {}}).status_code == 200
    assert program.put("tiers/capacities", json={"leads": {"nothing": 1}}).status_code == 422


def test_behaviours_fade_with_time(workbench):
    other = ensure_workspace(workbench.galena.door, "b2b", slug="other", actor="a test")
    program = replace(workbench, workspace=other).program()
    defined = program.get("behaviours").json()[0]
    lead = program.post("leads", json={"external_id": "1", "fields": {}}).json()
    sent = {"kind": defined["signals"][0], "attributes": {}, "lead": {"id": lead["lead_id"]}}
    days = timedelta(days=defined["half_life_days"])
    times = [NOW.isoformat(), (NOW - days).isoformat()]
    program.post("signals", json={"signals": [{**sent, "at": at} for at in times]})
    found = program.get(f"leads/{lead['lead_id']}/behaviours").json()
    shown = next(each for each in found if each["name"] == defined["name"])
    assert defined["decay"] == "exponential"
    assert shown["intensity"] == pytest.approx(1.5 * defined["weight"])
    assert shown["last_at"] == "2026-03-02T09:00:00Z"
    at, change = f"behaviours/{defined['name']}", {"weight": 2.0, "half_life_days": 2 * days.days, "cap": 3.0}
    preview = program.post("factors/preview", json={"behaviours": {defined["name"]: change}}).json()
    assert preview["leads"] == 1
    assert [each.split(":")[0] for each in preview["changes"]] == [f"behaviour {defined['name']}"] * 3
    seen = {"if-match": program.get(at).headers["etag"]}
    saved = program.patch(at, json=change, headers=seen).json()
    while (job := program.get(f"jobs/{saved['job']['id']}").json())["status"] == "running":
        time.sleep(0.02)
    assert job["status"] == "done"
    assert program.patch(at, json=change, headers=seen).status_code == 412
    assert program.get(at).json() == {**defined, **change}
    found = program.get(f"leads/{lead['lead_id']}/behaviours").json()
    again = next(each for each in found if each["name"] == defined["name"])
    assert again["intensity"] == pytest.approx(min(2 * (1 + 0.5**0.5), 3.0))
    assert program.patch(at, json={"cap": None}).json()["revision"]["number"] > saved["revision"]["number"]
    assert program.patch(at, json={"half_life_days": 0}).status_code == 422
    assert program.patch("behaviours/nothing", json=change).status_code == 404


def test_rules_are_changed_by_those_who_may(workbench):
    reader = workbench.program(Scope.READ, Scope.WRITE)
    name = reader.get("factors").json()["factors"][0]["name"]
    for method, address in (
        ("patch", "factors"),
        ("patch", f"factors/{name}"),
        ("delete", f"factors/{name}"),
        ("post", "factors/preview"),
        ("put", "tiers/capacities"),
    ):
        body = None if method == "delete" else {"leads": {}}
        assert reader.request(method, address, json=body).status_code == 403, address
