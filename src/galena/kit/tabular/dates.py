"""Dates written as text, in the orders people use; read one by one or a column at a time, with the same result.

A format is named by its order: "ymd" (2026-01-31), "dmy", "mdy", "d-month-y" (31 Jan 2026), "month-d-y", "ym"
(2026-01) and "compact" (20260131). Each takes an optional time of day, AM/PM and zone; instants with a zone become UTC.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

_DAY, _MONTH, _YEAR4 = r"(?P<d>[0-9]{1,2})", r"(?P<m>[0-9]{1,2})", r"(?P<y>[0-9]{4})"
_YEAR = r"(?P<y>[0-9]{4}|[0-9]{2})"
_NAME = r"(?P<m>[A-Za-z]{3,9})\.?"
_WEEKDAY = r"(?:(?:[Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)[a-z]{0,6}\.?,? )?"
_TIME = (
    r"(?:(?:[Tt]|,? {1,2}| at )(?P<H>[0-9]{1,2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9}))?)?"
    r"(?: ?(?P<ap>[aApP])\.?[mM]\.?)?(?: ?(?P<z>[zZ]|UTC|GMT|[-+][0-9]{2}:?[0-9]{2}|[-+][0-9]{2}))?)?"
)
_COMPACT_TIME = r"(?:T(?P<H>[0-9]{2})(?P<M>[0-9]{2})(?P<S>[0-9]{2})?(?P<z>Z)?)?"
FORMATS: Final[dict[str, str]] = {
    "ymd": rf"{_YEAR4}[-/.]{_MONTH}[-/.]{_DAY}{_TIME}",
    "dmy": rf"{_DAY}[-/. ]{_MONTH}[-/. ]{_YEAR}{_TIME}",
    "mdy": rf"{_MONTH}[-/. ]{_DAY}[-/. ]{_YEAR}{_TIME}",
    "d-month-y": rf"{_WEEKDAY}{_DAY}(?:st|nd|rd|th)?[-/. ]{_NAME}[-/., ]{{1,2}}{_YEAR}{_TIME}",
    "month-d-y": rf"{_WEEKDAY}{_NAME}[-/. ]{_DAY}(?:st|nd|rd|th)?[-/., ]{{1,2}}{_YEAR}{_TIME}",
    "ym": rf"{_YEAR4}[-/]{_MONTH}",
    "compact": rf"(?P<y>[12][0-9]{{3}})(?P<m>[01][0-9])(?P<d>[0-3][0-9]){_COMPACT_TIME}",
}
_ONE = {name: re.compile(pattern) for name, pattern in FORMATS.items()}
_MANY = {name: f"^(?:{pattern})$" for name, pattern in FORMATS.items()}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NUMBER = {name: str(number) for number, name in enumerate(_MONTHS, 1)}
_PARTS = ("y", "m", "d", "H", "M", "S", "f", "ap", "z")


def date_of_text(text: str, formats: tuple[str, ...]) -> datetime | None:
    """The instant a text says (already stripped), by the first of the formats that fits; UTC, without a zone."""
    for name in formats:
        found = _ONE[name].fullmatch(text)
        if found is not None:
            instant = _instant(found.groupdict())
            if instant is not None:
                return instant
    return None


def _instant(parts: dict[str, str | None]) -> datetime | None:
    year_text, month = parts["y"] or "", parts["m"] or ""
    year = int(year_text)
    if len(year_text) == 2:
        year += 2000 if year < 70 else 1900
    if not month.isdigit():
        month = _MONTH_NUMBER.get(month[:3].lower(), "0")
    hour = int(parts.get("H") or 0)
    half = (parts.get("ap") or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    micros = int(((parts.get("f") or "") + "000000")[:6])
    zone = parts.get("z") or ""
    try:
        instant = datetime(
            year,
            int(month),
            int(parts.get("d") or 1),
            hour,
            int(parts.get("M") or 0),
            int(parts.get("S") or 0),
            micros,
        )
        return instant - timedelta(minutes=_offset_min(zone)) if zone[:1] in ("+", "-") else instant
    except (ValueError, OverflowError):
        return None


def _offset_min(zone: str) -> int:
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes


def dates_of_text(texts: pl.Series, formats: tuple[str, ...]) -> pl.Series:
    """`date_of_text` of every value of a text column (stripped; null stays null), as Datetime("us")."""
    values = np.full(len(texts), np.datetime64("NaT", "us"))
    for name in formats:
        todo = np.isnat(values) & texts.is_not_null().to_numpy()
        if not todo.any():
            break
        rows = np.flatnonzero(todo)
        values[rows] = _instants(texts.gather(rows), name)
    return pl.Series(texts.name, values, dtype=pl.Datetime("us"), nan_to_null=True)


def _instants(texts: pl.Series, name: str) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """A column by one format; NaT where it does not fit. Days are counted from the month's first, so 30 February
    is seen."""
    groups = texts.str.extract_groups(_MANY[name]).struct.unnest()
    groups = groups.with_columns(
        pl.lit(None, pl.String).alias(part) for part in _PARTS if part not in groups.columns
    )
    month = pl.col("m").str.head(3).str.to_lowercase()
    digits = (pl.col("z").str.replace(":", "", literal=True) + "00").str.slice(1, 4)
    offset = digits.str.head(2).cast(pl.Int64, strict=False) * 60 + digits.str.tail(2).cast(
        pl.Int64, strict=False
    )
    number = groups.select(
        fits=pl.col("y").is_not_null(),
        short=pl.col("y").str.len_bytes() == 2,
        y=pl.col("y").cast(pl.Int64),
        m=month.replace(_MONTH_NUMBER).cast(pl.Int64, strict=False),
        d=pl.col("d").cast(pl.Int64).fill_null(1),
        H=pl.col("H").cast(pl.Int64).fill_null(0),
        M=pl.col("M").cast(pl.Int64).fill_null(0),
        S=pl.col("S").cast(pl.Int64).fill_null(0),
        f=(pl.col("f").fill_null("") + "000000").str.head(6).cast(pl.Int64),
        half=pl.col("ap").str.to_lowercase().fill_null(""),
        offset=pl.when(pl.col("z").str.head(1).is_in(["+", "-"]))
        .then(offset * pl.when(pl.col("z").str.starts_with("-")).then(-1).otherwise(1))
        .fill_null(0),
    )
    p = {
        column: number[column].fill_null(0).to_numpy()
        for column in ("y", "m", "d", "H", "M", "S", "f", "offset")
    }
    year = p["y"] + np.where(
        number["short"].fill_null(False).to_numpy(), np.where(p["y"] < 70, 2000, 1900), 0
    )
    half = number["half"].to_numpy()
    hour = np.where(half == "", p["H"], p["H"] % 12 + np.where(half == "p", 12, 0))
    good = (
        number["fits"].to_numpy()
        & (year >= 1)
        & (p["m"] >= 1)
        & (p["m"] <= 12)
        & (p["d"] >= 1)
        & (hour <= 23)
    )
    good &= (p["M"] <= 59) & (p["S"] <= 59) & ((half == "") | ((p["H"] >= 1) & (p["H"] <= 12)))
    first = ((year - 1970) * 12 + (np.clip(p["m"], 1, 12) - 1)).astype("datetime64[M]")
    days = first.astype("datetime64[D]")
    good &= p["d"] <= ((first + 1).astype("datetime64[D]") - days).astype(np.int64)
    seconds = ((hour * 60 + p["M"] - p["offset"]) * 60 + p["S"]) * 1_000_000 + p["f"]
    instants = (days + (p["d"] - 1)).astype("datetime64[us]") + seconds
    good &= (instants >= np.datetime64("0001-01-01")) & (instants < np.datetime64("10000-01-01"))
    return np.where(good, instants, np.datetime64("NaT", "us"))


def naive_utc(value: date | datetime) -> datetime:
    """A date or an instant as UTC without a zone; a date is its midnight."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
