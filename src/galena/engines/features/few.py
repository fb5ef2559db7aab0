"""Aggregate and behaviour columns of few leads: each computed as for one lead, without a frame's expressions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import orjson
import polars as pl

from galena.domain.signal import Signal
from galena.engines.features.aggregate_frames import LEAD_ID

_INSTANT = pl.Datetime("us", "UTC")
_SIGNALS: dict[str, pl.DataType] = {
    LEAD_ID: pl.String(),
    "kind": pl.String(),
    "at": _INSTANT,
    "attributes": pl.String(),
}


def can_be_read(leads: pl.DataFrame, signals: pl.DataFrame | None) -> bool:
    """Whether these are the columns there should be; frames of many say what is wrong where they are not."""
    if signals is None:
        return True
    return LEAD_ID in leads.columns and all(
        signals.schema.get(name) == kind for name, kind in _SIGNALS.items()
    )


def few_signal_columns(
    leads: pl.DataFrame,
    signals: pl.DataFrame | None,
    instants: Collection[str],
    inputs_of: Callable[[Sequence[Signal]], Mapping[str, Any]],
) -> pl.DataFrame:
    """See `frames.signal_columns`.

    Args:
        instants: the columns that hold instants; the others hold numbers.
        inputs_of: aggregates and behaviour inputs of one lead by name, from its signals.
    """
    told: dict[str, list[Signal]] = {}
    for row in signals.iter_rows(named=True) if signals is not None else ():
        attributes = orjson.loads(row["attributes"]) if row["attributes"] else {}
        told.setdefault(row[LEAD_ID], []).append(Signal(row["kind"], row["at"], attributes))
    ids = leads[LEAD_ID].to_list() if told else [""] * leads.height
    found = [inputs_of(told.get(lead_id, ())) for lead_id in ids]
    names = list(found[0]) if found else list(inputs_of(()))
    return leads.with_columns(
        pl.Series(
            name, [inputs[name] for inputs in found], dtype=_INSTANT if name in instants else pl.Float64()
        )
        for name in names
    )
