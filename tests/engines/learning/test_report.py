"""The report: complete, without NaN, the same twice, plain words first."""

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from galena.engines.learning.dataset import Dataset, dataset_of
from galena.engines.learning.report import Report, hash_of, report_of
from galena.engines.learning.report_text import lines_of
from galena.engines.learning.splits import describe_folds, folds_of


class _Model:
    """Says what a table of two columns and a coin would say."""

    def __init__(self, usable: bool) -> None:
        self.members = (
            SimpleNamespace(name="trees", kind="boosting"),
            SimpleNamespace(name="net", kind="net"),
        )
        self.weights = np.array([0.75, 0.25])
        self.columns = ("source", "visits", "since")
        self.importance = np.array([3.0, 1.0, 0.0])
        self.usable_signal = usable

    def explain(self, frame: pl.DataFrame) -> Any:
        return SimpleNamespace(points=np.tile([5.0, -1.0, 0.0], (frame.height, 1)))


def _table(count: int = 400, strength: float = 1.5) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    source = rng.integers(0, 3, count)
    won = rng.random(count) < 1 / (1 + np.exp(1 - strength * (source - 1)))
    return pl.DataFrame(
        {
            "source": np.array(["web", "fair", "friend"])[source],
            "visits": [None if row % 7 == 0 else str(row % 9) for row in range(count)],
            "since": [f"2026-{1 + row % 12:02}-{1 + row % 28:02}" for row in range(count)],
            "country": ["AT"] * count,
            "won": np.where(won, "yes", "no"),
        }
    )


def _report(usable: bool = True, strength: float = 1.5, time: str | None = None) -> tuple[Report, Dataset]:
    dataset = dataset_of(_table(strength=strength), target="won", time=time)
    base = np.array([{"web": 0.1, "fair": 0.25, "friend": 0.6}[name] for name in dataset.frame["source"]])
    folds = folds_of(dataset, 0)
    fold = np.full(dataset.rows, -1, np.int64)
    for number, each in enumerate(folds):
        fold[each.test] = number
    rows = np.flatnonzero(fold >= 0)
    out_of_fold = SimpleNamespace(
        probability=base[rows],
        members=np.column_stack([base, 0.5 * base])[rows],
        target=dataset.target[rows],
        rows=rows,
        fold=fold[rows],
    )
    trained = SimpleNamespace(
        model=_Model(usable), out_of_fold=out_of_fold, timings={"fit": 1.25, "blend": 0.5}
    )
    leak = SimpleNamespace(column="visits", reason="filled in for winners only", auc=0.99, kind="one-sided")
    report = report_of(
        trained,
        dataset,
        [leak],
        split=describe_folds(dataset, folds),
        in_time=False,
        seed=3,
        draws=50,
        notes=["Column “visits” changed its type."],
    )
    return report, dataset


def test_everything_is_in_it_and_nothing_is_nan() -> None:
    report, dataset = _report()
    told = json.loads(report.model_dump_json())
    assert "NaN" not in report.model_dump_json()
    assert told["usable_signal"] is True
    assert told["rows"] == told["judged_rows"] == 400
    assert told["positives"] == dataset.positives
    assert told["positive"] == "yes"
    assert [member["weight"] for member in told["members"]] == [0.75, 0.25]
    assert [column["name"] for column in told["columns"]] == ["source", "visits", "since"]
    assert told["columns"][0]["importance"] == 0.75
    assert told["columns"][1]["missing_share"] == pytest.approx(58 / 400)
    assert [each["column"] for each in told["dropped"]] == ["country"]
    assert told["leak_suspects"][0]["used"] is True
    assert {"value", "low", "high"} == set(told["metrics"]["auc"])
    assert told["training_s"] == 1.75
    assert len(told["roc"]) <= 200
    assert [each["column"] for each in told["dependence"]] == ["source", "visits"]
    assert told["dependence"][0]["ranges"][0]["points"] == 5.0
    assert told["libraries"]["polars"] == pl.__version__
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_the_headline_is_the_gains_table() -> None:
    report, _ = _report()
    tiers = report.headline.tiers
    gains = {row.share: row for row in report.gains}
    assert tiers[0].share_of_wins == gains[0.2].found
    assert sum(tier.share_of_wins or 0 for tier in tiers) == pytest.approx(1)
    assert sum((tier.rate or 0) * tier.share for tier in tiers) == pytest.approx(report.base_rate)
    assert report.headline.times.value == pytest.approx((tiers[0].rate or 0) / (tiers[2].rate or 1))
    assert report.headline.sentences[0].startswith("The best 20 % of the leads hold ")
    assert report.headline.sentences[1].startswith("A leads win ")


def test_without_signal_the_reason_is_the_headline() -> None:
    report, _ = _report(usable=False, strength=0)
    assert not report.usable_signal
    assert report.headline.sentences == (report.usable_signal_reason,)
    assert report.usable_signal_reason.startswith("No usable signal")
    assert report.dependence == ()
    text = "\n".join(lines_of(report))
    assert text.startswith("No usable signal")
    assert "What drives the score" not in text
    assert "of all wins" not in text.replace("share of all wins", "")


def test_same_run_same_report() -> None:
    assert _report()[0] == _report()[0]


def test_the_hash_tells_data_apart() -> None:
    frame = _table()
    first, again = (hash_of(dataset_of(frame, target="won")) for _ in range(2))
    changed = frame.with_columns(pl.lit("sea").alias("source"))
    assert first == again
    assert len(first) == 64
    assert hash_of(dataset_of(changed, target="won", drop=["country"])) != first


def test_times_give_the_data_range() -> None:
    report, _ = _report(time="since")
    assert report.data_from == "2026-01-01"
    assert report.data_to == "2026-12-28"
    assert _report()[0].data_from is None


def test_lines_for_the_terminal() -> None:
    lines = lines_of(_report()[0])
    text = "\n".join(lines)
    assert lines[0].startswith("The best 20 %")
    assert "! These figures count on columns that probably know the outcome: visits." in text
    assert text.index("What drives the score") < text.index("For specialists") < text.index("log-loss")
    assert "400 past leads" in text
    assert "area under the ROC curve" in text
    assert "visits: filled in for winners only" in text
    assert "country: constant" in text
    assert "changed its type" in text
    assert max(len(line) for line in lines) < 200
