"""The API where leads, signals and scores are brought in, corrected, calculated and counted."""

import time

import pytest
from httpx import Client

from galena.domain.access import Scope
from galena.domain.tenancy import Role
from galena.stores import leads, quarantine, users, workspaces

BAKERY = {"external_id": "crm-1", "fields": {"name": "Northwind Bakery", "city": "Austin", "owner_age": 61}}


@pytest.fixture(scope="module")
def program(workbench) -> Client:
    return workbench.program()


def _job(program: Client, started) -> dict:
    assert started.status_code == 202, started.text
    address = started.headers["location"].removeprefix("/api/v1/")
    while (job := program.get(address).json())["status"] == "running":
        time.sleep(0.02)
    return job


def test_a_lead_is_brought_in_once_changed_and_scored(program):
    first = program.post("leads", json=BAKERY)
    again = program.post("leads", json=BAKERY)
    older = program.post("leads", json={**BAKERY, "fields": {**BAKERY["fields"], "owner_age": 67}})
    assert [each.status_code for each in (first, again, older)] == [201, 200, 200]
    assert [each.json()["outcome"] for each in (first, again, older)] == ["created", "unchanged", "updated"]
    lead_id = first.json()["lead_id"]
    lead = program.get(f"leads/{lead_id}").json()
    assert (lead["key"], lead["fields"]["owner_age"]) == ("api:crm-1", 67)
    assert lead["score"] is not None
    some = program.get(f"leads/{lead_id}", params={"fields": "id,tier,data_quality"}).json()
    assert some == {"id": lead_id, "tier": lead["tier"], "data_quality": lead["data_quality"]}
    assert program.get(f"leads/{lead_id}", params={"fields": "nothing"}).status_code == 422
    assert program.get("leads", params={"source": "api"}).json()["items"][0]["id"] == lead_id


def test_what_cannot_be_used_waits_in_quarantine_and_says_why(workbench, program):
    refused = program.post("leads", json={"external_id": "crm-2", "fields": {"lease_end_date": "soon"}})
    assert refused.status_code == 422
    assert "lease_end_date" in refused.json()["facts"]
    unknown = program.post("leads", json={"external_id": "crm-2", "fields": {"colour": "red"}})
    assert (unknown.status_code, unknown.json()["facts"]["name"]) == (422, "colour")
    many = program.post(
        "leads/bulk",
        json={
            "source": "crm",
            "leads": [
                {"external_id": "a", "fields": {"name": "A"}},
                {"external_id": "b", "fields": {"name": "B", "annual_revenue": -5}},
                {"external_id": "a", "fields": {"name": "A & Sons"}},
                {"external_id": "c", "fields": {"name": "C", "phone": "call me"}},
            ],
        },
    ).json()
    assert [each["outcome"] for each in many["leads"]] == ["created", "quarantined", "updated", "created"]
    assert [many[name] for name in ("created", "updated", "unchanged", "quarantined")] == [2, 1, 0, 1]
    assert many["leads"][3]["faults"][0]["field"] == "phone"
    with workbench.enter() as session:
        waiting = quarantine.list_(session, import_id=many["import_id"])
    assert [row.faults[0].field for row in waiting] == ["annual_revenue"]


def test_a_correction_stands_above_what_sources_say(program):
    lead_id = program.post("leads", json={**BAKERY, "external_id": "crm-3"}).json()["lead_id"]
    seen = program.get(f"leads/{lead_id}").headers["etag"]
    told = {"fields": {"owner_age": 70}, "why": "They told us."}
    corrected = program.patch(f"leads/{lead_id}", json=told, headers={"if-match": seen})
    assert (corrected.status_code, corrected.json()["fields"]["owner_age"]) == (200, 70)
    late = program.patch(f"leads/{lead_id}", json={"fields": {"owner_age": 1}}, headers={"if-match": seen})
    assert late.status_code == 412
    program.post("leads", json={**BAKERY, "external_id": "crm-3", "fields": {"owner_age": 30}})
    assert program.get(f"leads/{lead_id}").json()["fields"]["owner_age"] == 70
    origins = {each["field"]: each for each in program.get(f"leads/{lead_id}/provenance").json()}
    assert (origins["owner_age"]["source"], origins["name"]["source"]) == ("corrections", "api")
    refused = program.patch(f"leads/{lead_id}", json={"fields": {"owner_age": "old"}})
    assert (refused.status_code, list(refused.json()["facts"])) == (422, ["owner_age"])
    assert program.patch(f"leads/{lead_id}", json={"fields": {}}).status_code == 200


