"""How often does the online learner displace what is right? Years of leads whose outcomes have nothing to do with their
values, or only as the model that scores says, looked at every week. Prints JSON.

Each year is 52 weeks of 40 leads with 12 columns of numbers and one of words. `by chance`: outcomes are drawn at one
rate, the rules' points tell nothing. `right`: a model scores whose probabilities are right; the learner may read all it
reads. `right, rate falls`: the same until half of the year, when every lead books less often (by one in log-odds).

    nice .venv/bin/python benchmarks/takeovers_by_chance.py --years 100
"""

import argparse
import json
from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import beta

from galena.engines.learning import online
from galena.engines.learning.dataset import dataset_of
from galena.engines.learning.online import Course, Followed, follow
from galena.engines.learning.triggers import TAKEOVER_ERROR_RATE
from galena.kit.clock import stopwatch

WEEKS, EACH, COLUMNS = 52, 40, 12
ERROR_RATE = TAKEOVER_ERROR_RATE / 2
"""The online learner's half."""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--years", type=int, default=100)
    options.add_argument("--first-seed", type=int, default=1)
    given = options.parse_args()
    passed = stopwatch()
    worlds = {"by chance": (False, False), "right": (True, False), "right, rate falls": (True, True)}
    found: dict[str, Any] = {}
    for name, (champion, falls) in worlds.items():
        seeds = range(given.first_seed, given.first_seed + given.years)
        wrong = sum(is_displaced(*year(seed, champion=champion, falls=falls)) for seed in seeds)
        found[name] = {
            "years": given.years,
            "displaced": wrong,
            "share": [round(each, 4) for each in share_of(wrong, given.years)],
        }
    print(json.dumps({"stated_error_rate": ERROR_RATE, **found, "seconds": round(passed())}, indent=1))


def year(seed: int, *, champion: bool, falls: bool) -> tuple[Course, np.ndarray[Any, Any] | None]:
    """Leads of a year, and what a model that is right says of each."""
    draw = np.random.default_rng(seed)
    rows = WEEKS * EACH
    week = np.repeat(np.arange(WEEKS), EACH)
    values = draw.normal(size=(rows, COLUMNS))
    z = -0.8 + (values @ draw.normal(0, 0.4, COLUMNS) if champion else np.zeros(rows))
    truth = z - np.where(falls & (week >= WEEKS // 2), 1.0, 0.0)
    target = (draw.random(rows) < 1 / (1 + np.exp(-truth))).astype(np.float64)
    frame = pl.DataFrame({f"value_{place}": values[:, place] for place in range(COLUMNS)}).with_columns(
        trade=pl.Series(draw.choice(["bakery", "clinic", "garage", "print"], rows)), won=pl.Series(target)
    )
    dataset = dataset_of(frame, target="won")
    points = draw.uniform(0, 100, rows).astype(np.float64)
    course = Course(
        dataset.table, dataset.reading, points, (week * 7.0).astype(np.float64), target, np.ones(rows)
    )
    return course, z if champion else None


def is_displaced(course: Course, champion: np.ndarray[Any, Any] | None) -> bool:
    """Whether the evidence suffices at any weekly look."""
    found = follow(course, champion=champion, since=None if champion is None else 70.0)
    online._said.clear()
    return any(_until(found, week).evidence >= log(1 / ERROR_RATE) for week in np.unique(found.week))


def share_of(wrong: int, years: int) -> tuple[float, float, float]:
    """The share and its exact interval, 95 %."""
    low = float(beta.ppf(0.025, wrong, years - wrong + 1)) if wrong else 0.0
    high = float(beta.ppf(0.975, wrong + 1, years - wrong)) if wrong < years else 1.0
    return wrong / years, low, high


def _until(found: Followed, week: int) -> Followed:
    return replace(found, counts=found.counts & (found.week <= week))


if __name__ == "__main__":
    main()
