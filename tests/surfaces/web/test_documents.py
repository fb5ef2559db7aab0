"""The vault: files checked, given back as they came, sent by links that end, and nobody else's."""

import re
from collections.abc import Callable
from pathlib import Path

from httpx import Client, Response

from galena.domain.dispositions import Entry
from galena.domain.tenancy import Role
from galena.stores import documents, users, workspaces
from galena.surfaces.web.vaults import vault_in
from galena.workflows.context import Context
from galena.workflows.dispose import dispose
from galena.workflows.dispose_desk import Saying
from galena.workflows.plans import active_plan
from galena.workflows.vault import check_vault, warn_of_expiring

from .conftest import Site, form_token

Send = Callable[..., Response]
PDF = b"%PDF-1.7\n" + b"an engagement contract " * 20_000


def _keep(browser: Client, name: str, content: bytes, **texts: str) -> Response:
    token = form_token(browser.get("/leads"))
    return browser.post(
        "/documents",
        data={"csrf_token": token, **texts},
        files={"file": (name, content)},
        follow_redirects=True,
    )


def _document(page: Response) -> str:
    return re.search(r'href="/documents/([0-9a-f-]{36})"', page.text)[1]


def _address(page: Response) -> str:
    return re.search(r'value="http://testserver(/shared/[^"]+)"', page.text)[1]


def _stranger(site: Site) -> Client:
    with site.enter() as session:
        tenant = workspaces.add_tenant(session, "Another tenant")
        user = users.add(session, email="o@example.org", name="O", role=Role.MEMBER, tenant_id=tenant.id)
    return site.browser_of(user.id)


def _stored(site: Site) -> list[Path]:
    return [path for path in (site.galena.settings.home / "objects").rglob("*") if path.is_file()]


def test_a_file_is_checked_sealed_and_given_back_as_it_came(site: Site) -> None:
    member = site.member([site.lead_ids()[0]])
    page = _keep(member, "..\\Offer\u202e.exe", PDF)
    assert "Offer.pdf is in the vault." in page.text
    document = _document(page)
    answer = member.get(f"/documents/{document}/file")
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="Offer.pdf"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "in the vault already" in _keep(member, "again.pdf", PDF).text
    (file,) = _stored(site)
    assert b"engagement" not in file.read_bytes()
    assert _keep(member, "page.pdf", b"<!doctype html><script>").status_code == 415
    assert _keep(member, "none.pdf", b"").status_code == 422
    assert _keep(member, "old.txt", b"a text", expires_on="2026-03-01").status_code == 422
    assert len(_stored(site)) == 1
    with site.enter() as session:
        assert check_vault(session, vault_in(site.galena)).faults == {}
        file.write_bytes(file.read_bytes()[:-1] + b"x")
        assert len(check_vault(session, vault_in(site.galena)).faults) == 1
    assert member.get(f"/documents/{document}/file").status_code == 409


def test_a_link_is_opened_counted_taken_back_and_over(site: Site, send: Send) -> None:
    lead = site.lead_ids()[0]
    member, outside = site.member([lead]), site.visitor()
    document = _document(_keep(member, "nda.pdf", PDF, expires_on="2026-03-10", goes_first="yes"))
    assert "Expires in 8 days" in member.get("/documents?only=first").text
    chosen = {"document": document, "to": f"lead:{lead}", "other": "The lawyer"}
    assert send(member, "/documents/links", **{**chosen, "document": ""}).status_code == 422
    made = send(member, "/documents/links", **chosen)
    assert "2 links are made. Copy and send it: nobody has been written to." in made.text
    address = _address(made)
    page = outside.get(address)
    assert "From A tenant, until 16 Mar 2026." in page.text
    assert outside.get(f"{address}/0").content == PDF
    assert outside.get(f"{address}/1").status_code == 404
    links = member.get("/documents/links").text
    assert re.findall(r'<td class="right number">(\d+)</td>', links) == ["1", "1", "0", "0"]
    link = re.search(r"/documents/links/([0-9a-f-]{36})/revoke", links.partition(address)[2])[1]
    assert "opens nothing any more" in send(member, f"/documents/links/{link}/revoke").text
    assert outside.get(address).status_code == 410
    assert outside.get(f"{address}/0").status_code == 410
    send(member, f"/documents/links/{link}/renew")
    assert outside.get(address).status_code == 200
    send(member, f"/documents/{document}/remove")
    assert outside.get(address).status_code == 410
    changed = (
        address[:-5] + ("A" if address[-5] != "A" else "B") + address[-4:]
    )  # the last letter has spare bits
    assert outside.get(changed).status_code == 404
    assert outside.get("/shared/x").status_code == 404


def test_who_must_not_be_contacted_gets_no_link(site: Site, send: Send) -> None:
    lead = site.lead_ids()[0]
    member = site.member([lead])
    document = _document(_keep(member, "nda.pdf", PDF))
    with site.enter() as session:
        playbook = active_plan(session).playbook
    context = Context(site.galena.door, site.workspace.id, playbook, "a test", site.galena.clock)
    dispose(context, Saying(lead, Entry("do_not_contact")))
    assert "must not be contacted" in member.get(f"/documents/send?to=lead:{lead}").text
    refused = send(member, "/documents/links", document=document, to=f"lead:{lead}")
    assert refused.status_code == 422
    assert "must not be contacted" in refused.text


def test_nobody_else_sees_fetches_sends_or_changes_a_tenant_s_documents(site: Site, send: Send) -> None:
    member, stranger = site.member([site.lead_ids()[0]]), _stranger(site)
    document = _document(_keep(member, "secret.pdf", PDF))
    assert "secret.pdf" not in stranger.get("/documents").text
    assert stranger.get(f"/documents/{document}").status_code == 404
    assert stranger.get(f"/documents/{document}/file").status_code == 404
    for address in (f"/documents/{document}", f"/documents/{document}/remove"):
        assert send(stranger, address).status_code == 404, address
    assert send(stranger, "/documents/links", document=document, other="Me").status_code == 404
    assert send(stranger, f"/documents/links/{document}/revoke").status_code == 404
    admin = site.admin()
    assert "secret.pdf" not in admin.get("/documents").text
    with site.enter() as session:
        tenant = workspaces.list_tenants(session)[0].id
    assert "secret.pdf" in admin.get(f"/documents?tenant={tenant}").text


def test_the_operator_is_told_once_of_what_expires(site: Site) -> None:
    _keep(site.admin(), "soon.txt", b"soon over", expires_on="2026-03-12")
    _keep(site.admin(), "later.txt", b"not yet", expires_on="2026-05-12")
    with site.enter() as session:
        assert warn_of_expiring(session, site.galena.clock()) == 1
        assert warn_of_expiring(session, site.galena.clock()) == 0
        assert {each.name: each.warned_at is None for each in documents.list_all(session)} == {
            "soon.txt": False,
            "later.txt": True,
        }
    assert "soon.txt" in site.admin().get("/notifications").text
