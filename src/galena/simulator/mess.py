"""Clean truth made into the records that sources really deliver: typos, gaps, duplicates, late data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from galena.simulator.market import Business

NEVER_MISSING = frozenset({"name", "external_id", "state"})
MAY_BE_MISTYPED = ("name", "owner_name", "city")


@dataclass(frozen=True, slots=True)
class Mess:
    """How dirty the sources are; each a rate between 0 and 1.

    Attributes:
        gap_rate: of optional values left out.
        typo_rate: of names with one wrong letter.
        duplicate_rate: of businesses delivered twice, the second time under another id and spelling.
        late_rate: of happenings delivered more than a month after they happened.
        broken_rate: of rows with a value no one can read.
    """

    gap_rate: float = 0.12
    typo_rate: float = 0.05
    duplicate_rate: float = 0.04
    late_rate: float = 0.1
    broken_rate: float = 0.002


CLEAN = Mess(0.0, 0.0, 0.0, 0.0, 0.0)


def records(business: Business, mess: Mess, seed: int) -> Iterator[dict[str, Any]]:
    """The registry rows that speak of this business: one, or two when it is delivered twice."""
    chance = Random(f"galena-mess:{seed}:{business.number}")  # noqa: S311
    yield _soiled({"external_id": business.external_id, **business.facts}, mess, chance)
    if chance.random() < mess.duplicate_rate:
        copy = {"external_id": f"{business.external_id}-2", **business.facts}
        copy["name"] = _another_spelling(str(copy["name"]), chance)
        yield _soiled(copy, mess, chance)


def signal_records(business: Business, mess: Mess, seed: int) -> Iterator[dict[str, Any]]:
    """The signal rows of this business: when it happened, and when the source told of it."""
    chance = Random(f"galena-signals:{seed}:{business.number}")  # noqa: S311
    for place, (kind, happened_on, attributes) in enumerate(business.happenings):
        late = timedelta(
            days=chance.randrange(31, 120) if chance.random() < mess.late_rate else chance.randrange(0, 3)
        )
        yield {
            "signal_id": f"{business.external_id}-S{place}",
            "external_id": business.external_id,
            "kind": kind,
            "date": happened_on,
            "told_on": happened_on + late,
            "amount": attributes.get("amount"),
            "detail": attributes.get("type"),
        }


def _soiled(row: dict[str, Any], mess: Mess, chance: Random) -> dict[str, Any]:
    soiled = {
        name: None if name not in NEVER_MISSING and chance.random() < mess.gap_rate else value
        for name, value in row.items()
    }
    for name in MAY_BE_MISTYPED:
        if soiled.get(name) and chance.random() < mess.typo_rate:
            soiled[name] = _typo(str(soiled[name]), chance)
    if chance.random() < mess.broken_rate:
        soiled[chance.choice(("annual_revenue", "owner_age", "lease_end_date"))] = "call for figure"
    return soiled


def _typo(text: str, chance: Random) -> str:
    if len(text) < 3:
        return text
    at = chance.randrange(1, len(text) - 1)
    kind = chance.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
    return text[:at] + chance.choice("aeinorst") + text[at + 1 :]


def _another_spelling(name: str, chance: Random) -> str:
    swaps = ((" & ", " and "), (" LLC", " L.L.C."), (" Inc", ", Inc."), (" Co", " Company"))
    for old, new in swaps:
        if old in name:
            return name.replace(old, new)
    return name.upper() if chance.random() < 0.5 else _typo(name, chance)


def as_text(value: Any) -> str:
    """A value as a CSV file holds it; unknown is empty, lists are JSON."""
    import orjson

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return orjson.dumps(value).decode()
    return str(value)
