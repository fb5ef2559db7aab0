"""A ladder of levels, in two forms that agree: SQL for tables (learning, batches), a function for one pair."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from galena.engines.identity.records import Record

Grade = Callable[[Record, Record], int | None]
"""The place of the level two records stand on (0: the best), None where one of them has no value."""


class Nature(StrEnum):
    """What agreement on a field tells.

    OWN: one's own (first name, date of birth, tax number): different records of a household or firm differ.
    SHARED: a household, an office or a chain shares it (address, phone, surname).
    PLAIN: says little about either.
    """

    OWN = "own"
    SHARED = "shared"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Level:
    """One rung.

    Attributes:
        says: what it tells, for people; "{alike}" stands for the likeness in %.
        sql: the condition in DuckDB's dialect over NAME_l and NAME_r; "ELSE" on the last rung.
        m, u: how often two records of one, and of two, stand here, before any table was learned from.
        frequency_of: the normal value whose frequency counts (a shared rare value says more).
        is_shared: in a field of one's own, others of the same household or office stand here just as well.
    """

    says: str
    sql: str
    m: float
    u: float
    frequency_of: str | None = None
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """How one field is compared.

    Attributes:
        name: the field.
        label: for people.
        reads: the normal values its SQL reads.
        missing: the SQL condition that a value is not known on one side.
        levels: best first.
        grade: the same for one pair of normal records.
        alike: how alike two values are, 0-1, for people.
        most_other: at most this share of duplicates stand on the last rung, however a table looks.
        telling_levels: values are made to tell records apart, so that two different records hardly ever stand on so
            many of the best levels; who does more often than thought is a duplicate. Of numbers and addresses that is
            the first: telephones in a row are one digit apart by chance, and addresses at one domain alike.
        has_slips: the levels between the first and the last are slips, of which duplicates have no more than values
            written rightly.
    """

    name: str
    label: str
    nature: Nature
    reads: tuple[str, ...]
    missing: str
    levels: tuple[Level, ...]
    grade: Grade
    alike: Callable[[Record, Record], float] | None = None
    most_other: float = 0.35
    telling_levels: int = 0
    has_slips: bool = False


def absent(*names: str) -> str:
    """The SQL condition that one of the records lacks one of these values."""
    return " OR ".join(f"{name}_{side} IS NULL" for name in names for side in "lr")


def jaro_winkler(first: str, second: str) -> float:
    """How alike two strings are, 0-1, as DuckDB's jaro_winkler_similarity gives it (over bytes)."""
    if first.isascii() and second.isascii():
        return float(JaroWinkler.similarity(first, second))
    return float(JaroWinkler.similarity(first.encode(), second.encode()))


def slips(first: str, second: str, most: int) -> int:
    """How many letters are wrong, missing, too many or swapped, as DuckDB's damerau_levenshtein counts (over bytes);
    `most` + 1 where there are more."""
    if first.isascii() and second.isascii():
        return int(DamerauLevenshtein.distance(first, second, score_cutoff=most))
    return int(DamerauLevenshtein.distance(first.encode(), second.encode(), score_cutoff=most))


def shared_mass(a: Record, b: Record, name: str) -> float:
    """The weight of the words both have; see `galena.engines.identity.model.MatchModel.weighted`."""
    mine: Any = a[name + "_weight_of"]
    theirs = b[name + "_weight_of"]
    if len(theirs) < len(mine):
        mine, theirs = theirs, mine
    return float(sum(weight for word, weight in mine.items() if word in theirs))


def jw(name: str, least: float) -> str:
    """SQL: the likeness of a value is at least so much."""
    return f"jaro_winkler_similarity({name}_l, {name}_r) >= {least}"


def dl(name: str, most: int) -> str:
    """SQL: at most so many slips apart."""
    return f"damerau_levenshtein({name}_l, {name}_r) <= {most}"


def same(*names: str) -> str:
    """SQL: equal on both sides."""
    return " AND ".join(f"{name}_l = {name}_r" for name in names)
