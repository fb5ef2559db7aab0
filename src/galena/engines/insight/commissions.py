"""Commissions earned, and what the year may still bring, with an interval.

The forecast draws the rest of the year a thousand times. A deal that is won closes on its day and brings the share of
its value that deals brought so far (or a commission drawn from those paid). A lead that is booked, or still being
worked, is won with the chance such leads had so far, itself drawn from what the counts leave open (a beta
distribution), and only if the time that wins took so far lets it close in the year; its commission is drawn from those
paid. The interval holds eight of ten draws.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.report import Column, Table
from galena.engines.insight.funnel import GROUP_WORDS

DRAWS = 1_000
FEWEST_PAID = 5
"""Fewer commissions than this say too little of the next."""

_EARNED = (
    Column("deals", "Deals"),
    Column("deal_value", "Deal value", "money"),
    Column("commission", "Commission", "money"),
    Column("average", "Average commission", "money"),
)
_STEPS = {
    "closing": "won, closing ahead",
    "booked": "meeting booked or held",
    "working": "still being worked",
}


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the rest of the year may bring.

    Attributes:
        by_step: step -> (leads, expected commission).
        expected, low, high: the sum, and the ends of the interval that holds 80 % of the draws; None: too few
            commissions were paid to say.
        paid: how many commissions it is drawn from.
    """

    by_step: dict[str, tuple[int, float]]
    expected: float | None
    low: float | None
    high: float | None
    paid: int


def earned(leads: pl.DataFrame, by: str, year: int) -> Table:
    """Commissions of deals that closed in a year, by a grouping or by `month`."""
    closed = _paid(leads).filter(pl.col("paid_on").dt.year() == year)
    closed = closed.with_columns(month=pl.col("paid_on").dt.strftime("%Y-%m"))
    figures = [
        pl.len().alias("deals"),
        pl.col("deal_value").sum().alias("deal_value"),
        pl.col("commission").sum().alias("commission"),
    ]
    groups = closed.group_by(by).agg(figures)
    ordered = (
        groups.sort(by)
        if by in ("month", "week")
        else groups.sort(["commission", by], descending=[True, False])
    )

    def line(row: dict[str, float], label: str) -> tuple[str | int | float | None, ...]:
        average = row["commission"] / row["deals"] if row["deals"] else None
        return (label, int(row["deals"]), row["deal_value"], row["commission"], average)

    rows = tuple(line(row, str(row[by])) for row in ordered.iter_rows(named=True))
    words = GROUP_WORDS.get(by, "Month")
    total = line(closed.select(figures).row(0, named=True), "all")
    return Table(
        f"commissions_by_{by}", f"Commissions of {year}, by {words.lower()}", (Column(by, words, "text"), *_EARNED),
        rows, total,
    )  # fmt: skip


def forecast(leads: pl.DataFrame, today: date, *, seed: int = 0) -> Forecast:
    """What the rest of the year of `today` may bring; the same leads give the same figures."""
    paid = _paid(leads)
    amounts = paid["commission"].to_numpy()
    open_ = {step: leads.filter(test) for step, test in _OPEN.items()}
    if len(amounts) < FEWEST_PAID:
        return Forecast(
            {step: (rows.height, 0.0) for step, rows in open_.items()}, None, None, None, len(amounts)
        )
    rng = np.random.default_rng(seed)
    lapses = np.sort(
        (paid["paid_on"] - paid["given_at"].dt.date()).dt.total_days().clip(lower_bound=0).to_numpy()
    )
    end = date(today.year, 12, 31)
    sums = {"closing": _drawn_closing(rng, open_["closing"], paid, amounts, end)}
    won = int(leads["won"].sum())
    undecided = {
        "booked": open_["booked"].height,
        "working": open_["booked"].height + open_["working"].height,
    }
    for step, tried in (("booked", int(leads["booked"].sum())), ("working", leads.height)):
        lost = max(tried - undecided[step] - won, 0)
        chance = rng.beta(1 + won, 1 + lost, DRAWS)
        in_time = _in_time(open_[step], lapses, today, end)
        sums[step] = _drawn(rng, chance, in_time, amounts)
    whole = np.sum(list(sums.values()), axis=0)
    low, high = np.quantile(whole, [0.1, 0.9])
    steps = {step: (open_[step].height, float(drawn.mean())) for step, drawn in sums.items()}
    return Forecast(steps, float(whole.mean()), float(low), float(high), len(amounts))


def forecast_table(found: Forecast) -> Table:
    """The forecast as a table."""
    rows = tuple((_STEPS[step], count, money if found.paid >= FEWEST_PAID else None)
                 for step, (count, money) in found.by_step.items())  # fmt: skip
    columns = (Column("step", "Where they stand", "text"), Column("leads", "Leads"),
               Column("expected", "Expected commission", "money"))  # fmt: skip
    total = ("all", sum(count for count, _ in found.by_step.values()), found.expected)
    return Table("forecast", "What the rest of the year may bring", columns, rows, total)


def _paid(leads: pl.DataFrame) -> pl.DataFrame:
    """Leads whose commission was entered, with the day it was earned on."""
    return leads.filter(pl.col("won") & pl.col("commission").is_not_null()).with_columns(
        paid_on=pl.coalesce("closing_on", "signed_on")
    )


_REFUSED = pl.col("outcome").is_in(["not_interested", "no_answer", "do_not_contact"]).fill_null(False)
_WORKED = (pl.col("state") == "active") & pl.col("closing").is_null() & ~_REFUSED
_OPEN = {
    "closing": pl.col("won") & pl.col("commission").is_null(),
    "booked": pl.col("booked") & ((pl.col("closing") == "future_pending").fill_null(False) | _WORKED),
    "working": ~pl.col("booked") & _WORKED,
}


def _drawn_closing(
    rng: np.random.Generator, rows: pl.DataFrame, paid: pl.DataFrame, amounts: NDArray[np.float64], end: date
) -> NDArray[np.float64]:
    due = rows.filter(pl.col("closing_on").is_null() | (pl.col("closing_on") <= end))
    with_value = paid.filter(pl.col("deal_value") > 0)
    rates = (with_value["commission"] / with_value["deal_value"]).to_numpy()
    total = np.zeros(DRAWS)
    for value in due["deal_value"].to_list():
        if value and len(rates):
            total += value * rng.choice(rates, DRAWS)
        else:
            total += rng.choice(amounts, DRAWS)
    return total


def _in_time(rows: pl.DataFrame, lapses: NDArray[np.float64], today: date, end: date) -> NDArray[np.float64]:
    """For each open lead the chance that it closes in the year, if it is won: by the times that wins took so far."""
    if not rows.height:
        return np.zeros(0)
    ages = (pl.lit(today) - pl.col("given_at").dt.date()).dt.total_days().clip(lower_bound=0)
    age = rows.select(ages).to_series().to_numpy()
    left = (end - today) // timedelta(days=1)
    longer = len(lapses) - np.searchsorted(lapses, age, side="right")
    late = len(lapses) - np.searchsorted(lapses, age + left, side="right")
    return np.where(longer > 0, (longer - late) / np.maximum(longer, 1), 0.0)


def _drawn(
    rng: np.random.Generator,
    chance: NDArray[np.float64],
    in_time: NDArray[np.float64],
    amounts: NDArray[np.float64],
) -> NDArray[np.float64]:
    if not len(in_time):
        return np.zeros(DRAWS)
    wins = rng.binomial(len(in_time), np.clip(chance * in_time.mean(), 0, 1))
    return np.array([rng.choice(amounts, count).sum() for count in wins])
