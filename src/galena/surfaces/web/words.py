"""How pages word things: nouns of the playbook, moments, counts."""

from dataclasses import dataclass
from datetime import date, datetime

from galena.domain.playbook import Playbook

_AMERICAN = 10
"""Digits of a number in North America, without the country's."""


@dataclass(frozen=True, slots=True)
class Nouns:
    """What a lead of this playbook is called."""

    one: str
    many: str

    @property
    def one_capital(self) -> str:
        """At the beginning of a sentence."""
        return self.one[:1].upper() + self.one[1:]

    @property
    def many_capital(self) -> str:
        """At the beginning of a sentence."""
        return self.many[:1].upper() + self.many[1:]


def plain(text: str) -> str:
    """The text without NUL characters, which the database cannot hold."""
    return text.replace("\0", "")


def nouns_of(playbook: Playbook) -> Nouns:
    """The playbook's words for its leads."""
    return Nouns(playbook.lead.one, playbook.lead.many)


def fact_words(playbook: Playbook, field: str) -> str:
    """What the playbook calls a field on screens; a name it does not know in plain words."""
    known = playbook.fields.get(field)
    return known.label if known else field.replace("_", " ").capitalize()


def phone_words(number: str) -> str:
    """+1 512 555 0137; other numbers as they are kept."""
    digits = number.removeprefix("+1")
    if number == digits or len(digits) != _AMERICAN or not digits.isdigit():
        return number
    return f"+1 {digits[:3]} {digits[3:6]} {digits[6:]}"


def day(moment: datetime | date) -> str:
    """3 Nov 2026."""
    return f"{moment.day} {moment:%b %Y}"


def near_day(moment: datetime | date, now: datetime) -> str:
    """3 Nov within this year, 3 Nov 2024 before."""
    return f"{moment.day} {moment:%b}" if moment.year == now.year else day(moment)


def moment_words(moment: datetime, now: datetime) -> str:
    """06:00 today; 3 Nov 2026, 14:05 (UTC)."""
    clock = f"{moment:%H:%M}"
    return f"{clock} today" if moment.date() == now.date() else f"{day(moment)}, {clock}"


def count_words(value: int, nouns: Nouns, *, exact: bool = True) -> str:
    """1 permit; 31,862 permits; about 2,000,000 permits."""
    about = "" if exact else "about "
    return f"{about}{value:,} {nouns.one if value == 1 else nouns.many}"


def share_words(part: int, whole: int) -> str:
    """12 %; below one per cent it says so."""
    if not whole or not part:
        return "none" if not part else ""
    percent = 100 * part / whole
    return "under 1 %" if percent < 1 else f"{percent:.0f} %"
