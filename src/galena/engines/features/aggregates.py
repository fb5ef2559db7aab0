"""Declared aggregates over the signals of one lead, in plain Python."""

import math
import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from galena.domain.playbook import Aggregate
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

Value = float | None
Point = tuple[int, float]
"""A time (microseconds) and the number a signal gave at it."""


Computes = Callable[[Sequence[Moment], int], Value]
"""From a lead's signals up to as_of, oldest first, and as_of in microseconds, to an aggregate's value."""


def aggregates_one(
    aggregates: Iterable[Aggregate],
    moments: Sequence[Moment],
    as_of: datetime,
    channels: Mapping[str, str],
) -> dict[str, Value]:
    """The value of each aggregate for one lead, by name.

    Args:
        moments: the lead's signals up to as_of, oldest first (see `timeline`).
        channels: signal kind -> channel, read by `entropy`.
    """
    as_of_us = microseconds(as_of)
    return {each.name: computation(each, channels)(moments, as_of_us) for each in aggregates}


def window(aggregate: Aggregate, as_of_us: int) -> tuple[int | None, int]:
    """The window of an aggregate in microseconds: after the first (None: no limit), up to the second."""
    end = as_of_us - round(aggregate.offset_days * DAY_US)
    return (None if aggregate.window_days is None else end - round(aggregate.window_days * DAY_US)), end


def computation(aggregate: Aggregate, channels: Mapping[str, str]) -> Computes:
    """An aggregate made ready, to be computed for lead after lead."""
    choose = _chooser(aggregate)
    value = _value(aggregate, channels)
    return lambda moments, as_of_us: value(choose(moments, as_of_us), as_of_us)


def _chooser(aggregate: Aggregate) -> Callable[[Sequence[Moment], int], Sequence[Moment]]:
    """A function that leaves the signals of the window, of the kinds, that meet the condition."""
    kinds = frozenset(aggregate.signals)
    meets = condition(aggregate.where) if aggregate.where and aggregate.aggregate != "share" else None
    always = aggregate.window_days is None and not aggregate.offset_days

    def choose(moments: Sequence[Moment], as_of_us: int) -> Sequence[Moment]:
        if not moments:
            return moments
        if not always:
            after, end = window(aggregate, as_of_us)
            first = 0 if after is None else bisect_right(moments, after, key=_time)
            moments = moments[first : bisect_right(moments, end, key=_time)]
        if kinds:
            moments = [moment for moment in moments if moment.kind in kinds]
        return moments if meets is None else [moment for moment in moments if meets(moment)]

    return choose


def _value(aggregate: Aggregate, channels: Mapping[str, str]) -> Computes:
    """A function from the chosen signals to the value."""
    kind, name = aggregate.aggregate, aggregate.value or ""
    if kind in _OF_NUMBERS:
        over_numbers = _OF_NUMBERS[kind]
        return lambda seen, _: over_numbers(_points(seen, name))
    if kind in _OF_TIMES:
        over_times = _OF_TIMES[kind]
        return lambda seen, _: over_times([moment.at_us for moment in seen])
    match kind:
        case "count":
            return lambda seen, _: float(len(seen))
        case "rate":
            days = aggregate.window_days or math.inf
            return lambda seen, _: len(seen) / days
        case "share":
            meets = condition(aggregate.where) if aggregate.where else bool
            return lambda seen, _: sum(map(meets, seen)) / len(seen) if seen else None
        case "distinct":
            return lambda seen, _: _distinct(seen, aggregate.value)
        case "entropy":
            return lambda seen, _: _entropy([channel(moment, channels) for moment in seen])
        case "recency":
            return lambda seen, as_of_us: (as_of_us - seen[-1].at_us) / DAY_US if seen else None
        case _:
            return lambda seen, as_of_us: _streak_days(
                [moment.at_us for moment in seen], window(aggregate, as_of_us)[1]
            )


def _time(moment: Moment) -> int:
    return moment.at_us


def _points(seen: Iterable[Moment], name: str) -> list[Point]:
    """The numbers of an attribute with their times; ties in time are put in the order of the numbers, so that the
    order in which signals arrived plays no part."""
    found = ((moment.at_us, number(attribute(moment, name))) for moment in seen)
    return sorted((at_us, value) for at_us, value in found if value is not None)


def _slope(points: Sequence[Point]) -> Value:
    """Least squares, per day; None unless there are two different times."""
    if not points:
        return None
    days = [(at_us - points[0][0]) / DAY_US for at_us, _ in points]
    mean_day = math.fsum(days) / len(days)
    mean_value = math.fsum(value for _, value in points) / len(points)
    below = math.fsum((day - mean_day) ** 2 for day in days)
    if below == 0 or points[0][0] == points[-1][0]:
        return None
    return (
        math.fsum((d - mean_day) * (v - mean_value) for d, (_, v) in zip(days, points, strict=True)) / below
    )


def _spread(values: Sequence[float]) -> Value:
    """The standard deviation of the whole population."""
    if not values:
        return None
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


def _values(points: Sequence[Point]) -> list[float]:
    return [value for _, value in points]


def _mean_gap(times: Sequence[int]) -> Value:
    return (times[-1] - times[0]) / DAY_US / (len(times) - 1) if len(times) > 1 else None


def _spread_gap(times: Sequence[int]) -> Value:
    """None below three signals: one gap has no spread."""
    if len(times) < 3:
        return None
    return _spread([(later - earlier) / DAY_US for earlier, later in pairwise(times)])


def _distinct(seen: Iterable[Moment], name: str | None) -> float:
    if name is None:
        return float(len({moment.kind for moment in seen}))
    return float(len({identity(attribute(moment, name)) for moment in seen} - {None}))


def _entropy(channels: Iterable[str | None]) -> Value:
    counts = Counter(name for name in channels if name is not None)
    total = counts.total()
    if not total:
        return None
    return abs(math.fsum(n / total * math.log2(n / total) for n in counts.values()))


def _streak_days(times: Iterable[int], end_us: int) -> float:
    days = {at_us // DAY_US for at_us in times}
    today = end_us // DAY_US
    newest = today if today in days else today - 1
    streak = 0
    while newest - streak in days:
        streak += 1
    return float(streak)


_OF_NUMBERS: dict[str, Callable[[list[Point]], Value]] = {
    "sum": lambda points: math.fsum(_values(points)),
    "mean": lambda points: math.fsum(_values(points)) / len(points) if points else None,
    "median": lambda points: statistics.median(_values(points)) if points else None,
    "last": lambda points: points[-1][1] if points else None,
    "least": lambda points: min(_values(points), default=None),
    "greatest": lambda points: max(_values(points), default=None),
    "spread": lambda points: _spread(_values(points)),
    "slope": _slope,
}
_OF_TIMES: dict[str, Callable[[list[int]], Value]] = {
    "active_days": lambda times: float(len({at_us // DAY_US for at_us in times})),
    "mean_gap": _mean_gap,
    "spread_gap": _spread_gap,
}
