"""Features, and what is declared of signals before a feature reads them."""

from typing import Literal

from pydantic import Field as Limit

from galena.domain.playbook.part import Name, Part, Sentence, Sql


class Behaviour(Part):
    """A tracked behaviour with a decayed intensity, kept as (value, time) and updated in O(1).

    v(t) = v(t0) * 2^(-(t - t0) / half_life) + weight for kind `exponential`; a late signal adds
    weight * 2^(-(t0 - t) / half_life). The cap is applied when the value is read.
    The feature inputs it gives are `<name>_intensity` (number) and `<name>_last_at` (instant).
    """

    name: Name
    label: Sentence
    signals: tuple[Name, ...] = Limit(min_length=1)
    weight: float = 1.0
    half_life_days: float = Limit(default=14.0, gt=0)
    cap: float | None = Limit(default=None, gt=0)
    decay: Literal["exponential", "linear", "step", "none"] = "exponential"


class Aggregate(Part):
    """A number declared over a lead's signals; it becomes an input named `name`.

    Attributes:
        signals: the kinds counted; empty means every kind.
        window_days: only signals at most this old at as_of; None for all time.
        offset_days: shift of the window into the past (7 with window 7: the week before last).
        value: the signal attribute that sum, last, mean and slope read.
        aggregate: count; sum, mean, last, slope (per day) of `value`; distinct (values of `value`, or kinds when
            it is None); recency (days since the newest); rate (count per day of the window);
            active_days; mean_gap and spread_gap (days between neighbours); entropy (bits over channels).
    """

    name: Name
    aggregate: Literal[
        "count",
        "sum",
        "mean",
        "last",
        "slope",
        "distinct",
        "recency",
        "rate",
        "active_days",
        "mean_gap",
        "spread_gap",
        "entropy",
        "streak_days",
    ]
    signals: tuple[Name, ...] = ()
    window_days: float | None = Limit(default=None, gt=0)
    offset_days: float = Limit(default=0.0, ge=0)
    value: Name | None = None
    label: str = ""


class Feature(Part):
    """A number computed from a lead and its signals as of a moment, by one SQL scalar expression.

    Attributes:
        sql: over fields, aggregates, behaviour inputs and other features; `as_of` is the moment.
        missing: what a missing input means, in words.
        bounds: the least and the greatest value it can take, when it has any; results are checked in tests.
    """

    name: Name
    group: Name
    sql: Sql
    label: Sentence
    unit: str = ""
    description: str = ""
    missing: str = ""
    bounds: tuple[float | None, float | None] | None = None
