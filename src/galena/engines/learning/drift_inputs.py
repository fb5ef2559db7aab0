"""Whether what is known of leads moved: how values are spread, values never seen before, and how much is missing."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.drift_findings import Finding, percent_of
from galena.engines.learning.ranks import Floats

MOST_BINS: Final = 10
ROWS_PER_BIN: Final = 20
FEWEST_ROWS: Final = 60
"""With fewer leads on a side nothing is said of a column."""
MOVED_STABILITY: Final = 0.1
"""The population stability index from which a spread is called moved (the usual rule: 0.1 somewhat, 0.25 much)."""
MOVED_MISSING: Final = 0.05
NEW_SHARE: Final = 0.02
MOST_CATEGORIES: Final = 20
SHOWN: Final = 3
_HALF: Final = 0.5


def stability(before: Floats, now: Floats) -> tuple[float, float]:
    """Population stability index of two counts over the same bins, and how often chance alone gives as much.

    Without a shift the index is about (1/n + 1/m) times a chi-square of one degree less than there are bins
    (Yurdakul 2018, "Statistical properties of the population stability index"). Half a lead is added to each bin, so
    that an empty one does not make it infinite.
    """
    from scipy.stats import chi2

    bins = len(before)
    if bins < 2:
        return 0.0, 1.0
    was = (before + _HALF) / (before.sum() + _HALF * bins)
    now_share = (now + _HALF) / (now.sum() + _HALF * bins)
    index = float(((now_share - was) * np.log(now_share / was)).sum())
    scale = 1 / before.sum() + 1 / now.sum()
    # Where few are expected the index has a heavier tail than a chi-square: the table's own statistic is the check.
    both = (before + now) / (before.sum() + now.sum())
    expected = np.maximum(np.outer([before.sum(), now.sum()], both), 1e-9)
    squares = float(((np.array([before, now]) - expected) ** 2 / expected).sum())
    return index, max(float(chi2.sf(index / scale, bins - 1)), float(chi2.sf(squares, bins - 1)))


def bins_of(values: Floats, rows: int) -> Floats:
    """The inner edges of bins that hold about as many values each."""
    count = int(np.clip(rows // ROWS_PER_BIN, 2, MOST_BINS))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, count + 1)[1:-1]))
    # An edge at the lowest value would leave a bin without anything in it.
    return edges[edges > values.min()] if len(edges) else edges


def binned(values: Floats, edges: Floats) -> Floats:
    """How many values lie in each bin."""
    return np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1).astype(float)


def findings_of(before: pl.DataFrame, now: pl.DataFrame, error_rate: float) -> Iterator[Finding]:
    """What is to be said of each column that both tables have.

    Args:
        error_rate: how often all of them together may raise an alarm by chance.
    """
    names = [name for name in before.columns if name in now.columns]
    names = [name for name in names if _kind(before[name]) is not None]
    each = error_rate / max(1, 3 * len(names))
    for name in names:
        was, is_now = before[name], now[name]
        if min(was.len(), is_now.len()) < FEWEST_ROWS:
            continue
        yield _missing(name, was, is_now, each)
        known_before, known_now = was.drop_nulls(), is_now.drop_nulls()
        if min(known_before.len(), known_now.len()) < FEWEST_ROWS:
            continue
        if _kind(was) == "number":
            yield _spread(name, known_before.cast(pl.Float64), known_now.cast(pl.Float64), each)
        else:
            yield from _categories(
                name, known_before.cast(pl.String), known_now.cast(pl.String, strict=False), each
            )


def _kind(column: pl.Series) -> str | None:
    if column.dtype.is_numeric():
        return "number"
    return "category" if column.dtype in (pl.String, pl.Boolean) else None


def _missing(name: str, before: pl.Series, now: pl.Series, error_rate: float) -> Finding:
    from scipy.stats import fisher_exact

    was, is_now = before.null_count() / before.len(), now.null_count() / now.len()
    table = [
        [before.null_count(), before.len() - before.null_count()],
        [now.null_count(), now.len() - now.null_count()],
    ]
    moved = abs(is_now - was)
    p_value = float(fisher_exact(table)[1]) if moved >= MOVED_MISSING else 1.0
    return Finding(
        kind="missing",
        name=name,
        size=moved,
        limit=MOVED_MISSING,
        p_value=p_value,
        alarm=moved >= MOVED_MISSING and p_value < error_rate,
        sentence=f"“{name}” is not known of {percent_of(is_now)} of the leads now, {percent_of(was)} before.",
    )


def _spread(name: str, before: pl.Series, now: pl.Series, error_rate: float) -> Finding:
    was, is_now = before.to_numpy(), now.to_numpy()
    edges = bins_of(was, min(len(was), len(is_now)))
    index, p_value = stability(binned(was, edges), binned(is_now, edges))
    return Finding(
        kind="feature",
        name=name,
        size=index,
        limit=MOVED_STABILITY,
        p_value=p_value,
        alarm=index >= MOVED_STABILITY and p_value < error_rate,
        sentence=f"“{name}” is {_number(np.median(is_now))} in the middle now, {_number(np.median(was))} before"
        f"{_much(index)}.",
    )


def _categories(name: str, before: pl.Series, now: pl.Series, error_rate: float) -> Iterator[Finding]:
    counts = before.alias("value").value_counts(sort=True)
    values, numbers = counts["value"].to_list(), counts["count"].to_numpy()
    if len(values) > before.len() / 2:
        return  # Names and ids: new ones are what one expects.
    kept = values[:MOST_CATEGORIES]
    index, p_value = stability(_counted(before, kept), _counted(now, kept))
    shifted = _most_shifted(before, now, kept)
    yield Finding(
        kind="feature",
        name=name,
        size=index,
        limit=MOVED_STABILITY,
        p_value=p_value,
        alarm=index >= MOVED_STABILITY and p_value < error_rate,
        sentence=f"“{name}”: {shifted}{_much(index)}.",
    )
    yield _new_values(name, values, int((numbers == 1).sum()), before.len(), now, error_rate)


def _counted(column: pl.Series, kept: list[str]) -> Floats:
    place = {value: at for at, value in enumerate(kept)}
    codes: NDArray[np.int64] = column.replace_strict(
        place, default=len(kept), return_dtype=pl.Int64
    ).to_numpy()
    counts = np.bincount(codes, minlength=len(kept) + 1).astype(np.float64)
    return counts


def _most_shifted(before: pl.Series, now: pl.Series, kept: list[str]) -> str:
    was, is_now = (_counted(each, kept)[: len(kept)] / each.len() for each in (before, now))
    most = int(np.argmax(np.abs(is_now - was)))
    return f"“{kept[most]}” is {percent_of(is_now[most])} of the leads now, {percent_of(was[most])} before"


def _new_values(
    name: str, values: list[str], seen_once: int, rows: int, now: pl.Series, error_rate: float
) -> Finding:
    """Values never seen before; as many as there were rare ones are expected anyway (Good and Turing's estimate)."""
    from scipy.stats import binom

    new = now.filter(~now.is_in(values))
    share = new.len() / now.len()
    expected = (seen_once + 2 * np.sqrt(seen_once) + 1) / rows
    p_value = float(binom.sf(new.len() - 1, now.len(), min(1.0, expected)))
    named = new.alias("value").value_counts(sort=True)["value"].head(SHOWN).to_list()
    told = (": " if named else "") + ", ".join(f"“{each[:40]}”" for each in sorted(named))
    return Finding(
        kind="new_values",
        name=name,
        size=share,
        limit=NEW_SHARE,
        p_value=p_value,
        alarm=share >= NEW_SHARE and p_value < error_rate,
        sentence=f"“{name}” has values never seen before on {percent_of(share)} of the leads{told}.",
    )


def _much(index: float) -> str:
    return ": the spread moved much" if index >= 0.25 else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
