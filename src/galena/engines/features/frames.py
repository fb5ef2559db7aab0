"""Aggregate and behaviour columns for a frame of leads, from signals, from kept states, or both."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from galena.domain.playbook import Aggregate, Behaviour
from galena.engines.features.aggregate_frames import (
    LEAD_ID,
    aggregates_frame,
    behaviours_frame,
    capped,
    remaining_frame,
    without_signals,
)
from galena.engines.features.behaviours import StateAheadError, keeps_state
from galena.engines.features.timeline import microseconds
from galena.kit.errors import InputError

STATE_COLUMNS = (LEAD_ID, "behaviour", "value", "at")
"""A frame of kept states: the behaviour's name, the uncapped intensity and the time it was true (UTC)."""


def signal_columns(
    leads: pl.DataFrame,
    aggregates: Sequence[Aggregate],
    behaviours: Sequence[Behaviour],
    as_of: datetime,
    *,
    signals: pl.DataFrame | None,
    states: pl.DataFrame | None,
    channels: Mapping[str, str],
) -> pl.DataFrame:
    """The frame of leads with a column per aggregate and two per behaviour, in the order of its rows.

    Args:
        signals: the leads' signals (`aggregate_frames.SIGNAL_COLUMNS`); None when there are none.
        states: kept states (`STATE_COLUMNS`); where given, behaviours that keep one are read from it.

    Raises:
        InputError: signals or states are given, but the frame of leads has no `lead_id`; or states alone are given
            where the signals are needed.
        StateAheadError: a state counts a signal after as_of: leave `states` out, the signals tell.
    """
    if (signals is not None or states is not None) and LEAD_ID not in leads.columns:
        raise InputError(
            f"The frame of leads has no column {LEAD_ID}",
            remedy=f"Add {LEAD_ID}, so that signals find their lead.",
        )
    kept = [behaviour for behaviour in behaviours if states is not None and keeps_state(behaviour)]
    others = [behaviour for behaviour in behaviours if behaviour not in kept]
    if signals is None and states is not None and (aggregates or others):
        raise signals_needed()
    if signals is not None and aggregates:
        leads = _joined(leads, aggregates_frame(aggregates, signals, as_of, channels))
    if signals is not None and others:
        leads = _joined(leads, behaviours_frame(others, signals, as_of))
    if states is not None and kept:
        leads = _joined(leads, _states_frame(kept, states, as_of))
    return _completed(leads, aggregates, behaviours)


def signals_needed() -> InputError:
    """The error for kept states where aggregates, linear or step decays need the signals themselves."""
    return InputError(
        "Kept states are not enough here: aggregates, linear and step decays need the signals",
        remedy="Give the signals too; none as an empty list or frame.",
    )


def _joined(leads: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
    own = leads.drop([name for name in columns.columns if name != LEAD_ID], strict=False)
    return own.join(columns, on=LEAD_ID, how="left", maintain_order="left")


def _states_frame(behaviours: Sequence[Behaviour], states: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """One row per lead that has a state: intensity and time of each behaviour."""
    at_us = pl.col("at").cast(pl.Datetime("us", "UTC")).dt.epoch("us").alias("at_us")
    read = states.with_columns(at_us)
    newest = read["at_us"].max()
    if isinstance(newest, int) and newest > microseconds(as_of):
        raise StateAheadError(
            "Behaviours' intensities were asked for a time before their latest signal",
            facts={
                "as_of": as_of.isoformat(),
                "states_ahead": read.filter(pl.col("at_us") > newest - 1).height,
            },
            remedy="Compute them from the leads' signals.",
        )
    age_us = microseconds(as_of) - pl.col("at_us")
    columns = []
    for behaviour in behaviours:
        mine = pl.col("behaviour") == behaviour.name
        value = (pl.col("value") * remaining_frame(behaviour, age_us)).filter(mine).sum()
        columns.append(capped(value, behaviour).alias(f"{behaviour.name}_intensity"))
        last = pl.col("at_us").filter(mine).max().cast(pl.Datetime("us", "UTC"))
        columns.append(last.alias(f"{behaviour.name}_last_at"))
    return read.group_by(LEAD_ID, maintain_order=True).agg(columns)


def _completed(
    leads: pl.DataFrame, aggregates: Sequence[Aggregate], behaviours: Sequence[Behaviour]
) -> pl.DataFrame:
    """Leads without signals have the values of no signals; every column is there."""
    absent: dict[str, float | None] = without_signals(aggregates)
    absent |= {f"{behaviour.name}_intensity": 0.0 for behaviour in behaviours}
    columns = []
    for name, value in absent.items():
        there = pl.col(name) if name in leads.columns else pl.lit(None, pl.Float64)
        columns.append((there if value is None else there.fill_null(value)).cast(pl.Float64).alias(name))
    for behaviour in behaviours:
        name = f"{behaviour.name}_last_at"
        if name not in leads.columns:
            columns.append(pl.lit(None, pl.Datetime("us", "UTC")).alias(name))
    return leads.with_columns(columns)
