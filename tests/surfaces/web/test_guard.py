"""What guards every page: roles, tenants, forged requests, headers."""

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from httpx import Response

from galena.domain.tenancy import Role
from galena.stores import imports, revisions, users, workspaces
from galena.stores.door import OPERATOR

from .conftest import Site, form_token

Send = Callable[..., Response]
BY_HALF = ("/sign-in/code", "/sign-in/provider", "/sign-in/provider/back")
"""For who has signed in by half; tests of their own prove them."""
OPEN = ("/health", "/health/ready", "/metrics", "/sign-in", "/sign-in/{token}", *BY_HALF)
STREAM = "/events"
"""It does not end; its tests read it piece by piece."""
BY_ADDRESS = (
    *("/shared/{word}", "/shared/{word}/{place}", "/calendar/{word}.ics", "/welcome/start/{word}"),
    "/invited/{token}",
)
"""For people outside: the address itself is signed, and tests of their own prove it."""
SIGNED = "/inbound/{workspace}/{name}"
"""Its messages are proved by the sender's signature, and by no form of ours."""
UNMADE = {
    "draft_id", "job_id", "model_id", "drop_id", "tenant_id", "webhook_id",
    "document_id", "client_id", "appointment_id", "client_import_id",
}  # fmt: skip
"""What the market does not hold; the tests of these pages make it."""
ASKS = {"/leads/{lead_id}/outcome": "?outcome=booked", "/pipeline/move": "?lead={lead_id}&to=out"}
FOR_ADMINS = ("/audit",)
EVERYBODY_MAY = (
    *("/sign-out", "/views", "/views/restore", "/views/{view_id}/delete", "/sign-in", "/sign-in/code"),
    *("/account", "/account/code", "/account/code/off", "/account/sessions/close"),
    *("/calendar/feeds", "/calendar/feeds/{feed_id}/revoke"),
    *("/welcome/name", "/welcome/tour"),
)


def _routes(routes: list[object], method: str) -> Iterator[str]:
    for route in routes:
        if isinstance(route, APIRoute) and method in route.methods:
            yield route.path
        original = getattr(route, "original_router", None)
        if original is not None:
            yield from _routes(original.routes, method)


def _pages(site: Site) -> dict[str, str]:
    """Every address that answers GET, with real ids in it."""
    with site.enter() as session:
        some_import = imports.list_(session)[0].id
        lead = site.lead_ids()[0]
    known = {"lead_id": str(lead), "import_id": str(some_import), "file_format": "csv", "name": "funnel"}
    known |= {"guide_name": "import-a-file", "picture_name": "leads.png"}
    found = {}
    for path in _routes(site.app.routes, "GET"):
        names = re.findall(r"{(\w+)}", path)
        if path not in (*OPEN, *BY_ADDRESS, STREAM) and not UNMADE & set(names):
            found[path] = (path + ASKS.get(path, "")).format(**known)
    return found


def test_every_page_opens_for_the_operator(shown: Site) -> None:
    browser, pages = shown.admin(), _pages(shown)
    assert {"/leads", "/leads/{lead_id}", "/imports", "/imports/{import_id}", "/quarantine", "/rules"} <= set(
        pages
    )
    for address in pages.values():
        assert browser.get(address).status_code == 200, address


def test_nobody_sees_a_page_without_signing_in(shown: Site) -> None:
    for address in _pages(shown).values():
        answer = shown.visitor().get(address)
        assert answer.status_code == 303, address
        assert answer.headers["location"].startswith("/sign-in")


def test_pages_need_nothing_from_elsewhere_and_no_code_or_style_inside_them(shown: Site) -> None:
    browser = shown.admin()
    for address in (*_pages(shown).values(), "/sign-in", "/no-such-page"):
        if "export" in address or address.endswith((".pdf", ".png")):
            continue
        text = browser.get(address).text
        assert not re.search(r"(?:src|href|action|formaction|hx-\w+)=\"(?:https?:)?//", text), address
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text), address
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), address


