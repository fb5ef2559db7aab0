"""Dates, numbers, codes, categories and lists."""

from galena.engines.identity.ladders.ladder import (
    Grade,
    Ladder,
    Level,
    Nature,
    absent,
    dl,
    jaro_winkler,
    jw,
    same,
    slips,
)
from galena.engines.identity.records import Record


def date(field: str, label: str) -> Ladder:
    """The same day, a slip, two of year, month and day."""

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        if mine == theirs:
            return 0
        if slips(mine, theirs, 1) <= 1:
            return 1
        year, month, day = mine[:4] == theirs[:4], mine[4:6] == theirs[4:6], mine[6:] == theirs[6:]
        if year and mine[4:6] == theirs[6:] and mine[6:] == theirs[4:6]:
            return 2
        return 3 if year + month + day >= 2 else 4

    def part(start: int, length: int, other: int | None = None) -> str:
        return f"substr({field}_l, {start}, {length}) = substr({field}_r, {other or start}, {length})"

    month_day, day_month = part(5, 2, 7), part(7, 2, 5)
    turned = f"{part(1, 4)} AND {month_day} AND {day_month}"
    year, month, day = part(1, 4), part(5, 2), part(7, 2)
    two = f"({year} AND {month}) OR ({year} AND {day}) OR ({month} AND {day})"
    return Ladder(
        name=field,
        label=label,
        nature=Nature.OWN,
        reads=(field,),
        missing=absent(field),
        levels=(
            Level(f"same {label}", same(field), 0.84, 0.0005, field),
            Level(f"{label} but for one digit", dl(field, 1), 0.06, 0.002),
            Level(f"{label} with day and month swapped", turned, 0.02, 0.0001),
            Level(f"{label} partly the same", two, 0.04, 0.006),
            Level(f"other {label}", "ELSE", 0.04, 0.99),
        ),
        grade=grade,
    )


def code(field: str, label: str) -> Ladder:
    """Numbers and codes of one's own (tax, licence, customer): the same, one slip, other."""

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        if mine == theirs:
            return 0
        return 1 if slips(mine, theirs, 1) <= 1 else 2

    return Ladder(
        name=field,
        label=label,
        nature=Nature.OWN,
        reads=(field,),
        missing=absent(field),
        levels=(
            Level(f"same {label}", same(field), 0.88, 0.0003, field),
            Level(f"{label} but for a slip", dl(field, 1), 0.07, 0.0005),
            Level(f"other {label}", "ELSE", 0.05, 0.999),
        ),
        grade=grade,
        telling_levels=1,
        has_slips=True,
    )


def category(field: str, label: str) -> Ladder:
    """The same word or not."""
    return Ladder(
        name=field,
        label=label,
        nature=Nature.PLAIN,
        reads=(field,),
        missing=absent(field),
        levels=(
            Level(f"same {label}", same(field), 0.85, 0.15, field),
            Level(f"other {label}", "ELSE", 0.15, 0.85),
        ),
        grade=_equal(field),
        most_other=0.85,
    )


def line(field: str, label: str) -> Ladder:
    """Short texts of no certain kind: the same, alike, other."""

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        likeness = jaro_winkler(mine, theirs)
        return 0 if mine == theirs else 1 if likeness >= 0.88 else 2

    return Ladder(
        name=field,
        label=label,
        nature=Nature.SHARED,
        reads=(field,),
        missing=absent(field),
        levels=(
            Level(f"same {label}", same(field), 0.75, 0.005, field),
            Level(f"{label} {{alike}} % alike", jw(field, 0.88), 0.1, 0.005),
            Level(f"other {label}", "ELSE", 0.15, 0.99),
        ),
        grade=grade,
        most_other=0.85,
        alike=lambda a, b: jaro_winkler(a[field], b[field]),
    )


def _equal(field: str) -> Grade:
    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        return 0 if mine == theirs else 1

    return grade


def entries(field: str, label: str, nature: Nature = Nature.PLAIN) -> Ladder:
    """Lists: an entry in common or not, by the weight of the entries; most of the shorter list, some, none."""

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        common = len(set(mine).intersection(theirs))
        if 2 * common >= min(len(mine), len(theirs)):
            return 0
        return 1 if common else 2

    common = f"len(list_intersect({field}_l, {field}_r))"
    return Ladder(
        name=field,
        label=label,
        nature=nature,
        reads=(field,),
        missing=absent(field),
        levels=(
            Level(
                f"most of {label} in common",
                f"2 * {common} >= least(len({field}_l), len({field}_r))",
                0.7,
                0.02,
            ),
            Level(f"some of {label} in common", f"{common} > 0", 0.1, 0.02),
            Level(f"nothing of {label} in common", "ELSE", 0.2, 0.96),
        ),
        grade=grade,
        most_other=0.85,
    )


def codes(field: str, stems: str) -> Ladder:
    """Model numbers: one in common, one in common but for its last letters, none."""

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        if set(mine).intersection(theirs):
            return 0
        return 1 if set(a[stems]).intersection(b[stems]) else 2

    return Ladder(
        name=field,
        label="model number",
        nature=Nature.OWN,
        reads=(field, stems),
        missing=absent(field),
        levels=(
            Level("same model number", f"len(list_intersect({field}_l, {field}_r)) > 0", 0.6, 0.0005),
            Level(
                "model number but for its end", f"len(list_intersect({stems}_l, {stems}_r)) > 0", 0.1, 0.0005
            ),
            Level("other model number", "ELSE", 0.3, 0.999),
        ),
        grade=grade,
        most_other=0.85,
    )


_NEAR = (0.002, 0.05, 0.2)


def number(field: str, label: str) -> Ladder:
    """Amounts and measures: the same, near, in the same region, other."""

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        apart, largest = abs(mine - theirs), max(abs(mine), abs(theirs))
        return next((at for at, share in enumerate(_NEAR) if apart <= share * largest), len(_NEAR))

    apart, largest = f"abs({field}_l - {field}_r)", f"greatest(abs({field}_l), abs({field}_r))"
    says = (f"same {label}", f"{label} nearly the same", f"{label} in the same region")
    chances = ((0.45, 0.01), (0.2, 0.05), (0.2, 0.15))
    return Ladder(
        name=field,
        label=label,
        nature=Nature.PLAIN,
        reads=(field,),
        missing=absent(field),
        levels=(
            *(
                Level(words, f"{apart} <= {share!r} * {largest}", m, u)
                for words, share, (m, u) in zip(says, _NEAR, chances, strict=True)
            ),
            Level(f"other {label}", "ELSE", 0.15, 0.79),
        ),
        grade=grade,
        most_other=0.85,
    )
