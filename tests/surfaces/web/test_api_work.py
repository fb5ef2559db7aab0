"""The API of daily work: notes, documents, clients, the pipeline, appointments; a tenant's own and nobody else's."""

import pytest
from httpx import Client, Response

from galena.domain.tenancy import Role
from galena.stores import users
from galena.workflows import client_import
from galena.workflows.claw_back import give
from galena.workflows.context import Context
from galena.workflows.plans import active_plan
from galena.workflows.tenants import add_tenant

from .conftest import ADDRESS, Site

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def program(workbench: Site) -> Client:
    return workbench.program()


@pytest.fixture(scope="module")
def broker(workbench: Site) -> tuple[Client, str, list[str]]:
    """A program of a tenant's member; the tenant, and the two leads that it has."""
    with workbench.enter() as session:
        playbook = active_plan(session).playbook
    context = Context(
        workbench.galena.door, workbench.workspace.id, playbook, "a test", workbench.galena.clock
    )
    tenant = add_tenant(context, "Brokers").tenant
    ids = workbench.lead_ids(tiers=("green", "yellow"))[:2]
    give(context, ids, "Brokers", "A test")
    with workbench.enter() as session:
        user = users.add(session, email="b@example.org", name="B", role=Role.MEMBER, tenant_id=tenant.id)
    return workbench.program(user=user), str(tenant.id), [str(each) for each in ids]


def _done(answer: Response, status: int = 200) -> dict:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_note_is_changed_by_who_wrote_it_and_what_it_said_stays(
    program: Client, broker: tuple[Client, str, list[str]]
) -> None:
    member, _, (lead, _) = broker
    made = _done(member.post(f"leads/{lead}/notes", json={"text": " Rang the owner. "}), 201)
    assert (made["text"], made["is_own"], made["lead_id"]) == ("Rang the owner.", True, lead)
    tag = member.get(f"notes/{made['id']}").headers["etag"]
    assert member.post(f"leads/{lead}/notes", json={"text": "Rang\x00"}).status_code == 422
    better = {"text": "Rang the owner: next week."}
    assert _done(member.patch(f"notes/{made['id']}", json=better, headers={"if-match": tag}))["changed_at"]
    assert member.patch(f"notes/{made['id']}", json=better, headers={"if-match": tag}).status_code == 412
    assert program.patch(f"notes/{made['id']}", json=better).status_code == 409
    texts = [each["text"] for each in _done(program.get(f"notes/{made['id']}/versions"))]
    assert texts == ["Rang the owner: next week.", "Rang the owner."]
    assert _done(member.delete(f"notes/{made['id']}"))["removed_at"]
    assert _done(member.get(f"leads/{lead}/notes")) == []
    assert _done(member.post(f"notes/{made['id']}/restore"))["removed_at"] is None
    for text in ("Second", "Third"):
        _done(member.post(f"leads/{lead}/notes", json={"text": text}), 201)
    first = _done(member.get("notes", params={"limit": 2, "mine": True}))
    rest = _done(member.get("notes", params={"limit": 2, "mine": True, "cursor": first["next"]}))
    found = [each["text"] for each in first["items"] + rest["items"]]
    assert sorted(found) == ["Rang the owner: next week.", "Second", "Third"]


def test_a_document_goes_by_link_to_who_may_be_written_to(program: Client) -> None:
    name, content = "who we are.html", b"%PDF-1.4 some pages"
    sent = {"files": {"file": (name, content, "text/html")}, "data": {"expires_on": "2026-12-31"}}
    kept = _done(program.post("documents", **sent), 201)
    document = kept["document"]
    assert (kept["is_new"], document["name"], document["media_type"]) == (
        True,
        "who we are.pdf",
        "application/pdf",
    )
    assert _done(program.post("documents", **sent), 201)["is_new"] is False
    program_file = {"file": ("a.pdf", b"MZ\x90\x00", "application/pdf")}
    assert program.post("documents", files=program_file).status_code == 415
    large = {"file": ("a.txt", b"x" * 5_100_000, "text/plain")}
    assert program.post("documents", files=large).status_code == 413
    fetched = program.get(f"documents/{document['id']}/file")
    assert (fetched.content, fetched.headers["content-type"]) == (content, "application/pdf")
    tag = program.get(f"documents/{document['id']}").headers["etag"]
    changed = program.patch(
        f"documents/{document['id']}", json={"goes_first": True}, headers={"if-match": tag}
    )
    assert (_done(changed)["goes_first"], changed.json()["expires_on"]) == (True, "2026-12-31")
    assert _done(program.get("documents", params={"only": "first"}))["items"] == [changed.json()]
    order = {"document_ids": [document["id"]], "others": ["Ann Baker"], "days": 7}
    (link,) = _done(program.post("document-links", json=order), 201)
    assert link["address"].startswith(f"{ADDRESS}/shared/")
    outside = Client(transport=program._transport)
    assert outside.get(link["address"]).status_code == 200
    assert _done(program.post(f"document-links/{link['id']}/revoke"))["standing"] == "revoked"
    assert outside.get(link["address"]).status_code == 410
    (told,) = _done(program.get("document-links", params={"standing": "revoked"}))["items"]
    assert (told["opened_count"], told["recipient"]) == (1, "Ann Baker")
    assert _done(program.delete(f"documents/{document['id']}"))["can_be_fetched"] is False
    assert program.get(f"documents/{document['id']}/file").status_code == 404
    assert program.post("document-links", json=order).status_code == 409
    assert _done(program.post(f"documents/{document['id']}/restore"))["removed_at"] is None


