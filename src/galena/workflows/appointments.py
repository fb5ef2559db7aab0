"""Appointments: kept by hand, made and called off by outcomes, and read by calendar programs.

Each story takes the session of who acts: its row-level security decides which appointments and leads are there at all.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from galena.domain.appointments import USUAL_LENGTH, Appointment, AppointmentEntry, CalendarFeed, checked
from galena.domain.dispositions import Disposition
from galena.kit.calendar_text import CalendarEvent
from galena.kit.clock import Clock
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.secrets import SecretBox
from galena.kit.signed_ids import NOBODY, read_ids, sign_ids
from galena.stores import appointments, audit, leads, sameness, users
from galena.stores.door import OPERATOR, Door, Session

PURPOSE = "calendar"
TAKEN_BACK = "the outcome that made it was taken back"
MOVED = "another time was agreed on"
FED_BACK, FED_AHEAD = timedelta(days=60), timedelta(days=400)


def keep_appointment(session: Session, entry: AppointmentEntry, now: datetime) -> Appointment:
    """Keep a meeting.

    Raises:
        InputError: what `domain.appointments.checked` refuses.
        NotFoundError: the lead is none that this session sees.
    """
    made = appointments.add(session, _with_lead(session, checked(entry)), now)
    audit.record(session, "keep_appointment", f"appointment:{made.id}")
    return made


def change_appointment(
    session: Session, appointment_id: UUID, entry: AppointmentEntry, now: datetime
) -> Appointment:
    """Move or change a meeting.

    Raises:
        InputError: what `domain.appointments.checked` refuses.
        NotFoundError: there is no such meeting, or no such lead, that this session sees.
        ConflictError: it was called off.
    """
    found = appointments.load(session, appointment_id)
    if found.cancelled_at is not None:
        raise ConflictError("This meeting was called off.", remedy="Bring it back first.")
    kept = checked(entry)
    appointments.set_entry(
        session, found.id, kept if kept.lead_id == found.lead_id else _with_lead(session, kept), now
    )
    audit.record(session, "change_appointment", f"appointment:{found.id}")
    return appointments.load(session, found.id)


def cancel_appointment(session: Session, appointment_id: UUID, because: str, now: datetime) -> Appointment:
    """Call a meeting off; it can be brought back. Doing it twice is no fault.

    Raises:
        NotFoundError: there is no such meeting that this session sees.
    """
    found = appointments.load(session, appointment_id)
    if found.cancelled_at is None:
        appointments.set_cancelled(session, found.id, because.strip()[:500], now)
        audit.record(session, "cancel_appointment", f"appointment:{found.id}")
    return found


def restore_appointment(session: Session, appointment_id: UUID, now: datetime) -> Appointment:
    """Bring a meeting back that was called off. Raises as `cancel_appointment`."""
    found = appointments.load(session, appointment_id)
    if found.cancelled_at is not None:
        appointments.set_cancelled(session, found.id, None, now)
        audit.record(session, "restore_appointment", f"appointment:{found.id}")
    return found


def clashes(session: Session, found: Appointment) -> tuple[Appointment, ...]:
    """Other meetings of the same people at the same time."""
    near = appointments.list_between(session, found.starts_at, found.ends_at)
    return tuple(each for each in near if each.id != found.id and each.tenant_id == found.tenant_id)


def keep_meetings(session: Session, booked: Sequence[tuple[Disposition, str]], now: datetime) -> None:
    """A meeting for every `booked` among what was recorded; an earlier one of the same lead is called off.

    Args:
        booked: what was recorded, each with the title of its lead.
    """
    new = [(row, title) for row, title in booked if row.outcome == "booked" and row.booked_for is not None]
    if not new:
        return
    coming, _ = appointments.list_all(
        session, now, states=("planned",), lead_ids={row.lead_id for row, _ in new}, limit=10_000
    )
    before = [each.disposition_id for each in coming if each.disposition_id is not None]
    appointments.cancel_of_outcomes(session, before, MOVED, now)
    appointments.add_of_outcomes(
        session,
        [
            {
                "tenant_id": row.tenant_id,
                "lead_id": row.lead_id,
                "title": title,
                "about": row.note,
                "starts_at": row.booked_for,
                "ends_at": row.booked_for + USUAL_LENGTH,
                "disposition_id": row.id,
                "at": now,
            }
            for row, title in new
            if row.booked_for is not None
        ],
    )


def call_off_meeting(session: Session, wrong: Disposition, stands: Disposition | None, now: datetime) -> None:
    """What taking an outcome back means for meetings: its own is off, and the one before it stands again."""
    if wrong.outcome != "booked":
        return
    appointments.cancel_of_outcomes(session, [wrong.id], TAKEN_BACK, now)
    if stands is not None and stands.outcome == "booked":
        appointments.restore_of_outcome(session, stands.id, MOVED, now)


def make_feed(session: Session, user_id: UUID, now: datetime) -> CalendarFeed:
    """A private address for a person's calendar program; the one before stops."""
    for each in appointments.list_feeds(session, user_id):
        appointments.change_feed(session, each.id, revoked_at=now)
    made = appointments.add_feed(session, user_id, now)
    audit.record(session, "make_calendar_address", f"feed:{made.id}")
    return made


