"""Events as an iCalendar text (RFC 5545), for calendar programs that read it from an address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

MEDIA_TYPE = "text/calendar; charset=utf-8"
_LINE_OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """Something at a time.

    Attributes:
        uid: stays the same for as long as it is the same event, and is nobody else's.
        changed_at: when it was last changed.
        version: grows with every change that moves or cancels it.
    """

    uid: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    summary: str
    place: str = ""
    about: str = ""
    address: str = ""
    version: int = 0
    is_cancelled: bool = False


def write_calendar(name: str, product: str, events: Iterable[CalendarEvent]) -> str:
    """The calendar: lines of 75 octets at most, ended by CR and LF, times in UTC.

    Args:
        name: what programs show it as; `product`: what made it, as `-//Company//Product//EN`.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{product}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(event: CalendarEvent) -> list[str]:
    told = (
        ("LOCATION", _escaped(event.place)),
        ("DESCRIPTION", _escaped(event.about)),
        ("URL", _plain(event.address).replace("\n", "")),
    )
    return [
        "BEGIN:VEVENT",
        f"UID:{_escaped(event.uid)}",
        f"DTSTAMP:{_instant(event.changed_at)}",
        f"LAST-MODIFIED:{_instant(event.changed_at)}",
        f"DTSTART:{_instant(event.starts_at)}",
        f"DTEND:{_instant(event.ends_at)}",
        f"SEQUENCE:{event.version}",
        f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}",
        f"SUMMARY:{_escaped(event.summary)}",
        *(f"{name}:{value}" for name, value in told if value),
        "END:VEVENT",
    ]


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    return _plain(text).translate(_ESCAPES)


def _plain(text: str) -> str:
    """Without control characters, but for line breaks."""
    joined = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in joined if each == "\n" or (ord(each) >= 32 and ord(each) != 127))


def _folded(line: str) -> str:
    """Long lines go on after a line break and a blank; no character is cut in two."""
    parts, part, size = [], "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > _LINE_OCTETS:
            parts.append(part)
            part, size = " ", 1
        part, size = part + letter, size + width
    return "\r\n".join((*parts, part))
