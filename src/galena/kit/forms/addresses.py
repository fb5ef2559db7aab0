"""Street addresses in one spelling."""

import re
from functools import lru_cache
from typing import NamedTuple

from galena.kit.forms.texts import folded, unaccented

_TYPES = """
alley aly ally|avenue ave av aven avn|boulevard blvd boul bvd|bridge brg|circle cir circ|close cl|court ct crt
|cove cv|crescent cres crs cr|crossing xing|drive dr drv|esplanade esp|expressway expy|freeway fwy|garden gdn
|gardens gdns|gate|glen gln|grove grv gr|heights hts|highway hwy hway|hill hl|junction jct|lane ln|loop|manor mnr
|mews|mount mt|park pk|parade pde|parkway pkwy pky pwy|path|pike|place pl plc|plaza plz|point pt|ridge rdg|rise
|road rd|route rte rt|row|run|square sq|station sta|street st str|terrace ter terr tce|trail trl tr|turnpike tpke
|valley vly|view vw|village vlg|vista vis|walk wlk|way wy
"""
_TYPE = {
    word: words[0]
    for words in (group.split() for group in _TYPES.replace("\n", " ").split("|"))
    for word in words
}
STREET_TYPES = frozenset(_TYPE)
"""Words for the type of a street, in full and short: street, st, avenue ..."""

_DIRECTIONS = {
    "n": "n", "s": "s", "e": "e", "w": "w", "north": "n", "south": "s", "east": "e", "west": "w", "ne": "ne",
    "nw": "nw", "se": "se", "sw": "sw", "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
}  # fmt: skip
_ORDINALS = {
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th",
    "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
}  # fmt: skip
_BUILDINGS = frozenset(("bldg", "building"))
_UNITS = _BUILDINGS | frozenset(
    (
        "apt", "apartment", "suite", "ste", "unit", "floor", "fl", "room", "rm", "lot", "space", "spc", "trlr",
        "flat", "no",
    )
)  # fmt: skip
_NAMED_UNITS = _BUILDINGS | frozenset(("apt", "apartment", "suite", "ste", "unit"))
"""Behind these a name of three letters is a unit as well: "Bldg GAR"."""

_NUMBERED_TYPES = frozenset(("highway", "freeway", "expressway", "route", "loop", "turnpike"))
"""Behind these a number or letter is the street's own: "Hwy 183"."""

_NUMBERED_ROADS = frozenset(("county", "farm", "ranch", "market", "state"))
_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\s*(\d+)", re.IGNORECASE)
_HOUSE = re.compile(r"(\d+)([a-z])?\Z")
_BETWEEN = re.compile(r"\s+(?:between|btwn|bet\.?|near|off|at|@)\s.*\Z", re.IGNORECASE)
_HALF_HOUSE = re.compile(r"^(\s*\d+)(?:\s*-\s*|\s+)1\s*/\s*2(?=[\s,;]|\Z)")
_HALF = re.compile(r"(?<=\w)\s+1\s*/\s*2(?=\s)")
_RANGE = re.compile(r"^(\s*\d+)\s*[-/–]\s*\d+[a-z]?\b")
_NUMBER_BEHIND = re.compile(r"(\d+)\s?([a-z])?\Z")
_STATE_ZIP = re.compile(r",.*\d{4,5}(?:-\d{4})?\s*\Z|,\s*[A-Za-z]{2}\s*\Z")


class Street(NamedTuple):
    """A street address in parts, folded; "" for what is not there.

    Attributes:
        house: the number with its letter or half, "12a", "3813 1/2".
        name: the words that name the street, without its type and compass point: "la cienega".
        unit: of apartment, suite and the like.
        building: where several stand at one number.
        whole: number, compass point, name and type in one spelling: "435 s la cienega boulevard".
    """

    house: str = ""
    name: str = ""
    unit: str = ""
    whole: str = ""
    building: str = ""


class Place(NamedTuple):
    """What an address in one line says of the place; "" for what it does not."""

    city: str = ""
    state: str = ""
    postcode: str = ""


@lru_cache(maxsize=200_000)
def street(text: str) -> Street:
    """A street address in parts: "435 S. La Cienega Blvd., Apt 5" -> 435, la cienega, 5.

    A number behind the name is the house as well ("Hauptstr. 12"). What stands behind a comma, a unit apart, is left
    to `place`.
    """
    if box := _BOX.search(text):
        return Street(box[1], "po box", "", f"po box {box[1]}")
    plain = unaccented(_BETWEEN.sub("", text.replace("½", " 1/2"))).replace("strasse", "str ")
    head, *more = re.split(r"[,;]", plain.replace("#", " unit "))
    half = " 1/2" if _HALF_HOUSE.match(head) else ""
    head = _HALF.sub(" half", _HALF_HOUSE.sub(r"\1", head))
    words, units = _without_units(folded(_RANGE.sub(r"\1", head)).split())
    for part in more:
        units = units or _without_units(folded(part).split(), first=0)[1]
    house, words = _house(words, may_have_letter=not half)
    if not words and more and not units:  # "12, Main Street"
        words = folded(more[0]).split()
    if "unit" not in units:
        words, units["unit"] = _without_bare_unit(words)
    return _street(house + half, words, units)


