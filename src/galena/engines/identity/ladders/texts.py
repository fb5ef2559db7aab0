"""Names of companies, titles and texts, by the weight of the words they share: a rare word says more."""

from galena.engines.identity.ladders.ladder import (
    Ladder,
    Level,
    Nature,
    absent,
    jaro_winkler,
    jw,
    same,
    shared_mass,
)
from galena.engines.identity.records import Record


def _cosine(a: Record, b: Record, field: str) -> tuple[float, float, float]:
    return shared_mass(a, b, field), a[f"{field}_mass"], b[f"{field}_mass"]


def _words_alike(field: str, least: float) -> str:
    shared = f"shared_mass({field}_tokens_l, {field}_weights_l, {field}_tokens_r)"
    return f"{shared} * {shared} >= {least * least!r} * {field}_mass_l * {field}_mass_r"


def _holds(field: str, least: float) -> str:
    shared = f"shared_mass({field}_tokens_l, {field}_weights_l, {field}_tokens_r)"
    return f"{shared} >= {least!r} * least({field}_mass_l, {field}_mass_r)"


_NAME = ((0.85, 2.0, 0.96), (0.65, 0.95, 0.92), (0.45, 0.75, 0.87), (0.2, 0.45, 0.82))
"""For each level: least likeness by words, least share of the shorter name, least likeness by letters."""


def name(field: str, label: str, nature: Nature = Nature.OWN, *, often: bool = False) -> Ladder:
    """Names of firms, shops and the like.

    Args:
        often: many different records bear the name (colleagues their employer's), so that its frequency counts; where
            the record is the firm itself, a name that occurs often only shows many duplicates.
    """

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        if mine == theirs:
            return 0
        shared, mass, other = _cosine(a, b, field)
        letters = jaro_winkler(mine, theirs)
        for place, (words, part, near) in enumerate(_NAME, 1):
            if (
                shared * shared >= words * words * mass * other
                or letters >= near
                or shared >= part * min(mass, other)
            ):
                return place
        return len(_NAME) + 1

    def rung(place: int) -> str:
        words, part, near = _NAME[place]
        return f"{_words_alike(field, words)} OR {jw(field, near)} OR {_holds(field, part)}"

    return Ladder(
        name=field,
        label=label,
        nature=nature,
        reads=(field, f"{field}_tokens", f"{field}_weights", f"{field}_mass"),
        missing=absent(field),
        levels=(
            Level(f"same {label}", same(field), 0.62, 0.00001, field if often else None),
            Level(f"{label} {{alike}} % alike", rung(0), 0.14, 0.00001),
            Level(f"{label} {{alike}} % alike", rung(1), 0.1, 0.00005),
            Level(f"{label} {{alike}} % alike", rung(2), 0.06, 0.0004),
            Level(f"{label} {{alike}} % alike", rung(3), 0.04, 0.004),
            Level(f"other {label}", "ELSE", 0.04, 0.995),
        ),
        grade=grade,
        alike=lambda a, b: likeness(a, b, field),
        telling_levels=0 if often else len(_NAME) + 1,
    )


def likeness(a: Record, b: Record, field: str) -> float:
    """How alike two names are, 0-1, for people: by letters or by words, whichever is more."""
    shared, mass, other = _cosine(a, b, field)
    words = shared / (mass * other) ** 0.5 if mass and other else 0.0
    return max(words, jaro_winkler(a[field], b[field]) if field in a and field in b else 0.0)


_TEXT = (0.8, 0.62, 0.47, 0.33, 0.2)


def text(field: str, label: str, nature: Nature = Nature.OWN) -> Ladder:
    """Titles and free texts."""
    tokens = f"{field}_tokens"

    def grade(a: Record, b: Record) -> int | None:
        if tokens not in a or tokens not in b:
            return None
        shared, mass, other = _cosine(a, b, field)
        return next(
            (at for at, least in enumerate(_TEXT) if shared * shared >= least * least * mass * other),
            len(_TEXT),
        )

    chances = ((0.25, 0.00001), (0.2, 0.00005), (0.2, 0.0002), (0.15, 0.001), (0.1, 0.005))
    return Ladder(
        name=field,
        label=label,
        nature=nature,
        reads=(tokens, f"{field}_weights", f"{field}_mass"),
        missing=absent(tokens),
        levels=(
            *(
                Level(f"{label} {{alike}} % alike", _words_alike(field, least), m, u)
                for least, (m, u) in zip(_TEXT, chances, strict=True)
            ),
            Level(f"other {label}", "ELSE", 0.1, 0.96),
        ),
        grade=grade,
        alike=lambda a, b: likeness(a, b, field),
        most_other=0.6,
        telling_levels=len(_TEXT) if nature is Nature.OWN else 0,
    )
