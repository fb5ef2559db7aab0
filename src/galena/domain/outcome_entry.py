"""An outcome as people type it, in a command or a row of a table, read value by value."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from galena.domain.dispositions import BOOKED_BY, BookedBy, Entry, rule_of
from galena.domain.sale import read_price
from galena.domain.time_frames import read_time_frame
from galena.kit.errors import InputError

COLUMNS = (
    "lead",
    "outcome",
    "note",
    "reason",
    "reason_code",
    "callback",
    "booked_for",
    "booked_by",
    "signed_on",
    "closing_on",
    "deal_value",
    "commission",
    "attempts",
    "happened_on",
)
"""The columns of a table of outcomes; lead and outcome are needed."""

ALIASES: Mapping[str, str] = {
    "lead_key": "lead",
    "lead_id": "lead",
    "key": "lead",
    "id": "lead",
    "disposition": "outcome",
    "result": "outcome",
    "notes": "note",
    "comment": "note",
    "reason_text": "reason",
    "code": "reason_code",
    "callback_on": "callback",
    "call_back": "callback",
    "meeting": "booked_for",
    "meeting_at": "booked_for",
    "signed": "signed_on",
    "closing": "closing_on",
    "closed_on": "closing_on",
    "value": "deal_value",
    "tries": "attempts",
    "date": "happened_on",
    "at": "happened_on",
}
"""Other names that columns go by."""


def read_entry(given: Mapping[str, str], today: date) -> Entry:
    """The outcome in texts by the names of `COLUMNS`; empty ones count as not given.

    Raises:
        InputError: a value cannot be read; says which.
    """
    values = {name: text.strip() for name, text in given.items() if text and text.strip()}
    outcome = values.get("outcome")
    if outcome is None:
        raise InputError("There is no outcome.", remedy="Give one, such as `booked` or `no_answer`.")
    callback = values.get("callback")
    return Entry(
        outcome=rule_of(outcome).outcome,
        note=values.get("note", ""),
        reason_text=values.get("reason", ""),
        reason_code=values.get("reason_code"),
        callback_on=read_time_frame(callback, today) if callback else None,
        booked_for=_moment(values, "booked_for"),
        booked_by=_booked_by(values.get("booked_by")),
        signed_on=_day(values, "signed_on"),
        closing_on=_day(values, "closing_on"),
        deal_value=_money(values, "deal_value"),
        commission=_money(values, "commission"),
        attempts=_count(values, "attempts"),
    )


def read_happened(given: Mapping[str, str], now: datetime) -> datetime | None:
    """When it happened; None: now. A day alone is its noon, and today is now.

    Raises:
        InputError: it cannot be read, or is still to come.
    """
    text = given.get("happened_on", "").strip()
    if not text:
        return None
    found = _read_moment(text, "happened_on")
    if len(text) <= len("2026-03-13"):
        found = found.replace(hour=12)
        if found.date() == now.date():
            return now
    if found > now:
        raise InputError(f"happened_on: {text} is still to come.", facts={"happened_on": text})
    return found


def _moment(values: Mapping[str, str], name: str) -> datetime | None:
    return _read_moment(values[name], name) if name in values else None


def _read_moment(text: str, name: str) -> datetime:
    for form in (None, "%m/%d/%Y %H:%M", "%m/%d/%Y"):
        try:
            found = datetime.fromisoformat(text) if form is None else datetime.strptime(text, form)
        except ValueError:
            continue
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    raise InputError(
        f"{name}: {text!r} is no date and time.",
        remedy="Write it as 2026-03-13 14:30 (UTC), or with its zone as 2026-03-13T14:30-06:00.",
    )


def _day(values: Mapping[str, str], name: str) -> date | None:
    if name not in values:
        return None
    try:
        return _read_moment(values[name], name).date()
    except InputError:
        raise InputError(f"{name}: {values[name]!r} is no day.", remedy="Write it as 2026-03-13.") from None


def _money(values: Mapping[str, str], name: str) -> Decimal | None:
    if name not in values:
        return None
    try:
        return read_price(values[name].replace(",", "").replace("$", ""))
    except InputError as fault:
        raise InputError(f"{name}: {fault.what}", remedy=fault.remedy) from None


def _count(values: Mapping[str, str], name: str) -> int | None:
    if name not in values:
        return None
    text = values[name].removesuffix(".0")
    if not text.isdigit() or len(text) > 4:
        raise InputError(f"{name}: {values[name]!r} is no count.", remedy="Write a number such as 3.")
    return int(text)


def _booked_by(text: str | None) -> BookedBy | None:
    if text is None:
        return None
    word = text.lower().replace("-", "_").replace(" ", "_")
    for known in BOOKED_BY:
        if word == known:
            return known
    raise InputError(f"booked_by: {text!r} is unknown.", facts={"known": list(BOOKED_BY)})
