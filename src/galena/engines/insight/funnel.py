"""The funnel: leads, contacted, booked, met, won, with times; and what brokers acted on."""

from datetime import date
from typing import Any

import polars as pl

from galena.domain.report import Cell, Column, Table
from galena.engines.insight.worked import STAGES

_DAY_MS = 86_400_000
GROUP_WORDS = {
    "tier": "Tier",
    "source": "Source",
    "industry": "Industry",
    "segment": "Segment",
    "broker": "Broker",
    "week": "Week from",
    "booked_by": "Booked by",
    "all": "All",
}
"""A grouping in words."""

_FUNNEL = (
    Column("leads", "Leads"),
    Column("contacted", "Contacted"),
    Column("booked", "Booked"),
    Column("met", "Met"),
    Column("won", "Won"),
    Column("contacted_share", "Contacted of leads", "share"),
    Column("booked_share", "Booked of leads", "share"),
    Column("met_share", "Met of booked", "share"),
    Column("won_share", "Won of met", "share"),
    Column("days_to_contacted", "Days to contact", "days"),
    Column("days_to_booked", "Days to booking", "days"),
    Column("days_to_met", "Days to meeting", "days"),
    Column("days_to_won", "Days to signature", "days"),
)
_ACTIONED = (
    Column("leads", "Leads"),
    Column("actioned", "Actioned"),
    Column("share", "Share actioned", "share"),
    Column("in_time", "Actioned in time"),
    Column("in_time_share", "Share in time", "share"),
    Column("days_to_first", "Days to first action", "days"),
)


def funnel(leads: pl.DataFrame, by: str) -> Table:
    """How far leads came, by a grouping; the rows add up to the total, and each lead is in one row.

    Args:
        leads: as `worked` gives them.
        by: one of `worked.GROUPS`. Times are medians over those that came so far, in days since the lead was given.
    """
    counts = [pl.len().alias("leads"), *(pl.col(name).sum() for name in STAGES[1:])]
    times = [
        (_days(f"{name}_at" if name != "won" else "won_on"))
        .filter(pl.col(name))
        .median()
        .alias(f"days_to_{name}")
        for name in STAGES[1:]
    ]
    return _grouped(leads, by, "funnel", "From lead to win", _FUNNEL, [*counts, *times], _shares)


def actioned(leads: pl.DataFrame, by: str, *, within_days: int, today: date) -> Table:
    """Of the leads that brokers were given the share on which they recorded anything.

    Args:
        within_days: counts as in time; a lead younger than that and not acted on is not counted as late or in time.
    """
    age = (pl.lit(today) - pl.col("given_at").dt.date()).dt.total_days()
    lapse = _days("actioned_at")
    figures = [
        pl.len().alias("leads"),
        pl.col("actioned_at").is_not_null().sum().alias("actioned"),
        (lapse <= within_days).fill_null(False).sum().alias("in_time"),
        ((lapse <= within_days).fill_null(False) | (age > within_days)).sum().alias("settled"),
        lapse.median().alias("days_to_first"),
    ]

    def shares(row: dict[str, Any]) -> dict[str, Any]:
        share = _share(row["actioned"], row["leads"])
        return {"share": share, "in_time_share": _share(row["in_time"], row["settled"])}

    return _grouped(leads, by, "actioned", "Leads acted on", _ACTIONED, figures, shares)


def _grouped(
    leads: pl.DataFrame,
    by: str,
    name: str,
    title: str,
    columns: tuple[Column, ...],
    figures: list[pl.Expr],
    more: Any,
) -> Table:
    groups = leads.group_by(by).agg(figures)
    ordered = groups.sort(by) if by == "week" else groups.sort(["leads", by], descending=[True, False])
    names = [column.name for column in columns]

    def line(label: str, row: dict[str, Any]) -> tuple[Cell, ...]:
        whole = row | more(row)
        return (label, *(whole[each] for each in names))

    rows = tuple(line(str(row[by]), row) for row in ordered.iter_rows(named=True))
    total = line("all", leads.select(figures).row(0, named=True))
    head = Column(by, GROUP_WORDS[by], "text")
    return Table(f"{name}_by_{by}", f"{title}, by {GROUP_WORDS[by].lower()}", (head, *columns), rows, total)


def _shares(row: dict[str, Any]) -> dict[str, float | None]:
    return {
        "contacted_share": _share(row["contacted"], row["leads"]),
        "booked_share": _share(row["booked"], row["leads"]),
        "met_share": _share(row["met"], row["booked"]),
        "won_share": _share(row["won"], row["met"]),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _days(until: str) -> pl.Expr:
    """Days from when a lead was given; never below 0."""
    lapse = pl.col(until).cast(pl.Datetime("us", "UTC")) - pl.col("given_at")
    return (lapse.dt.total_milliseconds() / _DAY_MS).clip(lower_bound=0)
