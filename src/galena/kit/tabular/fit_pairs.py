"""Finding pairs of categories that say more together than each by itself, and how much.

The base is a ridge logistic regression on what every column says by itself (log-odds so far, of numbers in bins). A
pair's number is what is left over in the cells of its two columns: the surplus of positive outcomes over the base's, as
one Newton step of log-odds, drawn to nothing where a cell holds few rows. All of it is out of fold. The pair whose
number goes along with what is left over most surely is taken, becomes part of the base, and the next is looked for, as
long as the evidence is stronger than chance among so many pairs would bring once in a thousand tables: so a table
without interactions gets no pair, and one pair is not taken twice in disguise.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.kit.tabular.fitted import Draft, Fitted, Rows
from galena.kit.tabular.odds import best_strength, counts_by_fold, log_odds, millionths
from galena.kit.tabular.pairs import PairPart, pair_codes
from galena.kit.tabular.parts import fold_case

MOST_LEVELS: Final = 120
"""Per column; further ones count as one."""
MOST_COLUMNS: Final = 24
"""Looked at: those that say most by themselves."""
MOST_BESIDE: Final = 40
MOST_PAIRS: Final = 6
CHANCE: Final = 1e-3
"""Of a pair being taken where there is none."""
MAYBE: Final = 2.0
"""Pairs whose number stands off from chance by fewer standard errors are not looked at again."""
STRENGTHS: Final = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
USUAL: Final = 20.0
BINS: Final = 16
FEWEST_ROWS: Final = 300
ROWS_TO_CHOOSE_BY: Final = 20_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Column:
    name: str
    levels: tuple[str, ...]
    codes: NDArray[np.int64]
    odds: Floats

    @property
    def size(self) -> int:
        return len(self.levels) + 2

    def at(self, some: NDArray[np.int64]) -> "_Column":
        return replace(self, codes=self.codes[some], odds=self.odds[some])


@dataclass(frozen=True, eq=False)
class _Found:
    """A pair's evidence: cells per row, and per fold and cell the surplus and its curvature."""

    cells: NDArray[np.int64]
    surplus: Floats
    curvature: Floats

    def out_of_fold(self, rows: Rows, strength: float) -> Floats:
        """Per row what its cell says in the other folds."""
        surplus = self.surplus.sum(0) - self.surplus
        curvature = self.curvature.sum(0) - self.curvature
        found: Floats = (surplus / (curvature + _pull(rows, strength)))[rows.folds, self.cells]
        return found


def fit_pairs(
    frame: pl.DataFrame,
    names: Sequence[str],
    beside: Sequence[str],
    rows: Rows,
    given: Sequence[tuple[str, str]] | None = None,
) -> list[Fitted]:
    """One input per pair that is worth it, of these category and yes/no columns; or of the `given` pairs.

    `beside` are number and date columns: what they say by themselves is not said again by a pair.
    """
    if given is None and (not rows.extras or len(names) < 2 or len(rows.target) < FEWEST_ROWS):
        return []
    if given is not None and not given:
        return []
    columns = {name: _column(frame.get_column(name), rows) for name in names}
    base = [each.odds for each in columns.values()]
    base += [_odds(*_bins(frame.get_column(name)), rows) for name in beside]
    base = sorted(base, key=lambda odds: -float(odds.std()))[: MOST_BESIDE + MOST_COLUMNS]
    chosen = _chosen(columns, base, rows) if given is None else given
    wanted = [(columns[a], columns[b]) for a, b in chosen if a in columns and b in columns]
    return _fitted(wanted, base, rows)


def _column(series: pl.Series, rows: Rows) -> _Column:
    counted: Counter[str] = Counter()
    for value, count in series.cast(pl.String).drop_nulls().value_counts().iter_rows():
        counted[fold_case(value)] += count
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    levels = tuple(key for key, _ in ordered[:MOST_LEVELS])
    codes = pair_codes(series, levels).astype(np.int64)
    return _Column(str(series.name), levels, codes, _odds(codes, len(levels) + 2, rows))


def _bins(series: pl.Series) -> tuple[NDArray[np.int64], int]:
    """A number or date as its bin among equally large ones, the last for missing."""
    values = (
        series.cast(pl.Int64 if series.dtype == pl.Datetime else series.dtype).cast(pl.Float64).to_numpy()
    )
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.zeros(0)
    return np.where(np.isnan(values), BINS, np.searchsorted(edges, values)).astype(np.int64), BINS + 1


def _odds(codes: NDArray[np.int64], size: int, rows: Rows) -> Floats:
    """Log-odds so far of each row's level, out of fold."""
    positives, counts = counts_by_fold(codes, rows.folds, rows.target, size, rows.fold_count)
    strength = best_strength(codes, rows.folds, rows.target, positives, counts, rows.rate)
    without = log_odds(positives.sum(0) - positives, counts.sum(0) - counts, rows.rate, strength)
    found: Floats = without[rows.folds, codes]
    return found


