"""Notes on a lead: kept, changed, taken away, found; a tenant's own, and only their author changes them."""

import re
from collections.abc import Callable

from httpx import Client, Response

from galena.domain.tenancy import Role
from galena.stores import users, workspaces

from .conftest import Site

Send = Callable[..., Response]


def _ids(page: str) -> list[str]:
    return re.findall(r'action="/notes/([0-9a-f-]{36})/remove"', page)


def _stranger(site: Site) -> Client:
    """A browser of somebody of another tenant, which has no lead."""
    with site.enter() as session:
        tenant = workspaces.add_tenant(session, "Another tenant")
        user = users.add(
            session, email="other@example.org", name="Other", role=Role.MEMBER, tenant_id=tenant.id
        )
    return site.browser_of(user.id)


def test_a_note_is_kept_changed_taken_away_and_brought_back(site: Site, send: Send) -> None:
    lead, other = site.lead_ids()[:2]
    member = site.member([lead])
    page = send(member, f"/leads/{lead}/notes", text="  Calls on Fridays & <b>never</b> early ")
    assert "Calls on Fridays &amp; &lt;b&gt;never&lt;/b&gt; early" in page.text
    (note,) = _ids(page.text)
    page = send(member, f"/notes/{note}", text="Calls on Mondays")
    assert "What it said before" in page.text
    assert "Calls on Fridays" in page.text
    gone = send(member, f"/notes/{note}/remove")
    assert _ids(gone.text) == []
    assert "The note is taken away." in gone.text
    assert _ids(send(member, f"/notes/{note}/restore").text) == [note]
    assert send(member, f"/leads/{lead}/notes", text="  ").status_code == 422
    assert send(member, f"/leads/{other}/notes", text="Not mine").status_code == 404


def test_notes_are_found_by_their_words_and_the_lead_s_name(site: Site, send: Send) -> None:
    lead = site.lead_ids()[0]
    member = site.member([lead])
    send(member, f"/leads/{lead}/notes", text="Wants 100% in cash")
    send(member, f"/leads/{lead}/notes", text="Wife decides")
    for asked, count in (("100%", 1), ("cash WANTS", 1), ("wants decides", 0), ("", 2), ("_", 0)):
        page = member.get("/notes", params={"q": asked}).text
        assert page.count('class="note-text"') == count, asked
    title = re.search(r'class="first" href="/leads/[^"]+#notes">([^<]+)<', member.get("/notes").text)[1]
    assert member.get("/notes", params={"q": title.split()[0]}).text.count('class="note-text"') == 2


def test_nobody_else_reads_or_changes_a_tenant_s_notes(site: Site, send: Send) -> None:
    lead = site.lead_ids()[0]
    member, stranger, admin = site.member([lead]), _stranger(site), site.admin()
    (note,) = _ids(send(member, f"/leads/{lead}/notes", text="A secret").text)
    assert "A secret" not in stranger.get("/notes").text
    for address in (f"/notes/{note}", f"/notes/{note}/remove", f"/notes/{note}/restore"):
        assert send(stranger, address, text="Mine").status_code == 404, address
        assert send(admin, address, text="Mine").status_code == 409, address
    send(admin, f"/leads/{lead}/notes", text="The operator's own")
    assert "The operator&#39;s own" not in member.get(f"/leads/{lead}").text
    assert "A secret" in admin.get(f"/leads/{lead}").text


def test_a_quick_note_leads_back_to_where_one_was_and_can_be_undone(site: Site, send: Send) -> None:
    lead, foreign = site.lead_ids()[:2]
    member = site.member([lead])
    kept = send(member, "/notes", lead_id=str(lead), text="Back on Monday", back="/notes?q=Monday")
    assert str(kept.url).endswith("/notes?q=Monday")
    assert "Back on Monday" in kept.text
    undo = re.search(r'action="(/notes/[0-9a-f-]{36}/remove)"', kept.text)[1]
    send(member, undo)
    assert "No note says that" in member.get("/notes?q=Monday").text
    elsewhere = send(member, "/notes", lead_id=str(lead), text="Once more", back="//other.example")
    assert elsewhere.url.host == "testserver"
    assert send(member, "/notes", lead_id=str(foreign), text="Not mine").status_code == 404
