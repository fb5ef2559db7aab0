"""Three members and a calibrated probability: one lead, and a million, with and without the explanation. JSON.

A boosting of 400 trees with 31 leaves, a forest of 200 trees of depth 10 and a net of 128 and 64 units, on simulated
leads of 30 columns (numbers, categories, dates, yes/no; one in ten values missing). The peers in the same run are the
same three members as a scikit-learn pipeline, kept in memory, and loaded with joblib for every call.

    .venv/bin/python benchmarks/inference.py [--leads 1000000] [--explain 20000]
"""

import argparse
import gc
import json
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns, thread_time_ns
from typing import Any

import joblib
import numpy as np
import polars as pl
from lightgbm import LGBMClassifier
from lightgbm import train as train_boosting
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from galena.kit.tabular.artefact import load, save
from galena.kit.tabular.calibration import fit_calibrator
from galena.kit.tabular.convert_trees import trees_of_forest, trees_of_lightgbm
from galena.kit.tabular.fit_encoding import fit_encoding
from galena.kit.tabular.infer import infer_reading
from galena.kit.tabular.model import Member, TabularModel
from galena.kit.tabular.net import Layer, Net, Preparation

TRAINING_ROWS = 20_000
NUMBERS, CATEGORIES = 20, 6
BOOSTED_TREES, LEAVES, FOREST_TREES, FOREST_DEPTH, UNITS, BACKGROUND = 400, 31, 200, 10, (128, 64), 32
ONE_LEAD_CALLS = 2_000
SLOW_CALLS = 30
CALIBRATED_ROWS = 5_000
FOREST: dict[str, Any] = {"max_depth": FOREST_DEPTH, "min_samples_leaf": 10, "random_state": 0}


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--leads", type=int, default=1_000_000)
    asked.add_argument("--explain", type=int, default=20_000, help="rows of the batch that are explained")
    options = asked.parse_args()
    frame, target = leads(TRAINING_ROWS)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        model = load(save(fitted(frame, target), Path(folder) / "model"))
        prepared_s = time.perf_counter() - began
        began = time.perf_counter()
        model.explain(frame.head(64))
        model.explain_one(frame.row(0, named=True))
        first_s = time.perf_counter() - began
        found: dict[str, Any] = {
            "training_rows": TRAINING_ROWS,
            "columns": frame.width,
            "inputs": len(model.encoding.inputs),
            "train_and_save_s": round(prepared_s, 1),
            "first_call_with_compilation_s": round(first_s, 1),
            "one_lead": one_lead(model, frame),
            "batch": batch(model, frame, options.leads, options.explain),
            "peers": peers(frame, target, Path(folder)),
        }
    mine = found["one_lead"]["score"]["p50_us"]
    found["load_per_call_to_ours"] = round(found["peers"]["load_per_call"]["p50_us"] / mine)
    found["in_memory_to_ours"] = round(found["peers"]["in_memory"]["p50_us"] / mine)
    print(json.dumps(found))


def leads(count: int) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    """Simulated leads and their outcomes."""
    rng = np.random.default_rng(1)
    numbers = rng.normal(size=(count, NUMBERS)).round(4)
    sizes = (3, 5, 8, 12, 20, 40)
    codes = [rng.integers(0, size, count) for size in sizes[:CATEGORIES]]
    days = rng.integers(0, 700, count)
    log_odds = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + 0.3 * (codes[1] == 2) - 0.02 * days / 7 - 0.5
    columns: dict[str, Any] = {f"number {at}": numbers[:, at] for at in range(NUMBERS)}
    columns |= {f"source {at}": [f"level {code}" for code in own] for at, own in enumerate(codes)}
    columns |= {f"answered {at}": rng.choice(["yes", "no"], count).tolist() for at in range(2)}
    columns |= {"seen on": (np.datetime64("2024-01-01") + days).astype("datetime64[us]")}
    columns |= {
        "called on": (np.datetime64("2025-12-01") + rng.integers(0, 90, count)).astype("datetime64[us]")
    }
    frame = pl.DataFrame(columns)
    kept = [
        pl.when(pl.Series(rng.random(count) >= 0.1)).then(pl.col(name)).alias(name) for name in frame.columns
    ]
    return frame.select(kept), (rng.random(count) < 1 / (1 + np.exp(-log_odds))).astype(np.float64)