def _chosen(columns: dict[str, _Column], base: Sequence[Floats], rows: Rows) -> list[tuple[str, str]]:
    """The names of the pairs worth having, surest first, judged on some of the rows where they are many."""
    telling = sorted(columns.values(), key=lambda each: (-float(each.odds.std()), each.name))[:MOST_COLUMNS]
    some = np.arange(len(rows.target))
    if len(some) > ROWS_TO_CHOOSE_BY:
        some = np.sort(np.random.default_rng(0).permutation(some)[:ROWS_TO_CHOOSE_BY])
    fewer, known = rows.at(some), [odds[some] for odds in base]
    thin = {each.name: each.at(some) for each in telling}
    left, chosen = list(combinations(thin, 2)), list[tuple[str, str]]()
    sure = float(np.sqrt(2 * np.log(len(left) / CHANCE)))  # P(normal > sure) < CHANCE / pairs
    while left and len(chosen) < MOST_PAIRS:
        z = _base(known, fewer)
        judged = [(_sureness(_pair(thin[a], thin[b], z, fewer), z, fewer), a, b) for a, b in left]
        judged.sort(key=lambda each: (-each[0], each[1], each[2]))
        sureness, first, second = judged[0]
        if sureness < sure:
            break
        chosen.append((first, second))
        known.append(_number(_pair(thin[first], thin[second], z, fewer), z, fewer)[1])
        left = [(a, b) for maybe, a, b in judged[1:] if maybe > MAYBE]
    return chosen


def _fitted(wanted: Sequence[tuple[_Column, _Column]], base: Sequence[Floats], rows: Rows) -> list[Fitted]:
    known, found = list(base), []
    for first, second in wanted:
        z = _base(known, rows)
        pair = _pair(first, second, z, rows)
        strength, number = _number(pair, z, rows)
        full = pair.surplus.sum(0) / (pair.curvature.sum(0) + _pull(rows, strength))
        part = PairPart(
            column=first.name,
            other=second.name,
            levels=first.levels,
            other_levels=second.levels,
            table=tuple(tuple(row) for row in millionths(full).reshape(first.size, second.size).tolist()),
        )
        draft = Draft(f"{first.name} together with {second.name}")
        found.append(Fitted(part, (draft,), number[:, None]))
        known.append(number)
    return found


def _base(known: Sequence[Floats], rows: Rows) -> Floats:
    """Log-odds of a ridge logistic regression on what is known so far."""
    x = np.column_stack([np.ones(len(rows.target)), *known])
    pull = np.ones(x.shape[1])
    pull[0] = 1e-9
    found = np.zeros(x.shape[1])
    found[0] = np.log(rows.rate / (1 - rows.rate))
    z: Floats = x @ found
    for _ in range(8):
        p = _share(z)
        curvature = np.maximum(p * (1 - p), 1e-6)
        system = (x * curvature[:, None]).T @ x + np.diag(pull)
        move = np.linalg.solve(system, x.T @ (rows.target - p) - pull * found)
        found = found + move * min(1.0, 2.0 / max(float(np.abs(move).max()), 1e-12))
        z = x @ found
        if np.abs(move).max() < 1e-4:
            break
    return z


def _pair(first: _Column, second: _Column, z: Floats, rows: Rows) -> _Found:
    p = _share(z)
    size = first.size * second.size
    cells = first.codes * second.size + second.codes
    places = rows.folds * size + cells

    def per_cell(weights: Floats) -> Floats:
        counted = np.bincount(places, weights=weights, minlength=size * rows.fold_count)
        return counted.astype(np.float64).reshape(rows.fold_count, size)

    return _Found(cells, per_cell(rows.target - p), per_cell(p * (1 - p)))


def _share(z: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
    return found


def _pull(rows: Rows, strength: float) -> float:
    return strength * rows.rate * (1 - rows.rate)


def _sureness(pair: _Found, z: Floats, rows: Rows) -> float:
    """How many standard errors the pair's number goes along with what the base leaves over.

    Rows that belong together count as one piece of evidence.
    """
    number, p = pair.out_of_fold(rows, USUAL), _share(z)
    along = number * (rows.target - p)
    if rows.groups is None:
        error = float(np.sqrt((number * number * p * (1 - p)).sum()))
    else:
        error = float(np.sqrt((np.bincount(rows.groups, weights=along) ** 2).sum()))
    return float(along.sum()) / error if error > 1e-9 else 0.0


def _number(pair: _Found, z: Floats, rows: Rows) -> tuple[float, Floats]:
    """The strength that predicts best together with the base, and the pair's number out of fold."""
    tried = [(strength, pair.out_of_fold(rows, strength)) for strength in STRENGTHS]

    def loss(number: Floats) -> float:
        after = z + number
        return float(np.mean(np.logaddexp(0.0, after) - rows.target * after))

    return min(tried, key=lambda each: loss(each[1]))
