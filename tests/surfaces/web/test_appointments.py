"""Appointments: kept, moved, called off, made by outcomes, read by calendar programs; a tenant's own."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from httpx import Client, Response

from galena.domain.tenancy import Role
from galena.stores import appointments, users
from galena.workflows.claw_back import give
from galena.workflows.context import Context
from galena.workflows.plans import active_plan
from galena.workflows.tenants import add_tenant

from .conftest import Site

Send = Callable[..., Response]


@pytest.fixture
def given(site: Site) -> tuple[Client, Client, list[UUID]]:
    """Browsers of two tenants' members (in New York), and a lead of each."""
    with site.enter() as session:
        playbook = active_plan(session).playbook
    context = Context(site.galena.door, site.workspace.id, playbook, "a test", site.galena.clock)
    ids = site.lead_ids(tiers=("green", "yellow"))[:2]
    browsers = []
    for name, lead in zip(("Mine", "Other"), ids, strict=True):
        tenant = add_tenant(context, name).tenant
        give(context, [lead], name, "A test")
        with site.enter() as session:
            email = f"{name.lower()}@example.org"
            user = users.add(session, email=email, name=name, role=Role.MEMBER, tenant_id=tenant.id)
        browsers.append(site.browser_of(user.id))
    return browsers[0], browsers[1], ids


def _one(page: Response) -> str:
    found: list[str] = re.findall(r'class="meeting" href="/appointments/([0-9a-f-]{36})"', page.text)
    assert len(found) == 1, found
    return found[0]


def _feed(browser: Client, send: Send) -> str:
    page = send(browser, "/calendar/feeds")
    return re.search(r'value="http://testserver(/calendar/[^"]+\.ics)"', page.text)[1]


def test_an_appointment_is_kept_moved_called_off_and_brought_back(
    given: tuple[Client, Client, list[UUID]], send: Send
) -> None:
    member, _, (lead, foreign) = given
    said = {"title": "=Visit, the shop", "starts": "2026-03-10T10:00", "lead": str(lead), "place": "Main St"}
    page = send(member, "/appointments", **said)
    assert "Tue 10 Mar 2026, 10:00-10:30." in page.text
    one = _one(page)
    assert f'href="/appointments/{one}"' in member.get(f"/leads/{lead}").text
    moved = send(
        member, f"/appointments/{one}", **{**said, "starts": "2026-03-11T09:00", "ends": "2026-03-11T10:00"}
    )
    assert "Wed 11 Mar 2026, 09:00-10:00." in moved.text
    rows = member.get("/appointments.csv").content.decode("utf-8-sig").splitlines()
    assert rows[1].startswith(
        '2026-03-11T09:00:00-04:00,2026-03-11T10:00:00-04:00,America/New_York,"\'=Visit, the shop"'
    )
    off = send(member, f"/appointments/{one}/cancel", because="They are ill")
    assert 'class="meeting"' not in off.text
    assert "They are ill" in member.get("/appointments?view=list&only=cancelled").text
    assert "takes place after all." in send(member, f"/appointments/{one}/restore").text
    for wrong in ({"title": ""}, {"starts": "soon"}, {"ends": "2026-03-10T09:00"}):
        assert send(member, "/appointments", **{**said, **wrong}).status_code == 422, wrong
    assert send(member, "/appointments", **{**said, "lead": str(foreign)}).status_code == 404
    assert "is at the same time" in send(member, "/appointments", title="B", starts="2026-03-11T09:30").text


def test_a_booked_outcome_makes_one_moves_it_and_takes_it_back(
    site: Site, given: tuple[Client, Client, list[UUID]], send: Send
) -> None:
    member, _, (lead, _) = given
    for time in ("2026-03-10T10:00", "2026-03-12T15:00"):
        page = send(member, f"/leads/{lead}/outcome", outcome="booked", booked_for=time)
    calendar = member.get("/appointments")
    assert _one(calendar)
    assert '<span class="number">15:00</span>' in calendar.text
    row = re.search(r'name="row" value="([0-9a-f-]+)"', page.text)[1]
    send(member, f"/leads/{lead}/outcome/undo", row=row, because="The first time holds")
    assert '<span class="number">10:00</span>' in member.get("/appointments").text
    with site.enter() as session:
        found, count = appointments.list_all(session, site.galena.clock())
    assert count == 2
    assert [each.cancelled_because for each in found] == [None, "the outcome that made it was taken back"]


def test_a_calendar_program_reads_by_its_address_until_it_ends(
    site: Site, given: tuple[Client, Client, list[UUID]], send: Send
) -> None:
    member, other, (lead, _) = given
    send(member, "/appointments", title="Mine; only", starts="2026-03-10T10:00", lead=str(lead))
    address, outside = _feed(member, send), site.visitor()
    answer = outside.get(address)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "SUMMARY:Mine\\; only\r\n" in answer.text
    assert "DTSTART:20260310T140000Z\r\n" in answer.text
    assert "Mine" not in outside.get(_feed(other, send)).text
    newer = _feed(member, send)
    assert outside.get(address).status_code == 404
    feed = re.search(r"/calendar/feeds/([0-9a-f-]{36})/revoke", member.get("/appointments").text)[1]
    assert send(other, f"/calendar/feeds/{feed}/revoke").status_code == 404
    send(member, f"/calendar/feeds/{feed}/revoke")
    assert outside.get(newer).status_code == 404
    assert outside.get("/calendar/x.ics").status_code == 404


def test_nobody_else_sees_or_changes_a_tenant_s_appointments(
    given: tuple[Client, Client, list[UUID]], send: Send
) -> None:
    member, other, _ = given
    one = _one(send(member, "/appointments", title="A secret", starts="2026-03-10T10:00"))
    for address in ("/appointments", "/appointments?view=list", "/appointments.csv"):
        assert "A secret" not in other.get(address).text, address
    assert other.get(f"/appointments/{one}").status_code == 404
    for address in (f"/appointments/{one}", f"/appointments/{one}/cancel", f"/appointments/{one}/restore"):
        assert send(other, address, title="Mine", starts="2026-03-10T10:00").status_code == 404, address
