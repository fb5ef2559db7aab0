"""Appointments: listed by time, kept, moved, called off, and given to calendar programs."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from galena.domain.appointments import USUAL_LENGTH, Appointment, AppointmentEntry, AppointmentState
from galena.kit.calendar_text import write_calendar
from galena.stores import appointments
from galena.stores.door import Session
from galena.surfaces.api.leads import Text
from galena.surfaces.api.paging import Cursor, Page, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.rooms import ROOM_PROBLEMS, ReadRoom, WorkRoom
from galena.surfaces.api.values import Instant, Name, Short
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged, tag_of
from galena.surfaces.api.workplace import CLASH, GONE
from galena.surfaces.web.pages.calendar_feeds import PRODUCT
from galena.workflows.appointments import (
    FED_AHEAD,
    FED_BACK,
    cancel_appointment,
    change_appointment,
    clashes,
    event_of,
    keep_appointment,
    restore_appointment,
)

router = APIRouter(tags=["appointments"], responses=ROOM_PROBLEMS, route_class=RepeatableRoute)

_MEETING: dict[str, JsonValue] = {
    "title": "Northwind Bakery",
    "starts_at": "2026-03-13T14:30:00-06:00",
    "ends_at": "2026-03-13T15:00:00-06:00",
    "place": "By telephone",
}
Place = Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]
About = Annotated[str, Field(max_length=5_000, pattern=r"^[^\x00]*$", description="A note on it.")]


class CalendarAnswer(Response):
    """Appointments as iCalendar."""

    media_type = "text/calendar"


class NewAppointment(BaseModel):
    """A meeting."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MEETING]})

    title: Name
    starts_at: Instant
    ends_at: Instant | None = Field(None, description="Left out: half an hour later.")
    place: Place = ""
    about: About = ""
    lead_id: UUID | None = Field(None, description="With whom; left out: with somebody else.")


class AppointmentPatch(BaseModel):
    """What is to be changed of a meeting; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"starts_at": "2026-03-13T16:00:00-06:00"}]})

    title: Name | None = None
    starts_at: Instant | None = Field(
        None, description="Given without an end, the meeting takes as long as before."
    )
    ends_at: Instant | None = None
    place: Place | None = None
    about: About | None = None
    lead_id: UUID | None = Field(None, description="null: with somebody who is no lead.")


class Calling(BaseModel):
    """Why a meeting is off."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"because": "They are ill."}]})

    because: Short = ""


