"""Appointments, and the addresses under which calendar programs read them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql

from galena.domain.appointments import Appointment, AppointmentEntry, CalendarFeed
from galena.kit.errors import NotFoundError
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, find_one, load_by_id

_APPOINTMENTS = tables.appointments
_FEEDS = tables.calendar_feeds
_LEADS = tables.leads
_PLANNED = _APPOINTMENTS.c.cancelled_at.is_(None)


def add(session: Session, entry: AppointmentEntry, at: datetime) -> Appointment:
    """A new appointment of who was entered for."""
    row = session.connection.execute(
        insert(_APPOINTMENTS)
        .values(
            **_said(entry), id=new_id(), lead_id=entry.lead_id, author=session.actor, at=at, changed_at=at
        )
        .returning(_APPOINTMENTS)
    )
    return _appointment(row.mappings().one())


def add_of_outcomes(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Appointments that outcomes made, each once.

    Args:
        rows: each with tenant_id, lead_id, title, starts_at, ends_at, about, disposition_id, at.
    """
    if not rows:
        return
    values = [
        {**row, "id": new_id(), "place": "", "author": session.actor, "changed_at": row["at"]} for row in rows
    ]
    adding = postgresql.insert(_APPOINTMENTS).values(values)
    session.connection.execute(
        adding.on_conflict_do_nothing(
            index_elements=["workspace_id", "disposition_id"],
            index_where=_APPOINTMENTS.c.disposition_id.is_not(None),
        )
    )


def set_entry(session: Session, appointment_id: UUID, entry: AppointmentEntry, at: datetime) -> None:
    """Moves or changes an appointment."""
    _change(session, _APPOINTMENTS.c.id == appointment_id, at, **_said(entry), lead_id=entry.lead_id)


def set_cancelled(session: Session, appointment_id: UUID, because: str | None, at: datetime) -> None:
    """Calls an appointment off; `because` None: it takes place after all."""
    off = {"cancelled_at": None if because is None else at, "cancelled_because": because}
    _change(session, _APPOINTMENTS.c.id == appointment_id, at, **off)


def cancel_of_outcomes(
    session: Session, disposition_ids: Collection[UUID], because: str, at: datetime
) -> None:
    """Calls off the appointments that these outcomes made."""
    made = among(_APPOINTMENTS.c.disposition_id, disposition_ids)
    _change(session, and_(made, _PLANNED), at, cancelled_at=at, cancelled_because=because)


def restore_of_outcome(session: Session, disposition_id: UUID, because: str, at: datetime) -> None:
    """The appointment that an outcome made takes place after all, where it was called off for this reason."""
    made = _APPOINTMENTS.c.disposition_id == disposition_id
    was = _APPOINTMENTS.c.cancelled_because == because
    _change(session, and_(made, was), at, cancelled_at=None, cancelled_because=None)


