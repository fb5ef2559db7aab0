"""The private address under which a calendar program reads a person's appointments."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from galena.kit.calendar_text import MEDIA_TYPE, write_calendar
from galena.stores import appointments
from galena.stores.door import Session
from galena.surfaces.web.answers import onward
from galena.surfaces.web.vaults import site_of, vault_of
from galena.surfaces.web.visitors import Sender, Visitor, entered, galena_of
from galena.surfaces.web.words import moment_words
from galena.workflows.appointments import event_of, make_feed, opened_feed, revoke_feed, word_of

router = APIRouter()

PRODUCT = "-//Galena//Appointments//EN"


def feed_of(request: Request, session: Session, visitor: Visitor, now: datetime) -> dict[str, Any] | None:
    """The visitor's own address, where there is one."""
    mine = appointments.list_feeds(session, visitor.user.id)
    found = next((each for each in mine if each.tenant_id == visitor.user.tenant_id), None)
    if found is None:
        return None
    word = word_of(vault_of(request).box, visitor.workspace.id, found)
    return {
        "id": found.id,
        "address": f"{site_of(request)}/calendar/{word}.ics",
        "read": moment_words(found.read_at, now) if found.read_at else "",
    }


@router.post("/calendar/feeds")
def make(request: Request, visitor: Sender) -> RedirectResponse:
    """A new address; the one before stops."""
    with entered(galena_of(request), visitor) as session:
        make_feed(session, visitor.user.id, galena_of(request).clock())
    return onward(
        "/appointments#feed", "The address is made: give it to your calendar program, and to nobody else."
    )


@router.post("/calendar/feeds/{feed_id}/revoke")
def revoke(request: Request, visitor: Sender, feed_id: UUID) -> RedirectResponse:
    """End an address."""
    with entered(galena_of(request), visitor) as session:
        revoke_feed(session, feed_id, visitor.user.id, galena_of(request).clock())
    return onward("/appointments#feed", "The address gives nothing any more.")


@router.get("/calendar/{word}.ics")
def read(request: Request, word: Annotated[str, Path(max_length=200)]) -> Response:
    """The appointments for a calendar program."""
    galena, site = galena_of(request), site_of(request)
    with opened_feed(galena.door, vault_of(request).box, galena.clock, word) as found:
        text = write_calendar("Galena", PRODUCT, [event_of(each, site) for each in found])
    return Response(text, media_type=MEDIA_TYPE, headers={"x-robots-tag": "noindex"})
