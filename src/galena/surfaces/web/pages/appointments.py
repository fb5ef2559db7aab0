"""Appointments: a calendar of five weeks, a week, the whole list; kept, changed and called off."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.domain.appointments import USUAL_LENGTH, Appointment, AppointmentEntry
from galena.kit.csv_text import write_csv
from galena.kit.errors import GalenaError, InputError
from galena.stores import appointments, leads
from galena.stores.door import Session
from galena.stores.workspaces import list_tenants
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.pages.calendar_feeds import feed_of
from galena.surfaces.web.pages.views import saved_on
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import Notice, page
from galena.surfaces.web.visitors import SignedIn, Visitor, Worker, galena_of
from galena.surfaces.web.whose import ForWhom, Whose, time_zone_of
from galena.surfaces.web.words import day, nouns_of, plain
from galena.workflows.appointments import (
    cancel_appointment,
    change_appointment,
    clashes,
    keep_appointment,
    restore_appointment,
)

router = APIRouter()

View = Literal["month", "week", "list"]
WEEKS_SHOWN = 5
ON_A_PAGE = 50
MOST_EXPORTED = 20_000
IN_A_CELL = 3
STATES = {"planned": ("to come", "green"), "past": ("over", "grey"), "cancelled": ("called off", "red")}


@router.get("/appointments", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: SignedIn,
    whose: ForWhom,
    view: Annotated[View, Query()] = "month",
    on: Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(2100, 1, 1))] = None,
    q: Annotated[str, Query(max_length=200)] = "",
    only: Annotated[str, Query(max_length=10)] = "",
    begin: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    cancelled: Annotated[UUID | None, Query()] = None,
) -> HTMLResponse:
    """The appointments: by day, or as a list."""
    galena = galena_of(request)
    now = galena.clock()
    with whose.entered(request, visitor) as session:
        zone = ZoneInfo(time_zone_of(session, now))
        today = now.astimezone(zone).date()
        content = (
            _list(session, visitor, whose, plain(q), only, begin, zone, now)
            if view == "list"
            else _calendar(session, view, on or today, today, zone)
        )
        feed = feed_of(request, session, visitor, now)
    return page(
        request,
        "appointments.html",
        visitor,
        here="appointments",
        words=nouns_of(context_of(request, visitor).playbook),
        whose=whose.choices(request, visitor),
        view=view,
        q=q,
        only=only,
        zone=zone.key.replace("_", " "),
        saved=saved_on(request, visitor, "appointments"),
        cancelled=cancelled,
        feed=feed,
        can_work=visitor.can_work,
        **content,
    )


def _calendar(session: Session, view: View, on: date, today: date, zone: ZoneInfo) -> dict[str, Any]:
    first = on - timedelta(days=on.weekday())
    count = 7 if view == "week" else 7 * WEEKS_SHOWN
    bounds = [
        datetime.combine(first + timedelta(days=each), datetime.min.time(), zone) for each in (0, count)
    ]
    found = appointments.list_between(session, *bounds)
    step = timedelta(days=count)
    days = [first + timedelta(days=each) for each in range(count)]
    return {
        "days": [_day(each, found, today, zone, view) for each in days],
        "span": f"{day(days[0])} to {day(days[-1])}",
        "earlier": (first - step).isoformat(),
        "later": (first + step).isoformat(),
        "is_now": days[0] <= today <= days[-1],
        "count": len(found),
        "rows": [],
    }


def _day(each: date, found: Sequence[Appointment], today: date, zone: ZoneInfo, view: View) -> dict[str, Any]:
    mine = [one for one in found if _covers(one, each, zone)]
    most = IN_A_CELL if view == "month" else len(mine)
    return {
        "iso": each.isoformat(),
        "name": f"{each:%a}",
        "number": each.day,
        "month": f"{each:%b}" if each.day == 1 else "",
        "long": f"{each:%A}, {day(each)}",
        "is_today": each == today,
        "is_past": each < today,
        "rows": [
            {"id": one.id, "at": _clock(one, each, zone), "title": one.title, "place": one.place}
            for one in mine[:most]
        ],
        "more": len(mine) - most if len(mine) > most else 0,
    }


def _covers(one: Appointment, each: date, zone: ZoneInfo) -> bool:
    last = one.ends_at.astimezone(zone) - timedelta(microseconds=1)
    return one.starts_at.astimezone(zone).date() <= each <= last.date()


def _clock(one: Appointment, each: date, zone: ZoneInfo) -> str:
    begins = one.starts_at.astimezone(zone)
    return f"{begins:%H:%M}" if begins.date() == each else "goes on"


def _list(
    session: Session,
    visitor: Visitor,
    whose: Whose,
    q: str,
    only: str,
    begin: int,
    zone: ZoneInfo,
    now: datetime,
) -> dict[str, Any]:
    states = (only,) if only in STATES else ()
    found, count = appointments.list_all(session, now, states=states, search=q, offset=begin, limit=ON_A_PAGE)
    of_all = visitor.user.tenant_id is None and whose.tenant is None
    names = {each.id: each.name for each in list_tenants(session)} if of_all else {}
    return {
        "rows": [_row(each, zone, now, names) for each in found],
        "count": count,
        "begin": begin,
        "states": [{"name": name, "label": words, "on": name == only} for name, (words, _) in STATES.items()],
        "earlier": max(0, begin - ON_A_PAGE) if begin else None,
        "later": begin + ON_A_PAGE if begin + ON_A_PAGE < count else None,
        "of_all": of_all,
    }


def _row(each: Appointment, zone: ZoneInfo, now: datetime, names: Mapping[UUID, str]) -> dict[str, Any]:
    words, colour = STATES[each.state(now)]
    return {
        "id": each.id,
        "title": each.title,
        "lead_id": each.lead_id if each.lead_title else None,
        "lead": each.lead_title,
        "when": span_words(each, zone),
        "place": each.place,
        "state": words,
        "colour": colour,
        "because": each.cancelled_because or "",
        "by_outcome": each.disposition_id is not None,
        "tenant": names.get(each.tenant_id, "ours") if each.tenant_id else "ours",
    }


def span_words(each: Appointment, zone: ZoneInfo) -> str:
    """Tue 3 Nov 2026, 14:00-14:30."""
    begins, ends = each.starts_at.astimezone(zone), each.ends_at.astimezone(zone)
    until = f"{ends:%H:%M}" if ends.date() == begins.date() else f"{day(ends)}, {ends:%H:%M}"
    return f"{begins:%a} {day(begins)}, {begins:%H:%M}-{until}"


def meetings_of(session: Session, lead_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """The next meetings with a lead, for its page."""
    found, _ = appointments.list_all(session, now, states=("planned",), lead_ids=[lead_id], limit=3)
    zone = ZoneInfo(time_zone_of(session, now))
    where = zone.key.replace("_", " ")
    return [
        {"id": each.id, "title": each.title, "when": f"{span_words(each, zone)} ({where})"} for each in found
    ]


@router.get("/appointments/new", response_class=HTMLResponse)
def show_new(
    request: Request,
    visitor: SignedIn,
    whose: ForWhom,
    lead: Annotated[UUID | None, Query()] = None,
    on: Annotated[str, Query(max_length=10)] = "",
) -> HTMLResponse:
    """The form of a new appointment."""
    typed = {"lead": str(lead) if lead else "", "starts": f"{on}T10:00" if on else ""}
    return _form(request, visitor, whose, typed, None)


@router.post("/appointments")
def keep(request: Request, visitor: Worker, whose: ForWhom, texts: Texts) -> Response:
    """Keep an appointment."""
    now = galena_of(request).clock()
    try:
        with whose.entered(request, visitor) as session:
            made = keep_appointment(session, _entry(texts, time_zone_of(session, now)), now)
            said = _said(session, made, time_zone_of(session, now))
    except InputError as fault:
        return _form(request, visitor, whose, texts, None, fault)
    return onward(whose.to(f"/appointments?on={made.starts_at.date()}"), said)


@router.get("/appointments.csv")
def export(request: Request, visitor: SignedIn, whose: ForWhom) -> Response:
    """Every appointment as a table."""
    now = galena_of(request).clock()
    with whose.entered(request, visitor) as session:
        zone = ZoneInfo(time_zone_of(session, now))
        found, _ = appointments.list_all(session, now, limit=MOST_EXPORTED)
    head = ("starts", "ends", "time_zone", "title", "place", "lead", "state", "called_off_because", "note")
    rows = [
        (
            each.starts_at.astimezone(zone).isoformat(),
            each.ends_at.astimezone(zone).isoformat(),
            zone.key,
            each.title,
            each.place,
            each.lead_title,
            STATES[each.state(now)][0],
            each.cancelled_because,
            each.about,
        )
        for each in sorted(found, key=lambda each: (each.starts_at, each.id))
    ]
    headers = {"content-disposition": 'attachment; filename="appointments.csv"'}
    return Response(write_csv(head, rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/appointments/{appointment_id}", response_class=HTMLResponse)
def show_one(request: Request, visitor: SignedIn, whose: ForWhom, appointment_id: UUID) -> HTMLResponse:
    """One appointment, to change or call off."""
    now = galena_of(request).clock()
    with whose.entered(request, visitor) as session:
        found = appointments.load(session, appointment_id)
        zone = ZoneInfo(time_zone_of(session, now))
    begins, ends = found.starts_at.astimezone(zone), found.ends_at.astimezone(zone)
    typed = {
        "title": found.title,
        "place": found.place,
        "about": found.about,
        "starts": f"{begins:%Y-%m-%dT%H:%M}",
        "ends": f"{ends:%Y-%m-%dT%H:%M}",
        "lead": str(found.lead_id or ""),
    }
    return _form(request, visitor, whose, typed, found)


@router.post("/appointments/{appointment_id}")
def change(request: Request, visitor: Worker, whose: ForWhom, appointment_id: UUID, texts: Texts) -> Response:
    """Move or change an appointment."""
    now = galena_of(request).clock()
    with whose.entered(request, visitor) as session:
        found = appointments.load(session, appointment_id)
    try:
        with whose.entered(request, visitor) as session:
            entry = _entry(texts, time_zone_of(session, now))
            made = change_appointment(session, appointment_id, entry, now)
            said = _said(session, made, time_zone_of(session, now))
    except InputError as fault:
        return _form(request, visitor, whose, texts, found, fault)
    return onward(whose.to(f"/appointments?on={made.starts_at.date()}"), said)


@router.post("/appointments/{appointment_id}/cancel")
def cancel(
    request: Request,
    visitor: Worker,
    whose: ForWhom,
    appointment_id: UUID,
    because: Annotated[str, Form(max_length=500)] = "",
) -> RedirectResponse:
    """Call it off."""
    with whose.entered(request, visitor) as session:
        found = cancel_appointment(session, appointment_id, plain(because), galena_of(request).clock())
    query = urlencode({"on": found.starts_at.date(), "cancelled": found.id})
    return onward(whose.to(f"/appointments?{query}"))


@router.post("/appointments/{appointment_id}/restore")
def restore(request: Request, visitor: Worker, whose: ForWhom, appointment_id: UUID) -> RedirectResponse:
    """It takes place after all."""
    with whose.entered(request, visitor) as session:
        found = restore_appointment(session, appointment_id, galena_of(request).clock())
    return onward(whose.to(f"/appointments?on={found.starts_at.date()}"), "It takes place after all.")


def _form(
    request: Request,
    visitor: Visitor,
    whose: Whose,
    typed: Mapping[str, str],
    found: Appointment | None,
    fault: GalenaError | None = None,
) -> HTMLResponse:
    now = galena_of(request).clock()
    with whose.entered(request, visitor) as session:
        zone = time_zone_of(session, now)
        lead_id = _id(typed.get("lead", ""))
        lead = leads.load_many(session, [lead_id]).get(lead_id) if lead_id else None
    title = (lead.title or lead.lead.key) if lead else ""
    return page(
        request,
        "appointment.html",
        visitor,
        here="appointments",
        status=422 if fault else 200,
        notices=(Notice(f"{fault.what} {fault.remedy}".strip(), "bad"),) if fault else (),
        words=nouns_of(context_of(request, visitor).playbook),
        whose=whose.choices(request, visitor),
        typed={"title": title, **typed} if not typed.get("title") else typed,
        lead={"id": lead_id, "title": title} if lead else None,
        each=None
        if found is None
        else {
            "id": found.id,
            "is_off": found.cancelled_at is not None,
            "because": found.cancelled_because or "",
            "by_outcome": found.disposition_id is not None,
            "when": span_words(found, ZoneInfo(zone)),
        },
        zone=zone.replace("_", " "),
        can_work=visitor.can_work,
    )


def _entry(texts: Mapping[str, str], zone: str) -> AppointmentEntry:
    starts = _moment(texts.get("starts", ""), zone, "begins")
    ends = _moment(texts["ends"], zone, "ends") if texts.get("ends", "").strip() else starts + USUAL_LENGTH
    return AppointmentEntry(
        texts.get("title", ""),
        starts,
        ends,
        texts.get("place", ""),
        texts.get("about", ""),
        _id(texts.get("lead", "")),
    )


def _moment(text: str, zone: str, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(
            f"When it {name} is no date and time: {text.strip()[:40]!r}.",
            remedy="Write it as 2026-03-13 14:30.",
        ) from None
    found = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    if not 2000 <= found.year <= 2100:
        raise InputError(f"When it {name} lies in the year {found.year}.", remedy="Check the year.")
    return found


def _id(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _said(session: Session, made: Appointment, zone: str) -> str:
    said = f"{made.title}: {span_words(made, ZoneInfo(zone))}."
    others = clashes(session, made)
    return f"{said} Mind: {others[0].title} is at the same time." if others else said
