"""Clients: taken in from a file twice as once, bad rows told, found to be one, exported; a tenant's own."""

import re
from collections.abc import Callable

from httpx import Client, Response

from galena.domain.clients import ClientEntry
from galena.domain.tenancy import Role
from galena.stores import users, workspaces

from .conftest import Site, form_token

Send = Callable[..., Response]
FILE = """First Name,Last Name,Company name,Email,Phone Number,City,Zip,Shoe size
Jane,Doe,Acme Inc.,Jane.Doe+crm@Gmail.com,(512) 555-0142,Austin,78701,38
Bob,Smith,,bob@example.org,,Waco,76701,44
Robert,Smith,,BOB@example.org,512-555-0199,,,44
Max,Nobody,,not an address,,,,
,,,,,Nowhere,,
"""


def _take_in(browser: Client, send: Send, text: str = FILE) -> Response:
    token = form_token(browser.get("/leads"))
    page = browser.post(
        "/clients/import",
        data={"csrf_token": token},
        files={"file": ("crm.csv", text.encode())},
        follow_redirects=True,
    )
    proposed = dict(
        re.findall(r'name="column:([\w ]+)">(?:(?!</select>).)*?<option value="([^"]+)" selected>', page.text)
    )
    texts = {f"column:{name}": column for name, column in proposed.items()}
    return send(browser, page.url.path, **texts)


def _counts(page: Response) -> list[int]:
    return [int(each) for each in re.findall(r'<div><span class="number[^"]*">(\d+)<', page.text)]


def _stranger(site: Site) -> Client:
    with site.enter() as session:
        tenant = workspaces.add_tenant(session, "Another tenant")
        user = users.add(session, email="o@example.org", name="O", role=Role.MEMBER, tenant_id=tenant.id)
    return site.browser_of(user.id)


def test_forms_tell_who_is_the_same() -> None:
    one = ClientEntry(
        name="Bob Smith", email="Bob.Smith+x@gmail.com", postcode="78701", phone="(512) 555-0142"
    )
    other = ClientEntry(
        name="Smith, Robert", email="bobsmith@GMAIL.com", postcode="78701-1234", phone="+15125550142"
    )
    assert one.forms == other.forms
    assert ClientEntry(name="Bob Smith").forms.name is None


def test_a_file_is_taken_in_once_and_its_bad_rows_are_told(site: Site, send: Send) -> None:
    member = site.member([site.lead_ids()[0]])
    first = _take_in(member, send)
    assert _counts(first) == [2, 0, 0, 1, 2]
    assert "is no e-mail address" in first.text
    refused = member.get(re.search(r'href="(/clients/imports/[^"]+\.csv)"', first.text)[1])
    assert [line[:2] for line in refused.content.decode("utf-8-sig").splitlines()[1:]] == ["4,", "5,"]
    assert _counts(_take_in(member, send)) == [0, 0, 2, 1, 2]
    rows = member.get("/clients.csv").content.decode("utf-8-sig").splitlines()
    assert rows[1:] == [
        "Jane Doe,Acme Inc.,Jane.Doe+crm@Gmail.com,(512) 555-0142,,Austin,,78701,",
        "Robert Smith,,BOB@example.org,512-555-0199,,Waco,,76701,",
    ]
    again = member.get("/clients.csv").content.decode("utf-8-sig")
    assert _counts(_take_in(member, send, again)) == [0, 0, 2, 0, 0]
    assert "Jane Doe" in member.get("/clients?q=acme 78701").text
    assert "Nobody fits" in member.get("/clients?q=zebra").text
    nobody = send(member, "/clients", city="Austin")
    assert nobody.status_code == 422
    assert 'value="Austin"' in nobody.text


def test_doubles_become_one_and_are_parted_again(site: Site, send: Send) -> None:
    member = site.member([site.lead_ids()[0]])
    send(member, "/clients", name="Jane Doe", phone="512 555 0142")
    send(member, "/clients", name="J. Doe", phone="+1 (512) 555-0142", email="j@example.org")
    send(member, "/clients", name="Somebody else", email="s@example.org")
    page = member.get("/clients/same")
    ids = re.findall(r'name="client" value="([0-9a-f-]{36})"', page.text)
    assert len(ids) == 2
    token = form_token(member.get("/leads"))
    answer = member.post("/clients/join", data={"csrf_token": token, "client": ids}, follow_redirects=True)
    assert "They are one now" in answer.text
    assert "Jane Doe,,j@example.org,512 555 0142" in member.get("/clients.csv").text
    assert "No doubles" in member.get("/clients/same").text
    assert "1 put back" in send(member, f"/clients/{ids[0]}/part").text
    assert len(member.get("/clients.csv").text.splitlines()) == 4


def test_a_lead_becomes_a_client_once_and_gets_documents(site: Site, send: Send) -> None:
    lead = site.lead_ids()[0]
    member = site.member([lead])
    made = send(member, f"/leads/{lead}/client")
    assert "is on the list." in made.text
    assert "on the list already" in send(member, f"/leads/{lead}/client").text
    client = made.url.path.rsplit("/", 1)[1]
    token = form_token(member.get("/leads"))
    member.post("/documents", data={"csrf_token": token}, files={"file": ("a.txt", b"a text")})
    page = member.get(f"/documents/send?to=client:{client}")
    assert f'value="client:{client}" checked' in page.text
    document = re.search(r'name="document" value="([0-9a-f-]{36})"', page.text)[1]
    assert (
        "The link is made." in send(member, "/documents/links", document=document, to=f"client:{client}").text
    )


def test_nobody_else_sees_or_changes_a_tenant_s_clients(site: Site, send: Send) -> None:
    lead = site.lead_ids()[0]
    member, stranger = site.member([lead]), _stranger(site)
    done = _take_in(member, send)
    client = re.search(r"/clients/([0-9a-f-]{36})", member.get("/clients").text)[1]
    for address in ("/clients", "/clients.csv", "/clients/same"):
        assert "Jane" not in stranger.get(address).text, address
    for address in (f"/clients/{client}", done.url.path, f"{done.url.path}/refused.csv"):
        assert stranger.get(address).status_code == 404, address
    for address in ("", "/remove", "/restore", "/part"):
        assert send(stranger, f"/clients/{client}{address}", name="Mine").status_code == 404, address
    assert send(stranger, f"/leads/{lead}/client").status_code == 404
    assert client not in stranger.get(f"/documents/send?to=client:{client}").text.replace("to=client:", "")
