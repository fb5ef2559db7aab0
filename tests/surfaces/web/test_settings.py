"""Settings: members, keys, what a tenant wants, taking everything along; the audit trail and the list of work."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from httpx import Client, Response

from galena.domain.tenancy import Role
from galena.stores import audit, tenants, users, whole_tables, workspaces
from galena.surfaces.web.jobs import Job

from .conftest import NOW, Site, form_token

Send = Callable[..., Response]


def _tenant(site: Site, name: str) -> tuple[UUID, UUID, Client]:
    """A tenant, its admin and their browser."""
    with site.enter() as session:
        tenant = workspaces.add_tenant(session, f"{name} {uuid4()}")
        user = users.add(
            session,
            email=f"{uuid4()}@example.org",
            name=f"Admin of {name}",
            role=Role.TENANT_ADMIN,
            tenant_id=tenant.id,
        )
    return tenant.id, user.id, site.browser_of(user.id)


def _user(site: Site, email: str) -> UUID:
    with site.enter() as session:
        found = users.find_even_removed(session, email)
    assert found is not None
    return found.id


def test_somebody_is_invited_signs_in_is_removed_and_comes_back(workbench: Site, send: Send) -> None:
    _, me, browser = _tenant(workbench, "Waco")
    email = f"{uuid4()}@example.org"
    shown = send(browser, "/settings/members", email=email, name="Bob", role="member")
    link = re.search(r"http://testserver(/invited/[\w-]+)", shown.text)[1]
    assert "shown this once" in shown.text
    assert link not in browser.get("/settings/members").text
    bob = workbench.visitor()
    for _ in range(2):  # The preview of a chat, and Bob.
        assert email in bob.get(link).text
    assert bob.get("/leads").status_code == 303
    assert bob.post(link).headers["location"] == "/welcome"
    assert bob.get("/leads").status_code == 200
    assert workbench.visitor().get(link).status_code == workbench.visitor().post(link).status_code == 401
    calendar = re.search(r'value="http://testserver(/calendar/[^"]+)"', send(bob, "/calendar/feeds").text)[1]
    assert bob.get(calendar).status_code == 200
    their_id = _user(workbench, email)
    removed = send(browser, f"/settings/members/{their_id}/remove")
    undo = re.search(r'action="(/settings/members/[^"]+/restore)"', removed.text)[1]
    assert bob.get("/leads").status_code == 303
    assert workbench.visitor().get(calendar).status_code == 404
    assert "Bob is back" in send(browser, undo).text
    changed = send(browser, f"/settings/members/{their_id}/role", role="viewer").text
    assert "looks only" in changed
    told = re.findall(r"<li>Bob: ([a-z ]+)", changed.split('id="history-title"')[1])
    assert [each.strip() for each in told] == [
        "the role was changed", "the account was brought back", "the account was removed",
        "an administrator made a sign", "the account was made",
    ]  # fmt: skip
    for refused in (f"/settings/members/{me}/remove", f"/settings/members/{me}/role"):
        assert (
            browser.post(
                refused, data={"csrf_token": form_token(browser.get("/leads")), "role": "member"}
            ).status_code
            == 409
        )
    trail = workbench.admin().get("/audit?kind=user").text
    assert "The account was brought back" in trail


def test_a_tenant_s_admin_reaches_nobody_else(workbench: Site) -> None:
    _, _, browser = _tenant(workbench, "Waco")
    other_tenant, other, _ = _tenant(workbench, "Dallas")
    operator = workbench.add_user(f"{uuid4()}@example.org", Role.ADMIN)
    token = form_token(browser.get("/leads"))
    for user_id in (other, operator):
        for what in ("link", "role", "remove", "restore"):
            address = f"/settings/members/{user_id}/{what}?tenant={other_tenant}"
            answer = browser.post(address, data={"csrf_token": token, "role": "member"})
            assert answer.status_code == 404, address
        made = browser.post("/settings/keys", data={"csrf_token": token, "name": "x", "whose": str(user_id)})
        assert made.status_code == 404
    assert "Admin of Dallas" not in browser.get(f"/settings/members?tenant={other_tenant}").text
    data = {"csrf_token": token, "email": "new@example.org", "role": "admin"}
    assert browser.post("/settings/members", data=data).status_code == 422
    assert (
        browser.post("/settings/keys", data={"csrf_token": token, "name": "x", "may": "admin"}).status_code
        == 422
    )
    for address in ("/audit", "/jobs", f"/tenants/{other_tenant}"):
        assert browser.get(address).status_code == 403


def test_a_tenant_s_member_and_viewer_look_only(workbench: Site) -> None:
    tenant, _, _ = _tenant(workbench, "Waco")
    for role in (Role.MEMBER, Role.VIEWER):
        with workbench.enter() as session:
            user = users.add(session, email=f"{uuid4()}@example.org", name="M", role=role, tenant_id=tenant)
        browser = workbench.browser_of(user.id)
        token = form_token(browser.get("/leads"))
        for address in (
            "/settings",
            "/settings/members",
            "/settings/keys",
            "/settings/wishes",
            "/settings/export",
        ):
            assert browser.get(address).status_code == 200, address
        for address in (
            "/settings/members", f"/settings/members/{user.id}/role", "/settings/keys", "/settings/export",
            "/settings/wishes", "/settings/wishes/preview", "/settings/wishes/concierge", "/settings/wishes/undo",
        ):  # fmt: skip
            assert browser.post(address, data={"csrf_token": token}).status_code == 403, address


def test_a_key_is_shown_once_revoked_and_soon_opened_again(workbench: Site, send: Send) -> None:
    browser = workbench.admin()
    made = send(browser, "/settings/keys", name="website", may="read", days="30")
    secret = re.search(r'value="(gal_[\w-]+)"', made.text)[1]
    page = browser.get("/settings/keys").text
    assert secret not in page
    program = workbench.visitor()
    program.headers["authorization"] = f"Bearer {secret}"
    assert program.get("/api/v1/me").json()["may"] == ["read"]
    key_id = re.search(
        r"/settings/keys/([0-9a-f-]+)/revoke\"[^>]*>(?:(?!</form>).)*Revoke website", page, re.S
    )[1]
    revoked = send(browser, f"/settings/keys/{key_id}/revoke")
    assert program.get("/api/v1/me").status_code == 401
    assert f"/settings/keys/{key_id}/restore" in revoked.text
    assert "opens again" in send(browser, f"/settings/keys/{key_id}/restore").text
    assert program.get("/api/v1/me").status_code == 200


def test_a_tenant_sets_what_it_wants_and_takes_it_back(workbench: Site, send: Send) -> None:
    tenant, _, browser = _tenant(workbench, "Waco")
    square = '{"type": "Polygon", "coordinates": [[[-98, 31], [-97, 31], [-97, 32], [-98, 32], [-98, 31]]]}'
    texts = {
        "gate.city.values": "Waco",
        "gate.area.shape": square,
        "capacity.week": "12",
        "time_zone": "America/Chicago",
        "quota.green": "99",
    }
    counted = send(browser, "/settings/wishes/preview", **texts)
    assert re.search(r"This week [\d,]+ of [\d,]+ leads pass", counted.text)
    assert "no number" in send(browser, "/settings/wishes/preview", **{**texts, "capacity.week": "many"}).text
    for drawn in ("[" * 50_000, '{"type": "Polygon", "coordinates": ' + "[" * 900 + "]" * 900 + "}"):
        told = send(browser, "/settings/wishes/preview", **{**texts, "gate.area.shape": drawn}).text
        assert "GeoJSON" in told or "cannot be read" in told
        assert len(told) < 2_000
    saved = send(browser, "/settings/wishes", **texts)
    assert "This holds from now on" in saved.text
    with workbench.enter() as session:
        held = tenants.load_wants(session, tenant, NOW).parameters
    assert [gate.name for gate in held.gates] == ["city", "area"]
    assert (held.capacity, held.quotas) == ({"week": 12}, None)
    refused = send(browser, "/settings/wishes/concierge", wanted="no")
    assert "somebody of yours" in refused.text
    assert "choice is kept" in send(browser, "/settings/wishes/concierge", wanted="yes").text
    operator = workbench.admin()
    assert "Galena calls for it" in operator.get(f"/tenants/{tenant}").text
    assert "Galena calls for it" in operator.get("/settings/wishes").text
    assert "concierge: none → yes" in operator.get("/audit?kind=tenant").text
    assert "as it was before" in send(browser, "/settings/wishes/undo").text
    assert "not chosen yet" in browser.get("/settings/wishes").text


@pytest.mark.parametrize("whose", ["operator", "tenant"])
def test_everything_is_taken_along_and_nothing_of_others(workbench: Site, whose: str) -> None:
    _, _, tenant_browser = _tenant(workbench, "Mine")
    _tenant(workbench, "Theirs")
    browser = workbench.admin() if whose == "operator" else tenant_browser
    answer = browser.post("/settings/export", data={"csrf_token": form_token(browser.get("/leads"))})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        people = archive.read("users.csv").decode("utf-8-sig")
        leads = archive.read("leads.csv").decode("utf-8-sig").splitlines()
        about = archive.read("about.txt").decode()
    assert "password" not in people.splitlines()[0]
    assert ("Admin of Theirs" in people) is (whose == "operator")
    assert ("source_records.csv" in names) is (whose == "operator")
    assert (len(leads) > 1) is (whose == "operator")
    assert f"users.csv: {len(people.splitlines()) - 1} rows" in about


def test_how_the_operator_chose_is_not_taken_along_by_tenants(workbench: Site) -> None:
    tenant, _, _ = _tenant(workbench, "Chosen")
    door, workspace = workbench.galena.door, workbench.workspace.id
    columns = {}
    for whose in ("*", tenant):
        with door.enter(workspace, tenant_id=whose, actor="test") as session:
            columns[whose] = set(whole_tables.columns_of(session, "assignments"))
    assert columns["*"] - columns[tenant] == {"policy", "propensity", "value", "why"}


def test_the_trail_is_filtered_and_paged(workbench: Site) -> None:
    browser = workbench.admin()
    done = [(f"client:{uuid4()}", {"before": "a", "after": "b"}) for _ in range(51)]
    with workbench.enter() as session:
        audit.record_many(session, "change_client", done)
    page = browser.get("/audit?kind=client").text
    assert page.count("Change client") == 50
    assert "a → b" in page
    older = re.search(r'href="(/audit\?kind=client&amp;before=\d+)"', page)[1].replace("&amp;", "&")
    assert browser.get(older).text.count("Change client") == 1
    assert "Nothing was done that fits" in browser.get("/audit?since=2100-01-01").text
    assert browser.get("/audit?since=nonsense&who=%00&kind=x&until=9999-12-31").status_code == 200
    assert workbench.viewer().get("/audit").status_code == 403


def test_work_is_listed_with_how_it_ended(workbench: Site) -> None:
    jobs = workbench.app.state.jobs
    mine = Job(workbench.workspace.id, "Learning", f"learn:{uuid4()}", "/learning", "/learning")
    others = replace(mine, workspace_id=uuid4(), id=uuid4(), title="Of another workspace")
    for job in (mine, others):
        job.notice = "Nothing new."
        assert jobs.start(job, lambda _: None).wait(10)
    page = workbench.admin().get("/jobs").text
    assert "Learning" in page
    assert "Nothing new." in page
    assert "Of another workspace" not in page
