"""Is there anything to learn? A model that orders leads no better than chance must say so.

Three questions, asked of predictions for leads the model had not seen:

1. **Chance.** Could the order come about if outcomes were dealt at random? The area under the ROC curve, within each
   fold, against its spread under chance. Folds drawn at random judge each other's training rows: a pattern found by
   chance in one half is found again in the other, which up to doubles the variance. Folds in time order do not.
2. **Size.** Is the lower end of the area's interval above 0.53? Below that the best fifth of the leads hold hardly more
   customers than any fifth, and no team would notice.
3. **More than the calendar.** Is there any order among leads of the same days? Asked of the time the rows were judged
   by, or, where they were not, of the dates among the columns. A model that has only learned in which weeks more was
   won (or which season, or which state of the economy goes with more) cannot tell the leads of this week apart.

Without usable signal a model answers with the base rate for every lead.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.engines.learning.metrics import Estimate, Number, loss_of
from galena.engines.learning.ranks import Area, Floats, area_of, codes_of, null_variance, variance_of

FALSE_ALARM_RATE = 0.05
"""The share of tables without any signal that may pass for usable."""

SMALLEST_AREA = 0.53
"""The lower end of the area's interval (one-sided, 95 %) must be above this."""

DRAWN_FOLDS_INFLATION = 2.0
"""How much folds drawn at random can enlarge the variance of the area under chance: they share training rows."""

ROWS_PER_PERIOD = 25
"""Leads counted as "of the same days" when the calendar's share is taken out, about."""

FEWEST_PAIRS_SHARE = 0.001
"""With fewer comparable pairs than this share of all, leads of the same days cannot be compared."""

LEVEL = 1.6449


class SignalTest(BaseModel):
    """Whether predictions hold usable signal, with the figures it rests on.

    Attributes:
        usable: whether a model is worth using.
        reason: why, in words a sales manager understands.
        auc: area under the ROC curve within folds; its interval is two-sided, 95 %.
        p_value: how often chance alone would give such an area.
        log_loss_gain: share of the base rate's log-loss that the model saves; its interval is two-sided, 95 %.
        calendar_only: the date column that is all the model knows, if so.
    """

    model_config = ConfigDict(frozen=True)
    usable: bool
    reason: str
    auc: Estimate
    p_value: Number
    log_loss_gain: Estimate
    calendar_only: str | None = None


def signal_in(
    target: Floats,
    probability: Floats,
    *,
    fold: NDArray[np.int64] | None = None,
    groups: NDArray[Any] | None = None,
    in_time: bool = False,
    base: Floats | None = None,
    calendars: Mapping[str, NDArray[Any]] | None = None,
    good: str = "with the good outcome",
) -> SignalTest:
    """Test out-of-fold predictions of `target` (0 or 1).

    `fold` is the number of each row's fold; `in_time` says that each fold was judged by a model of earlier rows.
    `base` is what each row would be given without a model (the rate of its training rows; else the rate of all).
    `calendars` holds what tells the days (datetime64 or numbers, NaT or NaN where unknown) by the name it is told
    under: see `calendars_in`. `good` is what the good outcome is called.
    """
    group = codes_of(groups)
    area = area_of(target, probability, strata=fold)
    gain = _log_loss_gain(target, probability, base, group)
    if not area.pairs:
        reason = "No usable signal: all leads that could be judged had the same outcome."
        return SignalTest(
            usable=False, reason=reason, auc=Estimate(value=None), p_value=None, log_loss_gain=gain
        )
    p_value = _chance(target, probability, fold, area, group, 1.0 if in_time else DRAWN_FOLDS_INFLATION)
    error = area.variance(group) ** 0.5
    calendar = None
    usable = p_value <= FALSE_ALARM_RATE and area.value - LEVEL * error > SMALLEST_AREA
    if usable:
        calendar = next(
            (
                name
                for name, dates in (calendars or {}).items()
                if _only_knows(dates, area, target, probability, fold, group)
            ),
            None,
        )
    return SignalTest(
        usable=usable and calendar is None,
        reason=_reason(target, area.value, error, p_value, calendar, in_time, good),
        auc=Estimate(
            value=area.value,
            low=max(0.0, area.value - 1.96 * error),
            high=min(1.0, area.value + 1.96 * error),
        ),
        p_value=p_value,
        log_loss_gain=gain,
        calendar_only=calendar,
    )