def test_a_signal_is_kept_once_and_finds_its_lead_when_it_comes(program):
    later = {
        "kind": "review",
        "at": "2026-02-01T10:00:00Z",
        "lead": {"key": "api:crm-4"},
        "attributes": {"rating": 1},
        "external_id": "review-7",
    }
    sent = [program.post("signals", json={"signals": [later]}).json()["signals"][0] for _ in range(2)]
    assert [each["outcome"] for each in sent] == ["waiting", "known"]
    assert sent[0]["signal_id"] == sent[1]["signal_id"]
    assert sent[0]["signal_id"] in str(program.get("signals", params={"state": "waiting"}).json())
    fields = {"name": "Late Bakery", "email": "late@example.org"}
    lead_id = program.post("leads", json={"external_id": "crm-4", "fields": fields}).json()["lead_id"]
    by_fact = {"field": "email", "value": "LATE@example.org"}
    by_mail = {**later, "lead": by_fact, "external_id": None}
    by_id = {**later, "lead": {"id": lead_id}, "external_id": "review-8"}
    told = program.post("signals", json={"signals": [by_mail, by_id, by_id]}).json()
    assert [told[name] for name in ("added", "waiting", "known", "quarantined")] == [2, 0, 1, 0]
    assert {each["lead_id"] for each in told["signals"]} == {lead_id}
    first = program.get(f"leads/{lead_id}/signals", params={"limit": 2}).json()
    rest = program.get(f"leads/{lead_id}/signals", params={"limit": 2, "cursor": first["next"]}).json()
    assert len({each["id"] for each in (*first["items"], *rest["items"])}) == 3
    assert rest["next"] is None
    types = {each["kind"]: each for each in program.get("signals/types").json()}
    assert (types["review"]["label"], types["review"]["attached"] >= 3) == ("Review", True)
    for wrong in ({"kind": "sneeze"}, {"lead": {"key": "nothing"}}, {"lead": None}):
        assert program.post("signals", json={"signals": [{**later, **wrong}]}).status_code == 422


def test_a_waiting_signal_is_given_taken_back_and_let_go(program):
    lost = {"kind": "review", "at": "2026-02-02T10:00:00Z", "lead": {"key": "api:lost"}, "attributes": {}}
    signal_id = program.post("signals", json={"signals": [lost]}).json()["signals"][0]["signal_id"]
    lead_id = program.get("leads", params={"limit": 1}).json()["items"][0]["id"]
    given = program.post(f"signals/{signal_id}/attach", json={"lead_id": lead_id})
    assert (given.status_code, given.json()["lead_id"]) == (200, lead_id), given.text
    (signal,) = program.get(f"leads/{lead_id}/signals", params={"limit": 1, "kind": "review"}).json()["items"]
    taken = program.post(f"signals/{signal['id']}/detach").json()
    assert taken["signals"] == 1
    waiting = program.get("signals", params={"state": "waiting"}).json()["items"]
    (back,) = [each["id"] for each in waiting if each["link"] == "key:api:lost"]
    assert program.post(f"signals/{back}/let-go").json()["signals"] == 1
    assert program.post(f"signals/{back}/detach").status_code == 409


def test_a_calculated_score_is_the_score_it_would_have(program):
    best = program.get("leads", params={"limit": 1}).json()["items"][0]
    of_lead = program.post(f"leads/{best['id']}/score/calculate", json={}).json()
    assert round(sum(each["points"] for each in of_lead["reasons"]), 6) == of_lead["score"] == best["score"]
    signals = program.get(f"leads/{best['id']}/signals", params={"limit": 500}).json()["items"]
    given = {
        "fields": best["fields"],
        "source": best["key"].partition(":")[0],
        "signals": [{name: each[name] for name in ("kind", "at", "attributes")} for each in signals],
    }
    assert program.post("scores/calculate", json=given).json()["score"] == pytest.approx(best["score"], abs=2)
    refused = program.post("scores/calculate", json={"fields": {"lease_end_date": "soon"}})
    assert (refused.status_code, list(refused.json()["facts"])) == (422, ["lease_end_date"])
    assert program.post("scores/calculate", json={}).status_code == 422


