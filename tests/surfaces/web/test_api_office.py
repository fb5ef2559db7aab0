"""The API of what runs a workspace: tasks, bans, reports, learning, notifications, people, keys, the audit trail."""

import io
import time
from collections.abc import Callable

import polars as pl
import pytest
from httpx import Client
from sqlalchemy import text

from galena.domain.access import Scope
from galena.domain.tenancy import Role
from galena.stores import notifications, users, workspaces
from galena.workflows.api_access import make_key
from galena.workflows.people import ensure_operator

from .conftest import NOW, Site

Program = Callable[..., Client]


@pytest.fixture
def program(site: Site) -> Program:
    """A program with a key of the operator, or of a tenant's member, that may do what is named."""

    def of(*scopes: Scope, member: bool = False) -> Client:
        with site.enter() as session:
            user = ensure_operator(session, site.workspace)
            if member:
                tenant = workspaces.add_tenant(session, "Members")
                user = users.add(
                    session, email="m@example.org", name="M", role=Role.MEMBER, tenant_id=tenant.id
                )
            made = make_key(
                session, user, "p", scopes or list(Scope), site.galena.clock(), calls_per_minute=100_000
            )
        browser = site.visitor()
        browser.headers["authorization"] = f"Bearer {made.secret}"
        browser.base_url = browser.base_url.join("/api/v1/")
        return browser

    return of


def _give(browser: Client, count: int) -> list[str]:
    tenant = browser.post("tenants", json={"name": "Brokers"}).json()["id"]
    page = browser.get("leads", params={"tier": ["green", "yellow"], "limit": count, "fields": "id"})
    leads = [each["id"] for each in page.json()["items"]]
    browser.post("assignments", json={"lead_ids": leads, "tenant_id": tenant, "why": "Asked."})
    return leads


def test_tasks_come_by_their_day_and_reports_count_what_was_said(program: Program) -> None:
    browser = program()
    leads = _give(browser, 4)
    for lead, callback in zip(leads, ("2026-03-09", "2026-03-05", "2026-03-07", "2026-03-06"), strict=True):
        said = {"outcome": "callback_requested", "callback": callback}
        assert browser.post(f"leads/{lead}/dispositions", json=said).status_code == 201
    first = browser.get("tasks", params={"limit": 3}).json()
    rest = browser.get("tasks", params={"limit": 3, "cursor": first["next"]}).json()
    found = first["items"] + rest["items"]
    assert [each["due_on"][-2:] for each in found] == ["05", "06", "07", "09"]
    assert (found[0]["what"], found[0]["overdue"], rest["next"]) == ("Call back", False, None)
    assert len(browser.get("tasks", params={"due": "2026-03-06"}).json()["items"]) == 2
    report = browser.get("reports/funnel", params={"by": "tier"}).json()
    names = [column["name"] for column in report["tables"][0]["columns"]]
    assert dict(zip(names, report["tables"][0]["total"], strict=True))["contacted"] == 4
    answer = browser.get("reports/funnel.csv", params={"by": "tier"})
    assert answer.headers["content-type"].startswith("text/csv")
    table = pl.read_csv(io.BytesIO(answer.content))
    assert table["contacted"].to_list()[-1] == 4
    assert browser.get("reports/funnel.pdf").content.startswith(b"%PDF-")
    assert browser.get("reports/funnel.csv", params={"table": "x"}).status_code == 404
    assert browser.get("reports/nothing").status_code == 422
    assert browser.get("reports/fairness", params={"by": "tier"}).status_code == 422
    assert {each["name"] for each in browser.get("reports").json()["items"]} > {"funnel", "model-value"}


def test_who_must_not_be_contacted_is_told_and_lifted_with_a_reason(program: Program) -> None:
    browser = program()
    new = {"whom": "Ann@Example.com", "reason": "Asked by letter."}
    assert browser.post("suppressions", json=new).json()["added"] == 1
    assert browser.post("suppressions", json=new).json()["added"] == 0
    asked = browser.post("suppressions/check", json={"whom": "ann@example.com"}).json()
    assert asked["may_be_contacted"] is False
    (ban,) = browser.get("suppressions").json()["items"]
    worker = program(Scope.READ, Scope.WRITE)
    assert worker.post(f"suppressions/{ban['id']}/lift", json={"reason": "No."}).status_code == 403
    lifted = browser.post(f"suppressions/{ban['id']}/lift", json={"reason": "Signed up again."})
    assert lifted.json()["lifted_because"] == "Signed up again."
    assert browser.post(f"suppressions/{ban['id']}/lift", json={"reason": "Twice."}).status_code == 409
    assert browser.get("suppressions").json()["items"] == []
    assert len(browser.get("suppressions", params={"lifted": True}).json()["items"]) == 1
    assert browser.post("suppressions/check", json={"whom": "ann@example.com"}).json()["may_be_contacted"]


