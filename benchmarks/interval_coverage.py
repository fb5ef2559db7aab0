"""Does the interval hold a lead's true rate as often as it says? Simulated markets, whose true rates are known.

Each market is drawn anew: how many past leads, which columns, how they bear on the outcome (straight, bent, in steps,
together, through many rare values), how much of it no column tells. A model is trained on the past leads and asked
about 4,000 new ones; the interval promises to hold the true rate, given the columns, for 90 of 100. The factors in the
calibrator were fixed on other markets and other seeds. Prints JSON.

    .venv/bin/python benchmarks/interval_coverage.py [--markets 18] [--budget 10] [--seed 7000]
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.dataset import dataset_of
from galena.engines.learning.train import Options, train
from galena.kit.clock import system_clock

Floats = NDArray[np.float64]
NEW_LEADS = 4_000
SIZES = (800, 2_000, 5_000)
RATES = (0.08, 0.2, 0.45)


def straight(x: Floats, level: NDArray[np.int64], draw: np.random.Generator) -> Floats:
    """Every column adds its share."""
    weight = draw.normal(size=x.shape[1]) * (draw.random(x.shape[1]) < 0.6)
    return x @ weight + draw.normal(size=40)[level[:, 0]]


def bent(x: Floats, level: NDArray[np.int64], draw: np.random.Generator) -> Floats:  # noqa: ARG001
    """Humps and waves of single columns."""
    return 1.5 * np.exp(-((x[:, 0] - 0.5) ** 2)) + np.sin(2 * x[:, 1]) - 0.5 * np.abs(x[:, 2])


def steps(x: Floats, level: NDArray[np.int64], draw: np.random.Generator) -> Floats:
    """Thresholds, as of company size or budget."""
    found = np.zeros(len(x))
    for at in range(4):
        for cut in draw.normal(size=2):
            found += draw.normal() * (x[:, at] > cut)
    return found + 0.7 * (level[:, 1] % 3 == 0)


def together(x: Floats, level: NDArray[np.int64], draw: np.random.Generator) -> Floats:  # noqa: ARG001
    """Columns that count only in company."""
    return np.maximum(x[:, 0], x[:, 1]) + 0.8 * (x[:, 2] > 0) * x[:, 3] + 0.6 * (level[:, 1] % 2) * x[:, 0]


def rare_values(x: Floats, level: NDArray[np.int64], draw: np.random.Generator) -> Floats:
    """Sources, towns, agents: forty values, most of them rare."""
    return 1.2 * draw.normal(size=40)[level[:, 0]] + 0.8 * draw.normal(size=40)[level[:, 1]] + 0.4 * x[:, 0]


def products(x: Floats, level: NDArray[np.int64], draw: np.random.Generator) -> Floats:  # noqa: ARG001
    """Products of columns and nothing else: the hardest to find."""
    return 0.9 * x[:, 0] * x[:, 1] + 0.7 * x[:, 2] * x[:, 3]


SHAPES: dict[str, Callable[[Floats, NDArray[np.int64], np.random.Generator], Floats]] = {
    shape.__name__: shape for shape in (straight, bent, steps, together, rare_values, products)
}


def market(shape: str, rows: int, rate: float, seed: int) -> tuple[pl.DataFrame, Floats]:
    """Leads with an outcome in `won`, and their true rates."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 8))
    x[:, 4:] = draw.standard_t(4, size=(rows, 4))
    share = draw.dirichlet(np.full(40, 0.5), size=2)
    level = np.column_stack([draw.choice(40, rows, p=each) for each in share])
    z = SHAPES[shape](x, level, draw)
    z = (z - z.mean()) / z.std() * draw.uniform(0.6, 1.6)
    low, high = -15.0, 15.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _sigmoid(z + middle).mean() < rate else (low, middle)
    true = _sigmoid(z + low)
    columns = {f"number {at}": x[:, at] for at in range(8)}
    words = {f"level {at}": [f"value {code}" for code in level[:, at]] for at in range(2)}
    return pl.DataFrame({**columns, **words, "won": (draw.random(rows) < true).astype(int)}), true


def _sigmoid(z: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-z))
    return found


def measured(shape: str, past: int, rate: float, seed: int, order: argparse.Namespace) -> dict[str, Any]:
    """One market: how often the interval holds the true rate, and how wide it is."""
    frame, true = market(shape, past + NEW_LEADS, rate, seed)
    started = perf_counter()
    dataset = dataset_of(frame[:past], target="won", positive="1")
    options = Options(budget_s=order.budget, seed=seed, threads=order.threads)
    trained = train(dataset, options, lambda _doing, _share: None, system_clock)
    found = replace(trained.model, usable_signal=True).predict(frame[past:].drop("won"))
    true = true[past:]
    held = (found.low <= true) & (true <= found.high)
    third = np.digitize(found.probability, np.quantile(found.probability, [1 / 3, 2 / 3]))
    return {
        "shape": shape,
        "past_leads": past,
        "rate": rate,
        "usable_signal": trained.signal.usable,
        "held": round(float(held.mean()), 3),
        "held_by_third": [round(float(held[third == at].mean()), 3) for at in range(3)],
        "width": round(float((found.high - found.low).mean()), 3),
        "error": round(float(np.abs(found.probability - true).mean()), 4),
        "seconds": round(perf_counter() - started, 1),
    }


def main() -> None:
    """All markets, one after the other."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--markets", type=int, default=18)
    given.add_argument("--budget", type=float, default=10.0, help="seconds per training")
    given.add_argument("--seed", type=int, default=7_000)
    given.add_argument("--threads", type=int, default=2)
    order = given.parse_args()
    rows = []
    for number in range(order.markets):
        shape = list(SHAPES)[number % len(SHAPES)]
        past = SIZES[number // len(SHAPES) % len(SIZES)]
        rate = RATES[(number + number // len(SHAPES)) % len(RATES)]
        rows.append(measured(shape, past, rate, order.seed + number, order))
        print(f"{number + 1} of {order.markets}: {rows[-1]}", file=sys.stderr)
    usable = [row for row in rows if row["usable_signal"]]
    print(json.dumps({"summary": summary(rows), "where_usable": summary(usable), "markets": rows}, indent=2))


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over markets, by shape and by number of past leads."""
    if not rows:
        return {}

    def mean(name: str, key: str, value: object) -> float:
        return round(float(np.mean([row[name] for row in rows if row[key] == value])), 3)

    held = [row["held"] for row in rows]
    return {
        "markets": len(rows),
        "held": round(float(np.mean(held)), 3),
        "least": min(held),
        "most": max(held),
        "width": round(float(np.mean([row["width"] for row in rows])), 3),
        "by_shape": {
            shape: mean("held", "shape", shape) for shape in dict.fromkeys(r["shape"] for r in rows)
        },
        "by_past_leads": {
            str(past): mean("held", "past_leads", past)
            for past in dict.fromkeys(r["past_leads"] for r in rows)
        },
    }


if __name__ == "__main__":
    main()
