"""What became of every lead that was given to somebody: one line a lead, from assignments and what was said of them.

A lead that several brokers had counts once: with the one who brought it furthest, and of equals the last. So the
lines of any grouping add up to all leads.
"""

import polars as pl
from polars.datatypes import DataTypeClass

_AT = pl.Datetime("us", "UTC")

GIVEN: dict[str, pl.DataType | DataTypeClass] = (
    {
        "assignment_id": pl.String, "lead_id": pl.String, "lead_key": pl.String, "broker": pl.String,
        "tier": pl.String, "points": pl.Float64, "value": pl.Float64, "propensity": pl.Float64,
        "explored": pl.Boolean, "how": pl.String, "source": pl.String, "industry": pl.String, "segment": pl.String,
        "state": pl.String, "given_at": _AT, "contacted_at": _AT,
    }
)  # fmt: skip
"""Assignments. `source` is the lead's, `given_at` when the broker saw it; leads of nobody have no
broker. `explored`: drawn outside the order of scores."""

SAID: dict[str, pl.DataType | DataTypeClass] = (
    {
        "id": pl.String, "assignment_id": pl.String, "lead_id": pl.String, "stage": pl.Int64, "outcome": pl.String,
        "is_call": pl.Boolean, "reason_code": pl.String, "booked_by": pl.String, "booked_for": _AT,
        "signed_on": pl.Date, "closing_on": pl.Date, "deal_value": pl.Float64, "commission": pl.Float64,
        "next_on": pl.Date, "corrects": pl.String, "at": _AT,
    }
)  # fmt: skip
"""Dispositions, all rows, those that take others back too."""

STAGES = ("leads", "contacted", "booked", "met", "won")
"""The steps of the funnel, each a part of the one before."""

GROUPS = ("tier", "source", "industry", "segment", "broker", "week", "booked_by")
"""What reports group by."""

UNKNOWN = "not known"


def worked(given: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Every lead that was given, once.

    Args:
        given: of the schema `GIVEN`; said: of the schema `SAID`.

    Returns: the columns of `given`, and
        contacted, booked, met, won: whether it came so far; a later step says the earlier ones.
        booked_at, met_at (instants), won_on (day), booked_by, outcome and closing (the newest of stages 1 and 2 that
        stand), reason and reason_stage, signed_on, closing_on, deal_value, commission.
        week: the Monday of the week it was given in.
        actioned_at: when its broker first said anything of it.
    """
    each = _told(given, said)
    each = each.with_columns(
        won=pl.col("closing").eq("closed_won").fill_null(False),
        met=pl.col("closing").is_not_null(),
    )
    each = each.with_columns(booked=pl.col("booked_at").is_not_null() | pl.col("met"))
    each = each.with_columns(
        contacted=pl.col("contacted_at").is_not_null() | pl.col("booked"),
        won_on=pl.when("won").then("signed_on"),
        week=pl.col("given_at").dt.truncate("1w").dt.strftime("%Y-%m-%d"),
        far=sum(pl.col(name).cast(pl.Int64) for name in ("booked", "met", "won"))
        + pl.col("contacted_at").is_not_null().cast(pl.Int64),
    )
    named = [pl.col(name).fill_null(UNKNOWN) for name in ("tier", "source", "industry", "segment", "broker")]
    each = each.with_columns(
        *named,
        booked_by=pl.when("booked")
        .then(pl.col("booked_by").fill_null(UNKNOWN))
        .otherwise(pl.lit("not booked")),
    )
    ordered = each.sort("far", "given_at", "assignment_id", descending=[True, True, True], nulls_last=True)
    return (
        ordered.unique("lead_id", keep="first", maintain_order=True).sort("given_at", "lead_id").drop("far")
    )


def standing(said: pl.DataFrame) -> pl.DataFrame:
    """The rows that stand: neither taken back nor taking back."""
    gone = said["corrects"].drop_nulls()
    return said.filter(pl.col("corrects").is_null() & ~pl.col("id").is_in(gone.implode()))


def _told(given: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Every assignment with what stands of what was said of it."""
    rows = standing(said).sort("at", "id")
    booked = rows.filter(pl.col("outcome") == "booked")
    firsts = rows.group_by("assignment_id").agg(actioned_at=pl.col("at").min())
    # A wrong number reaches nobody.
    tried = rows.filter(pl.col("outcome") != "wrong_number").group_by("assignment_id")
    tries = tried.agg(tried_at=pl.col("at").min())
    meetings = booked.group_by("assignment_id", maintain_order=True).agg(
        booked_at=pl.col("at").first(),
        booked_by=pl.col("booked_by").last(),
        held_at=pl.col("booked_for").last(),
    )
    one = _newest(rows, 1).select("assignment_id", "outcome", reason_1="reason_code")
    two = _newest(rows, 2).select(
        "assignment_id",
        "signed_on",
        "closing_on",
        "deal_value",
        "commission",
        "next_on",
        closing="outcome",
        reason_2="reason_code",
        told_at="at",
    )
    found = given
    for part in (firsts, tries, meetings, one, two):
        found = found.join(part, on="assignment_id", how="left", maintain_order="left")
    return found.with_columns(
        contacted_at=pl.min_horizontal("contacted_at", "tried_at"),
        met_at=pl.when(pl.col("closing").is_not_null()).then(pl.min_horizontal("held_at", "told_at")),
        reason=pl.coalesce("reason_2", "reason_1"),
        reason_stage=pl.when(pl.col("reason_2").is_not_null())
        .then(2)
        .when(pl.col("reason_1").is_not_null())
        .then(1),
    ).drop("tried_at", "held_at", "told_at", "reason_1", "reason_2")


def _newest(rows: pl.DataFrame, stage: int) -> pl.DataFrame:
    """The newest row of a stage for each assignment; of stage 1 a call result only where there is nothing else."""
    of_stage = rows.filter(pl.col("stage") == stage).sort(pl.col("is_call").not_(), "at", "id")
    return of_stage.group_by("assignment_id", maintain_order=True).last()
