"""Street addresses and places."""

from galena.engines.identity.ladders.ladder import (
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

_NEAR, _ALIKE, _CITY_ALIKE = 0.9, 0.82, 0.88


def street(field: str) -> Ladder:
    """The same address, number and street alike, one of the two, neither."""
    house, name = f"{field}_house", f"{field}_name"

    def grade(a: Record, b: Record) -> int | None:
        if field not in a or field not in b:
            return None
        if a[field] == b[field]:
            return 0
        number, other = a.get(house), b.get(house)
        mine, theirs = a.get(name, ""), b.get(name, "")
        likeness = jaro_winkler(mine, theirs) if mine and theirs else 0.0
        if number is not None and number == other and likeness >= _ALIKE:
            return 1
        if likeness >= _NEAR:
            if number is None or other is None or slips(number, other, 1) <= 1:
                return 2
            return 3
        return 4 if number is not None and number == other else 5

    street_alike = jw(name, _NEAR)
    either_absent = f"({absent(house)})"
    return Ladder(
        name=field,
        label="address",
        nature=Nature.SHARED,
        reads=(field, house, name),
        missing=absent(field),
        levels=(
            Level("same address", same(field), 0.6, 0.0003, field),
            Level(
                "same house number, street {alike} % alike",
                f"{same(house)} AND {jw(name, _ALIKE)}",
                0.2,
                0.0003,
            ),
            Level(
                "street {alike} % alike, house number near or not known",
                f"{street_alike} AND ({either_absent} OR {dl(house, 1)})",
                0.05,
                0.001,
            ),
            Level("same street, other house number", street_alike, 0.03, 0.01),
            Level("same house number, other street", same(house), 0.04, 0.01),
            Level("other address", "ELSE", 0.08, 0.97),
        ),
        grade=grade,
        alike=lambda a, b: jaro_winkler(a.get(name, ""), b.get(name, "")),
    )


def place(*, city: bool, postcode: bool) -> Ladder:
    """City and postal code together, since the one follows from the other."""
    if city and postcode:
        return _city_and_postcode()
    return _one_of("postcode", "postal code") if postcode else _one_of("city", "city")


def _city_and_postcode() -> Ladder:
    def grade(a: Record, b: Record) -> int | None:
        code, other = a.get("postcode"), b.get("postcode")
        town, elsewhere = a.get("city"), b.get("city")
        no_code, no_town = code is None or other is None, town is None or elsewhere is None
        if no_code and no_town:
            return None
        same_code, same_town = not no_code and code == other, not no_town and town == elsewhere
        if same_code and same_town:
            return 0
        if same_code:
            return 1
        if same_town:
            return 2
        near_code = code is not None and other is not None and slips(code, other, 1) <= 1
        near_town = (
            town is not None and elsewhere is not None and jaro_winkler(town, elsewhere) >= _CITY_ALIKE
        )
        return 3 if near_code or near_town else 4

    return Ladder(
        name="place",
        label="place",
        nature=Nature.SHARED,
        reads=("city", "postcode"),
        missing=f"({absent('postcode')}) AND ({absent('city')})",
        levels=(
            Level("same city and postal code", same("postcode", "city"), 0.75, 0.003, "postcode"),
            Level("same postal code", same("postcode"), 0.1, 0.002, "postcode"),
            Level("same city", same("city"), 0.08, 0.02, "city"),
            Level(
                "city or postal code but for a slip",
                f"{dl('postcode', 1)} OR {jw('city', _CITY_ALIKE)}",
                0.04,
                0.01,
            ),
            Level("other place", "ELSE", 0.03, 0.965),
        ),
        grade=grade,
    )


def _one_of(field: str, label: str) -> Ladder:
    by_letters = field == "city"

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        if mine == theirs:
            return 0
        near = jaro_winkler(mine, theirs) >= _CITY_ALIKE if by_letters else slips(mine, theirs, 1) <= 1
        return 1 if near else 2

    return Ladder(
        name="place",
        label=label,
        nature=Nature.SHARED,
        reads=(field,),
        missing=absent(field),
        levels=(
            Level(f"same {label}", same(field), 0.85, 0.01, field),
            Level(
                f"{label} but for a slip", jw(field, _CITY_ALIKE) if by_letters else dl(field, 1), 0.07, 0.01
            ),
            Level(f"other {label}", "ELSE", 0.08, 0.98),
        ),
        grade=grade,
    )