def calendars_in(
    frame: pl.DataFrame, *, in_time: bool = False, times: NDArray[Any] | None = None, name: str | None = None
) -> dict[str, NDArray[Any]]:
    """What tells the days of these rows, ready for `signal_in`.

    Rows judged `in_time` have their `times` (of column `name`), or else their order; others the date columns of the
    table as read.
    """
    if in_time:
        return {name or "order of the rows": np.arange(float(frame.height)) if times is None else times}
    dates = [name for name, kind in frame.schema.items() if kind.is_temporal()]
    return {name: frame.get_column(name).to_numpy().astype("datetime64[us]") for name in dates}


def _chance(
    target: Floats,
    probability: Floats,
    fold: NDArray[np.int64] | None,
    area: Area,
    group: NDArray[np.int64] | None,
    inflation: float,
) -> float:
    from scipy.stats import norm

    variance = null_variance(target, probability, fold)
    if group is not None:
        variance = max(variance, area.variance(group))
    if variance == 0:
        return 1.0
    return float(norm.sf((area.value - 0.5) / (variance * inflation) ** 0.5))


def _only_knows(
    dates: NDArray[Any],
    area: Area,
    target: Floats,
    probability: Floats,
    fold: NDArray[np.int64] | None,
    group: NDArray[np.int64] | None,
) -> bool:
    """Whether among leads of the same days (runs of about 25) the order is halved and no longer of use by itself."""
    period = _periods(dates)
    strata = period if fold is None else period * (int(fold.max()) + 1) + fold
    within = area_of(target, probability, strata=strata)
    won = float(target.sum())
    if within.pairs < FEWEST_PAIRS_SHARE * won * (len(target) - won) and within.pairs < len(target):
        return False
    halved = within.value - 0.5 < (area.value - 0.5) / 2
    return halved and within.value - LEVEL * within.variance(group) ** 0.5 <= SMALLEST_AREA


def _periods(dates: NDArray[Any]) -> NDArray[np.int64]:
    """Runs of whole days with about ROWS_PER_PERIOD known rows or more; rows of unknown date are a run of their own."""
    days = (
        dates.astype("datetime64[D]").astype(np.float64)
        if dates.dtype.kind == "M"
        else dates.astype(np.float64)
    )
    if dates.dtype.kind == "M":
        days[np.isnat(dates)] = np.nan
    known = np.isfinite(days)
    periods = np.zeros(len(days), np.int64)
    place = np.searchsorted(np.sort(days[known]), days[known], side="left")
    periods[known] = 1 + place // ROWS_PER_PERIOD
    return periods


def _log_loss_gain(
    target: Floats, probability: Floats, base: Floats | None, group: NDArray[np.int64] | None
) -> Estimate:
    plain = loss_of(target, np.full(len(target), target.mean()) if base is None else base)
    saved = plain - loss_of(target, probability)
    if not plain.sum():
        return Estimate(value=None)
    value = saved.sum() / plain.sum()
    error = variance_of((saved - value * plain) / plain.sum(), group) ** 0.5
    return Estimate(value=float(value), low=float(value - 1.96 * error), high=float(value + 1.96 * error))


def _reason(
    target: Floats, area: float, error: float, p_value: float, calendar: str | None, in_time: bool, good: str
) -> str:
    won, rows = int(target.sum()), len(target)
    tried = f"{rows:,} past leads ({won:,} of them {good})"
    pairs = f"{area * 100:.0f} of 100 pairs"
    if calendar is not None and in_time:
        return (
            f"No usable signal: all the model found in {tried} is when more was won, not which leads are better; "
            "leads of the same days it orders hardly better than chance. Every lead gets the same score. Columns "
            "that tell leads apart may change that."
        )
    if calendar is not None:
        return (
            f'No usable signal: all the model found in {tried} is when more was won (column "{calendar}"), not which '
            "leads are better; leads of the same days it orders hardly better than chance. Name the column that tells "
            "when each lead came (--time) and the model is judged on later leads instead."
        )
    if p_value > FALSE_ALARM_RATE:
        return (
            f"No usable signal: in {tried} the model puts the better lead first in {pairs}, which chance alone can "
            "explain (50 is a coin). Every lead gets the same score. More leads, or columns that tell leads apart, "
            "may change that."
        )
    if area - LEVEL * error <= SMALLEST_AREA:
        return (
            f"No usable signal: in {tried} the model puts the better lead first in {pairs} (50 is a coin), too few to "
            "be sure of a difference a team would notice. Every lead gets the same score."
        )
    return f"Usable: in {tried}, none seen before, the model puts the better lead first in {pairs} (50 is a coin)."