def test_every_answer_carries_the_security_headers(shown: Site) -> None:
    for address in ("/leads", "/sign-in", "/static/galena.css", "/no-such-page", "/health"):
        headers = shown.visitor().get(address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert shown.admin().get("/leads").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}],
)
def test_a_form_from_another_site_is_refused(shown: Site, headers: dict[str, str]) -> None:
    browser = shown.admin()
    token = form_token(browser.get("/leads"))
    answer = browser.post("/score", data={"csrf_token": token}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_a_form_without_our_token_is_refused_everywhere(shown: Site) -> None:
    browser = shown.admin()
    other = form_token(shown.admin().get("/leads"))
    for path in _routes(shown.app.routes, "POST"):
        if path in ("/sign-in", *BY_HALF, *BY_ADDRESS, SIGNED):
            continue
        address = re.sub(r"{\w+}", str(uuid4()), path)
        for token in ("", other, "x" * 64, "é"):
            texts = {"csrf_token": token, "name": "A", "query": "", "password": "a long password"}
            if path in ("/imports/files", "/documents", "/clients/import") or path.endswith("/try"):
                answer = browser.post(address, data=texts, files={"file": ("a.csv", b"a,b\n1,2\n")})
            else:
                answer = browser.post(address, data=texts)
            assert answer.status_code == 403, (path, token)


def test_a_viewer_looks_and_changes_nothing(shown: Site) -> None:
    with shown.enter() as session:
        before = revisions.find_active(session)
    browser = shown.viewer()
    token = form_token(browser.get("/leads"))
    for address in _pages(shown).values():
        page = browser.get(address)
        assert page.status_code == (403 if address in FOR_ADMINS else 200), address
        if "export" not in address and not address.startswith("/help"):  # Guides speak of what others may do.
            assert "Score now" not in page.text
            assert "Take it back" not in page.text
    assert "Save and score again" not in browser.get("/rules").text
    for path in _routes(shown.app.routes, "POST"):
        if path in (*EVERYBODY_MAY, *BY_ADDRESS, SIGNED):
            continue
        answer = browser.post(re.sub(r"{\w+}", str(uuid4()), path), data={"csrf_token": token})
        assert answer.status_code == 403, path
        assert "may look" in answer.text
    with shown.enter() as session:
        assert revisions.find_active(session) == before


def test_a_member_sees_the_leads_of_their_tenant_and_no_imports(site: Site) -> None:
    own, other = site.lead_ids()[:2]
    browser = site.member([own])
    page = browser.get("/leads")
    assert "1 business<" in page.text
    assert "/imports" not in page.text
    assert browser.get(f"/leads/{own}").status_code == 200
    assert browser.get(f"/leads/{other}").status_code == 404
    assert browser.get("/leads/export.csv").text.count("\n") == 2
    for address in ("/imports", "/quarantine", f"/jobs/{uuid4()}", f"/imports/drafts/{uuid4()}"):
        assert browser.get(address).status_code == 403, address


def test_another_workspace_has_other_leads_imports_and_nothing_of_ours(site: Site) -> None:
    lead = site.lead_ids()[0]
    with site.enter() as session:
        some_import = imports.list_(session)[0].id
        revision = revisions.find_active(session)
    with site.galena.door.lobby() as lobby:
        stranger = workspaces.create(lobby, slug="other", name="Other", playbook="brokerage")
    with site.galena.door.enter(stranger.id, tenant_id=OPERATOR, actor="a test") as session:
        user = users.add(session, email="b@example.org", name="B", role=Role.ADMIN)
        assert revision is not None
        revisions.save(session, revision)
    browser = site.browser_of(user.id, stranger.id)
    assert "No businesses yet" in browser.get("/leads").text
    assert browser.get(f"/leads/{lead}").status_code == 404
    assert browser.get(f"/imports/{some_import}").status_code == 404
    token = form_token(browser.get("/leads"))
    for address in (f"/imports/{some_import}/undo", f"/leads/{lead}/score", f"/rules/restore/{revision.id}"):
        assert browser.post(address, data={"csrf_token": token}).status_code in (303, 404), address
    with site.enter() as session:
        assert imports.load(session, some_import).status == "done"


def test_an_address_that_makes_no_sense_gets_a_plain_page(shown: Site) -> None:
    browser = shown.admin()
    assert "There is no such page." in browser.get("/nothing").text
    assert browser.get("/leads/not-an-id").status_code == 422
    assert browser.get(f"/leads/{uuid4()}").status_code == 404
    assert browser.get(f"/jobs/{uuid4()}").status_code == 404
    assert browser.get(f"/imports/drafts/{uuid4()}").status_code == 404
    assert browser.get("/leads?cursor=nonsense").status_code == 422
    assert browser.get("/leads?tier=%00&q=%00&min_score=nan&import_id=x&sort=%00").status_code == 200


def test_a_part_of_a_page_asks_to_sign_in_as_a_whole(shown: Site) -> None:
    answer = shown.visitor().post("/rules/preview", headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert answer.headers["hx-redirect"].startswith("/sign-in")
