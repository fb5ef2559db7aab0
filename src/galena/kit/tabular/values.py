"""One value of any type, or one column of any type, as the value of its kind: the two must agree bit for bit.

The kinds: number (float), date (instant without zone, UTC), boolean, category and text (stripped text). What cannot
be read is null, as is what is infinite; missing values are null, too.
"""

import math
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

import polars as pl

from galena.kit.tabular.dates import date_of_text, dates_of_text, naive_utc
from galena.kit.tabular.numbers import NumberStyle, number_of_text, numbers_of_text

Kind = Literal["number", "date", "boolean", "category", "text", "unused"]
DTYPES: Final[dict[Kind, pl.DataType]] = {
    "number": pl.Float64(),
    "date": pl.Datetime("us"),
    "boolean": pl.Boolean(),
    "category": pl.String(),
    "text": pl.String(),
}
SPACE: Final = " \t\n\r\x0b\x0c\u00a0\u1680\u2000\u2001\u2002\u2003\u2009\u200b\u202f\u3000\ufeff"
_TOKENS = (
    *(
        "",
        "na",
        "n/a",
        "#n/a",
        "n.a.",
        "nan",
        "null",
        "none",
        "nil",
        "-",
        "--",
        "---",
        "?",
        ".",
        "<na>",
        "(blank)",
    ),
    # what a web form sends when nothing was chosen
    *("select", "select one", "select...", "please select", "--select--", "-select-", "- select -", "choose"),
    *("nat", "not available", "not provided", "not specified", "#value!", "#ref!", "#div/0!", "\\n"),
)
# Spelt out in every case people use, so that both readers compare the same strings.
MISSING: Final[tuple[str, ...]] = tuple(
    sorted({form for token in _TOKENS for form in (token, token.upper(), token.title(), token.capitalize())})
)
_TRUE, _FALSE = ("yes", "y", "true", "t", "on", "1", "1.0"), ("no", "n", "false", "f", "off", "0", "0.0")
BOOLEANS: Final[dict[str, bool]] = {
    form: truth
    for tokens, truth in ((_TRUE, True), (_FALSE, False))
    for token in tokens
    for form in (token, token.upper(), token.capitalize())
}


def text_of(value: object) -> str:
    """A value of any type as stripped text; whole floats without ".0", so that 3.0 and 3 are one category."""
    if isinstance(value, str):
        return value.strip(SPACE)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, date):
        instant = naive_utc(value)
        text = instant.isoformat(sep=" ")
        return text.removesuffix(" 00:00:00")
    return str(value).strip(SPACE)


def is_missing(value: object, missing: frozenset[str]) -> bool:
    """Whether a value of any type stands for "not known"; an infinite number does not (it is unreadable)."""
    if value is None:
        return True
    if isinstance(value, str):
        return value.strip(SPACE) in missing
    if isinstance(value, float):
        return value != value
    return isinstance(value, Decimal) and value.is_nan()


def value_reader(
    kind: Kind, style: NumberStyle, formats: tuple[str, ...], missing: frozenset[str]
) -> Callable[[Any], Any]:
    """A function reading one value of any type as this kind; None where missing or unreadable."""

    def number(value: Any) -> float | None:
        if type(value) is float or isinstance(value, (int, float, Decimal)):
            try:
                read = float(value)
            except (OverflowError, ValueError):
                return None
            return read if math.isfinite(read) else None
        if isinstance(value, str):
            text = value.strip(SPACE)
            return None if text in missing else number_of_text(text, style)
        return None

    def instant(value: Any) -> datetime | None:
        if isinstance(value, date):
            return naive_utc(value)
        if value is None or is_missing(value, missing):
            return None
        return date_of_text(text_of(value), formats)

    def boolean(value: Any) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        return None if is_missing(value, missing) else BOOLEANS.get(text_of(value))

    def text(value: Any) -> str | None:
        if type(value) is str:
            stripped = value.strip(SPACE)
            return None if stripped in missing else stripped
        if is_missing(value, missing) or (isinstance(value, float) and not math.isfinite(value)):
            return None
        return text_of(value)

    readers = {"number": number, "date": instant, "boolean": boolean, "category": text, "text": text}
    return readers[kind]


def read_series(
    given: pl.Series, kind: Kind, style: NumberStyle, formats: tuple[str, ...], missing: frozenset[str]
) -> tuple[pl.Series, pl.Series]:
    """A column of any type as this kind, and a mask of the values that were there but could not be read."""
    given = _simple(given)
    if given.dtype == pl.String:
        texts = given.str.strip_chars(SPACE)
        texts = texts.set(texts.is_in(sorted(missing)), None)
        read = _of_texts(texts, kind, style, formats)
        return read, texts.is_not_null() & read.is_null()
    cast = _of_typed(given, kind)
    if cast is None:
        reader = value_reader(kind, style, formats, missing)
        distinct = _distinct(given)
        found = [reader(value) for value in distinct]
        read = _spread(given, distinct, found, DTYPES[kind])
    else:
        read = cast
    gone = given.is_null() | (given.is_nan().fill_null(True) if given.dtype == pl.Float64 else False)
    if given.dtype == pl.Object:
        gone = pl.Series([is_missing(value, missing) for value in given.to_list()], dtype=pl.Boolean)
    return read, ~gone & read.is_null()


def _simple(given: pl.Series) -> pl.Series:
    """The column in one of the types the readers know: text, Float64, an integer, Boolean, Datetime("us")."""
    kind = given.dtype
    if kind in (pl.Categorical, pl.Enum):
        return given.cast(pl.String)
    if kind in (pl.Float32, pl.Null):
        return given.cast(pl.Float64)
    if kind == pl.Date:
        return given.cast(pl.Datetime("us"))
    if isinstance(kind, pl.Datetime):
        zoned = given.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if kind.time_zone else given
        return zoned.cast(pl.Datetime("us"))
    return given


def _of_texts(texts: pl.Series, kind: Kind, style: NumberStyle, formats: tuple[str, ...]) -> pl.Series:
    if kind == "number":
        return numbers_of_text(texts, style)
    if kind == "date":
        return dates_of_text(texts, formats)
    if kind == "boolean":
        return texts.replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean)
    return texts


def _of_typed(given: pl.Series, kind: Kind) -> pl.Series | None:
    """A typed column by a cast, where that is exactly what the reader of one value does; else None."""
    if kind == "number" and (given.dtype.is_integer() or given.dtype == pl.Boolean):
        return given.cast(pl.Float64)
    if kind == "number" and given.dtype == pl.Float64:
        return given.set(~given.is_finite().fill_null(False), None)
    if kind == "date" and given.dtype == pl.Datetime("us"):
        return given
    if kind == "boolean" and given.dtype == pl.Boolean:
        return given
    if kind in ("category", "text") and given.dtype.is_integer():
        return given.cast(pl.String)
    return None


def _distinct(given: pl.Series) -> list[Any]:
    if given.dtype == pl.Object or given.dtype.is_nested():
        return list(given.to_list())
    return list(given.unique().to_list())


def _spread(given: pl.Series, distinct: list[Any], found: list[Any], dtype: pl.DataType) -> pl.Series:
    values = pl.Series(found, dtype=dtype, strict=False)
    if given.dtype == pl.Object or given.dtype.is_nested():
        return values.alias(given.name)
    return given.replace_strict(
        pl.Series(distinct, dtype=given.dtype), values, default=None, return_dtype=dtype
    )
