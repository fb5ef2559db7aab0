"""Which leads pass a tenant's gates: for one lead, and which gate removes how many of a pool.

A gate finds a fact known or unknown; a known fact passes or does not, and the gate's policy decides for an unknown one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from galena.domain.gates import (
    AreaGate,
    Gate,
    GateCount,
    GateTally,
    GateVerdict,
    IndustryGate,
    RadiusGate,
    RangeGate,
    WordsGate,
)
from galena.engines.routing.fact_forms import (
    fact_form,
    industry_passes,
    number_form,
    number_passes,
    word_facts,
    words_pass,
)
from galena.engines.routing.geography import inside
from galena.engines.routing.pool import Pool


def verdicts(gates: Iterable[Gate], facts: Mapping[str, Any]) -> tuple[GateVerdict, ...]:
    """What each gate says of one lead, in their order. `facts`: fact -> value; absent or None: unknown."""
    found = []
    for gate in gates:
        passes = _one(gate, facts)
        known = passes is not None
        found.append(GateVerdict(gate.name, gate.unknown == "accept" if passes is None else passes, known))
    return tuple(found)


def fit_of(found: Sequence[GateVerdict]) -> float:
    """Share of a tenant's gates that a known fact confirms, 0-1; 1 without gates."""
    return sum(verdict.known and verdict.passes for verdict in found) / len(found) if found else 1.0


def _one(gate: Gate, facts: Mapping[str, Any]) -> bool | None:
    """Whether one lead passes one gate; None: the fact is unknown."""
    match gate:
        case WordsGate():
            return words_pass(gate, tuple(fact_form(fact, facts.get(fact)) for fact in word_facts(gate)))
        case RangeGate():
            return number_passes(gate, number_form(facts.get(gate.fact)))
        case IndustryGate():
            return industry_passes(
                gate, fact_form("industry", facts.get("industry")), fact_form("naics", facts.get("naics"))
            )
        case RadiusGate() | AreaGate():
            longitude, latitude = number_form(facts.get("longitude")), number_form(facts.get("latitude"))
            if longitude is None or latitude is None:
                return None
            return bool(inside(gate, np.array([longitude]), np.array([latitude]))[0])


def first_failed(gates: Iterable[Gate], pool: Pool) -> dict[int, str]:
    """Place of a lead in the pool -> the name of the first gate that it does not pass; the others are left out."""
    found: dict[int, str] = {}
    for gate in gates:
        for place in np.flatnonzero(~pool.passes(gate)).tolist():
            found.setdefault(place, gate.name)
    return found


def tally(gates: Sequence[Gate], pool: Pool, tiers: Sequence[str]) -> GateTally:
    """What a tenant's gates leave of a pool, and which of them removes how many. `tiers`: of each lead of the pool."""
    masks = [pool.mask(gate) for gate in gates]
    failed = sum((~mask.passes for mask in masks), start=np.zeros(pool.size, dtype=np.int64))
    left = np.ones(pool.size, dtype=bool)
    counts = []
    for mask in masks:
        counts.append(
            GateCount(
                name=mask.name,
                alone=int((~mask.passes).sum()),
                first=int((left & ~mask.passes).sum()),
                only=int((~mask.passes & (failed == 1)).sum()),
                unknown=int((~mask.known).sum()),
            )
        )
        left &= mask.passes
    by_tier = Counter(str(tier) for tier in np.asarray(tiers)[left])
    return GateTally(pool.size, int(left.sum()), tuple(counts), dict(sorted(by_tier.items())))
