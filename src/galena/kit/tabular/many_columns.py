"""Reading many columns at once: what every value of a plain column says, for hundreds of columns in one query.

A call per column costs a tenth of a millisecond however short the column is, and reading takes a dozen of them; a
table of thousands of columns spends its time on calls. Here the common cases go through Polars together: text that is
stripped, numbers written plainly (12, -3.5, 1e6), yes/no words, typed numbers. What is not plain is left to the reader
of one column, so that both ways read alike.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from galena.kit.tabular.numbers import PLAIN_POINT
from galena.kit.tabular.values import BOOLEANS, SPACE

CELLS_AT_ONCE: Final = 2_000_000
COLUMNS_AT_ONCE: Final = 500


def batches(names: Sequence[str], rows: int) -> Iterator[list[str]]:
    """The names in runs whose texts fit into memory side by side."""
    size = max(1, min(COLUMNS_AT_ONCE, CELLS_AT_ONCE // max(1, rows)))
    for at in range(0, len(names), size):
        yield list(names[at : at + size])


def stripped(frame: pl.DataFrame, names: Sequence[str], missing: Sequence[str]) -> pl.DataFrame:
    """Text columns without space around their values; words that mean "not known" are null."""
    texts = frame.select(pl.col(name).str.strip_chars(SPACE) for name in names)
    tokens = pl.Series(list(missing), dtype=pl.String).implode()
    return texts.select(
        pl.when(pl.col(name).is_in(tokens)).then(None).otherwise(pl.col(name)).alias(name) for name in names
    )


def plain_numbers(texts: pl.DataFrame) -> pl.DataFrame:
    """Of stripped text columns those where every value is a plain number with a point, as Float64."""
    kept = _all(texts, [pl.col(name).str.contains(PLAIN_POINT).all() for name in texts.columns])
    values = texts.select(pl.col(name).cast(pl.Float64, strict=False) for name in kept)
    return values.select(_all(values, [pl.col(name).is_finite().all() for name in kept]))


def truths(texts: pl.DataFrame) -> pl.DataFrame:
    """Of stripped text columns those where every value says yes or no, as Boolean."""
    values = texts.select(
        pl.col(name).replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean) for name in texts.columns
    )
    lost = [
        name
        for name, before, after in zip(
            texts.columns, texts.null_count().row(0), values.null_count().row(0), strict=True
        )
        if before != after
    ]
    return values.drop(lost)


def typed_numbers(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Columns of whole numbers, and those of fractions that are all finite, as Float64."""
    schema = frame.schema
    whole = [name for name in names if schema[name].is_integer()]
    fractions = [name for name in names if schema[name] == pl.Float64]
    kept = _all(frame, [pl.col(name).is_finite().all() for name in fractions])
    return frame.select(pl.col(name).cast(pl.Float64) for name in (*whole, *kept))


def _all(frame: pl.DataFrame, checks: Sequence[pl.Expr]) -> list[str]:
    """The names of the columns whose check (one truth per column; nulls pass) holds."""
    if not checks:
        return []
    found = frame.select(checks)
    return [name for name, holds in zip(found.columns, found.row(0), strict=True) if holds]
