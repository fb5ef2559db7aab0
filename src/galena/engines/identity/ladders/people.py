"""First and last names."""

from galena.engines.identity.ladders.ladder import Ladder, Level, Nature, absent, jaro_winkler, jw, same
from galena.engines.identity.records import Record

_SWAPPED = "given_l = surname_r AND surname_l = given_r"
_SAME_INITIAL = (
    "((length(given_l) = 1 OR length(given_r) = 1) AND substr(given_l, 1, 1) = substr(given_r, 1, 1))"
)
_LEAST_NEAR, _LEAST_ALIKE = 0.9, 0.8


def _swapped(a: Record, b: Record) -> bool:
    given, surname = a["given"], a.get("surname")
    return surname is not None and surname == b["given"] and given == b.get("surname")


def _grade_given(a: Record, b: Record) -> int | None:
    mine, theirs = a.get("given"), b.get("given")
    if mine is None or theirs is None:
        return None
    if mine == theirs:
        return 0
    if _swapped(a, b):
        return 1
    if a["formal"] == b["formal"]:
        return 2
    likeness = jaro_winkler(mine, theirs)
    if likeness >= _LEAST_NEAR:
        return 3
    if (len(mine) == 1 or len(theirs) == 1) and mine[0] == theirs[0]:
        return 4
    return 5 if likeness >= _LEAST_ALIKE else 6


def _grade_surname(a: Record, b: Record) -> int | None:
    mine, theirs = a.get("surname"), b.get("surname")
    if mine is None or theirs is None:
        return None
    if mine != theirs and "given" in a and "given" in b and _swapped(a, b):
        return None
    if mine == theirs:
        return 0
    likeness = jaro_winkler(mine, theirs)
    if likeness >= _LEAST_NEAR:
        return 1
    if f" {theirs} " in f" {mine} " or f" {mine} " in f" {theirs} ":
        return 2
    return 3 if likeness >= _LEAST_ALIKE else 4


def given() -> Ladder:
    """First names: the same, swapped with the last name, a nickname, a slip, an initial."""
    return Ladder(
        name="given",
        label="first name",
        nature=Nature.OWN,
        reads=("given", "surname", "formal"),
        missing=absent("given"),
        levels=(
            Level("same first name", same("given"), 0.78, 0.004, "given"),
            Level("first and last name swapped", _SWAPPED, 0.02, 0.00001),
            Level("first name in another form", same("formal"), 0.04, 0.002),
            Level("first name {alike} % alike", jw("given", _LEAST_NEAR), 0.07, 0.004),
            Level("same initial", _SAME_INITIAL, 0.04, 0.01),
            Level("first name {alike} % alike", jw("given", _LEAST_ALIKE), 0.02, 0.02),
            Level("other first name", "ELSE", 0.03, 0.95),
        ),
        grade=_grade_given,
        alike=lambda a, b: jaro_winkler(a["given"], b["given"]),
    )


def surname() -> Ladder:
    """Last names: the same, a slip, one part of a double name."""
    part = (
        "contains(concat(' ', surname_l, ' '), concat(' ', surname_r, ' '))"
        " OR contains(concat(' ', surname_r, ' '), concat(' ', surname_l, ' '))"
    )
    swapped = "(surname_l <> surname_r AND given_l IS NOT NULL AND given_r IS NOT NULL AND " + _SWAPPED + ")"
    return Ladder(
        name="surname",
        label="last name",
        nature=Nature.SHARED,
        reads=("given", "surname"),
        missing=absent("surname") + " OR " + swapped,
        levels=(
            Level("same last name", same("surname"), 0.85, 0.002, "surname"),
            Level("last name {alike} % alike", jw("surname", _LEAST_NEAR), 0.07, 0.002),
            Level("one last name is part of the other", part, 0.02, 0.0005),
            Level("last name {alike} % alike", jw("surname", _LEAST_ALIKE), 0.02, 0.01),
            Level("other last name", "ELSE", 0.04, 0.985),
        ),
        grade=_grade_surname,
        alike=lambda a, b: jaro_winkler(a["surname"], b["surname"]),
    )