def same_unit(one: Street, other: Street) -> bool | None:
    """Whether two addresses name the same apartment, suite or building; None where one of them does not say.

    What one calls a building and the other a unit is compared as well: "Bldg B", "# B".
    """
    pairs = [(one.building, other.building), (one.unit, other.unit)]
    told = [(_plain_unit(a), _plain_unit(b)) for a, b in pairs if a and b]
    if not told:
        a, b = (_plain_unit(each.unit or each.building) for each in (one, other))
        return True if a and a == b else None
    return all(a == b for a, b in told)


def _plain_unit(text: str) -> str:
    """A unit without leading zeros and the hyphens and blanks that people put in: "8-400", "8 400"."""
    return "".join(text.split()).lstrip("0")


@lru_cache(maxsize=50_000)
def place(text: str) -> Place:
    """City, state and postcode at the end of an address in one line, by the labels of US addresses."""
    if not _STATE_ZIP.search(text):
        return Place()
    import usaddress  # type: ignore[import-untyped]

    parts: dict[str, list[str]] = {}
    for word, label in usaddress.parse(text):
        parts.setdefault(label, []).append(word)
    city, state, postcode = (
        folded(" ".join(parts.get(label, ()))) for label in ("PlaceName", "StateName", "ZipCode")
    )
    return Place(city, state, postcode[:5])


def _house(words: list[str], *, may_have_letter: bool) -> tuple[str, list[str]]:
    if words and (found := _HOUSE.match(words[0])):
        letter, rest = found[2] or "", words[1:]
        if not letter and may_have_letter and _begins_with_letter(rest):
            letter, rest = rest[0], rest[1:]
        return found[1] + letter, rest
    found = _NUMBER_BEHIND.match(
        " ".join(words[-2:]) if words and len(words[-1]) == 1 else " ".join(words[-1:])
    )
    if found and len(words) > 1 and not words[0].startswith(("hwy", "highway", "route", "county")):
        used = 2 if " " in found[0] else 1
        return found[1] + (found[2] or ""), words[:-used]
    return "", words


def _begins_with_letter(rest: list[str]) -> bool:
    """Whether the first word is the letter of the house: "12 b Main St", but not "1800 M Street NW"."""
    if len(rest) < 2 or len(rest[0]) != 1 or rest[0] in _DIRECTIONS:
        return False
    behind = [word for word in rest[1:] if word not in _DIRECTIONS]
    return len(behind) > 1 or (len(behind) == 1 and behind[0] not in _TYPE)


def _without_units(words: list[str], *, first: int = 1) -> tuple[list[str], dict[str, str]]:
    """The words before the first unit, and what the units are: "bldg 2 unit 200"."""
    found: dict[str, str] = {}
    cut = len(words)
    for place_of, word in enumerate(words[:-1]):
        if place_of < first or not _is_unit(word, words[place_of + 1], words[place_of + 2 :]):
            continue
        cut = min(cut, place_of)
        more = words[place_of + 2 : place_of + 3]
        # "# 8-400" was one word before the hyphen went.
        tail = more[0] if more and more[0].isdigit() and words[place_of + 1].isdigit() else ""
        found.setdefault(
            "building" if word in _BUILDINGS else "unit", f"{words[place_of + 1]} {tail}".strip()
        )
    return words[:cut], found


def _is_unit(word: str, follower: str, behind: list[str]) -> bool:
    """Whether a word begins a unit: "St. Building" does only where a number, a letter or a short name follows."""
    if word not in _UNITS:
        return False
    if any(each.isdigit() for each in follower) or len(follower) <= 2:
        return True
    ends = not behind or behind[0] in _UNITS
    return word in _NAMED_UNITS and len(follower) == 3 and ends and follower not in _TYPE


def _without_bare_unit(words: list[str]) -> tuple[list[str], str]:
    """A number or letter behind the type of the street is a unit: "Main St 5", "Main St B", but not "Hwy 183"."""
    if len(words) < 3 or words[-1] in _DIRECTIONS or not (words[-1].isdigit() or len(words[-1]) == 1):
        return words, ""
    kind, name = _TYPE.get(words[-2], ""), [word for word in words[:-2] if word not in _DIRECTIONS]
    if not kind or not name or kind in _NUMBERED_TYPES or name[-1] in _NUMBERED_ROADS:
        return words, ""
    return words[:-1], words[-1]


def _street(house: str, words: list[str], units: dict[str, str]) -> Street:
    plain = [_ORDINALS.get(word, word) for word in words]
    points = [
        _DIRECTIONS[word] for word in (plain[:1] + plain[-1:]) if word in _DIRECTIONS and len(plain) > 1
    ]
    core = [word for word in plain if word not in _DIRECTIONS] or plain
    if len(core) == 1 and core[0] in _TYPE and plain[0] in _DIRECTIONS:  # "E Street", "South St"
        core, points = [points[0], core[0]], points[1:]
    kind = ""
    if len(core) > 1 and core[-1] in _TYPE:
        kind, core = _TYPE[core[-1]], core[:-1]
    name = " ".join(core)
    whole = " ".join(part for part in (house, *points[:1], name, kind) if part)
    return Street(house, name, units.get("unit", ""), whole, units.get("building", ""))
