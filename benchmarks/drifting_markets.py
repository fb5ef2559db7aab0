"""What is said of markets that move? Simulated leads in order of time, whose truth is known. Prints JSON.

**Signal.** The share of wins stands still, wanders, has a trend, or follows the seasons; what leads show about
themselves matters not at all, little, or well (the area under the ROC curve is .50, about .55, about .62). Logistic
regression learns from it and from what tells the time: three figures of the economy, one of which goes with the share
of wins, the month and the date. How often is its order called usable, with and without the question whether it orders
leads of the same days? Where leads show nothing, each "usable" is a false alarm.

**The rate to come.** Nothing but the outcomes of past leads: the log-loss, in thousandths, over the half as many leads
that come next, of `coming_rate` less that of the rate of all past leads; below 0 is better.

    .venv/bin/python benchmarks/drifting_markets.py [--markets 60] [--seed 1000]
"""

import argparse
import json
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.coming_rate import coming_rate
from galena.engines.learning.signal_test import signal_in
from galena.engines.learning.splits import folds_of

Floats = NDArray[np.float64]
MONTHS = 36
PAST = 6_000
RATE = 0.1
STRENGTHS = {"nothing": 0.0, "a little": 0.25, "well": 0.5}
DRIFTS = ("still", "wanders", "trend", "seasons", "jump")


class Leads:
    """What folds are cut from: outcomes in order of time."""

    times, groups, in_time_order = None, None, True

    def __init__(self, target: Floats) -> None:
        self.target = target


def drift_of(kind: str, size: float, draw: np.random.Generator) -> Floats:
    """Log-odds of a win per month."""
    month = np.arange(MONTHS)
    if kind == "wanders":
        return np.cumsum(draw.normal(0, 0.3 * size, MONTHS))
    if kind == "trend":
        return size * np.linspace(-1, 1, MONTHS) * draw.choice([-1, 1])
    if kind == "seasons":
        return size * np.sin(2 * np.pi * month / 12 + draw.uniform(0, 6))
    if kind == "jump":
        return 1.5 * size * (month > draw.integers(4, 24)) * draw.choice([-1, 1])
    return np.zeros(MONTHS)


def _sigmoid(z: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-z))
    return found


def called_usable(drift: str, strength: float, seed: int) -> tuple[bool, bool]:
    """Whether a market's model is called usable: (with the question of the same days, without it)."""
    from sklearn.linear_model import LogisticRegression

    draw = np.random.default_rng(seed)
    share = np.linspace(0, 1, PAST)
    month = np.minimum((share * MONTHS).astype(int), MONTHS - 1)
    level = drift_of(drift, 1.0, draw)
    own = draw.normal(size=(PAST, 5))
    z = strength * (0.8 * own[:, 0] - 0.5 * own[:, 1]) + level[month]
    z += np.log(RATE / (1 - RATE)) - z.mean()
    target = (draw.random(PAST) < _sigmoid(z)).astype(np.float64)
    economy = np.cumsum(draw.normal(size=(MONTHS, 3)), axis=0)
    economy[:, 0] = level + draw.normal(0, 0.2, MONTHS)
    columns = np.column_stack([own, economy[month], np.eye(12)[month % 12], 3 * share])
    said, fold = np.zeros(PAST), np.full(PAST, -1)
    for number, each in enumerate(folds_of(Leads(target), 0)):
        model = LogisticRegression(C=0.1, max_iter=500).fit(columns[each.train], target[each.train])
        said[each.test], fold[each.test] = model.predict_proba(columns[each.test])[:, 1], number
    seen = fold >= 0
    days = {"order of the rows": np.flatnonzero(seen).astype(np.float64)}
    asked, unasked = (
        signal_in(target[seen], said[seen], fold=fold[seen], in_time=True, calendars=calendars).usable
        for calendars in (days, {})
    )
    return asked, unasked


def gain_of_coming_rate(drift: str, seed: int) -> float:
    """The log-loss of `coming_rate` over the next leads, less that of the rate of all past ones, in thousandths."""
    draw = np.random.default_rng(seed)
    past = int(draw.choice([1_000, 3_000, 10_000]))
    rate, size = draw.choice([0.05, 0.12, 0.3]), draw.choice([0.5, 1.0])
    month = np.minimum((np.linspace(0, 1, past + past // 2) * MONTHS).astype(int), MONTHS - 1)
    level = drift_of(drift, size, draw)[month]
    true = _sigmoid(level + np.log(rate / (1 - rate)) - level[:past].mean())
    target = (draw.random(past) < true[:past]).astype(np.float64)
    return 1_000 * (_loss(true[past:], coming_rate(target)) - _loss(true[past:], float(target.mean())))


def _loss(true: Floats, said: float) -> float:
    return float(-(true * np.log(said) + (1 - true) * np.log(1 - said)).mean())


def main() -> None:
    """All markets of every kind."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--markets", type=int, default=60, help="of each kind")
    given.add_argument("--seed", type=int, default=1_000)
    order = given.parse_args()
    seeds = range(order.seed, order.seed + order.markets)
    usable: dict[str, Any] = {}
    for words, strength in STRENGTHS.items():
        for drift in DRIFTS:
            found = np.array([called_usable(drift, strength, seed) for seed in seeds])
            asked, unasked = found.mean(axis=0).round(3).tolist()
            usable.setdefault(f"leads show {words}", {})[drift] = {
                "called usable": asked,
                "without the question of the same days": unasked,
            }
            print(words, drift, asked, unasked, file=sys.stderr)
    gains = {drift: [gain_of_coming_rate(drift, seed) for seed in seeds] for drift in DRIFTS}
    coming = {
        drift: {
            "mean": round(float(np.mean(each)), 2),
            "standard_error": round(float(np.std(each) / len(each) ** 0.5), 2),
            "worst": round(max(each), 2),
        }
        for drift, each in gains.items()
    }
    print(json.dumps({"markets": order.markets, "usable": usable, "coming_rate": coming}, indent=2))


if __name__ == "__main__":
    main()
