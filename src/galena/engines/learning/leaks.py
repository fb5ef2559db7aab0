"""Columns that probably know the outcome: suspects, each with a reason a sales manager understands.

A model trained on them looks brilliant on past leads and fails on new ones, where they are still empty. A column is
named when the data show it (it alone tells nearly every outcome, or is filled in for one outcome only), or when its
name says that it is written after the contact and the data do not contradict. Columns are only named; the person
decides what to drop.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.dataset import Dataset
from galena.engines.learning.late_names import late_name, may_lie_ahead
from galena.engines.learning.ranks import area_of
from galena.kit.tabular.fit_outcomes import fit_words
from galena.kit.tabular.fitted import Rows
from galena.kit.tabular.odds import base_rate, counts_by_fold, folds_of, log_odds
from galena.kit.tabular.reading import ColumnReading

LeakKind = Literal["copy", "one-sided", "too good", "later", "named"]
# Alone it ranks so well that it says the outcome rather than hints at it.
COPY_AUC: Final = 0.99
# Alone it ranks well, and makes a quarter of the errors of a good column of the same table.
TOO_GOOD_AUC: Final = 0.90
ERROR_SHARE: Final = 0.25
# Filled in for one outcome only: this pure, and this unlikely by chance.
PURE: Final = 0.98
CHANCE: Final = 1e-9
# A late name counts when the column alone ranks better than a coin by this and by two standard errors.
NAMED_GAIN: Final = 0.04
LATER_SHARE: Final = 0.8
_BINS: Final = 20
# With fewer rows the twentieths of a number hold too few leads each; its plain order is tried as well.
_FEW_ROWS: Final = 1000
_WORTH_A_LOOK: Final = 0.1


@dataclass(frozen=True)
class Leak:
    """A column that probably knows the outcome.

    Attributes:
        column: its name.
        reason: one sentence for the person who decides whether to drop it.
        auc: how well it alone ranks the outcomes, cross-validated (0.5 = a coin, 1 = perfectly).
        kind: "copy" (says the outcome), "one-sided" (filled in for one outcome only), "too good" (far better
            than the other columns), "later" (a date after the lead's time), "named" (its name says it is late).
    """

    column: str
    reason: str
    auc: float
    kind: LeakKind


@dataclass(frozen=True)
class _Look:
    """One column as the checks see it."""

    column: ColumnReading
    series: pl.Series
    auc: float
    error: float


def find_leaks(dataset: Dataset) -> tuple[Leak, ...]:
    """The suspects among the columns the model would use, the grossest first."""
    frame = dataset.table
    folds = folds_of(dataset.target, 5, 0, dataset.groups)
    looks = []
    for column in dataset.reading.used:
        series = frame.get_column(column.name)
        looks.append(_Look(column, series, *_auc(column, series, dataset.target, folds)))
    found: dict[str, Leak] = {}
    for look in looks:
        leak = _one_sided(look, dataset) or _copy(look) or _later(look, dataset) or _late(look)
        if leak is not None:
            found[look.column.name] = leak
    # "A good other column" is one that nothing else speaks against: many leaks do not excuse one another.
    honest = {look.column.name: look.auc for look in looks if look.column.name not in found}
    for look in looks:
        name = look.column.name
        if name in found and found[name].kind != "named":
            continue
        leak = _too_good(look, [auc for other, auc in honest.items() if other != name])
        if leak is not None:
            found[name] = leak
    return tuple(sorted(found.values(), key=lambda leak: (-leak.auc, leak.column)))


def _auc(
    column: ColumnReading, series: pl.Series, target: NDArray[np.float64], folds: NDArray[np.int64]
) -> tuple[float, float]:
    """How well the column alone ranks the outcomes out of fold, and the standard error of that figure."""
    rate = base_rate(target)
    if column.kind == "text":
        rows = Rows(target=target, folds=folds, fold_count=5, rate=rate, extras=0)
        block = fit_words(series, rows).cross_fitted
        score = np.nan_to_num(block[:, 2] if block is not None else np.zeros(len(series)))
    else:
        codes = _codes(column, series)
        positives, counts = counts_by_fold(codes, folds, target, int(codes.max()) + 1, 5)
        without = log_odds(positives.sum(0) - positives, counts.sum(0) - counts, rate, 5.0)
        score = without[folds, codes]
    area = area_of(target, score).value
    if column.kind in ("number", "date") and len(target) < _FEW_ROWS:
        area = max(area, _plain_order(series, target, folds))
    positives_count = float(target.sum())
    error = float(np.sqrt((len(target) + 1) / (12 * positives_count * (len(target) - positives_count))))
    return area, error


def _plain_order(series: pl.Series, target: NDArray[np.float64], folds: NDArray[np.int64]) -> float:
    """How well the values rank the outcomes as they are, up or down as the other folds say; missing is the middle."""
    ranks = series.rank().to_numpy()
    middle = np.nanmean(ranks) if np.isfinite(ranks).any() else 0.0
    centred = np.nan_to_num(ranks - middle)
    as_it_is = area_of(target, centred).value
    if abs(as_it_is - 0.5) < _WORTH_A_LOOK:
        return 0.5
    ways = np.ones(int(folds.max()) + 1)
    for fold in range(len(ways)):
        others = folds != fold
        if area_of(target[others], centred[others]).value < 0.5:
            ways[fold] = -1.0
    return area_of(target, centred * ways[folds]).value


def _codes(column: ColumnReading, series: pl.Series) -> NDArray[np.int64]:
    """The column cut into groups of rows: levels, or twentieths of a number or date; missing is a group."""
    if column.kind in ("category", "boolean"):
        return series.rank("dense").cast(pl.Int64).fill_null(0).to_numpy()
    values = series.cast(pl.Float64).to_numpy()
    missing = np.isnan(values)
    if missing.all():
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(values[~missing], np.linspace(0, 1, _BINS + 1)))
    codes = 1 + np.searchsorted(edges, values, side="right")
    # the commonest value (0 for nothing) is a group of its own, lest it drowns the few around it
    common = series.drop_nulls().mode().sort().first()
    codes[series.eq(common).fill_null(False).to_numpy()] = len(edges) + 2
    return np.where(missing, 0, codes).astype(np.int64)


def _one_sided(look: _Look, dataset: Dataset) -> Leak | None:
    """Filled in (or above zero) for one outcome only, in so many rows that chance does not explain it."""
    filled = look.series.is_not_null().to_numpy()
    what = ""
    if look.column.kind == "number" and filled.mean() > 0.5:
        zero = (look.series == 0).fill_null(True).to_numpy()
        if 0.05 < zero.mean() < 1.0:
            filled, what = ~zero, " other than 0"
    share = float(filled.mean())
    if not 0.0 < share < 0.97:
        return None
    rows = int(filled.sum())
    for outcome, value in ((1.0, dataset.outcome.positive), (0.0, dataset.outcome.negative)):
        hits = int((dataset.target[filled] == outcome).sum())
        base = float((dataset.target == outcome).mean())
        if hits < PURE * rows or base > 0.8:
            continue
        # all of `rows` rows by chance: base to the power of rows
        if rows * np.log(base) > np.log(CHANCE):
            continue
        reason = (
            f"It has a value{what} in {rows} rows, and {_share(hits, rows)} of these ended as “{value}” "
            f"({100 * base:.0f}% of all rows do): it seems to be written down only once the outcome is known."
        )
        return Leak(look.column.name, reason, look.auc, "one-sided")
    return None


def _share(hits: int, rows: int) -> str:
    return "all" if hits == rows else f"{hits}"


def _copy(look: _Look) -> Leak | None:
    """Alone it tells nearly every outcome."""
    if look.auc < COPY_AUC:
        return None
    reason = (
        "It alone tells nearly every outcome: it is probably the outcome itself in other words, "
        "or was written down together with it."
    )
    return Leak(look.column.name, reason, look.auc, "copy")


def _too_good(look: _Look, others: list[float]) -> Leak | None:
    """Alone it tells far more than a good column of the same table."""
    # a quarter of the standard error on top: among 30 rows an honest column reaches 0.9 now and then
    if len(others) < 2 or look.auc < TOO_GOOD_AUC + look.error / 4:
        return None
    good = max(0.5, float(np.quantile(others, 0.75)))
    if 1.0 - look.auc > ERROR_SHARE * (1.0 - good):
        return None
    late = late_name(look.column.name)
    why = late.reason if late is not None else "it may be written down during or after the sale"
    reason = (
        f"It alone puts the better lead first in {100 * look.auc:.0f} of 100 pairs (a good other column here in "
        f"{100 * good:.0f}; 50 is a coin); {why}."
    )
    return Leak(look.column.name, reason, look.auc, "too good")


def _later(look: _Look, dataset: Dataset) -> Leak | None:
    """A date that lies after the lead's own time in nearly all rows was not known at that time."""
    if look.column.kind != "date" or dataset.times is None or look.column.name == dataset.time_column:
        return None
    if may_lie_ahead(look.column.name):
        return None
    dates = look.series.to_numpy().astype("datetime64[us]")
    both = ~np.isnat(dates) & ~np.isnat(dataset.times)
    if both.sum() < 20:
        return None
    later = float((dates[both] > dataset.times[both]).mean())
    if later < LATER_SHARE:
        return None
    reason = (
        f"In {100 * later:.0f}% of the rows this date lies after “{dataset.time_column}”: it was not known yet "
        "at the time the lead would have been scored."
    )
    return Leak(look.column.name, reason, look.auc, "later")


def _late(look: _Look) -> Leak | None:
    """The name says that the column is written after the contact; weak names need a sign in the data."""
    late = late_name(look.column.name)
    if late is None:
        return None
    if not late.certain and look.auc < 0.5 + max(NAMED_GAIN, 2.0 * look.error):
        return None
    reason = f"By its name, {late.reason}."
    return Leak(look.column.name, reason, look.auc, "named")
