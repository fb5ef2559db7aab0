"""Declared aggregates over the signals of many leads, in Polars; equal to those of one lead."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from galena.domain.playbook import Aggregate, Behaviour
from galena.domain.playbook.features import AGGREGATES_OF_VALUE
from galena.engines.features.aggregates import window
from galena.engines.features.behaviours import step_us
from galena.engines.features.timeline import (
    DAY_US,
    Moment,
    attribute,
    channel,
    condition,
    identity,
    microseconds,
    number,
)
from galena.kit.errors import InputError

LEAD_ID = "lead_id"
"""The column that says whose signal (or state, or row) it is; of the same type in all frames."""

SIGNAL_COLUMNS = (LEAD_ID, "kind", "at", "attributes")
"""A frame of signals: kind as text, at as an instant in UTC, attributes as JSON text (or null)."""

_ZERO_WITHOUT_SIGNALS = frozenset({"count", "sum", "distinct", "rate", "active_days", "streak_days"})
_TIME = pl.col("at_us")
_MASK_PREFIX = "where "


def aggregates_frame(
    aggregates: Sequence[Aggregate], signals: pl.DataFrame, as_of: datetime, channels: Mapping[str, str]
) -> pl.DataFrame:
    """One row per lead that has signals: `lead_id` and a column per aggregate.

    Leads without a row have what `without_signals` says.
    """
    read = _with_readings(aggregates, _known(signals, as_of), channels).sort("at_us")
    as_of_us = microseconds(as_of)
    columns = [
        _finished(each, _expression(each, as_of_us)).cast(pl.Float64).alias(each.name)
        for each in aggregates
        if each.aggregate != "slope"
    ]
    found = read.group_by(LEAD_ID, maintain_order=True).agg(columns)
    for each in aggregates:
        if each.aggregate == "slope":
            found = found.join(_slopes(each, read, as_of_us), on=LEAD_ID, how="left", maintain_order="left")
    return found.select(LEAD_ID, *(each.name for each in aggregates))


def behaviours_frame(behaviours: Sequence[Behaviour], signals: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """One row per lead that has signals: `<behaviour>_intensity` and `<behaviour>_last_at`, from the signals."""
    columns = []
    for behaviour in behaviours:
        mine = pl.col("kind").is_in(list(behaviour.signals))
        age_us = microseconds(as_of) - _TIME.filter(mine)
        total = (remaining_frame(behaviour, age_us) * behaviour.weight).sum()
        columns.append(capped(total, behaviour).alias(f"{behaviour.name}_intensity"))
        newest = _TIME.filter(mine).max().cast(pl.Datetime("us", "UTC"))
        columns.append(newest.alias(f"{behaviour.name}_last_at"))
    return _known(signals, as_of).group_by(LEAD_ID, maintain_order=True).agg(columns)


def remaining_frame(behaviour: Behaviour, age_us: pl.Expr) -> pl.Expr:
    """The share of a weight that is left, for a column of ages; as `behaviours.remaining`."""
    age_days = age_us / DAY_US
    match behaviour.decay:
        case "exponential":
            return pl.lit(2.0).pow(-age_days / behaviour.half_life_days)
        case "linear":
            return (1.0 - age_days / (2.0 * behaviour.half_life_days)).clip(lower_bound=0.0)
        case "step":
            return (age_us < step_us(behaviour.half_life_days)).cast(pl.Float64)
        case _:
            return age_days * 0.0 + 1.0


def capped(value: pl.Expr, behaviour: Behaviour) -> pl.Expr:
    """At most the behaviour's cap."""
    return value if behaviour.cap is None else value.clip(upper_bound=behaviour.cap)


def without_signals(aggregates: Sequence[Aggregate]) -> dict[str, float | None]:
    """The value of each aggregate for a lead that has no signals."""
    return {each.name: 0.0 if each.aggregate in _ZERO_WITHOUT_SIGNALS else None for each in aggregates}