def test_clients_come_from_files_and_those_that_seem_to_be_one_are_joined(
    program: Client, broker: tuple[Client, str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    member, tenant, (lead, _) = broker
    table = b"Full name,E-mail,Phone\nAnn Baker,ann@example.com,\nBob Carver,bob@,\n,,+1 512 555 0101\n"
    files = {"file": ("customers.csv", table, "text/csv")}
    empty = member.post("clients/imports", files={"file": ("../empty.csv", b"", "text/csv")})
    assert (empty.status_code, empty.json()["facts"]) == (422, {"file": "empty.csv"})
    with monkeypatch.context() as small:
        small.setattr(client_import, "MOST_ROWS", 2)
        assert "more than 2 rows" in member.post("clients/imports", files=files).json()["title"]
    look = _done(member.post("clients/imports/look", files=files))
    assert look["mapping"] == {"name": "Full name", "email": "E-mail", "phone": "Phone"}
    done = _done(member.post("clients/imports", files=files), 201)
    assert (done["created"], done["refused"], done["problems"][0]["row"]) == (2, 1, 2)
    wrong = member.post("clients/imports", files=files, data={"mapping": '{"shoe size": "Phone"}'})
    assert wrong.status_code == 422
    again = _done(member.post("clients/imports", files=files, data={"mapping": '{"email": "E-mail"}'}), 201)
    assert (again["created"], again["unchanged"]) == (0, 1)
    other = _done(member.post("clients", json={"name": "A. Baker", "email": "ANN@example.com"}), 201)
    (group,) = _done(member.get("clients/same"))["items"]
    assert [each["title"] for each in group["clients"]] == ["Ann Baker", "A. Baker"]
    keep = group["clients"][0]["id"]
    joined = _done(member.post("clients/join", json={"keep": keep, "others": [other["id"]]}))
    assert (joined["joined"], joined["client"]["id"]) == (1, keep)
    assert _done(member.post(f"clients/{keep}/part")) == {"parted": 1}
    tag = member.get(f"clients/{keep}").headers["etag"]
    phone = {"phone": "+1 512 555 0102"}
    assert (
        _done(member.patch(f"clients/{keep}", json=phone, headers={"if-match": tag}))["name"] == "Ann Baker"
    )
    assert member.patch(f"clients/{keep}", json=phone, headers={"if-match": tag}).status_code == 412
    assert member.patch(f"clients/{keep}", json={"email": "none"}).status_code == 422
    of_lead = _done(member.post(f"leads/{lead}/client"))
    assert (of_lead["is_new"], of_lead["client"]["lead_id"]) == (True, lead)
    titles, cursor = [], None
    while cursor is not None or not titles:
        page = _done(member.get("clients", params={"limit": 2} | ({"cursor": cursor} if cursor else {})))
        titles += [each["title"] for each in page["items"]]
        cursor = page["next"]
    assert titles == sorted(titles, key=str.lower)
    assert len(titles) == 4
    assert _done(program.get("clients"))["items"] == []
    assert len(_done(program.get("clients", params={"tenant_id": tenant}))["items"]) == 4
    assert program.get("clients", params={"tenant_id": NOBODY}).status_code == 404
    assert member.get("clients.csv").text.splitlines()[0].endswith("Note")
    assert _done(member.delete(f"clients/{keep}"))["removed_at"]
    assert _done(member.post(f"clients/{keep}/restore"))["removed_at"] is None


def test_a_lead_moves_by_an_outcome_and_its_meeting_is_kept(broker: tuple[Client, str, list[str]]) -> None:
    member, tenant, (_, lead) = broker
    stages = {each["name"]: each["leads"] for each in _done(member.get("pipeline/stages"))}
    assert (stages["new"], stages["booked"]) == (2, 0)
    assert member.post(f"leads/{lead}/move", json={"to": "booked"}).status_code == 422
    moved = _done(
        member.post(f"leads/{lead}/move", json={"to": "booked", "booked_for": "2026-03-13T14:30:00-06:00"}),
        201,
    )
    assert (moved["stage"], moved["disposition"]["outcome"]) == ("booked", "booked")
    assert member.post(f"leads/{lead}/move", json={"to": "new"}).status_code == 409
    several = member.post(f"leads/{lead}/move", json={"to": "out"})
    assert (several.status_code, "not_interested" in several.json()["facts"]) == (422, True)
    (card,) = _done(member.get("pipeline", params={"stage": "booked"}))["items"]
    assert (card["lead_id"], card["tenant_id"], card["days"]) == (lead, tenant, 0)
    (meeting,) = _done(member.get("appointments", params={"lead_id": lead}))["items"]
    assert (meeting["starts_at"], meeting["disposition_id"]) == (
        "2026-03-13T20:30:00Z",
        moved["disposition"]["id"],
    )
    at = f"appointments/{meeting['id']}"
    tag = member.get(at).headers["etag"]
    later = {"starts_at": "2026-03-13T21:00:00Z"}
    kept = _done(member.patch(at, json=later, headers={"if-match": tag}))["appointment"]
    assert (kept["starts_at"], kept["ends_at"]) == ("2026-03-13T21:00:00Z", "2026-03-13T21:30:00Z")
    assert member.patch(at, json=later, headers={"if-match": tag}).status_code == 412
    second = {"title": "Bob Carver", "starts_at": "2026-03-13T21:15:00Z", "lead_id": lead}
    other = _done(member.post("appointments", json=second), 201)
    assert other["appointment"]["lead_title"] == meeting["lead_title"] != ""
    assert [each["id"] for each in other["clashes"]] == [meeting["id"]]
    assert _done(member.post(f"{at}/cancel", json={"because": "They are ill."}))["state"] == "cancelled"
    calendar = member.get("appointments.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert (calendar.text.count("BEGIN:VEVENT"), "STATUS:CANCELLED" in calendar.text) == (2, True)
    assert _done(member.post(f"{at}/restore"))["state"] == "planned"
    first = _done(member.get("appointments", params={"limit": 1}))
    rest = _done(member.get("appointments", params={"limit": 1, "cursor": first["next"]}))
    assert [each["title"] for each in first["items"] + rest["items"]][1] == "Bob Carver"


def test_a_persons_word_stands_beside_the_machines(program: Client) -> None:
    lead = _done(program.get("leads", params={"limit": 1, "sort": "score"}))["items"][0]
    pool = _done(program.get("leads", params={"tier": "green", "limit": 1}))["items"][0]
    said = {"score": pool["score"], "reason": "She sells this year.", "expires_at": "2026-06-01T00:00:00Z"}
    first = _done(program.post(f"leads/{lead['id']}/overrides", json=said), 201)
    assert (first["machine_score"], first["machine_tier"]) == (lead["score"], lead["tier"])
    assert (first["score"], first["tier"], first["holds"]) == (pool["score"], "green", True)
    second = _done(program.post(f"leads/{lead['id']}/overrides", json={"tier": "red", "reason": "No."}), 201)
    assert [each["holds"] for each in _done(program.get(f"leads/{lead['id']}/overrides"))] == [True, False]
    assert _done(program.post(f"overrides/{first['id']}/resume"))["holds"] is True
    _done(program.post(f"leads/{lead['id']}/overrides", json={"score": 100, "reason": "She signs."}), 201)
    best = _done(program.get("leads", params={"limit": 1, "min_score": 100}))["items"][0]
    assert best == _done(program.get(f"leads/{lead['id']}"))
    assert (best["id"], best["score"], best["tier"]) == (lead["id"], 100, "green")
    assert (best["machine_score"], best["machine_tier"]) == (lead["score"], lead["tier"])
    assert best["override"]["reason"] == "She signs."
    assert _done(program.post(f"overrides/{first['id']}/resume"))["holds"] is True
    (held,) = _done(program.get("overrides", params={"holds": True}))["items"]
    assert (held["id"], held["score"]) == (first["id"], pool["score"])
    assert _done(program.post(f"overrides/{first['id']}/end"))["holds"] is False
    assert program.post(f"overrides/{NOBODY}/end").status_code == 404
    at = f"leads/{lead['id']}/overrides"
    for wrong in (
        {},
        {"tier": "no_such"},
        {"score": 101},
        {"tier": "red", "expires_at": "2026-03-01T00:00:00Z"},
    ):
        assert program.post(at, json={"reason": "Why not.", **wrong}).status_code == 422, wrong
    assert second["score"] is None
