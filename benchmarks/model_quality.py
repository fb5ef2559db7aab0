"""How good are the models? Public tables, the same rows for Galena and for its peers, in one run. Prints JSON.

Per table: area under the ROC curve, average precision, Brier score, log-loss, calibration error (15 bins of equal
count; as seen, and less what chance adds) and lift of the best tenth, on rows nobody had seen; differences to each peer
with a paired bootstrap interval (95 %); time and peak memory of training. And how far all this moves from split to
split, where rows have no order of time: over other random splits (`--splits`), or over folds that judge every row once
(`--folds 10`), with the mean difference to each peer and in how many of the splits Galena was better.

    .venv/bin/python benchmarks/model_quality.py [--tables x_education,olist] [--budget 120] [--splits 5]
    .venv/bin/python benchmarks/model_quality.py --tables x_education --folds 10 --split-budget 25
"""

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
from quality_peers import PEERS
from quality_tables import TABLES, Table, drawn

from galena.engines.learning.dataset import dataset_of
from galena.engines.learning.metrics import Judged, bootstrap_weights
from galena.engines.learning.ranks import area_of
from galena.engines.learning.train import Options, train
from galena.kit.clock import Clock, fixed_clock, system_clock

Floats = NDArray[np.float64]
FIGURES = ("auc", "average_precision", "brier", "log_loss", "ece", "ece_debiased", "lift_10")
HIGHER_IS_BETTER = ("auc", "average_precision", "lift_10")
COMPARED = ("auc", "average_precision", "brier", "log_loss", "ece")
DRAWS = 1_000
ROWS_PER_RUN = 100
"""Rows in order of time that count as leads of the same days."""
SURE = 1e-7


def main() -> None:
    """Each table in a process of its own, so that peak memory is its own."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--tables", default=",".join(TABLES))
    given.add_argument("--budget", type=float, default=120.0, help="seconds per training")
    given.add_argument("--splits", type=int, default=3, help="further random splits of tables without time")
    given.add_argument(
        "--folds", type=int, default=0, help="folds that judge every row once, instead of splits"
    )
    given.add_argument("--split-budget", type=float, default=40.0, help="seconds per training there")
    given.add_argument("--seed", type=int, default=0)
    given.add_argument("--threads", type=int, default=2)
    given.add_argument("--one", help=argparse.SUPPRESS)
    order = given.parse_args()
    if order.one:
        print(json.dumps(measured(TABLES[order.one](), order)))
        return
    found = {}
    for name in order.tables.split(","):
        command = [sys.executable, __file__, *sys.argv[1:], "--one", name]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found[name] = json.loads(done.stdout)
        print(f"{name}: done", file=sys.stderr)
    print(json.dumps(found, indent=2))


def measured(table: Table, order: argparse.Namespace) -> dict[str, Any]:
    """Everything about one table."""
    told, said = {}, {}
    said["galena"], told["galena_training"] = galena(table, table.train, table.test, order.budget, order)
    for name, peer in PEERS.items():
        started = perf_counter()
        said[name] = peer(table.plain[table.train], table.outcome[table.train], table.plain[table.test])
        told[f"{name}_s"] = round(perf_counter() - started, 2)
    outcome = table.outcome[table.test]
    splits = {}
    if not table.in_time and (order.folds or order.splits):
        splits = over_splits(table, order)
    return {
        "rows": {"train": len(table.train), "test": len(table.test)},
        "split": "later rows" if table.in_time else "random, stratified",
        "figures": {name: _rounded(figures_of(outcome, p)) for name, p in said.items()},
        "galena_minus_peer": differences(outcome, said, order.seed),
        **({"auc_within_runs": within_runs(outcome, said)} if table.in_time else {}),
        **told,
        **splits,
    }


def within_runs(outcome: Floats, said: dict[str, Floats]) -> dict[str, float]:
    """The area under the ROC curve among leads of the same days: what is left of it without the calendar."""
    runs = np.arange(len(outcome)) // ROWS_PER_RUN
    return {name: round(area_of(outcome, p, strata=runs).value, 4) for name, p in said.items()}


def galena(
    table: Table,
    rows: NDArray[np.int64],
    judged: NDArray[np.int64],
    budget_s: float,
    order: argparse.Namespace,
    clock: Clock = system_clock,
) -> tuple[Floats, dict[str, Any]]:
    """Train on some rows, predict others; what the training took, and what it says of itself."""
    before = peak_mb()
    started = perf_counter()
    dataset = dataset_of(table.frame[np.sort(rows)], target=table.target, positive="1", **table.options)
    options = Options(budget_s=budget_s, seed=order.seed, threads=order.threads)
    trained = train(dataset, options, lambda _doing, _share: None, clock)
    seconds = perf_counter() - started
    peak = peak_mb()
    model = trained.model
    probability = model.predict(table.frame[judged].drop(table.target)).probability
    own = figures_of(trained.out_of_fold.target, trained.out_of_fold.probability)
    return probability, {
        "seconds": round(seconds, 1),
        "stages_s": trained.timings,
        "peak_mb": round(peak),
        "mb_before": round(before),
        "usable_signal": model.usable_signal,
        "reason": trained.signal.reason,
        "weights": {m.name: round(w, 3) for m, w in zip(model.members, model.weights.tolist(), strict=True)},
        "calibrator": model.calibrator.kind,
        "out_of_fold": _rounded(own),
    }


def over_splits(table: Table, order: argparse.Namespace) -> dict[str, Any]:
    """Means and standard deviations over further splits or folds, peers included, and the differences to them."""
    found: dict[str, list[dict[str, float]]] = {}
    splits = folded(table.outcome, order.folds) if order.folds else randomly(table.outcome, order.splits)
    still = fixed_clock(system_clock())  # what is planned for the budget is done, however busy the machine
    for number, (train_rows, test_rows) in enumerate(splits, 1):
        outcome = table.outcome[test_rows]
        said = {"galena": galena(table, train_rows, test_rows, order.split_budget, order, still)[0]}
        for name, peer in PEERS.items():
            plain = table.plain
            said[name] = peer(
                plain[np.sort(train_rows)], table.outcome[np.sort(train_rows)], plain[test_rows]
            )
        for name, p in said.items():
            found.setdefault(name, []).append(figures_of(outcome, p))
        mine = _rounded(found["galena"][-1])
        print(f"split {number}: {mine['log_loss']} log-loss, {mine['auc']} AUC", file=sys.stderr)
    return {
        "over_folds" if order.folds else "over_splits": {name: spread(rows) for name, rows in found.items()},
        "differences": {
            name: compared(found["galena"], rows) for name, rows in found.items() if name != "galena"
        },
        "seconds_per_training_there": order.split_budget,
    }


def randomly(outcome: Floats, count: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Random splits with other seeds than the first one's."""
    return [drawn(outcome, seed=1_000 + number) for number in range(count)]