def load(session: Session, appointment_id: UUID) -> Appointment:
    """An appointment, also one called off.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    found = find_one(session, _titled().where(_APPOINTMENTS.c.id == appointment_id), _appointment)
    if found is None:
        raise NotFoundError("there is no such appointment", facts={"id": appointment_id})
    return found


def list_between(
    session: Session, begin: datetime, end: datetime, *, cancelled: bool = False
) -> tuple[Appointment, ...]:
    """Appointments that touch a span of time, in order; `cancelled`: those called off, too."""
    query = _titled().where(_APPOINTMENTS.c.starts_at < end, _APPOINTMENTS.c.ends_at > begin)
    query = query if cancelled else query.where(_PLANNED)
    return find_all(session, query.order_by(_APPOINTMENTS.c.starts_at, _APPOINTMENTS.c.id), _appointment)


def list_all(
    session: Session,
    now: datetime,
    *,
    states: Collection[str] = (),
    search: str = "",
    lead_ids: Collection[UUID] = (),
    offset: int = 0,
    limit: int = 100,
) -> tuple[tuple[Appointment, ...], int]:
    """Appointments: those to come in order, then the others, the newest first.

    Args:
        states: planned, past, cancelled; empty: all.
        search: words that must all stand in the title, the place, the note or the lead's title.
        lead_ids: of these leads alone; empty: of everybody.

    Returns: those of the page, and how many there are.
    """
    query, coming = _wanted(now, states, search, lead_ids)
    count: int = session.connection.execute(
        select(func.count()).select_from(query.with_only_columns(_APPOINTMENTS.c.id).subquery())
    ).scalar_one()
    page = query.order_by(
        coming.desc(),
        func.abs(func.extract("epoch", _APPOINTMENTS.c.starts_at - now)),
        _APPOINTMENTS.c.id,
    )
    return find_all(session, page.offset(offset).limit(limit), _appointment), count


def list_by_time(
    session: Session,
    now: datetime,
    *,
    states: Collection[str] = (),
    search: str = "",
    lead_ids: Collection[UUID] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 100,
) -> tuple[Appointment, ...]:
    """Appointments in the order in which they begin; otherwise as `list_all`.

    Args:
        since, until: those that touch the time between.
        after: of the last one of the page before, when it begins and its id.
    """
    query, _ = _wanted(now, states, search, lead_ids)
    if since is not None:
        query = query.where(_APPOINTMENTS.c.ends_at > since)
    if until is not None:
        query = query.where(_APPOINTMENTS.c.starts_at < until)
    place = (_APPOINTMENTS.c.starts_at, _APPOINTMENTS.c.id)
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(*map(literal, after)))
    return find_all(session, query.order_by(*place).limit(limit), _appointment)


def _wanted(
    now: datetime, states: Collection[str], search: str, lead_ids: Collection[UUID]
) -> tuple[Select[Any], ColumnElement[bool]]:
    """A query of what is asked for, and what holds of those still to come."""
    query = _titled()
    over = _APPOINTMENTS.c.ends_at <= now
    conditions: dict[str, ColumnElement[bool]] = {
        "planned": and_(_PLANNED, ~over),
        "past": and_(_PLANNED, over),
        "cancelled": ~_PLANNED,
    }
    if states:
        query = query.where(or_(*(conditions[each] for each in states)))
    if lead_ids:
        query = query.where(among(_APPOINTMENTS.c.lead_id, lead_ids))
    texts = (_APPOINTMENTS.c.title, _APPOINTMENTS.c.place, _APPOINTMENTS.c.about, _LEADS.c.title)
    for word in search.split():
        query = query.where(or_(*(text.icontains(word, autoescape=True) for text in texts)))
    return query, conditions["planned"]


def add_feed(session: Session, user_id: UUID, at: datetime) -> CalendarFeed:
    """A new address for a calendar program of this person."""
    new = insert(_FEEDS).values(id=new_id(), user_id=user_id, at=at).returning(_FEEDS)
    return _feed(session.connection.execute(new).mappings().one())


def load_feed(session: Session, feed_id: UUID) -> CalendarFeed:
    """An address.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _FEEDS, feed_id, _feed, "calendar address")


def list_feeds(session: Session, user_id: UUID) -> tuple[CalendarFeed, ...]:
    """The addresses of a person that are still good, the newest first."""
    query = select(_FEEDS).where(_FEEDS.c.user_id == user_id, _FEEDS.c.revoked_at.is_(None))
    return find_all(session, query.order_by(_FEEDS.c.at.desc(), _FEEDS.c.id.desc()), _feed)


def change_feed(session: Session, feed_id: UUID, **values: datetime) -> None:
    """Notes that an address was read (`read_at`) or taken back (`revoked_at`)."""
    session.connection.execute(update(_FEEDS).where(_FEEDS.c.id == feed_id).values(**values))


def _titled() -> Select[Any]:
    of_lead = and_(
        _LEADS.c.workspace_id == _APPOINTMENTS.c.workspace_id, _LEADS.c.id == _APPOINTMENTS.c.lead_id
    )
    return select(_APPOINTMENTS, _LEADS.c.title.label("lead_title")).outerjoin(_LEADS, of_lead)


def _said(entry: AppointmentEntry) -> dict[str, Any]:
    names = ("title", "place", "about", "starts_at", "ends_at")
    return {name: getattr(entry, name) for name in names}


def _change(session: Session, which: ColumnElement[bool], at: datetime, **values: object) -> None:
    changed = {**values, "changed_at": at, "version": _APPOINTMENTS.c.version + 1}
    session.connection.execute(update(_APPOINTMENTS).where(which).values(changed))


def _appointment(row: RowMapping) -> Appointment:
    found: dict[str, Any] = {name: row[name] for name in Appointment.__dataclass_fields__ if name in row}
    return Appointment(**{**found, "lead_title": found.get("lead_title") or ""})


def _feed(row: RowMapping) -> CalendarFeed:
    return CalendarFeed(**{name: row[name] for name in CalendarFeed.__dataclass_fields__})