def test_many_leads_are_scored_as_a_job_that_counts_them(program):
    items = program.get("leads", params={"limit": 3}).json()["items"]
    nobody = "00000000-0000-7000-8000-000000000000"
    wanted = [*(each["id"] for each in items), nobody]
    job = _job(program, program.post("scores/bulk", json={"lead_ids": wanted}))
    assert job["counts"] == {"created": 0, "updated": 0, "skipped": 3, "errors": 1}
    assert (job["status"], job["done"], job["total"]) == ("done", 4, 4)
    assert job["result"]["errors"] == {nobody: "There is no such lead."}
    every = _job(program, program.post("scores/bulk", json={}))
    assert sum(every["counts"].values()) >= 70
    some = _job(program, program.post("scores/bulk", json={"source": "api"}))
    assert some["counts"]["errors"] == 0
    assert job["id"] in [
        each["id"] for each in program.get("jobs", params={"status": "done"}).json()["items"]
    ]
    assert program.post(f"jobs/{job['id']}/cancel").json()["status"] == "done"
    assert program.get(f"jobs/{nobody}").status_code == 404
    one = program.post(f"leads/{items[0]['id']}/score").json()
    assert one["score"] == items[0]["score"]
    moved = program.get(f"leads/{items[0]['id']}/score/diff").json()
    assert moved is None or moved["after"] == one["score"]


def test_the_spread_of_scores_counts_every_lead_once(program):
    told = program.get("scores/analytics").json()
    for part in ("bands", "tiers", "temperatures", "sources"):
        assert sum(each["leads"] for each in told[part]) == told["leads"] > 0
    for group in told["sources"]:
        assert sum(group["tiers"].values()) == group["leads"]


def test_a_key_does_what_it_may_and_no_more(workbench):
    (lead_id,) = workbench.lead_ids()[:1]
    reader = workbench.program(Scope.READ)
    for method, address, body in (
        ("post", "leads", BAKERY),
        ("post", "leads/bulk", {"leads": [{"external_id": "x", "fields": {}}]}),
        (
            "post",
            "signals",
            {"signals": [{"kind": "review", "at": "2026-01-01T00:00:00Z", "lead": {"key": "a:b"}}]},
        ),
        ("patch", f"leads/{lead_id}", {"fields": {}}),
        ("post", "scores/bulk", {}),
        ("post", f"leads/{lead_id}/score", None),
    ):
        assert reader.request(method, address, json=body).status_code == 403, address
    with workbench.enter() as session:
        tenant = workspaces.add_tenant(session, "A tenant of the API")
        leads.assign(session, [lead_id], tenant.id, at=workbench.galena.clock())
        member = users.add(session, email="t@example.org", name="T", role=Role.MEMBER, tenant_id=tenant.id)
    theirs = workbench.program(user=member)
    for method, address in (("get", "signals"), ("get", "jobs"), ("get", "signals/types"), ("post", "leads")):
        assert theirs.request(method, address, json=BAKERY).status_code == 403, address
    assert theirs.get("scores/analytics").json()["leads"] == 1
    assert theirs.get(f"leads/{lead_id}/provenance").status_code == 200
    other = workbench.lead_ids()[1]
    for address in (f"leads/{other}/provenance", f"leads/{other}/signals", f"leads/{other}/score/diff"):
        assert theirs.get(address).status_code == 404, address
    assert theirs.post(f"leads/{other}/score/calculate", json={}).status_code == 404


def test_what_is_brought_in_is_counted_by_the_second(workbench):
    slow = workbench.program(Scope.INGEST, calls_per_minute=1)
    answers = [slow.post("leads/bulk", json={"leads": []}) for _ in range(3)]
    assert [each.status_code for each in answers] == [422, 422, 422]
    sent = slow.post("leads", json={**BAKERY, "external_id": "crm-9"})
    assert (sent.headers["ratelimit-limit"], sent.headers["ratelimit-remaining"]) == ("200", "196")


def test_a_body_beyond_five_megabytes_is_refused(program):
    refused = program.post("leads", content=b" " * 5_000_001, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.headers["content-type"]) == (413, "application/problem+json")
