"""Rules alone, a model alone, and both together, by how many leads are decided: on invented markets whose truth is
known, judged on later leads. Prints JSON; with --figure FILE also draws it.

Per market (seed) and number of labels the first leads of the market are learned from, and later ones are judged by
whether their owner booked a meeting. Rules alone are the shipped rules of the brokerage playbook, their points made
probabilities by the same labels. Losses are log-losses; a difference below 0 speaks for the blend.

    .venv/bin/python benchmarks/evidence_curve.py --figure docs/pictures/evidence-curve.svg
"""

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.playbook.schema import field_type
from galena.engines.learning.dataset import dataset_of
from galena.engines.learning.metrics import metrics_of
from galena.engines.learning.rules_member import fit_blend, fitted_line
from galena.engines.learning.train import Options, train
from galena.engines.scoring.model_scoring import ModelScorer, model_columns
from galena.kit.clock import system_clock
from galena.kit.expression import polars_schema
from galena.playbooks import load
from galena.simulator.market import Business, businesses
from galena.simulator.outcomes import outcome
from galena.workflows.plans import Compiled, compile_playbook

AS_OF = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SIZES = (50, 100, 200, 400, 800, 1_600, 3_200)
LATER = 4_000
FEWEST = 100
"""Under this many labels no model is trained: the rules score alone."""

FIRST_MARKET = 2_000
"""Other markets than those that the prior of the blend was chosen on."""

WHO = ("rules", "model", "blend")


@dataclass(frozen=True)
class Market:
    """A market as leads: what the scores keep of each, the rules' points, and whether it booked."""

    compiled: Compiled
    inputs: pl.DataFrame
    values: pl.DataFrame
    points: NDArray[np.float64]
    booked: NDArray[np.float64]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--budget", type=float, default=10.0, help="seconds per training")
    options.add_argument("--figure", type=Path)
    given = options.parse_args()
    found: dict[int, list[dict[str, Any]]] = {size: [] for size in SIZES}
    for seed in range(given.seeds):
        market = market_of(seed)
        for size in SIZES:
            found[size].append(judged(market, size, seed, given.budget))
            print(f"market {seed}, {size} labels", file=sys.stderr)
    table = {str(size): summary(rows) for size, rows in found.items()}
    if given.figure:
        draw(table, given.figure)
    print(
        json.dumps({"markets": given.seeds, "later_leads": LATER, "budget_s": given.budget, "labels": table})
    )


def market_of(seed: int) -> Market:
    """The leads of a market, each with its outcome."""
    compiled = compile_playbook(load("brokerage"))
    found = list(businesses(FIRST_MARKET + seed, SIZES[-1] + LATER, AS_OF))
    inputs = compiled.features.inputs_frame(_fields(compiled, found), NOON, _signals(found))
    inputs = inputs.rename({"lead_id": "id"})
    scored = compiled.scorer.score_frame(inputs, NOON, packed=True)
    schema = polars_schema(compiled.scorer.value_schema)
    rows = [compiled.scorer.unpack_values(packed) for packed in scored["values"]]
    values = pl.DataFrame({name: [row.get(name) for row in rows] for name in schema}, schema=schema)
    told = [outcome(one, seed, AS_OF, 1.0) for one in found]
    booked = np.array([each is not None and each.booked for each in told], dtype=np.float64)
    return Market(compiled, inputs, values, scored["micropoints"].to_numpy() / 1e6, booked)


def _fields(compiled: Compiled, found: list[Business]) -> pl.DataFrame:
    known = {
        name: field_type(field)
        for name, field in compiled.playbook.fields.items()
        if not field.outcome and name in found[0].facts
    }
    columns = {name: [one.facts[name] for one in found] for name in known}
    frame = pl.DataFrame(columns, schema=polars_schema(known), strict=False)
    ids = pl.Series("lead_id", [one.external_id for one in found])
    return frame.with_columns(ids, lead_source=pl.lit("businesses"))