def folded(outcome: Floats, count: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Stratified folds."""
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(count, shuffle=True, random_state=1_000)
    return list(folds.split(outcome, outcome))


def spread(rows: list[dict[str, float]]) -> dict[str, list[float]]:
    """Per figure [mean, standard deviation from split to split]."""
    return {
        figure: [
            round(float(np.mean([each[figure] for each in rows])), 4),
            round(float(np.std([each[figure] for each in rows], ddof=min(1, len(rows) - 1))), 4),
        ]
        for figure in FIGURES
    }


def compared(mine: list[dict[str, float]], other: list[dict[str, float]]) -> dict[str, list[float]]:
    """Per figure [mean difference, its standard deviation from split to split, in how many splits Galena is better]."""
    found = {}
    for figure in FIGURES:
        apart = np.array([a[figure] - b[figure] for a, b in zip(mine, other, strict=True)])
        better = (apart > 0) if figure in HIGHER_IS_BETTER else (apart < 0)
        deviation = float(apart.std(ddof=min(1, len(apart) - 1)))
        found[figure] = [round(float(apart.mean()), 4), round(deviation, 4), int(better.sum())]
    return found


def figures_of(outcome: Floats, probability: Floats) -> dict[str, float]:
    """The figures of one model."""
    measured_ = Judged(outcome, np.clip(probability, SURE, 1 - SURE)).measure(np.ones(len(outcome)))
    return {name: measured_[name] for name in FIGURES}


def differences(outcome: Floats, said: dict[str, Floats], seed: int) -> dict[str, dict[str, list[float]]]:
    """Galena's figure minus each peer's: [difference, low, high]; the same resampled rows for both."""
    judged = {name: Judged(outcome, np.clip(p, SURE, 1 - SURE)) for name, p in said.items()}
    weights = list(bootstrap_weights(len(outcome), None, DRAWS if len(outcome) < 5_000 else DRAWS // 4, seed))
    drawn_ = {name: [each.measure(weight) for weight in weights] for name, each in judged.items()}
    plain = {name: each.measure(np.ones(len(outcome))) for name, each in judged.items()}
    found: dict[str, dict[str, list[float]]] = {}
    for name in said:
        if name == "galena":
            continue
        found[name] = {}
        for figure in COMPARED:
            apart = [a[figure] - b[figure] for a, b in zip(drawn_["galena"], drawn_[name], strict=True)]
            ends = np.nanquantile(apart, [0.025, 0.975]).tolist()
            found[name][figure] = [
                round(value, 4) for value in (plain["galena"][figure] - plain[name][figure], *ends)
            ]
    return found


def peak_mb() -> float:
    """The most memory this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}


if __name__ == "__main__":
    main()
