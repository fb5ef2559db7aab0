"""Calendars read back by the rules of RFC 5545: unfolded, unescaped, every needed property once."""

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from galena.kit.calendar_text import CalendarEvent, write_calendar
from galena.kit.csv_text import write_csv

AT = datetime(2026, 3, 13, 14, 30, tzinfo=timezone(timedelta(hours=-5)))


def unfolded(text: str) -> list[str]:
    """Content lines (RFC 5545, 3.1): a line that begins with a blank goes on with the one before."""
    assert text.endswith("\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def unescaped(value: str) -> str:
    """A TEXT value (3.3.11) as it was meant."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), value)


def read_events(text: str) -> list[dict[str, str]]:
    """The events of a calendar, by property."""
    lines = unfolded(text)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    events: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events and line not in ("END:VEVENT", "END:VCALENDAR"):
            assert name not in events[-1]
            events[-1][name] = value
    return events


def event(**given_values: object) -> CalendarEvent:
    values = {"uid": "1@here", "starts_at": AT, "ends_at": AT + timedelta(hours=1), "changed_at": AT}
    return CalendarEvent(**{**values, "summary": "A meeting", **given_values})  # type: ignore[arg-type]


def test_an_event_has_what_it_needs_with_times_in_utc() -> None:
    moved = event(place="Room 1; floor 2, left", address="https://x/leads/1", version=3, is_cancelled=True)
    (read,) = read_events(write_calendar("Mine", "-//A//B//EN", [moved]))
    assert read == {
        "UID": "1@here",
        "DTSTAMP": "20260313T193000Z",
        "LAST-MODIFIED": "20260313T193000Z",
        "DTSTART": "20260313T193000Z",
        "DTEND": "20260313T203000Z",
        "SEQUENCE": "3",
        "STATUS": "CANCELLED",
        "SUMMARY": "A meeting",
        "LOCATION": "Room 1\\; floor 2\\, left",
        "URL": "https://x/leads/1",
    }
    head = unfolded(write_calendar("Mine", "-//A//B//EN", []))
    assert head[1:3] == ["VERSION:2.0", "PRODID:-//A//B//EN"]


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_comes_through_whole_and_makes_no_line_of_its_own(summary: str, about: str) -> None:
    (read,) = read_events(write_calendar("Mine", "-//A//B//EN", [event(summary=summary, about=about)]))
    for given_text, name in ((summary, "SUMMARY"), (about, "DESCRIPTION")):
        lines = given_text.replace("\r\n", "\n").replace("\r", "\n")
        plain = "".join(each for each in lines if each == "\n" or (ord(each) >= 32 and ord(each) != 127))
        assert unescaped(read.get(name, "")) == plain


def test_a_calendar_of_many_events_keeps_them_apart() -> None:
    many = [event(uid=f"{number}@here", starts_at=AT.astimezone(UTC)) for number in range(3)]
    assert [each["UID"] for each in read_events(write_calendar("M", "-//A//B//EN", many))] == [
        "0@here", "1@here", "2@here",
    ]  # fmt: skip


def test_cells_that_would_run_as_formulas_are_made_harmless() -> None:
    rows = [("=1+1", "+15125550100", "-3.5", None), ("@x", 'a"b', "-x", "\tc")]
    assert write_csv(("a", "b", "c", "d"), rows).decode("utf-8-sig").split("\r\n")[1:3] == [
        "'=1+1,+15125550100,-3.5,",
        '\'@x,"a""b",\'-x,\'\tc',
    ]
