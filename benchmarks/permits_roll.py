"""A county's roll made of the addresses of permits, written as districts write them, so that every true join is known.

For each house a parcel in the columns of the Tarrant sample, its address rewritten in one of several ways; some houses
have none, some have two. Beside them stand parcels that only look alike: the neighbours, the same number in a street
of another type or on the other side of town, the next apartment. Owners are invented.
"""

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OTHER_WRITINGS = {
    "ST": "STREET", "AVE": "AVENUE", "DR": "DRIVE", "RD": "ROAD", "LN": "LANE", "BLVD": "BOULEVARD", "CT": "COURT",
    "CV": "COVE", "CIR": "CIRCLE", "PL": "PLACE", "TRL": "TRAIL", "PKWY": "PARKWAY", "HWY": "HIGHWAY", "TER": "TERRACE",
    "WAY": "WY", "LOOP": "LOOP", "PASS": "PASS", "PATH": "PATH", "RUN": "RUN", "BND": "BEND", "XING": "CROSSING",
}  # fmt: skip
SIDES = {"N": "NORTH", "S": "SOUTH", "E": "EAST", "W": "WEST"}
OPPOSITE = {"N": "S", "S": "N", "E": "W", "W": "E"}
KINDS = {
    "as_it_is": 16, "type_in_other_words": 14, "side_spelled_out": 10, "type_left_out": 9, "letter_wrong": 9,
    "other_case": 6, "with_city_and_zip": 6, "several_at_once": 10, "unit_in_other_words": 12, "unit_left_out": 8,
    "absent": 8, "two_of_one_owner": 5, "two_of_two_owners": 4,
}  # fmt: skip
"""What is done to an address, and how often beside the others that it allows."""

OWNERS = (
    "ARDEN",
    "BIRCH",
    "CALLOW",
    "DUNMORE",
    "ELDERS",
    "FENWICK",
    "GORSE",
    "HOLLIS",
    "IVERS",
    "JESSOP",
    "KELDER",
)
_UNIT = re.compile(r"\s+(?:(?:UNIT|BLDG|STE|APT)\s|#).*", re.IGNORECASE)


@dataclass
class Roll:
    """The parcels, and of each permit address what its look-up should bring.

    Attributes:
        kinds: address -> what was done to it.
        true: address -> the account that is right; none: there is none, or nobody can say which.
    """

    parcels: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    true: dict[str, str | None] = field(default_factory=dict)


def make_roll(addresses: Sequence[str], sample: Sequence[Mapping[str, Any]], seed: int) -> Roll:
    """The roll of these addresses.

    Args:
        sample: parcels whose values the new ones get.
    """
    chance = random.Random(seed)
    houses: dict[str, list[str]] = defaultdict(list)
    for each in sorted(set(addresses)):
        houses[_UNIT.sub("", each).strip().upper()].append(each)
    roll = Roll()
    taken = {_plain(each) for each in addresses}
    for house, own in houses.items():
        kind = _kind(house, own, chance)
        _add_house(roll, house, own, kind, sample, chance)
        for other in _lookalikes(house, own, chance):
            if _plain(other) not in taken:
                taken.add(_plain(other))
                _add(roll, other, sample, chance)
    chance.shuffle(roll.parcels)
    return roll


def _add_house(
    roll: Roll,
    house: str,
    own: list[str],
    kind: str,
    sample: Sequence[Mapping[str, Any]],
    chance: random.Random,
) -> None:
    """The parcels of one house: one for each unit, or one for all where units are left out."""
    shared = _add(roll, house, sample, chance) if kind == "unit_left_out" else None
    for address in own:
        roll.kinds[address] = kind
        roll.true[address] = None
        if kind == "absent":
            continue
        if shared is not None:
            roll.true[address] = shared["account_num"]
            continue
        written = rewritten(address.upper(), kind, chance)
        first = _add(roll, written, sample, chance)
        roll.true[address] = first["account_num"]
        if kind == "two_of_one_owner":
            _add(
                roll,
                written,
                sample,
                chance,
                owner_name=first["owner_name"],
                total_value=first["total_value"] // 9,
            )
        if kind == "two_of_two_owners":
            _add(roll, written, sample, chance, owner_name=first["owner_name"] + " & CO")
            roll.true[address] = None


