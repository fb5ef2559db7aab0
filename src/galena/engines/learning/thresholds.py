"""Where to draw the line: what it brings to work the best leads only, and how many the team can work."""

import numpy as np
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