def _known(signals: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """The signals up to as_of, with their time in microseconds."""
    missing = [name for name in (LEAD_ID, "kind", "at") if name not in signals.columns]
    if missing:
        raise InputError(
            "The frame of signals lacks columns",
            facts={"missing": ", ".join(missing)},
            remedy=f"Give it {', '.join(SIGNAL_COLUMNS)}.",
        )
    at = pl.col("at").cast(pl.Datetime("us", "UTC")).dt.epoch("us").alias("at_us")
    return signals.with_columns(at).filter(pl.col("at_us") <= microseconds(as_of))


def _with_readings(
    aggregates: Sequence[Aggregate], signals: pl.DataFrame, channels: Mapping[str, str]
) -> pl.DataFrame:
    """The signals with a column for each thing the aggregates read of an attribute.

    Attributes are read row by row with the functions that serve one lead, so that both see the same.
    """
    readers: dict[str, _Reader] = {}
    for each in aggregates:
        for name, reader in _readers(each, channels):
            known = readers.get(name)
            readers[name] = reader if known is None else known.serving(reader.kinds)
    if not readers:
        return signals
    texts = signals["attributes"] if "attributes" in signals.columns else [None] * signals.height
    wanted = None if any(not each.kinds for each in readers.values()) else _all_kinds(readers.values())
    moments = [
        Moment(at_us, kind, orjson.loads(text) if text and (wanted is None or kind in wanted) else {})
        for at_us, kind, text in zip(signals["at_us"], signals["kind"], texts, strict=True)
    ]
    return signals.with_columns(
        pl.Series(name, each.all(moments), each.dtype) for name, each in readers.items()
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Something read of signals of some kinds (of every kind when there are none)."""

    dtype: pl.DataType
    read: Callable[[Moment], Any]
    kinds: frozenset[str]

    def serving(self, kinds: frozenset[str]) -> "_Reader":
        """The same for further kinds."""
        both = self.kinds | kinds if self.kinds and kinds else frozenset[str]()
        return _Reader(self.dtype, self.read, both)

    def all(self, moments: Sequence[Moment]) -> list[Any]:
        """What it reads of each signal; None of kinds it does not serve."""
        read, kinds = self.read, self.kinds
        if not kinds:
            return [read(moment) for moment in moments]
        return [read(moment) if moment.kind in kinds else None for moment in moments]


def _all_kinds(readers: Iterable[_Reader]) -> frozenset[str]:
    return frozenset().union(*(reader.kinds for reader in readers))


def _readers(aggregate: Aggregate, channels: Mapping[str, str]) -> Iterator[tuple[str, _Reader]]:
    """The columns an aggregate needs besides kind and time, by name."""
    kinds, name = frozenset(aggregate.signals), aggregate.value
    if aggregate.where:
        yield _MASK_PREFIX + aggregate.name, _Reader(pl.Boolean(), condition(aggregate.where), kinds)
    if aggregate.aggregate == "entropy":
        yield "channel", _Reader(pl.String(), lambda moment: channel(moment, channels), kinds)
    elif aggregate.aggregate == "distinct" and name:
        yield f"identity {name}", _Reader(pl.String(), _reading(identity, name), kinds)
    elif aggregate.aggregate in AGGREGATES_OF_VALUE and name:
        yield f"number {name}", _Reader(pl.Float64(), _reading(number, name), kinds)


def _reading(reading: Callable[[Any], Any], name: str) -> Callable[[Moment], Any]:
    return lambda moment: reading(attribute(moment, name))


def _inside(aggregate: Aggregate, as_of_us: int) -> pl.Expr:
    """Whether a signal is of the kinds and in the window of an aggregate."""
    after, end = window(aggregate, as_of_us)
    inside = _TIME.le(end)
    if after is not None:
        inside &= _TIME.gt(after)
    if aggregate.signals:
        inside &= pl.col("kind").is_in(list(aggregate.signals))
    return inside


def _chosen(aggregate: Aggregate, as_of_us: int) -> pl.Expr:
    """Whether a signal is inside and meets the condition."""
    inside = _inside(aggregate, as_of_us)
    return inside & pl.col(_MASK_PREFIX + aggregate.name) if aggregate.where else inside


def _finished(aggregate: Aggregate, value: pl.Expr) -> pl.Expr:
    return value.fill_null(0.0) if aggregate.aggregate in _ZERO_WITHOUT_SIGNALS else value


def _expression(aggregate: Aggregate, as_of_us: int) -> pl.Expr:
    if aggregate.aggregate == "share":
        return pl.col(_MASK_PREFIX + aggregate.name).filter(_inside(aggregate, as_of_us)).mean()
    inside = _chosen(aggregate, as_of_us)
    if aggregate.aggregate in AGGREGATES_OF_VALUE:
        values = pl.col(f"number {aggregate.value}")
        inside &= values.is_not_null()
        return _of_numbers(aggregate.aggregate, values.filter(inside), _TIME.filter(inside))
    times = _TIME.filter(inside)
    match aggregate.aggregate:
        case "distinct":
            what = pl.col(f"identity {aggregate.value}" if aggregate.value else "kind")
            return what.filter(inside).drop_nulls().n_unique()
        case "entropy":
            counts = pl.col("channel").filter(inside).drop_nulls().unique_counts()
            return pl.when(counts.len() > 0).then(counts.entropy(base=2.0, normalize=True).abs())
        case "recency":
            return (as_of_us - times.max()) / DAY_US
        case "streak_days":
            return _streak_days(times, window(aggregate, as_of_us)[1])
        case "rate":
            return times.len() / (aggregate.window_days or float("inf"))
        case kind:
            return _OF_TIMES[kind](times)


def _of_numbers(kind: str, values: pl.Expr, times: pl.Expr) -> pl.Expr:
    match kind:
        case "last":
            return values.filter(times == times.max()).max()
        case "spread":
            return values.std(ddof=0)
        case "least":
            return values.min()
        case "greatest":
            return values.max()
        case "median":
            return values.median()
        case "mean":
            return values.mean()
        case _:
            return values.sum()


def _slopes(aggregate: Aggregate, read: pl.DataFrame, as_of_us: int) -> pl.DataFrame:
    """One row per lead with the slope of its values.

    Means are taken per lead before they are subtracted, in columns as long as the signals: inside an aggregation the
    subtraction runs lead by lead and takes a hundred times longer.
    """
    values = pl.col(f"number {aggregate.value}")
    seen = read.filter(_chosen(aggregate, as_of_us) & values.is_not_null())
    days = (_TIME - _TIME.min().over(LEAD_ID)) / DAY_US
    centred = seen.select(LEAD_ID, days.alias("days"), values.alias("values")).with_columns(
        pl.col("days", "values") - pl.col("days", "values").mean().over(LEAD_ID)
    )
    below = (pl.col("days") * pl.col("days")).sum()
    slope = (pl.col("days") * pl.col("values")).sum() / below
    return centred.group_by(LEAD_ID).agg(pl.when(below > 0).then(slope).alias(aggregate.name))


def _mean_gap(times: pl.Expr) -> pl.Expr:
    return pl.when(times.len() > 1).then((times.max() - times.min()) / DAY_US / (times.len() - 1.0))


def _spread_gap(times: pl.Expr) -> pl.Expr:
    gaps = times.sort().diff().drop_nulls() / DAY_US
    return pl.when(times.len() > 2).then(gaps.std(ddof=0))


def _streak_days(times: pl.Expr, end_us: int) -> pl.Expr:
    """Days back from the newest, in order, stay equal to newest - 0, newest - 1, ... as long as the streak lasts."""
    days = (times // DAY_US).unique().sort(descending=True)
    expected = days.max() - pl.int_range(0, days.len())
    lasting = (days == expected).sum()
    return pl.when(days.max() >= end_us // DAY_US - 1).then(lasting).otherwise(0)


_OF_TIMES: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "count": lambda times: times.len(),
    "active_days": lambda times: (times // DAY_US).n_unique(),
    "mean_gap": _mean_gap,
    "spread_gap": _spread_gap,
}