def revoke_feed(session: Session, feed_id: UUID, user_id: UUID, now: datetime) -> None:
    """End an own address.

    Raises:
        NotFoundError: it is not this person's.
    """
    found = appointments.load_feed(session, feed_id)
    if found.user_id != user_id:
        raise NotFoundError("there is no such calendar address", facts={"id": feed_id})
    appointments.change_feed(session, feed_id, revoked_at=now)
    audit.record(session, "revoke_calendar_address", f"feed:{feed_id}")


def word_of(box: SecretBox, workspace_id: UUID, feed: CalendarFeed) -> str:
    """What the address of a feed ends in."""
    return sign_ids(box, (workspace_id, feed.tenant_id or NOBODY, feed.id), purpose=PURPOSE)


@contextmanager
def opened_feed(door: Door, box: SecretBox, clock: Clock, word: str) -> Iterator[tuple[Appointment, ...]]:
    """The appointments that an address gives: those of the tenant, or for the operator of the whole workspace, from 60
    days ago on.

    Raises:
        NotFoundError: nobody made this address, it was taken back, or who made it was removed.
    """
    ids = read_ids(box, word, 3, purpose=PURPOSE)
    if ids is None:
        raise NotFoundError("There is no calendar under this address.", remedy="Make a new one.")
    workspace_id, tenant_id, feed_id = ids
    now = clock()
    who = OPERATOR if tenant_id == NOBODY else tenant_id
    with door.enter(workspace_id, tenant_id=who, actor=f"feed:{feed_id}") as session:
        feed = appointments.load_feed(session, feed_id)
        users.load(session, feed.user_id)  # Who was removed reads nothing any more.
        if feed.revoked_at is not None:
            raise NotFoundError("This address was taken back.", remedy="Make a new one.")
        appointments.change_feed(session, feed_id, read_at=now)
        yield appointments.list_between(session, now - FED_BACK, now + FED_AHEAD, cancelled=True)


def event_of(found: Appointment, site: str) -> CalendarEvent:
    """An appointment for a calendar program."""
    return CalendarEvent(
        uid=f"{found.id}@galena",
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        changed_at=found.changed_at,
        summary=found.title,
        place=found.place,
        about=found.about,
        address=f"{site}/leads/{found.lead_id}" if found.lead_title else "",
        version=found.version,
        is_cancelled=found.cancelled_at is not None,
    )


def _with_lead(session: Session, entry: AppointmentEntry) -> AppointmentEntry:
    if entry.lead_id is None:
        return entry
    lead_id = leads.load(session, sameness.visible_of(session, entry.lead_id)).lead.id
    return AppointmentEntry(entry.title, entry.starts_at, entry.ends_at, entry.place, entry.about, lead_id)