def _add(
    roll: Roll, address: str, sample: Sequence[Mapping[str, Any]], chance: random.Random, **given: Any
) -> dict[str, Any]:
    like = dict(chance.choice(sample))
    owner = f"{chance.choice(OWNERS)}, {chance.choice('ABCDEFGHJKLMNPRSTVW')}{len(roll.parcels)}"
    at_home = chance.random() < 0.63
    like |= {
        "account_num": str(5_000_000 + len(roll.parcels)),
        "owner_name": owner,
        "owner_address": address if at_home else f"PO BOX {chance.randrange(100, 9999)}",
        "situs_address": address,
        "city_name": "AUSTIN",
        "legal_desc": "",
        "gis_link": "",
    }
    roll.parcels.append(like | given)
    return roll.parcels[-1]


def _kind(house: str, own: Sequence[str], chance: random.Random) -> str:
    words = house.split()
    able = dict(KINDS)
    if not any(_UNIT.search(each) for each in own):
        del able["unit_left_out"], able["unit_in_other_words"]
    if not SIDES.keys() & set(words[1:]):
        del able["side_spelled_out"]
    if words[-1] not in OTHER_WRITINGS or len(words) < 3:
        for each in ("type_in_other_words", "type_left_out", "several_at_once"):
            del able[each]
    if not _longest(words):
        del able["letter_wrong"]
    return chance.choices(list(able), list(able.values()))[0]


def rewritten(address: str, kind: str, chance: random.Random) -> str:
    """An address as the district writes it."""
    house, unit = _apart(address)
    words = house.split()
    if kind in ("type_in_other_words", "several_at_once"):
        words[-1] = OTHER_WRITINGS[words[-1]]
    if kind == "type_left_out":
        words = words[:-1]
    if kind in ("side_spelled_out", "several_at_once"):
        words = [words[0], *(SIDES.get(word, word) for word in words[1:])]
    if kind == "letter_wrong":
        words = _misspelt(words, chance)
    if kind == "unit_in_other_words":
        unit = re.sub(r"^\s*(?:UNIT|APT|STE|#)\s*", " # " if "#" not in unit else " APT ", unit)
    text = " ".join(words) + unit
    if kind in ("other_case", "several_at_once"):
        text = text.title().replace("'S", "'s")
    return text + ", AUSTIN, TX 78704" if kind == "with_city_and_zip" else text


def _misspelt(words: list[str], chance: random.Random) -> list[str]:
    """One letter of the longest word of the name dropped, doubled, swapped or replaced; never the first."""
    word = _longest(words)
    place = chance.randrange(1, len(word) - 1)
    spoilt = chance.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
            word[:place] + chance.choice("AEIOURNST") + word[place + 1 :],
        )
    )
    return [spoilt if each == word else each for each in words]


def _longest(words: Sequence[str]) -> str:
    names = [
        each for each in words[1:] if each.isalpha() and each not in OTHER_WRITINGS and each not in SIDES
    ]
    found = max(names, key=len, default="")
    return found if len(found) > 3 else ""


def _lookalikes(house: str, own: Sequence[str], chance: random.Random) -> list[str]:
    """Addresses that are not this one: the neighbour, the same number elsewhere, another apartment."""
    words = house.split()
    if not words[0].isdigit():
        return []
    found = [" ".join([str(int(words[0]) + chance.choice((2, 4, 10))), *words[1:]])]
    if words[-1] in OTHER_WRITINGS and len(words) > 2 and chance.random() < 0.4:
        found.append(" ".join([*words[:-1], "CT" if words[-1] != "CT" else "DR"]))
    side = next((word for word in words[1:] if word in OPPOSITE), "")
    if side and chance.random() < 0.5:
        found.append(" ".join(OPPOSITE[side] if word == side else word for word in words))
    units = [unit for each in own if (unit := _apart(each.upper())[1])]
    if units and chance.random() < 0.5:
        found.append(house + units[0] + "9")
    return found


def _apart(address: str) -> tuple[str, str]:
    unit = _UNIT.search(address)
    return (address[: unit.start()], unit[0]) if unit else (address, "")


def _plain(address: str) -> str:
    return re.sub(r"\W+", " ", address.upper()).strip()