def fitted(frame: pl.DataFrame, target: NDArray[np.float64]) -> TabularModel:
    """The model: three members, blended by thirds and calibrated."""
    from lightgbm import Dataset

    reading = infer_reading(frame)
    encoding, x = fit_encoding(reading.read(frame).frame, reading, target, seed=0)
    options = {"objective": "binary", "num_leaves": LEAVES, "learning_rate": 0.03, "verbose": -1}
    boosting = train_boosting(options, Dataset(x, target), BOOSTED_TREES)
    forest = RandomForestClassifier(FOREST_TREES, n_jobs=-1, **FOREST).fit(x, target)
    every = np.arange(x.shape[1], dtype=np.int32)
    members = (
        Member("boosting", "boosting", trees_of_lightgbm(boosting), every, 1.0, 0.0),
        Member("forest", "forest", trees_of_forest(forest), every, 6.0, -3.0),
        Member("net", "net", net(x, target), every, 1.0, 0.0),
    )
    thirds = np.full(3, 1 / 3)
    z = np.column_stack([member.log_odds(x[:CALIBRATED_ROWS]) for member in members])
    calibrator = fit_calibrator(z @ thirds, target[:CALIBRATED_ROWS], member_z=z)
    importance = np.full(len(encoding.columns), 1 / len(encoding.columns))
    rate = float(target.mean())
    return TabularModel(reading, encoding, members, thirds, calibrator, rate, True, importance)


