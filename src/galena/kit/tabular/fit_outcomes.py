"""Fitting the inputs that look at outcomes, categories and words; what training sees of them is out of fold."""

from collections import Counter
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.kit.tabular.fitted import ALL, SMOOTH, TREES, Draft, Fitted, Rows
from galena.kit.tabular.odds import best_strength, counts_by_fold, log_odds, millionths
from galena.kit.tabular.parts import CategoryPart, fold_case, level_codes
from galena.kit.tabular.words import WORD, WordsPart, evidence_of, word_places

MOST_LEVELS: Final = 5_000
FREQUENCY_FROM: Final = 10
TREE_LEVELS: Final = 8
LEVEL_ROWS: Final = 20
LEVEL_SHARE: Final = 0.005
MOST_WORDS: Final = 3_000
WORD_ROWS: Final = 5
WORD_SHARE: Final = 0.001
WORD_STRENGTH: Final = 20.0
TELLING_Z: Final = 4.0


def fit_category(series: pl.Series, rows: Rows) -> Fitted | None:
    """Log-odds so far (shrunken, out of fold in training), frequency, and a flag per large level."""
    counted: Counter[str] = Counter()
    spelt: dict[str, str] = {}
    spellings = (
        series.drop_nulls().alias("level").value_counts().sort("count", "level", descending=[True, False])
    )
    for value, count in spellings.iter_rows():
        counted[fold_case(value)] += count
        spelt.setdefault(fold_case(value), value)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:MOST_LEVELS]
    levels, counts = (
        tuple(key for key, _ in ordered),
        np.array([count for _, count in ordered], dtype=np.float64),
    )
    if not levels:
        return None
    codes = level_codes(series, {level: index for index, level in enumerate(levels)}).astype(np.int64)
    missing = codes == len(levels) + 1
    if len(levels) == 1 and not missing.any():
        return None
    codes[codes >= len(levels)] = -1
    numbers: list[NDArray[np.float64]] = []
    cross: list[NDArray[np.float64]] = []
    drafts: list[Draft] = []
    if len(levels) != 2:
        fitted, out_of_fold = _conversion(codes, rows, len(levels))
        numbers.append(fitted)
        cross.append(out_of_fold)
        drafts.append(Draft(f"{series.name}: conversion so far"))
        if len(levels) > FREQUENCY_FROM:
            numbers.append(np.log1p(counts))
            cross.append(np.where(codes >= 0, np.log1p(counts)[codes], 0.0))
            drafts.append(Draft(f"{series.name}: how common", TREES))
    for index in _large_levels(counts, len(series), rows.extras):
        numbers.append((np.arange(len(levels)) == index).astype(np.float64))
        cross.append((codes == index).astype(np.float64))
        use = ALL if len(levels) <= TREE_LEVELS else SMOOTH
        drafts.append(Draft(f"{series.name} is {spelt[levels[index]]}", use, flag=True))
    return _category(series.name, levels, counts, numbers, cross, drafts, missing)


