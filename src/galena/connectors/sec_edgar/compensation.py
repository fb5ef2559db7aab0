"""Proxy statements (DEF 14A): what the named officers were paid, from the summary compensation table.

The table has a row per officer and year: salary, bonus, awards, other, and last the total (Regulation S-K, item 402).
A row counts only when its parts add up to its total, so that a column taken for another never becomes a figure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from galena.connectors.sec_edgar.texts import table_rows
from galena.kit.forms.people import is_usual_given_name
from galena.kit.forms.texts import folded

_YEAR = re.compile(r"^(?:fy\s*)?((?:19|20)\d{2})(?:\s*\(\w{1,3}\))*\*?$", re.IGNORECASE)
_NUMBER = re.compile(r"^\$?\s*\(?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\s*\)?(?:\s*\(\d{1,2}\))*$")
_NOTHING = re.compile(r"^\$?\s*(?:[—–-]+|n/?a|nil|none)\s*(?:\(\d{1,2}\))*$", re.IGNORECASE)
_MARK = re.compile(r"^[$%)(*†]+$|^\(\d{1,2}\)$")
_ROUNDING_USD = 6.0


@dataclass(frozen=True, slots=True)
class OfficerPay:
    """One officer of the table, by office.

    Attributes:
        totals: USD by fiscal year.
    """

    office: str
    totals: dict[int, float]


@dataclass(frozen=True, slots=True)
class PayTable:
    """The summary compensation table.

    Attributes:
        officers: in the order of the table.
        unreadable: what could not be read, and why, in words.
    """

    officers: tuple[OfficerPay, ...] = ()
    unreadable: tuple[str, ...] = field(default=())

    @property
    def years(self) -> tuple[int, ...]:
        """The newest first."""
        return tuple(sorted({year for each in self.officers for year in each.totals}, reverse=True))

    @property
    def change_percent(self) -> float | None:
        """The change of the newest year's total pay against the year before, over those officers that have both."""
        if len(self.years) < 2 or self.years[0] - self.years[1] != 1:
            return None
        new, old = self.years[:2]
        both = [each for each in self.officers if new in each.totals and old in each.totals]
        before = sum(each.totals[old] for each in both)
        if before <= 0:
            return None
        return round((sum(each.totals[new] for each in both) / before - 1) * 100, 1)


def read_pay(document: bytes) -> PayTable:
    """The summary compensation table of a proxy statement."""
    best = PayTable(unreadable=("no summary compensation table was found",))
    for rows in table_rows(document):
        if not _is_summary(rows):
            continue
        read = _read_rows(rows)
        if len(read.officers) > len(best.officers) or not best.officers:
            best = read
    return best


def _is_summary(rows: Sequence[Sequence[str]]) -> bool:
    head = " ".join(cell for row in rows[:6] for cell in row).casefold()
    return all(word in head for word in ("salary", "total", "year"))


def _read_rows(rows: Sequence[Sequence[str]]) -> PayTable:
    gathered = _Rows()
    for row in rows:
        cells = [cell for cell in row if not _MARK.match(cell)]
        place = next((n for n, cell in enumerate(cells[:3]) if _YEAR.match(cell)), None)
        if place is not None:
            gathered.take(" ".join(cells[:place]), cells[place], cells[place + 1 :])
        elif cells and not _NUMBER.match(cells[0]):
            gathered.take_title(cells[0])
    kept = tuple(OfficerPay(each.office, each.totals) for each in gathered.officers if each.totals)
    if not kept and not gathered.bad:
        gathered.bad.append("the summary compensation table has no rows with a year")
    return PayTable(kept, tuple(gathered.bad))


@dataclass
class _Officer:
    name: str = ""
    office: str = ""
    years: set[int] = field(default_factory=set)
    totals: dict[int, float] = field(default_factory=dict)

    def also(self, office: str) -> None:
        """Another line of the title."""
        if office and office not in self.office:
            self.office = f"{self.office} {office}".strip()


class _Rows:
    """Gathers the rows of a table by officer."""

    def __init__(self) -> None:
        self.officers: list[_Officer] = []
        self.bad: list[str] = []

    def take(self, text: str, year_text: str, figures: Sequence[str]) -> None:
        """A row with a year; the text before it is a name, a title, both, or nothing."""
        found = _YEAR.match(year_text)
        year = int(found[1]) if found else 0
        office = _office(text)
        name = folded(text.replace(office, "")) if office else folded(text)
        if self._is_new(year, name):
            self.officers.append(_Officer(name))
        officer = self.officers[-1]
        officer.also(office)
        officer.years.add(year)
        total, why = _total(figures)
        if total is None:
            self.bad.append(f"{officer.office or 'an officer'}, {year}: {why}")
        else:
            officer.totals[year] = total

    def take_title(self, text: str) -> None:
        """A row without a year, below an officer's first."""
        if self.officers:
            self.officers[-1].also(_office(text))

    def _is_new(self, year: int, name: str) -> bool:
        """Whether a row begins another officer: years run backwards, and a person's name begins one, too."""
        if not self.officers or year in self.officers[-1].years:
            return True
        if name and year >= max(self.officers[-1].years):
            return True
        begins = name.split()[:1]
        return bool(begins) and name != self.officers[-1].name and is_usual_given_name(begins[0])


def _total(cells: Sequence[str]) -> tuple[float | None, str]:
    """The last figure of a row, when the others add up to it."""
    figures: list[float] = []
    for cell in cells:
        if _NOTHING.match(cell):
            figures.append(0.0)
        elif found := _NUMBER.match(cell):
            figures.append(float(found[1].replace(",", "")))
    if len(figures) < 2:
        return None, "too few figures"
    *parts, total = figures
    if abs(sum(parts) - total) > _ROUNDING_USD:
        return None, "the parts do not add up to the total"
    return total, ""


def _office(text: str) -> str:
    """The office without the person's name, as far as it can be told apart: from the first word of an office on."""
    plain = re.sub(r"\(\d{1,2}\)|\*", "", text)
    found = re.search(
        r"\b(?:(?:former|interim|acting|co-?|executive|senior|group)\s*)*(?:chief|president|vice|general|chair|treasurer"
        r"|secretary|director|principal)\b.*",
        plain,
        re.IGNORECASE,
    )
    return " ".join(found[0].split()).strip(" ,;") if found else ""