def _signals(found: list[Business]) -> pl.DataFrame:
    rows = [
        (one.external_id, kind, datetime(at.year, at.month, at.day, tzinfo=UTC), json.dumps(attributes))
        for one in found
        for kind, at, attributes in one.happenings
    ]
    kinds = {"lead_id": pl.String, "kind": pl.String, "at": pl.Datetime("us", "UTC"), "attributes": pl.String}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def judged(market: Market, size: int, seed: int, budget_s: float) -> dict[str, Any]:
    """What rules, model and blend of `size` labels say of the later leads."""
    learned, later = np.arange(size), np.arange(SIZES[-1], SIZES[-1] + LATER)
    target = market.booked[learned]
    line = fitted_line(market.points[learned], target)
    rules = 1 / (1 + np.exp(-line.log_odds(market.points[later])))
    said = {"rules": rules, "model": rules, "blend": rules}
    weight = 0.0
    if size >= FEWEST and 10 <= target.sum() <= size - 10:
        scorer = _trained(market, learned, target, seed, budget_s)
        weight = scorer.blend.weight
        frame = market.inputs[later]
        said["blend"] = scorer.predict_frame(frame, NOON)["probability"].to_numpy()
        said["model"] = scorer.model.predict(market.values[later]).probability
    losses = {who: _losses(p, market.booked[later]) for who, p in said.items()}
    apart = losses["blend"] - losses["rules"]
    figures = {who: metrics_of(market.booked[later], said[who], draws=0).figures for who in WHO}
    return {
        "weight": weight,
        "difference": float(apart.mean()),
        "noise": float(apart.std() / np.sqrt(LATER)),
        **{f"{name}_{who}": figures[who][name].value for name in ("log_loss", "auc") for who in WHO},
    }


def _trained(
    market: Market, learned: NDArray[np.int64], target: NDArray[np.float64], seed: int, budget_s: float
) -> ModelScorer:
    personal = [name for name, each in market.compiled.playbook.fields.items() if each.personal]
    columns = model_columns(market.compiled.scorer.value_schema, personal)
    table = market.values[learned].select(columns).with_columns(pl.Series("_outcome", target))
    dataset = dataset_of(table, target="_outcome")
    trained = train(dataset, Options(budget_s, seed, threads=1), lambda *_: None, system_clock)
    seen = trained.out_of_fold
    points = market.points[learned][dataset.row_numbers]
    blend, _ = fit_blend(
        "booked",
        points[seen.rows],
        seen.probability,
        seen.target,
        seen.fold,
        usable_signal=trained.model.usable_signal,
        line=fitted_line(points, dataset.target),
        seed=seed,
    )
    return ModelScorer(market.compiled.scorer, trained.model, blend, UUID(int=0))


def _losses(p: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = -(target * np.log(p) + (1 - target) * np.log1p(-p))
    return found


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over the markets; of the difference also how far chance alone would move the mean of the markets."""
    found = {
        name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0] if name != "noise"
    }
    apart = np.array([row["difference"] for row in rows])
    noise = np.array([row["noise"] for row in rows])
    return found | {
        "difference_se": round(float(np.sqrt((noise**2).sum()) / len(rows)), 4),
        "worst_market": round(float(apart.max()), 4),
        "markets_surely_worse": int((apart > 2 * noise).sum()),
    }


def draw(table: dict[str, Any], file: Path) -> None:
    """The curve as a picture."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "galena"
    from matplotlib import pyplot as plt

    labels = {"rules": "rules alone", "model": "model alone", "blend": "both together"}
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    sizes = [int(size) for size in table]
    for axis, name, words in zip(
        axes, ("log_loss", "auc"), ("log-loss (lower is better)", "AUC"), strict=True
    ):
        for who, style in zip(WHO, ("--", ":", "-"), strict=True):
            axis.plot(
                sizes, [row[f"{name}_{who}"] for row in table.values()], style, label=labels[who], marker="."
            )
        axis.set(xscale="log", xlabel="decided leads", ylabel=words, xticks=sizes, xticklabels=sizes)
        axis.minorticks_off()
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False)
    figure.savefig(file, metadata={"Date": None})


if __name__ == "__main__":
    main()
