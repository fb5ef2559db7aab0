"""Features, and what is declared of signals before a feature reads them."""

from typing import Literal

from pydantic import Field as Limit
from pydantic import model_validator

from galena.domain.playbook.part import Name, Part, Sentence, Sql


class Behaviour(Part):
    """A tracked behaviour with a decayed intensity, kept as (value, time) and updated in O(1).

    v(t) = v(t0) * 2^(-(t - t0) / half_life) + weight for kind `exponential`; a late signal adds
    weight * 2^(-(t0 - t) / half_life). The cap is applied when the value is read.
    The feature inputs it gives are `<name>_intensity` (number, 0 without signals) and `<name>_last_at` (instant).

    Attributes:
        decay: `exponential` halves every half-life; `linear` falls evenly, half after a half-life and nothing after
            two; `step` counts fully up to the half-life, then nothing; `none` never fades. Exponential and none keep
            (value, time) alone; linear and step forget signals one by one, so they are computed from the signals.
    """

    name: Name
    label: Sentence
    signals: tuple[Name, ...] = Limit(min_length=1)
    weight: float = 1.0
    half_life_days: float = Limit(default=14.0, gt=0)
    cap: float | None = Limit(default=None, gt=0)
    decay: Literal["exponential", "linear", "step", "none"] = "exponential"


class Where(Part):
    """A condition on one attribute of a signal; each part that is given must hold. A signal without the attribute
    fails it.

    Besides the signal's own attributes it can read `hour_of_day` (0-23, UTC) and `weekday` (1 Monday to 7 Sunday)
    of its time, and `text_length` (characters of its attribute `text`).

    Attributes:
        equals: the attribute is one of these texts, ignoring case ("true" and "false" for yes and no).
        contains: it contains one of these phrases, ignoring case.
        at_least, at_most: it is a number between them.
    """

    attribute: Name
    equals: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Where":
        if not (self.equals or self.contains or self.at_least is not None or self.at_most is not None):
            raise ValueError("give equals, contains, at_least or at_most")
        return self


AGGREGATES_OF_VALUE = frozenset({"sum", "mean", "median", "last", "slope", "spread", "least", "greatest"})
"""The aggregates that need `value`."""


class Aggregate(Part):
    """A number declared over a lead's signals; it becomes an input named `name`.

    The window is (as_of - offset - window, as_of - offset]: a signal exactly `window_days` old is out, so that
    neighbouring windows never count one twice. Signals after as_of are never seen. Days are 24 hours; calendar days
    (active_days, streak_days) are those of UTC.

    Attributes:
        signals: the kinds counted; empty means every kind.
        window_days: only signals younger than this at as_of; None for all time.
        offset_days: shift of the window into the past (7 with window 7: the week before last).
        value: the signal attribute that sum, mean, median, last, slope, spread, least and greatest read, a number
            (texts that are no number are skipped); also `hour_of_day`, `weekday` and `text_length`, as in `Where`.
        where: only signals that meet it; for `share`: what the share is counted of.
        aggregate: count; sum, mean, median, last, slope (per day, least squares), spread (standard deviation),
            least, greatest of `value`; distinct (values of `value`, or kinds when it is None); recency (days since
            the newest); rate (count per day of the window); active_days (days with a signal); mean_gap and
            spread_gap (mean and standard deviation of the days between neighbours); entropy (bits over channels);
            streak_days (days in a row with a signal, up to today or yesterday); share (of the signals that meet
            `where`). With nothing to go by, count, sum, distinct, rate, active_days and streak_days are 0 and the
            others NULL.
    """

    name: Name
    aggregate: Literal[
        "count",
        "sum",
        "mean",
        "median",
        "last",
        "slope",
        "spread",
        "least",
        "greatest",
        "distinct",
        "recency",
        "rate",
        "active_days",
        "mean_gap",
        "spread_gap",
        "entropy",
        "streak_days",
        "share",
    ]
    signals: tuple[Name, ...] = ()
    window_days: float | None = Limit(default=None, gt=0)
    offset_days: float = Limit(default=0.0, ge=0)
    value: Name | None = None
    where: Where | None = None
    label: str = ""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "Aggregate":
        if self.aggregate in AGGREGATES_OF_VALUE and self.value is None:
            raise ValueError(f"aggregate {self.aggregate} needs value: the signal attribute it reads")
        if self.aggregate == "rate" and self.window_days is None:
            raise ValueError("aggregate rate needs window_days")
        if self.aggregate == "share" and self.where is None:
            raise ValueError("aggregate share needs where: what the share is counted of")
        return self


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
