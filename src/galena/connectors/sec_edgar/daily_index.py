"""The index of a day's filings (form.idx, company.idx): columns of fixed width, whose order the heading gives."""

import re
from dataclasses import dataclass

from galena.kit.web import UnreadableAnswerError

_TAIL = re.compile(
    r"\s+(?P<cik>\d{1,10})\s+(?P<day>\d{8}|\d{4}-\d{2}-\d{2})\s+(?P<file>edgar/data/\S+?\.txt)\s*$"
)
_ACCESSION = re.compile(r"(\d{10}-\d{2}-\d{6})\.txt$")
_RULE = re.compile(r"^-{20,}\s*$")


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One filing of a day.

    Attributes:
        filed_on: ISO date.
    """

    form: str
    company: str
    cik: str
    filed_on: str
    accession: str


@dataclass(frozen=True, slots=True)
class DayIndex:
    """A day's filings.

    Attributes:
        unreadable: numbers of lines (from 1) that are no filing.
    """

    lines: tuple[IndexLine, ...]
    unreadable: tuple[int, ...] = ()


def read_index(text: str) -> DayIndex:
    """The filings of an index by form or by company; one without filings is a day without any.

    Raises:
        UnreadableAnswerError: it has no heading, or more of its lines are unreadable than not.
    """
    lines = text.splitlines()
    rule = next((number for number, line in enumerate(lines) if _RULE.match(line)), None)
    heading = " ".join(lines[:rule]) if rule is not None else ""
    if rule is None or "Form Type" not in heading or "Company Name" not in heading:
        raise _unreadable("there is no heading with Form Type and Company Name")
    is_form_first = heading.index("Form Type") < heading.index("Company Name")
    column = _second_column(lines[:rule])
    found: list[IndexLine] = []
    bad: list[int] = []
    for number, line in enumerate(lines[rule + 1 :], start=rule + 2):
        if not line.strip():
            continue
        read = _line(line, column, is_form_first=is_form_first)
        if read is None:
            bad.append(number)
        else:
            found.append(read)
    if len(bad) > len(found):
        raise _unreadable(f"line {bad[0]} is no filing, nor are {len(bad) - 1} others")
    return DayIndex(tuple(found), tuple(bad))


def _second_column(head: list[str]) -> int:
    """Where the second column begins, by the heading."""
    line = next(each for each in head if "Form Type" in each and "Company Name" in each)
    return max(line.index("Form Type"), line.index("Company Name"))


def _line(line: str, column: int, *, is_form_first: bool) -> IndexLine | None:
    tail = _TAIL.search(line)
    accession = _ACCESSION.search(tail["file"]) if tail else None
    if tail is None or accession is None:
        return None
    first, second = _halves(line[: tail.start()], column)
    form, company = (first, second) if is_form_first else (second, first)
    if not form or not company:
        return None
    day = tail["day"]
    on = day if "-" in day else f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return IndexLine(form, company, tail["cik"].lstrip("0"), on, accession[1])


def _halves(text: str, column: int) -> tuple[str, str]:
    """The first two columns; where the first is longer than its place, the gap of two blanks divides."""
    if len(text) > column and text[column - 1] == " ":
        return text[:column].strip(), text[column:].strip()
    parts = re.split(r"\s{2,}", text.strip(), maxsplit=1)
    return (parts[0], parts[1].strip()) if len(parts) == 2 else (text.strip(), "")


def _unreadable(why: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        "The index of a day's filings cannot be read.",
        facts={"why": why},
        remedy="Nothing of it was taken. Pull again later.",
    )
