"""Where to draw the line: what it brings to work the best leads only, and how many the team can work."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.engines.learning.metrics import Estimate, bootstrap_weights, draws_for, interval_of
from galena.engines.learning.ranks import Floats
from galena.kit.errors import InputError

POINTS = 100
DRAWS = 500


class ProfitPoint(BaseModel):
    """Working the best-scored leads down to a threshold, scaled to the number of leads asked about.

    Attributes:
        share, leads: how many are worked.
        threshold: the lowest probability among them.
        wins: expected wins among them.
        profit: value of the wins less cost of the calls, with its 95 % interval; in the currency given.
    """

    model_config = ConfigDict(frozen=True)
    share: float
    leads: int
    threshold: float
    wins: float
    profit: Estimate


class Exploration(BaseModel):
    """The profit curve and the best place on it.

    Attributes:
        points: from working none to working all.
        best: the most profitable point, within capacity where one is given.
        best_share: the share to work, with the 95 % interval of where the best point lies.
        break_even_probability: a lead below this costs more than it brings; 1 where no lead pays.
        sentence: the advice in words.
    """

    model_config = ConfigDict(frozen=True)
    points: tuple[ProfitPoint, ...]
    best: ProfitPoint
    best_share: Estimate
    break_even_probability: float
    sentence: str


class CapacityThreshold(BaseModel):
    """A threshold that lets in as many leads as the team can work.

    Attributes:
        enter: a lead whose probability reaches this enters the tier.
        leave: a lead in the tier stays until it falls below this.
        leads: how many of the leads given reach `enter`.
        kept: whether the threshold in use before was kept because it still fits.
    """

    model_config = ConfigDict(frozen=True)
    enter: float
    leave: float
    leads: int
    kept: bool


class Moved(BaseModel):
    """Whether a share (of hot leads, of hot leads that converted) has moved between two periods."""

    model_config = ConfigDict(frozen=True)
    before: float
    now: float
    p_value: float
    moved: bool


def explore(
    target: Floats,
    probability: Floats,
    *,
    leads: int,
    cost_per_call: float,
    value_per_win: float,
    capacity: int | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Exploration:
    """The profit of working the best leads down to each share of them.

    `target` and `probability` are past leads judged out of fold; `leads` is how many leads the answer is for.
    `capacity` is how many of them the team can work at most.

    Raises InputError where cost, value, capacity or leads are negative, or no past lead is given.
    """
    if not len(target) or leads < 0 or cost_per_call < 0 or value_per_win < 0 or (capacity or 0) < 0:
        raise InputError(
            "A threshold needs past leads, and costs, values, capacity and numbers of leads of 0 or more.",
            facts={
                "past leads": len(target),
                "leads": leads,
                "cost per call": cost_per_call,
                "value": value_per_win,
            },
        )
    order = np.argsort(-probability, kind="stable")
    last = np.append(np.flatnonzero(np.diff(probability[order])), len(order) - 1)
    shares = np.linspace(0, 1, POINTS + 1)
    allowed = shares <= (1.0 if capacity is None or not leads else capacity / leads) + 1e-12

    def profits(weight: Floats) -> tuple[Floats, Floats]:
        up_to = np.append(0.0, np.cumsum(weight[order])[last])
        hits = np.append(0.0, np.cumsum(weight[order] * target[order])[last])
        wins = np.interp(shares * up_to[-1], up_to, hits) / up_to[-1] * leads
        return wins, value_per_win * wins - cost_per_call * shares * leads

    wins, profit = profits(np.ones(len(target)))
    drawn = [
        profits(each)[1] for each in bootstrap_weights(len(target), None, draws_for(len(target), draws), seed)
    ]
    table = np.asarray(drawn) if drawn else profit[None]
    best = int(np.argmax(np.where(allowed, profit, -np.inf)))
    best_low, best_high = interval_of(shares[np.where(allowed, table, -np.inf).argmax(axis=1)])
    ranked = probability[order]
    points = tuple(
        ProfitPoint(
            share=float(share),
            leads=round(float(share) * leads),
            threshold=float(ranked[max(0, int(np.ceil(share * len(ranked))) - 1)]),
            wins=float(wins[place]),
            profit=_with_interval(float(profit[place]), table[:, place]),
        )
        for place, share in enumerate(shares)
    )
    return Exploration(
        points=points,
        best=points[best],
        best_share=Estimate(
            value=float(shares[best]),
            low=min(best_low, float(shares[best])),
            high=max(best_high, float(shares[best])),
        ),
        break_even_probability=min(1.0, cost_per_call / value_per_win) if value_per_win else 1.0,
        sentence=_sentence(points[best], leads, capacity),
    )


def capacity_threshold(
    probability: Floats, capacity: int, *, previous: float | None = None, band: float = 0.1
) -> CapacityThreshold:
    """The threshold that at most `capacity` of these leads reach; equal leads that do not all fit stay out.

    `band` keeps leads and thresholds from flickering: a lead in the tier leaves only when it falls below the place
    `capacity * (1 + band)`, and the `previous` threshold is kept while it lets in between 1 - band and 1 + band of
    the capacity.
    """
    if capacity < 0 or not 0 <= band < 1:
        raise InputError(
            "Capacity is a number of leads from 0, the band a share from 0 to below 1.",
            facts={"capacity": capacity, "band": band},
        )
    ranked = np.sort(probability)[::-1]
    enter, kept = _lowest_inside(ranked, capacity), False
    if previous is not None:
        let_in = int((ranked >= previous).sum())
        kept = (1 - band) * capacity <= let_in <= (1 + band) * capacity
        enter = previous if kept else enter
    leave = min(enter, _lowest_inside(ranked, int(np.floor(capacity * (1 + band)))))
    return CapacityThreshold(enter=enter, leave=leave, leads=int((ranked >= enter).sum()), kept=kept)


def in_tier(
    probability: Floats, was_in: NDArray[np.bool_], threshold: CapacityThreshold
) -> NDArray[np.bool_]:
    """Which leads are in the tier now: those that reach `enter`, and those in it already that reach `leave`."""
    return (probability >= threshold.enter) | (was_in & (probability >= threshold.leave))


def share_moved(before: tuple[int, int], now: tuple[int, int], level: float = 0.01) -> Moved:
    """Whether a share, given as (hits, of how many) in two periods, differs by more than chance (exact test)."""
    from scipy.stats import fisher_exact

    table = [[before[0], before[1] - before[0]], [now[0], now[1] - now[0]]]
    p_value = float(fisher_exact(table)[1])
    return Moved(
        before=before[0] / before[1] if before[1] else 0.0,
        now=now[0] / now[1] if now[1] else 0.0,
        p_value=p_value,
        moved=p_value < level,
    )


def _lowest_inside(ranked: Sequence[float] | Floats, capacity: int) -> float:
    """The lowest probability p such that at most `capacity` leads reach p; just above the highest if none may."""
    values = np.asarray(ranked, np.float64)
    if capacity >= len(values):
        return float(values[-1]) if len(values) else 0.0
    if capacity == 0 or values[capacity - 1] == values[capacity]:
        above = values[values > values[capacity]]
        return float(above[-1]) if len(above) else float(np.nextafter(values[0], 2.0))
    return float(values[capacity - 1])


def _with_interval(value: float, drawn: Floats) -> Estimate:
    low, high = interval_of(drawn)
    return Estimate(value=value, low=min(low, value), high=max(high, value))


def _sentence(best: ProfitPoint, leads: int, capacity: int | None) -> str:
    if best.leads == 0 or (best.profit.value or 0) <= 0:
        return "No lead pays: a call costs more than even the best leads bring."
    limit = (
        f", as many as the team can work ({capacity:,})"
        if capacity is not None and best.leads >= capacity
        else ""
    )
    return (
        f"Work the best {best.leads:,} of {leads:,} leads{limit}, those with a score of {best.threshold * 100:.0f} or "
        f"more: about {best.wins:,.0f} wins and a profit of {best.profit.value:,.0f} "
        f"(likely {best.profit.low:,.0f} to {best.profit.high:,.0f})."
    )