def test_learning_drift_and_experiments_tell_how_they_stand(program: Program) -> None:
    browser = program()
    assert browser.get("learning").json()["decided"] == 0
    assert browser.get("learning/runs").json() == {"items": [], "next": None}
    assert browser.get("experiments").json()["items"] == []
    refused = browser.post("experiments", json={"name": "x", "why": "y", "model": "booked:9"})
    assert refused.status_code in (404, 409, 422)
    assert browser.post("learning/runs", json={"budget_s": 0}).status_code == 422
    begun = browser.post("drift")
    assert (begun.status_code, begun.headers["location"]) == (202, f"/api/v1/jobs/{begun.json()['id']}")
    while (job := browser.get(f"jobs/{begun.json()['id']}").json())["status"] == "running":
        time.sleep(0.05)
    assert job["status"] == "done", job
    reports = browser.get("drift").json()["items"]
    assert [each["id"] for each in reversed(reports)] == job["result"]["reports"]
    learner = program(Scope.READ)
    assert learner.post("drift").status_code == 403


def test_notifications_are_marked_as_seen(program: Program, site: Site) -> None:
    browser = program()
    with site.enter() as session:
        for subject in ("a", "b", "c"):
            notifications.notify(session, "info", "drift", subject, f"About {subject}.", at=NOW)
    first = browser.get("notifications", params={"limit": 2}).json()
    rest = browser.get("notifications", params={"limit": 2, "cursor": first["next"]}).json()
    found = first["items"] + rest["items"]
    assert sorted(each["subject"] for each in found) == ["a", "b", "c"]
    assert browser.post("notifications/acknowledge", json={"ids": [found[0]["id"]]}).json() == {"marked": 1}
    assert len(browser.get("notifications", params={"seen": False}).json()["items"]) == 2
    assert browser.post("notifications/acknowledge", json={"ids": None}).json() == {"marked": 2}


def test_people_keys_and_the_trail_are_the_administrators(program: Program) -> None:
    browser = program()
    ann = {"email": "ann@example.com", "name": "Ann", "role": "viewer"}
    made = browser.post("admin/members", json=ann).json()
    assert browser.post("admin/members", json=ann).status_code == 409
    assert browser.post("admin/members", json={**ann, "email": "nobody"}).status_code == 422
    seen = browser.get(f"admin/members/{made['id']}").headers["etag"]
    admin = browser.patch(f"admin/members/{made['id']}", json={"role": "admin"}, headers={"if-match": seen})
    assert admin.json()["role"] == "admin"
    late = browser.patch(f"admin/members/{made['id']}", json={"role": "viewer"}, headers={"if-match": seen})
    assert late.status_code == 412
    assert browser.post(f"admin/members/{made['id']}/reset-sign-in").status_code == 204
    assert {each["email"] for each in browser.get("admin/members").json()["items"]} > {"ann@example.com"}
    trail = browser.get("admin/audit", params={"subject": f"user:{made['id']}"}).json()["items"]
    assert [each["action"] for each in trail] == ["reset_sign_in", "change_role", "add_person"]
    assert browser.delete(f"admin/members/{made['id']}").json()["email"] == "ann@example.com"
    assert browser.get(f"admin/members/{made['id']}").status_code == 404
    assert browser.post(f"admin/members/{made['id']}/restore").json()["role"] == "admin"
    # Neither the program's own person, who asks, nor somebody who is not there.
    me = next(
        each for each in browser.get("admin/members").json()["items"] if each["email"].endswith(".localhost")
    )
    assert browser.delete(f"admin/members/{me['id']}").status_code == 409
    assert browser.delete("admin/members/00000000-0000-7000-8000-000000000000").status_code == 404
    paged = browser.get("admin/audit", params={"limit": 1}).json()
    older = browser.get("admin/audit", params={"limit": 1, "cursor": paged["next"]}).json()
    assert older["items"][0]["id"] < paged["items"][0]["id"]
    overview = browser.get("admin/workspace").json()
    assert (overview["slug"], overview["leads"] > 0) == ("demo", True)


def test_a_key_gives_no_more_than_it_may_and_its_secret_is_kept_nowhere(program: Program, site: Site) -> None:
    browser = program(Scope.READ, Scope.ADMIN)
    beyond = browser.post("admin/keys", json={"name": "x", "may": ["spend"]})
    assert (beyond.status_code, beyond.json()["facts"]["beyond"]) == (403, "spend")
    once = {"idempotency-key": "k-1"}
    made = browser.post("admin/keys", json={"name": "x", "may": ["read"]}, headers=once)
    again = browser.post("admin/keys", json={"name": "x", "may": ["read"]}, headers=once)
    assert made.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    secret = made.json()["secret"]
    with site.enter() as session:
        kept = session.connection.execute(text("SELECT body FROM kept_answers")).scalars()
        assert not any(secret.encode() in bytes(body) for body in kept)
    assert secret not in browser.get("admin/keys").text
    reader = site.visitor()
    asked = {"headers": {"authorization": f"Bearer {secret}"}}
    assert reader.get("/api/v1/me", **asked).status_code == 200
    assert reader.get("/api/v1/admin/keys", **asked).status_code == 403
    revoked = browser.post(f"admin/keys/{made.json()['key']['id']}/revoke").json()
    assert (revoked["good"], reader.get("/api/v1/me", **asked).status_code) == (False, 401)


def test_what_runs_the_workspace_is_closed_to_tenants(program: Program) -> None:
    member = program(member=True)
    for address in (
        *("admin/workspace", "admin/members", "admin/keys", "admin/audit", "suppressions", "webhooks"),
        *("notifications", "experiments", "learning", "learning/runs", "drift", "tenants", "drops"),
    ):
        assert member.get(address).status_code == 403, address
    for address in ("tasks", "reports", "reports/funnel", "assignments"):
        assert member.get(address).status_code == 200, address
