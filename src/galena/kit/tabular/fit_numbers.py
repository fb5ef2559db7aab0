"""Fitting the inputs of numbers, yes/no columns and dates; none of them looks at outcomes."""

from datetime import datetime
from itertools import combinations
from typing import Any, Final, Literal, cast

import numpy as np
import polars as pl

from galena.kit.tabular.fitted import ALL, SMOOTH, TREES, Draft, Fitted, Rows
from galena.kit.tabular.parts import BooleanPart, DatePart, DateUnit, GapPart, NumberPart

# A code is far outside: as far from its neighbour as this many times the spread of all other values.
FAR: Final = 2.0
# ... and not a chance value: it repeats in this share of the rows.
REPEATS: Final = 0.01
SPIKE: Final = 0.10
MOST_GAPS: Final = 6
Direction = Literal[-1, 0, 1]
_SPAN_NEEDED_DAYS: Final[dict[DateUnit, int]] = {"weekday": 14, "month": 330, "day": 60}
_UNIT_NAMES: Final[dict[DateUnit, str]] = {
    "age_days": "age in days",
    "weekday": "weekday",
    "month": "month",
    "day": "day of month",
    "hour": "hour",
}


def fit_number(series: pl.Series, rows: Rows, direction: Direction) -> Fitted:
    """The number, with flags for codes far outside (999) and, for smooth members, for frequent values."""
    name = series.name
    values = series.drop_nulls().to_numpy()
    low, high = float(values.min()), float(values.max())
    apart: tuple[float, ...] = ()
    spikes: tuple[float, ...] = ()
    if direction == 0 and rows.extras:
        distinct, counts = np.unique(values, return_counts=True)
        apart = codes_apart(distinct, counts)
        inner = distinct[~np.isin(distinct, apart)]
        low, high = (float(inner[0]), float(inner[-1])) if len(inner) else (low, high)
        spikes = _spikes(distinct, counts, apart)[: max(0, rows.extras // 3)]
    part = NumberPart(column=name, low=low, high=high, apart=apart, flags=(*apart, *spikes))
    flags = [Draft(f"{name} is {_plain(code)}", ALL) for code in apart]
    flags += [Draft(f"{name} is {_plain(value)}", SMOOTH) for value in spikes]
    return Fitted(part, (Draft(name, ALL, direction), *flags))


def codes_apart(distinct: np.ndarray[Any, Any], counts: np.ndarray[Any, Any]) -> tuple[float, ...]:
    """The least or greatest value where it repeats and lies far outside all others (999 = never, -1 = unknown)."""
    found: list[float] = []
    for end in (-1, 0):
        rest = np.delete(distinct, end)
        if len(rest) < 3:
            break
        spread = float(rest[-1] - rest[0])
        gap = abs(float(distinct[end]) - float(rest[end]))
        often = counts[end] >= max(10, REPEATS * counts.sum())
        rounded = str(int(abs(distinct[end])) if distinct[end] == int(distinct[end]) else "").strip("9") in (
            "",
            "0",
        )
        if often and gap >= FAR * spread and (rounded or gap >= 10 * spread):
            found.append(float(distinct[end]))
            distinct, counts = rest, np.delete(counts, end)
    return tuple(found)


def _spikes(
    distinct: np.ndarray[Any, Any], counts: np.ndarray[Any, Any], apart: tuple[float, ...]
) -> tuple[float, ...]:
    """The least or greatest value where it makes up a tenth of the rows (0 = none); of few values, each."""
    total = counts.sum()
    if len(distinct) <= 2:
        return ()
    order = np.argsort(-counts, kind="stable")
    few = len(distinct) <= 10
    ends = {0, len(distinct) - 1}
    wanted = [i for i in order if counts[i] >= (0.02 if few else SPIKE) * total and (few or int(i) in ends)]
    return tuple(float(distinct[i]) for i in wanted if float(distinct[i]) not in apart)


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def fit_boolean(series: pl.Series, direction: Direction) -> Fitted:
    """Yes = 1, no = 0."""
    return Fitted(BooleanPart(column=series.name), (Draft(series.name, ALL, direction),))


def fit_date(series: pl.Series, direction: Direction) -> Fitted:
    """Weekday, month, day of month, hour where the dates vary enough to show them, and the age for trees.

    Age is kept from the smooth members: a trend they draw would be wrong first for the leads of tomorrow.
    """
    name = series.name
    oldest, newest = cast(datetime, series.min()), cast(datetime, series.max())
    span_days = (newest - oldest).days
    units: list[DateUnit] = ["age_days"]
    if direction == 0:
        units += [unit for unit, needed in _SPAN_NEEDED_DAYS.items() if span_days >= needed]
        if series.dt.hour().n_unique() > 2:
            units.append("hour")
    part = DatePart(column=name, units=tuple(units), newest=newest, oldest=oldest)
    # an older lead has a greater age, so a rising date is a falling age
    turned: Direction = -1 if direction > 0 else 1 if direction < 0 else 0
    inputs = (
        Draft(f"{name}: {_UNIT_NAMES[unit]}", TREES if unit == "age_days" and not direction else ALL, turned)
        for unit in units
    )
    return Fitted(part, tuple(inputs))


def fit_gaps(frame: pl.DataFrame, dates: list[str]) -> list[Fitted]:
    """The days between two date columns, for the first few pairs that vary."""
    found: list[Fitted] = []
    for since, column in combinations(dates, 2):
        days = (frame.get_column(column) - frame.get_column(since)).dt.total_seconds().drop_nulls() / 86_400
        if days.n_unique() <= 2 or len(found) >= MOST_GAPS:
            continue
        part = GapPart(
            column=column,
            since=since,
            low=float(cast(float, days.min())),
            high=float(cast(float, days.max())),
        )
        found.append(Fitted(part, (Draft(f"days from {since} to {column}"),)))
    return found
