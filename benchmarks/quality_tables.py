"""The public tables that model quality is measured on: what is learned from, what is judged, in plain columns."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Rows = NDArray[np.int64]
AFTER_CONTACT = (
    *("Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity"),
    *(f"Asymmetrique {what} {which}" for what in ("Activity", "Profile") for which in ("Index", "Score")),
)
LATER_SHARE = 0.3


@dataclass(frozen=True)
class Table:
    """One question on one public table.

    Attributes:
        frame: the inputs as a person would hand them in, and the outcome in `target` (1 or 0).
        plain: the same inputs for peers that know numbers and categories only (a date becomes numbers).
        train, test: the rows of each.
        options: for `dataset_of`.
        in_time: whether the test rows are later than all others.
    """

    frame: pl.DataFrame
    plain: pl.DataFrame
    target: str
    train: Rows
    test: Rows
    options: dict[str, Any] = field(default_factory=dict)
    in_time: bool = False

    @property
    def outcome(self) -> NDArray[np.float64]:
        """1 or 0 per row."""
        return self.frame.get_column(self.target).cast(pl.Float64).to_numpy()


def folder() -> Path:
    """The folder of public data: GALENA_SHARED_DATA, or ../shared/data beside the checkout."""
    named = os.environ.get("GALENA_SHARED_DATA")
    found = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not (found / "README.md").exists():
        raise SystemExit(f"The public data sets are not at {found}: set GALENA_SHARED_DATA to their folder.")
    return found


def drawn(outcome: NDArray[np.float64], seed: int = 42) -> tuple[Rows, Rows]:
    """scikit-learn's stratified split with 30 % to judge on."""
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(outcome))
    train, test = train_test_split(rows, test_size=LATER_SHARE, random_state=seed, stratify=outcome)
    return train, test


def _later(rows: int) -> tuple[Rows, Rows]:
    border = round(rows * (1 - LATER_SHARE))
    return np.arange(border), np.arange(border, rows)


def x_education() -> Table:
    """Leads of a course provider; columns that staff fill in after contact are left out."""
    frame = pl.read_csv(folder() / "x_education" / "Leads.csv.gz", infer_schema_length=None)
    unnamed = [name for name in frame.columns if not name.strip() or name.startswith("_duplicated")]
    frame = frame.drop([*AFTER_CONTACT, *unnamed, "Prospect ID", "Lead Number"])
    train, test = drawn(frame["Converted"].to_numpy().astype(float))
    plain = frame.drop("Converted").with_columns(pl.col(pl.String).replace("Select", None))
    return Table(frame, plain, "Converted", train, test)


def olist() -> Table:
    """A marketplace's qualified leads: who became a seller; judged on later leads."""
    leads = pl.read_csv(folder() / "olist_funnel" / "olist_marketing_qualified_leads_dataset.csv.gz")
    won = pl.read_csv(folder() / "olist_funnel" / "olist_closed_deals_dataset.csv")["mql_id"]
    day = pl.col("first_contact_date").str.to_date("%d-%m-%Y")
    leads = leads.with_columns(
        pl.col("mql_id").is_in(won.implode()).cast(pl.Int64).alias("won"), day.alias("_day")
    )
    leads = leads.sort("_day", maintain_order=True)
    plain = leads.select(
        "landing_page_id",
        "origin",
        pl.col("_day").dt.weekday().alias("weekday"),
        pl.col("_day").dt.day().alias("day"),
        (pl.col("_day") - pl.date(2017, 1, 1)).dt.total_days().alias("days"),
    )
    train, test = _later(leads.height)
    frame = leads.drop("mql_id", "_day")
    return Table(frame, plain, "won", train, test, {"time": "first_contact_date"}, in_time=True)


def bank() -> Table:
    """Phone campaigns of a bank in order of time, without the length of the call; judged on later calls."""
    frame = pl.read_csv(
        folder() / "bank_marketing" / "bank-additional-first70pct.csv.gz",
        separator=";",
        infer_schema_length=None,
    )
    frame = frame.drop("duration").with_columns((pl.col("y") == "yes").cast(pl.Int64))
    train, test = _later(frame.height)
    return Table(frame, frame.drop("y"), "y", train, test, {"in_time_order": True}, in_time=True)


def hillstrom() -> Table:
    """An e-mail campaign: who visited the shop."""
    frame = pl.read_csv(
        folder() / "hillstrom" / "hillstrom_quintanilla.csv.gz", infer_schema_length=None
    ).drop("conversion", "spend")
    train, test = drawn(frame["visit"].to_numpy().astype(float))
    return Table(frame, frame.drop("visit"), "visit", train, test)


def maven() -> Table:
    """Invented sales whose outcome is noise: the right answer is that there is no usable signal."""
    frame = pl.read_csv(folder() / "maven_crm" / "sales_pipeline.csv.gz")
    frame = frame.filter(pl.col("deal_stage").is_in(["Won", "Lost"]))
    frame = frame.with_columns((pl.col("deal_stage") == "Won").cast(pl.Int64).alias("won"))
    frame = frame.drop("opportunity_id", "deal_stage", "close_date", "close_value")
    engaged = pl.col("engage_date").str.to_date()
    plain = frame.drop("won").with_columns(
        (engaged - pl.date(2016, 1, 1)).dt.total_days().alias("engage_date")
    )
    train, test = drawn(frame["won"].to_numpy().astype(float))
    return Table(frame, plain, "won", train, test)


TABLES: dict[str, Callable[[], Table]] = {
    "x_education": x_education,
    "olist": olist,
    "bank": bank,
    "hillstrom": hillstrom,
    "maven": maven,
}
