"""How long do all brokerage features take for one lead? Prints JSON: microseconds, beside a hand-written function.

    .venv/bin/python benchmarks/one_lead_features.py

Both read the same leads as they are stored (dates as text) and must first give the same numbers. Leads are taken in
turn, so that neither side sees one lead twice in a row, and the two sides take turns in the same run. Processor times
leave out what other programs take.
"""

import json
import math
import random
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter_ns, thread_time_ns
from typing import Any

from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).parent))

from peer_brokerage_features import brokerage_features

import galena.playbooks
from galena.domain.playbook import Field, FieldType, Playbook
from galena.domain.signal import Signal
from galena.engines.features import FeatureSet

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)
LEADS = 500
ROUNDS = 40
KNOWN_SHARE = 0.7

Lead = dict[str, Any]
Compute = Callable[[Lead], Mapping[str, float | None]]


def main() -> None:
    """Measure and print."""
    playbook = brokerage()
    features = FeatureSet.of(playbook)
    leads = some_leads(playbook)
    signals = some_signals()
    sides: dict[str, Compute] = {
        "generated": lambda lead: features.compute_one(lead, signals, AS_OF),
        "hand_written": lambda lead: brokerage_features(lead, signals, AS_OF),
    }
    check_equal(leads, sides)
    times = measure(leads, sides)
    result: dict[str, Any] = {
        "question": "all features of one lead",
        "playbook": "brokerage",
        "features": len(features.names),
        "leads": LEADS,
        "signals_per_lead": len(signals),
        "calls_per_side": LEADS * ROUNDS,
        "known_share_of_fields": KNOWN_SHARE,
        "aim_p50_us": 50,
    }
    for name, taken in times.items():
        wall, processor = ([each[place] for each in taken] for place in (0, 1))
        result[name] = {f"p{share}_us": round(percentile(wall, share), 2) for share in (50, 99)}
        result[name] |= {
            f"p{share}_processor_us": round(percentile(processor, share), 2) for share in (50, 99)
        }
    result["generated_to_hand_written_p50"] = round(
        result["generated"]["p50_us"] / result["hand_written"]["p50_us"], 3
    )
    print(json.dumps(result, indent=2))


def brokerage() -> Playbook:
    """The brokerage fields and features, with the least of everything else."""
    parts: dict[str, Any] = {}
    for file in ("fields.yaml", "features.yaml"):
        text = (Path(galena.playbooks.__file__).parent / "brokerage" / file).read_text(encoding="utf-8")
        parts |= YAML(typ="safe").load(text)
    tier = {"name": "all", "label": "All", "when": "TRUE"}
    rules = {"categories": [], "factors": [], "temperature": [], "tiers": [tier]}
    lead = {"one": "business", "many": "businesses", "title": "name"}
    return Playbook.model_validate(
        {"playbook": "brokerage", "version": 1, "label": "Brokerage", "lead": lead, "rules": rules} | parts
    )


def some_leads(playbook: Playbook) -> list[Lead]:
    """Seeded leads as JSON holds them, each knowing most of its fields."""
    chance = random.Random(1)
    return [
        {
            name: value(field, chance)
            for name, field in playbook.fields.items()
            if chance.random() < KNOWN_SHARE
        }
        for _ in range(LEADS)
    ]


def some_signals() -> list[Signal]:
    """The e-mails and calls of a lead that is being worked."""
    kinds = ["email_sent", "email_opened", "email_sent", "email_sent", "call_made"]
    return [Signal(kind, AS_OF - timedelta(days=days)) for days, kind in enumerate(kinds)]


def value(field: Field, chance: random.Random) -> Any:
    """A value a field may have."""
    if field.values:
        return chance.choice(field.values)
    match field.type:
        case FieldType.LIST if not field.items:
            return chance.choices(["sell a bakery", "ovens", "rent in town"], k=chance.randint(0, 3))
        case FieldType.LIST:
            return [
                {name: item(kind, chance) for name, kind in field.items.items()}
                for _ in range(chance.randint(0, 3))
            ]
        case FieldType.NUMBER:
            return round(chance.uniform(field.minimum or 0, min(field.maximum or 100, 5_000_000)), 2)
        case FieldType.INTEGER:
            return chance.randint(int(field.minimum or 0), int(min(field.maximum or 100, 500)))
        case FieldType.BOOLEAN:
            return chance.random() < 0.3
        case FieldType.DATE:
            return item("date", chance)
        case _:
            return chance.choice(["timing", "sold", "other"])


def item(kind: str, chance: random.Random) -> Any:
    """A value of a list's item."""
    if kind == "date":
        return (date(2026, 1, 31) + timedelta(days=chance.randint(-1500, 500))).isoformat()
    return chance.choice(["5.02,9.01", "1.03", "8.01"]) if kind == "text" else chance.uniform(0, 50_000)


def check_equal(leads: list[Lead], sides: Mapping[str, Compute]) -> None:
    """Stop unless both sides give the same numbers."""
    for lead in leads:
        first, second = (compute(lead) for compute in sides.values())
        for name, one in first.items():
            two = second[name]
            same = (
                one is two
                if one is None or two is None
                else math.isclose(one, two, rel_tol=1e-12, abs_tol=1e-12)
            )
            if not same:
                raise SystemExit(f"the two sides differ on {name}: {one} and {two}")


def measure(leads: list[Lead], sides: Mapping[str, Compute]) -> dict[str, list[tuple[float, float]]]:
    """Microseconds of every call, on the wall and of the processor, after one round that is not counted."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for round_number in range(ROUNDS + 1):
        for name, compute in sides.items():
            for lead in leads:
                used, start = thread_time_ns(), perf_counter_ns()
                compute(lead)
                end, used_end = perf_counter_ns(), thread_time_ns()
                if round_number:
                    times[name].append(((end - start) / 1000, (used_end - used) / 1000))
    return times


def percentile(values: list[float], share: int) -> float:
    """The value below which that share (in per cent) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


if __name__ == "__main__":
    main()
