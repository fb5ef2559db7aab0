"""Meetings with leads and others, kept by hand or made by an outcome."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from galena.kit.errors import InputError

USUAL_LENGTH = timedelta(minutes=30)
"""How long a meeting is of which nobody said."""

LONGEST = timedelta(days=14)
_TITLE_CHARS, _PLACE_CHARS, _ABOUT_CHARS = 200, 300, 5_000

AppointmentState = Literal["planned", "past", "cancelled"]


@dataclass(frozen=True, slots=True)
class AppointmentEntry:
    """What somebody says of a meeting; checked by `checked`."""

    title: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    about: str = ""
    lead_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """A meeting.

    Attributes:
        tenant_id: whose it is; None: the operator's.
        lead_id: with whom; None: with somebody else.
        disposition_id: the outcome that made it; None: a person did.
        version: how often it was moved, changed, cancelled or brought back.
        lead_title: as this session sees it; "" where it does not.
    """

    id: UUID
    tenant_id: UUID | None
    lead_id: UUID | None
    title: str
    place: str
    about: str
    starts_at: datetime
    ends_at: datetime
    disposition_id: UUID | None
    version: int
    author: str
    at: datetime
    changed_at: datetime
    cancelled_at: datetime | None
    cancelled_because: str | None
    lead_title: str = ""

    def state(self, now: datetime) -> AppointmentState:
        """Whether it is still to come, over, or off."""
        if self.cancelled_at is not None:
            return "cancelled"
        return "past" if self.ends_at <= now else "planned"


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """A private address under which a calendar program reads appointments.

    Attributes:
        read_at: the last time a program asked; None: never.
    """

    id: UUID
    tenant_id: UUID | None
    user_id: UUID
    at: datetime
    revoked_at: datetime | None
    read_at: datetime | None


def checked(entry: AppointmentEntry) -> AppointmentEntry:
    """The entry as it is kept.

    Raises:
        InputError: it has no title, ends before it begins, takes weeks, or a text is too long.
    """
    title, place, about = entry.title.strip(), entry.place.strip(), entry.about.strip()
    if not title:
        raise InputError("The meeting has no title.", remedy="Say with whom or what it is.")
    if entry.ends_at <= entry.starts_at:
        raise InputError("The meeting ends before it begins.", remedy="Give a later end.")
    if entry.ends_at - entry.starts_at > LONGEST:
        raise InputError(f"The meeting takes more than {LONGEST.days} days.", remedy="Give an earlier end.")
    for text, most, name in (
        (title, _TITLE_CHARS, "title"),
        (place, _PLACE_CHARS, "place"),
        (about, _ABOUT_CHARS, "note"),
    ):
        if len(text) > most:
            raise InputError(f"The {name} has {len(text):,} characters; {most:,} fit.", remedy="Shorten it.")
    return AppointmentEntry(title, entry.starts_at, entry.ends_at, place, about, entry.lead_id)
