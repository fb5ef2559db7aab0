"""The signal test on public tables: fictional outcomes hold none, real campaigns and funnels do."""

from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
import pytest

from galena.engines.learning.dataset import dataset_of
from galena.engines.learning.signal_test import SignalTest, calendars_in, signal_in
from galena.engines.learning.splits import folds_of, kind_of

pytestmark = [pytest.mark.slow, pytest.mark.data]


def _judged(frame: pl.DataFrame, target: str, drop: list[str], time: str | None = None) -> SignalTest:
    dataset = dataset_of(frame, target=target, drop=drop, time=time)
    read = dataset.reading.read(dataset.frame).frame
    columns = [
        (column.cast(pl.Categorical).to_physical() if column.dtype == pl.String else column).cast(pl.Float64)
        for column in read
    ]
    inputs = np.column_stack([column.to_numpy() for column in columns])
    folds = folds_of(dataset, 0)
    probability, fold = np.zeros(dataset.rows), np.full(dataset.rows, -1)
    for number, each in enumerate(folds):
        booster = lightgbm.train(
            {
                "objective": "binary",
                "verbose": -1,
                "num_threads": 1,
                "num_leaves": 6,
                "min_data_in_leaf": 100,
            },
            lightgbm.Dataset(inputs[each.train], dataset.target[each.train]),
            40,
        )
        probability[each.test] = np.asarray(booster.predict(inputs[each.test]))
        fold[each.test] = number
    seen = fold >= 0
    in_time = "time" in kind_of(dataset, folds)
    times = None if dataset.times is None else dataset.times[seen]
    return signal_in(
        dataset.target[seen],
        probability[seen],
        fold=fold[seen],
        in_time=in_time,
        calendars=calendars_in(read.filter(pl.Series(seen)), in_time=in_time, times=times, name=time),
    )


@pytest.mark.parametrize("time", [None, "engage_date"])
def test_fictional_deals_hold_no_signal(shared_data: Path, time: str | None) -> None:
    deals = pl.read_csv(shared_data / "maven_crm" / "sales_pipeline.csv.gz")
    decided = deals.filter(pl.col("deal_stage").is_in(["Won", "Lost"]))
    found = _judged(decided, "deal_stage", ["close_date", "close_value", "opportunity_id"], time)
    assert not found.usable
    # Drawn at random the rows of one quarter stand on both sides: all that is found is when more was won.
    assert found.calendar_only == (None if time else "engage_date")


def test_a_real_funnel_holds_signal(shared_data: Path) -> None:
    folder = shared_data / "olist_funnel"
    leads = pl.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv.gz")
    deals = pl.read_csv(folder / "olist_closed_deals_dataset.csv")
    frame = leads.with_columns(pl.col("mql_id").is_in(deals["mql_id"].implode()).alias("won"))
    assert _judged(frame, "won", ["mql_id"], "first_contact_date").usable


def test_a_real_campaign_holds_signal(shared_data: Path) -> None:
    frame = pl.read_csv(shared_data / "hillstrom" / "hillstrom_quintanilla.csv.gz", infer_schema_length=None)
    assert _judged(frame.head(20_000), "visit", ["conversion", "spend"]).usable