class AppointmentItem(BaseModel):
    """A meeting."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0195a3c0-0000-7000-8000-000000000000",
                    "tenant_id": None,
                    "lead_id": None,
                    "lead_title": "",
                    **_MEETING,
                    "about": "",
                    "state": "planned",
                    "disposition_id": None,
                    "cancelled_at": None,
                    "cancelled_because": None,
                    "author": "api_key:0195a3c0-0000-7000-8000-000000000001",
                    "changed_at": "2026-03-02T09:00:00Z",
                }
            ]
        }
    )

    id: UUID
    tenant_id: UUID | None = Field(description="Whose it is; null: of the people who run the workspace.")
    lead_id: UUID | None
    lead_title: str = Field(description="Empty where it is with no lead, or with one that cannot be seen.")
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    about: str
    state: AppointmentState = Field(description="planned: it is to come; past; cancelled")
    disposition_id: UUID | None = Field(description="The outcome that made it.")
    cancelled_at: datetime | None
    cancelled_because: str | None
    author: str
    changed_at: datetime


class KeptAppointment(BaseModel):
    """A meeting as it is kept, and others of the same people at that time."""

    appointment: AppointmentItem
    clashes: list[AppointmentItem]


class Appointments(Page):
    """A page of meetings, in the order in which they begin."""

    items: list[AppointmentItem]


@router.get("/appointments", operation_id="list_appointments")
def list_appointments(
    room: ReadRoom,
    since: Annotated[Instant | None, Query(description="Those that end after this time.")] = None,
    until: Annotated[Instant | None, Query(description="Those that begin before this time.")] = None,
    state: AppointmentState | None = None,
    lead_id: Annotated[UUID | None, Query(description="Only those with this lead.")] = None,
    q: Annotated[Text, Query(description="Words that must all stand in title, place, note or lead.")] = "",
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Appointments:
    """The meetings, in the order in which they begin; those called off, too."""
    after = read_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    now = room.now
    with room.entered() as session:
        rows = appointments.list_by_time(
            session,
            now,
            states=(state,) if state else (),
            search=q,
            lead_ids=(lead_id,) if lead_id else (),
            since=since,
            until=until,
            after=after,
            limit=limit + 1,
        )
    found, following = with_next(rows, limit, lambda each: (each.starts_at.isoformat(), each.id))
    return Appointments(items=[_item(each, now) for each in found], next=following)


@router.get(
    "/appointments.ics",
    operation_id="export_appointments",
    response_class=CalendarAnswer,
    responses={200: {"description": "From 60 days ago to 400 days ahead, with those called off."}},
)
def export_appointments(room: ReadRoom) -> CalendarAnswer:
    """The meetings for a calendar program that can send a key; others read a private address made on the page."""
    now, settings = room.now, room.caller.galena.settings
    with room.entered() as session:
        found = appointments.list_between(session, now - FED_BACK, now + FED_AHEAD, cancelled=True)
    text = write_calendar("Galena", PRODUCT, [event_of(each, settings.public_url or "") for each in found])
    headers = {"content-disposition": 'attachment; filename="appointments.ics"'}
    return CalendarAnswer(text, headers=headers)


@router.post("/appointments", operation_id="add_appointment", status_code=201, responses=GONE)
def add_appointment(room: WorkRoom, new: NewAppointment) -> KeptAppointment:
    """Keep a meeting."""
    given = new.model_dump()
    given["ends_at"] = given["ends_at"] or new.starts_at + USUAL_LENGTH
    with room.entered() as session:
        return _kept(session, keep_appointment(session, AppointmentEntry(**given), room.now), room.now)


@router.get("/appointments/{appointment_id}", operation_id="get_appointment", responses=GONE)
def get_appointment(room: ReadRoom, response: Response, appointment_id: UUID) -> AppointmentItem:
    """One meeting, also one called off. The ETag guards changes."""
    with room.entered() as session:
        item = _item(appointments.load(session, appointment_id), room.now)
    response.headers["etag"] = tag_of(item)
    return item


@router.patch(
    "/appointments/{appointment_id}", operation_id="change_appointment", responses=GONE | CLASH | CHANGED
)
def change(
    room: WorkRoom,
    response: Response,
    appointment_id: UUID,
    patch: AppointmentPatch,
    if_match: IfMatch = None,
) -> KeptAppointment:
    """Move or change a meeting."""
    with room.entered() as session:
        before = appointments.load(session, appointment_id)
        ensure_unchanged(if_match, tag_of(_item(before, room.now)))
        kept = _kept(
            session, change_appointment(session, before.id, _entry(before, patch), room.now), room.now
        )
    response.headers["etag"] = tag_of(kept.appointment)
    return kept


@router.post("/appointments/{appointment_id}/cancel", operation_id="cancel_appointment", responses=GONE)
def cancel(room: WorkRoom, appointment_id: UUID, calling: Calling) -> AppointmentItem:
    """Call a meeting off; it can be brought back."""
    with room.entered() as session:
        cancel_appointment(session, appointment_id, calling.because, room.now)
        return _item(appointments.load(session, appointment_id), room.now)


@router.post("/appointments/{appointment_id}/restore", operation_id="restore_appointment", responses=GONE)
def restore(room: WorkRoom, appointment_id: UUID) -> AppointmentItem:
    """Bring a meeting back that was called off."""
    with room.entered() as session:
        restore_appointment(session, appointment_id, room.now)
        return _item(appointments.load(session, appointment_id), room.now)


def _entry(before: Appointment, patch: AppointmentPatch) -> AppointmentEntry:
    given: dict[str, Any] = patch.model_dump(exclude_unset=True)
    lead_id = given.pop("lead_id", before.lead_id)
    given = {name: value for name, value in given.items() if value is not None}
    length: timedelta = before.ends_at - before.starts_at
    starts_at = given.get("starts_at", before.starts_at)
    return AppointmentEntry(
        given.get("title", before.title),
        starts_at,
        given.get("ends_at", starts_at + length),
        given.get("place", before.place),
        given.get("about", before.about),
        lead_id,
    )


def _kept(session: Session, made: Appointment, now: datetime) -> KeptAppointment:
    others = [_item(each, now) for each in clashes(session, made)]
    # Read again, for the lead's name is not written with it.
    return KeptAppointment(appointment=_item(appointments.load(session, made.id), now), clashes=others)


def _item(each: Appointment, now: datetime) -> AppointmentItem:
    names = AppointmentItem.model_fields.keys() - {"state"}
    return AppointmentItem(**{name: getattr(each, name) for name in names}, state=each.state(now))
