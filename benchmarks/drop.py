"""The weekly drop of 100,000 leads to 2,000 tenants, beside round robin and a greedy by scarcity in the same run. JSON.

Two markets: narrow gates (a few states and trades each) and mixed ones (states, circles, trades, revenue, employees,
some accepting what is unknown). Timed is everything from the frame of leads to the plan with its reasons. Then small
markets, whose best fill and value an assignment solver knows exactly.

    .venv/bin/python benchmarks/drop.py [--leads 100000] [--tenants 2000] [--small 400] [--out FILE]
"""

import argparse
import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from galena.domain.gates import Circle, Gate, IndustryGate, RadiusGate, RangeGate, WordsGate
from galena.domain.routing import DropMeasures, DropRules, TenantNeeds
from galena.engines.routing import plan_drop
from galena.engines.routing.allocation import NOBODY, Allocation
from galena.engines.routing.market import Market, bits_of, build_market
from galena.engines.routing.round_robin import round_robin

TIERS = ("green", "yellow", "red")
PLACES = 10
STATES = [f"S{number:02d}" for number in range(50)]
TRADES = [f"trade{number:02d}" for number in range(20)]
RULES = DropRules(TIERS, seed="2026-W47")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--tenants", type=int, default=2_000)
    parser.add_argument("--small", type=int, default=400)
    parser.add_argument("--out", type=Path)
    order = parser.parse_args()
    leads = make_leads(order.leads, seed=1)
    found: dict[str, Any] = {"leads": order.leads, "tenants": order.tenants}
    for kind in ("narrow", "mixed"):
        found[kind] = measured(leads, make_tenants(order.tenants, kind, seed=2))
    found["small"] = small_cases(order.small)
    found["memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(found, indent=2))
    if order.out:
        order.out.write_text(json.dumps(found, indent=2))


def make_leads(count: int, seed: int) -> pl.DataFrame:
    """Leads in states of unequal size; a tenth without revenue, a tenth without employees."""
    dice = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "lead": [str(UUID(int=number)) for number in range(count)],
            "key": [f"k{number:06d}" for number in range(count)],
            "tier": np.array(TIERS)[dice.choice(3, count, p=[0.2, 0.3, 0.5])],
            "value": np.round(dice.lognormal(8, 0.6, count), 2),
            "state": np.array(STATES)[dice.choice(50, count, p=popularity())],
            "industry": np.array(TRADES)[dice.integers(0, 20, count)],
            "annual_revenue": np.where(
                dice.random(count) < 0.1, np.nan, np.round(dice.lognormal(14, 1, count))
            ),
            "employee_count": np.where(
                dice.random(count) < 0.1, np.nan, np.round(dice.lognormal(3, 1, count))
            ),
            "latitude": dice.uniform(25, 48, count),
            "longitude": dice.uniform(-120, -70, count),
        }
    )


def popularity() -> np.ndarray:
    """Share of each state."""
    shares = 1 / np.arange(1, 51)
    return shares / shares.sum()


def make_tenants(count: int, kind: str, seed: int) -> list[TenantNeeds]:
    """Tenants with ten places in each tier."""
    dice = np.random.default_rng(seed)
    quotas = dict.fromkeys(TIERS, PLACES)
    gates = narrow_gates if kind == "narrow" else mixed_gates
    return [TenantNeeds(UUID(int=10**9 + n), f"Tenant {n}", gates(dice), quotas) for n in range(count)]


def some(dice: np.random.Generator, names: Sequence[str], most: int, shares: Any = None) -> tuple[str, ...]:
    """One to `most` names."""
    return tuple(dice.choice(names, dice.integers(1, most + 1), replace=False, p=shares).tolist())


def narrow_gates(dice: np.random.Generator) -> tuple[Gate, ...]:
    """One to three states, one to three trades, half of them with a least revenue."""
    gates: tuple[Gate, ...] = (
        WordsGate("state", some(dice, STATES, 3, popularity())),
        IndustryGate(some(dice, TRADES, 3)),
    )
    return (*gates, RangeGate("annual_revenue", 1_500_000.0)) if dice.random() < 0.5 else gates


def mixed_gates(dice: np.random.Generator) -> tuple[Gate, ...]:
    """States or a circle or anywhere; trades, revenue and employees at times."""
    gates: list[Gate] = []
    where = dice.random()
    if where < 0.6:
        gates.append(WordsGate("state", some(dice, STATES, 5, popularity())))
    elif where < 0.9:
        centre = float(dice.uniform(25, 48)), float(dice.uniform(-120, -70))
        gates.append(RadiusGate((Circle(*centre, float(dice.uniform(50, 500))),)))
    if dice.random() < 0.5:
        gates.append(IndustryGate(some(dice, TRADES, 4), (), "accept"))
    if dice.random() < 0.5:
        least = float(np.round(dice.lognormal(13.5, 0.7)))
        gates.append(RangeGate("annual_revenue", least, None, "accept" if dice.random() < 0.5 else "refuse"))
    if dice.random() < 0.3:
        gates.append(RangeGate("employee_count", 3.0, float(np.round(dice.lognormal(4.5, 0.5)))))
    return tuple(gates)


