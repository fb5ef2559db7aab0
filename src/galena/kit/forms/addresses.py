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
_UNITS = frozenset(
    [
        "apt",
        "apartment",
        "suite",
        "ste",
        "unit",
        "floor",
        "fl",
        "room",
        "rm",
        "bldg",
        "building",
        "lot",
        "space",
        "spc",
        "trlr",
        "flat",
        "no",
    ]
)
_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\s*(\d+)", re.IGNORECASE)
_HOUSE = re.compile(r"(\d+)([a-z])?\Z")
_BETWEEN = re.compile(r"\s+(?:between|btwn|bet\.?|near|off|at|@)\s.*\Z", re.IGNORECASE)
_RANGE = re.compile(r"^(\s*\d+)\s*[-/–]\s*\d+[a-z]?\b")
_NUMBER_BEHIND = re.compile(r"(\d+)\s?([a-z])?\Z")
_STATE_ZIP = re.compile(r",.*\d{4,5}(?:-\d{4})?\s*\Z|,\s*[A-Za-z]{2}\s*\Z")


class Street(NamedTuple):
    """A street address in parts, folded; "" for what is not there.

    Attributes:
        house: the number with its letter, "12a".
        name: the words that name the street, without its type and compass point: "la cienega".
        unit: of apartment, suite and the like.
        whole: number, compass point, name and type in one spelling: "435 s la cienega boulevard".
    """

    house: str = ""
    name: str = ""
    unit: str = ""
    whole: str = ""


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
    plain = unaccented(_BETWEEN.sub("", text)).replace("strasse", "str ").replace("#", " unit ")
    head, *more = re.split(r"[,;]", plain)
    words = folded(_RANGE.sub(r"\1", head)).split()
    words, unit = _without_unit(words)
    for part in more:
        unit = unit or _without_unit(folded(part).split(), first=0)[1]
    house, words = _house(words)
    if not words and more and not unit:  # "12, Main Street"
        words = folded(more[0]).split()
    return _street(house, words, unit)


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


def _house(words: list[str]) -> tuple[str, list[str]]:
    if words and (found := _HOUSE.match(words[0])):
        letter, rest = found[2] or "", words[1:]
        if not letter and rest and len(rest[0]) == 1 and rest[0] not in _DIRECTIONS and len(rest) > 1:
            letter, rest = rest[0], rest[1:]
        return found[1] + letter, rest
    found = _NUMBER_BEHIND.match(
        " ".join(words[-2:]) if words and len(words[-1]) == 1 else " ".join(words[-1:])
    )
    if found and len(words) > 1 and not words[0].startswith(("hwy", "highway", "route", "county")):
        used = 2 if " " in found[0] else 1
        return found[1] + (found[2] or ""), words[:-used]
    return "", words


def _without_unit(words: list[str], *, first: int = 1) -> tuple[list[str], str]:
    for place_of, word in enumerate(words[:-1]):
        # "St. Building" is a unit only where a number or letter follows.
        follower = words[place_of + 1]
        if word in _UNITS and place_of >= first and (follower[:1].isdigit() or len(follower) <= 2):
            return words[:place_of], follower
    return words, ""


def _street(house: str, words: list[str], unit: str) -> Street:
    plain = [_ORDINALS.get(word, word) for word in words]
    points = [
        _DIRECTIONS[word] for word in (plain[:1] + plain[-1:]) if word in _DIRECTIONS and len(plain) > 1
    ]
    core = [word for word in plain if word not in _DIRECTIONS] or plain
    kind = ""
    if len(core) > 1 and core[-1] in _TYPE:
        kind, core = _TYPE[core[-1]], core[:-1]
    name = " ".join(core)
    whole = " ".join(part for part in (house, *points[:1], name, kind) if part)
    return Street(house, name, unit, whole)
