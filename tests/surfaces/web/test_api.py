"""The API: keys, what each may see and do, pages of leads, requests that come twice, its own document."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import schemathesis
from httpx import Client

from galena.domain.access import Scope
from galena.domain.tenancy import Role
from galena.stores import leads, users, verdicts, workspaces
from galena.workflows.api_access import make_key, revoke_key
from galena.workflows.people import ensure_operator

ROOT = "/api/v1"


def _caller(site, *scopes: Scope, user=None, **options) -> Client:
    """A program with a key."""
    with site.enter() as session:
        user = user or ensure_operator(session, site.workspace)
        made = make_key(session, user, "a program", scopes or [Scope.READ], site.galena.clock(), **options)
    browser = site.visitor()
    browser.headers["authorization"] = f"Bearer {made.secret}"
    browser.base_url = browser.base_url.join(ROOT + "/")
    return browser


@pytest.fixture(scope="module")
def reader(shown) -> Client:
    return _caller(shown, calls_per_minute=100_000)


def test_without_a_good_key_nothing_is_told(site):
    nobody = site.visitor()
    for headers in ({}, {"authorization": "Bearer gal_invented"}, {"authorization": "Basic x"}):
        answer = nobody.get(f"{ROOT}/leads", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "A key is needed."
    old = _caller(site, days=1)
    key_id = UUID(old.get("me").json()["key_id"])
    with site.enter() as session:
        revoke_key(session, key_id, site.galena.clock())
    assert old.get("me").status_code == 401
    with site.enter() as session:
        operator = ensure_operator(session, site.workspace)
        late = site.galena.clock() - timedelta(days=3)
        made = make_key(session, operator, "late", [Scope.READ], late, days=2)
    assert nobody.get(f"{ROOT}/me", headers={"authorization": f"Bearer {made.secret}"}).status_code == 401


def test_pages_go_on_where_the_last_one_ended(shown, reader):
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = reader.get("leads", params={"limit": 30, "fields": "score", **more}).json()
        assert all(set(item) == {"id", "score"} for item in page["items"])
        seen += page["items"]
        if (cursor := page["next"]) is None:
            break
    assert sorted(item["id"] for item in seen) == sorted(map(str, shown.lead_ids()))
    points = [item["score"] for item in seen]
    assert points == sorted(points, reverse=True)


def test_a_lead_says_why_and_its_reasons_add_up(reader):
    best = reader.get("leads", params={"limit": 1}).json()["items"][0]
    told = reader.get(f"leads/{best['id']}/score").json()
    micropoints = sum(round(each["points"] * 1_000_000) for each in told["reasons"])
    assert micropoints == round(told["score"] * 1_000_000) == round(best["score"] * 1_000_000)
    (newest, *_) = reader.get(f"leads/{best['id']}/scores").json()
    assert (newest["score"], newest["replays"]) == (told["score"], True)


def test_what_is_known_is_not_sent_again(reader):
    best = reader.get("leads", params={"limit": 1}).json()["items"][0]
    first = reader.get(f"leads/{best['id']}")
    again = reader.get(f"leads/{best['id']}", headers={"if-none-match": first.headers["etag"]})
    assert (first.json()["key"], again.status_code, again.content) == (best["key"], 304, b"")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("leads?limit=0", 422),
        ("leads?sort=nothing", 422),
        ("leads?fields=id,nothing", 422),
        ("leads?cursor=abc", 422),
        ("leads/00000000-0000-7000-8000-000000000000", 404),
        ("leads/abc", 422),
        ("nothing", 404),
    ],
)
def test_what_cannot_be_used_is_told(reader, address, status):
    answer = reader.get(address)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_request_that_comes_twice_is_done_once(site):
    writer = _caller(site, Scope.READ, Scope.WRITE)
    lead_id = site.lead_ids()[0]
    say = {"reason": "The owner sold it in May."}
    once = {"idempotency-key": "a1"}
    sent = [writer.post(f"leads/{lead_id}/feedback", json=say, headers=once) for _ in range(2)]
    assert [each.status_code for each in sent] == [201, 201]
    assert sent[0].json() == sent[1].json()
    assert sent[1].headers["idempotent-replayed"] == "true"
    with site.enter() as session:
        assert len(verdicts.list_feedback(session, lead_id)) == 1
    other = writer.post(
        f"leads/{lead_id}/feedback", json={"reason": "Another."}, headers={"idempotency-key": "a1"}
    )
    assert (other.status_code, other.json()["title"]) == (
        422,
        "This idempotency key was used for another request.",
    )


def test_a_key_may_no_more_than_it_was_given(site):
    lead_id = site.lead_ids()[0]
    refused = _caller(site).post(f"leads/{lead_id}/feedback", json={"reason": "No."})
    assert (refused.status_code, refused.json()["title"]) == (403, "This key may not write.")
    with site.enter() as session:
        user = users.add(session, email="v@example.org", name="V", role=Role.VIEWER)
    viewer = _caller(site, Scope.READ, Scope.WRITE, user=user)
    assert viewer.get("me").json()["may"] == ["read"]


def test_a_tenant_sees_its_own_leads_only(site):
    mine, other = site.lead_ids()[:2]
    with site.enter() as session:
        tenant = workspaces.add_tenant(session, "A tenant")
        leads.assign(session, [mine], tenant.id, at=site.galena.clock())
        user = users.add(session, email="m@example.org", name="M", role=Role.MEMBER, tenant_id=tenant.id)
    member = _caller(site, Scope.READ, Scope.WRITE, user=user)
    assert [item["id"] for item in member.get("leads").json()["items"]] == [str(mine)]
    for address in (f"leads/{other}", f"leads/{other}/score", f"leads/{other}/feedback"):
        assert member.get(address).status_code == 404
    assert member.post(f"leads/{other}/feedback", json={"reason": "Mine?"}).status_code == 404


def test_who_asks_too_often_waits(site):
    caller = _caller(site, calls_per_minute=2)
    answers = [caller.get("me") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert [each.headers["ratelimit-remaining"] for each in answers] == ["1", "0", "0"]
    assert int(answers[2].headers["retry-after"]) > 0


def test_every_operation_does_as_its_document_says(site):
    caller = _caller(site, *Scope, calls_per_minute=1_000_000)
    document = site.visitor().get(f"{ROOT}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    ask: Callable = caller.request
    of_leads = r"^/(me|leads(/\{lead_id\}(/(score|scores|feedback))?)?)$"
    asked = schemathesis.openapi.from_dict(document).include(path_regex=of_leads)
    asked = asked.exclude(operation_id=["send_lead", "correct_lead", "update_score"])
    for operation in asked.get_all_operations():
        case = operation.ok().Case(path_parameters={"lead_id": str(site.lead_ids()[0])})
        body = {"json": {"reason": "Wrong."}} if case.method == "POST" else {}
        answer = ask(case.method, case.formatted_path.lstrip("/"), **body)
        answer.elapsed = timedelta()  # asked in this process, where no time is measured
        operation.ok().validate_response(schemathesis.Response.from_httpx(answer, verify=False))
        assert answer.status_code in (200, 201)