def measured(leads: pl.DataFrame, needs: list[TenantNeeds]) -> dict[str, Any]:
    """One market by three policies."""
    clock, work = time.perf_counter(), time.process_time()
    plan = plan_drop(leads, needs, RULES)
    taken_s, processor_s = time.perf_counter() - clock, time.process_time() - work
    work = time.process_time()
    market = build_market(leads, needs, RULES)
    gates_s = time.process_time() - work
    work = time.process_time()
    round_robin(market, market.room, np.ones(market.size, dtype=bool))
    turns_s = time.process_time() - work
    work = time.process_time()
    scarce = by_scarcity(market)
    scarce_s = time.process_time() - work
    return {
        "optimal": in_figures(plan.measures)
        | {"s": round(taken_s, 2), "processor_s": round(processor_s, 2), "of_it_gates_s": round(gates_s, 2)},
        "round_robin": in_figures(plan.round_robin) | {"processor_s": round(turns_s, 2)},
        "scarcity": {
            "filled": scarce.fill,
            "value": scarce.value(market) / 1000,
            "gini": round(scarce.gini(market), 4),
            "processor_s": round(scarce_s, 2),
        },
        "places": plan.measures.places,
        "most_possible": plan.measures.most_possible,
        "equals_round_robin": plan.equals_round_robin,
    }


def in_figures(measures: DropMeasures) -> dict[str, Any]:
    """The measures that are compared."""
    return {
        "filled": measures.filled,
        "value": round(measures.value, 2),
        "gini": round(measures.gini, 4),
        "fit": None if measures.fit is None else round(measures.fit, 4),
    }


def by_scarcity(market: Market) -> Allocation:
    """Greedy: the lead that fewest tenants accept first, to the tenant that accepts fewest leads and has a place."""
    accepted = np.array([int(market.accepts(tenant).sum()) for tenant in range(len(market.needs))])
    scarcest = np.argsort(np.argsort(accepted, kind="stable"), kind="stable").tolist()
    wanted = np.unpackbits(market.columns, axis=1).sum(axis=1)
    open_ = market.room.quotas.copy()
    result = Allocation.empty(market.size)
    for lead in np.lexsort((-market.values, wanted)).tolist():
        tier = int(market.tier[lead])
        able = [tenant for tenant in bits_of(market.tenants_of(lead)) if open_[tenant, tier] > 0]
        if able and result.tenant[lead] == NOBODY:
            tenant = min(able, key=scarcest.__getitem__)
            open_[tenant, tier] -= 1
            result.tenant[lead], result.place[lead] = tenant, tier
    return result


def small_cases(count: int) -> dict[str, Any]:
    """Small markets against the exact optimum of fill and value."""
    fuller = even = best_fill = best_value = most_over = 0.0
    for number in range(count):
        dice = np.random.default_rng(number)
        leads = make_leads(int(dice.integers(20, 160)), number)
        needs = make_tenants(int(dice.integers(3, 12)), "mixed", number)
        plan = plan_drop(leads, needs, RULES)
        fill, value = optimum(leads, needs)
        best_fill += plan.measures.filled == fill
        fuller += plan.round_robin.filled < fill
        best_value += abs(plan.measures.value - value) < 1e-3
        over = plan.measures.gini - plan.round_robin.gini
        even += over <= RULES.gini_allowance + 1e-9
        most_over = max(most_over, over)
    return {
        "cases": count,
        "fill_is_the_optimum": int(best_fill),
        "value_is_the_optimum": int(best_value),
        "round_robin_fills_fewer": int(fuller),
        "gini_within_allowance": int(even),
        "largest_gini_above_round_robin": round(most_over, 4),
    }


def optimum(leads: pl.DataFrame, needs: list[TenantNeeds]) -> tuple[int, float]:
    """Most places filled, and most value at that, by an assignment solver over leads and single places."""
    market = build_market(leads, needs, RULES)
    seats = [(who, tier) for who in range(len(needs)) for tier in range(len(TIERS)) for _ in range(PLACES)]
    gain = np.zeros((market.size, len(seats)))
    for seat, (who, tier) in enumerate(seats):
        usable = market.accepts(who) & (market.tier == tier)
        gain[usable, seat] = 1e9 + market.values[usable] / 1000
    rows, columns = linear_sum_assignment(gain, maximize=True)
    chosen = gain[rows, columns]
    fill = int((chosen > 0).sum())
    return fill, float((chosen[chosen > 0] - 1e9).sum())


if __name__ == "__main__":
    main()