def _conversion(
    codes: NDArray[np.int64], rows: Rows, levels: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    positives, counts = counts_by_fold(codes, rows.folds, rows.target, levels, rows.fold_count)
    strength = best_strength(codes, rows.folds, rows.target, positives, counts, rows.rate)
    fitted = log_odds(positives.sum(0), counts.sum(0), rows.rate, strength)
    without = log_odds(positives.sum(0) - positives, counts.sum(0) - counts, rows.rate, strength)
    return fitted, np.where(codes >= 0, without[rows.folds, codes], 0.0)


def _large_levels(counts: NDArray[np.float64], rows: int, extras: int) -> list[int]:
    """The levels with rows enough for a flag of their own; of two levels one flag says all."""
    if len(counts) == 2:
        return [0]
    enough = max(LEVEL_ROWS, LEVEL_SHARE * rows)
    return [index for index, count in enumerate(counts[:extras]) if count >= enough]


def _category(
    name: str,
    levels: tuple[str, ...],
    counts: NDArray[np.float64],
    numbers: list[NDArray[np.float64]],
    cross: list[NDArray[np.float64]],
    drafts: list[Draft],
    missing: NDArray[np.bool_],
) -> Fitted:
    table = millionths(np.column_stack(numbers))
    # one flag alone cannot tell an unseen level from the other one; otherwise unseen is the average and no flag
    lone = len(levels) == 2
    flagged = [draft.flag and not lone for draft in drafts]
    part = CategoryPart(
        column=name,
        levels=levels,
        rows=tuple(int(count) for count in counts),
        table=tuple(tuple(row) for row in table.tolist()),
        unknown=tuple(None if lone else 0 for _ in drafts),
        absent=tuple(0 if flag else None for flag in flagged),
    )
    matrix = np.column_stack(cross)
    matrix[np.ix_(missing, ~np.array(flagged))] = np.nan
    return Fitted(part, tuple(drafts), matrix)


def fit_words(series: pl.Series, rows: Rows) -> Fitted:
    """Length, word count, the evidence of the words (naive Bayes, out of fold in training), telling words."""
    words = _vocabulary(series)
    place = {word: index for index, word in enumerate(words)}
    at_row, at_word, counts = word_places(series, place)
    positives, per_fold = counts_by_fold(
        at_word, rows.folds[at_row], rows.target[at_row], len(words), rows.fold_count
    )
    evidence = millionths(log_odds(positives.sum(0), per_fold.sum(0), rows.rate, WORD_STRENGTH))
    without = millionths(
        log_odds(positives.sum(0) - positives, per_fold.sum(0) - per_fold, rows.rate, WORD_STRENGTH)
    )
    flags = _telling(positives.sum(0), per_fold.sum(0), rows)
    part = WordsPart(column=series.name, words=words, evidence=tuple(evidence.tolist()), flags=tuple(flags))
    said = evidence_of(at_row, without[rows.folds[at_row], at_word], len(series), part.cap)
    length = series.str.len_chars().cast(pl.Float64).fill_null(0.0).to_numpy()
    matrix = [length, counts, said]
    for flag in flags:
        column = np.zeros(len(series))
        column[at_row[at_word == flag]] = 1.0
        matrix.append(column)
    block = np.column_stack(matrix).astype(np.float64)
    block[series.is_null().to_numpy()] = np.nan
    drafts = [Draft(f"{series.name}: {what}") for what in ("characters", "words", "what its words say")]
    drafts += [Draft(f"{series.name} says “{words[flag]}”") for flag in flags]
    return Fitted(part, tuple(drafts), block)


def _vocabulary(series: pl.Series) -> tuple[str, ...]:
    """The words in enough rows (and not in nearly all), most frequent first."""
    lists = series.str.to_lowercase().str.extract_all(WORD).list.unique()
    found = lists.explode().drop_nulls().alias("word").value_counts(sort=False)
    least = max(WORD_ROWS, WORD_SHARE * len(series))
    kept = found.filter((pl.col("count") >= least) & (pl.col("count") <= 0.95 * len(series)))
    ordered = kept.sort("count", "word", descending=[True, False]).head(MOST_WORDS)
    # lower case by Polars and by Python may differ for rare letters: keep what both agree on
    return tuple(word for word in ordered.get_column("word").to_list() if word == word.lower())


def _telling(positives: NDArray[np.float64], counts: NDArray[np.float64], rows: Rows) -> list[int]:
    """The words whose outcomes differ most surely from the average, with rows enough."""
    total, rate = len(rows.target), rows.rate
    spread = np.sqrt(np.maximum(counts * rate * (1 - rate) * (1 - counts / max(total, 1)), 1e-12))
    z = np.where(counts >= LEVEL_ROWS, np.abs(positives - counts * rate) / spread, 0.0)
    order = np.argsort(-z, kind="stable")[: rows.extras]
    return [int(index) for index in order if z[index] >= TELLING_Z]