def net(x: NDArray[np.float32], target: NDArray[np.float64]) -> Net:
    """A scikit-learn net over standardised values and missing flags."""
    width = x.shape[1]
    mean, spread = np.nanmean(x, axis=0).astype(np.float64), np.nanstd(x, axis=0).astype(np.float64) + 1e-6
    zero, one = np.zeros(width), np.ones(width)
    preparation = Preparation(
        origin=np.tile(np.arange(width, dtype=np.int32), 2),
        shift=np.r_[mean, zero],
        scale=np.r_[1 / spread, one],
        low=np.r_[-4 * one, zero],
        high=np.r_[4 * one, zero],
        missing=np.r_[zero, one],
        curve_starts=np.zeros(0, dtype=np.int32),
        knots=np.zeros(0),
        levels=np.zeros(0),
    )
    columns = preparation.apply(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grown = MLPClassifier(UNITS, max_iter=5, random_state=0).fit(columns, target)
    kinds = ("relu",) * len(UNITS) + ("identity",)
    layers = tuple(
        Layer(weight, bias, kind)  # type: ignore[arg-type]
        for weight, bias, kind in zip(grown.coefs_, grown.intercepts_, kinds, strict=True)
    )
    return Net(preparation, (layers,), columns[:BACKGROUND].copy(), width)


def one_lead(model: TabularModel, frame: pl.DataFrame) -> dict[str, Any]:
    """Times of one lead after the other."""
    rows = frame.head(ONE_LEAD_CALLS).to_dicts()
    return {
        "score": _times(model.predict_one, rows),
        "score_and_explanation": _times(model.explain_one, rows[: ONE_LEAD_CALLS // 2]),
    }


def batch(model: TabularModel, frame: pl.DataFrame, count: int, explained: int) -> dict[str, Any]:
    """A table of `count` leads scored; `explained` of them explained; the greatest memory of the process."""
    table = pl.concat([frame] * -(-count // frame.height)).head(count).rechunk()
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began, processor = time.perf_counter(), time.process_time()
    model.predict(table)
    score_s, score_processor = time.perf_counter() - began, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    explained = min(explained, count)
    began, processor = time.perf_counter(), time.process_time()
    made = model.explain(table.head(explained))
    explain_s, explain_processor = time.perf_counter() - began, time.process_time() - processor
    total = made.base_points + made.points.sum(axis=1)
    return {
        "leads": count,
        "score_s": round(score_s, 2),
        "score_leads_per_s": round(count / score_s),
        "score_processor_us_per_lead": round(score_processor / count * 1e6, 2),
        "memory_before_mb": round(before),
        "peak_memory_mb": round(peak),
        "explained_leads": explained,
        "explain_s": round(explain_s, 2),
        "explain_leads_per_s": round(explained / explain_s),
        "explain_processor_us_per_lead": round(explain_processor / explained * 1e6, 1),
        "explain_all_s_extrapolated": None if explained == count else round(explain_s * count / explained),
        "greatest_gap_of_sum_and_score": float(np.abs(total - 100 * made.predictions.probability).max()),
    }


def peers(frame: pl.DataFrame, target: NDArray[np.float64], folder: Path) -> dict[str, Any]:
    """The same three members as a scikit-learn pipeline, in memory and loaded for every call."""
    table = frame.with_columns(pl.col(pl.Datetime).cast(pl.Int64).cast(pl.Float64)).to_pandas()
    words = [name for name in table.columns if name.startswith(("source", "answered"))]
    numbers = [name for name in table.columns if name not in words]
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1)
    read = ColumnTransformer([("words", codes, words), ("numbers", SimpleImputer(), numbers)])
    boosting = LGBMClassifier(n_estimators=BOOSTED_TREES, num_leaves=LEAVES, verbose=-1, n_jobs=1)
    members = [
        ("boosting", boosting),
        ("forest", RandomForestClassifier(FOREST_TREES, **FOREST)),
        ("net", make_pipeline(StandardScaler(), MLPClassifier(UNITS, max_iter=5, random_state=0))),
    ]
    rows = [table.iloc[[at]] for at in range(SLOW_CALLS)]
    file = folder / "pipeline.joblib"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = make_pipeline(read, VotingClassifier(members, voting="soft")).fit(table, target)
        joblib.dump(pipeline, file)
        found: dict[str, Any] = {
            "load_per_call": _times(lambda row: joblib.load(file).predict_proba(row), rows, 3),
            "in_memory": _times(pipeline.predict_proba, rows * 5),
        }
        began = time.perf_counter()
        pipeline.predict_proba(table)
    found["batch_leads_per_s"] = round(len(table) / (time.perf_counter() - began))
    grown = pipeline[-1].estimators_[0].booster_
    x = np.ascontiguousarray(pipeline[0].transform(table.head(500)))
    began = time.perf_counter()
    grown.predict(x, pred_contrib=True, num_threads=2)
    found["lightgbm_contributions_leads_per_s"] = round(len(x) / (time.perf_counter() - began))
    return found


def _times(call: Callable[[Any], object], rows: list[Any], warm: int = 50) -> dict[str, float]:
    """Wall and processor times per call in microseconds; processor times leave out what other programs take."""
    for row in rows[:warm]:
        call(row)
    gc.collect()
    gc.disable()
    wall, processor = [], []
    for row in rows:
        began, thread = perf_counter_ns(), thread_time_ns()
        call(row)
        processor.append(thread_time_ns() - thread)
        wall.append(perf_counter_ns() - began)
    gc.enable()
    return {
        "p50_us": _percentile(wall, 50),
        "p99_us": _percentile(wall, 99),
        "p50_processor_us": _percentile(processor, 50),
        "p99_processor_us": _percentile(processor, 99),
    }


def _percentile(values: list[int], share: int) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)] / 1_000, 1)


if __name__ == "__main__":
    main()
