"""Finding out how a table is read: the kind of every column, its formats, and which columns are of no use.

Only the columns' own values decide, never an outcome. A column is a number or a date when nearly all of its values
read as such; text that repeats is a category; sentences are text; ids, constants, copies and empty columns are unused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from galena.kit.tabular.dates import FORMATS, date_of_text, dates_of_text
from galena.kit.tabular.many_columns import batches, plain_numbers, stripped
from galena.kit.tabular.numbers import NumberStyle, number_of_text, numbers_of_text
from galena.kit.tabular.reading import ColumnReading, Reading
from galena.kit.tabular.values import BOOLEANS, MISSING, SPACE, text_of

SAMPLE: Final = 20_000
PROBED: Final = 50
# Nearly all: a few typos or remarks do not turn a number into a category.
NEARLY_ALL: Final = 0.95
_ID_NAME = re.compile(
    r"(?:^|[\s_\-.#(])(?:id|ids|uuid|guid|key|no|nr|number|code|hash|pk|rownum|row|index|ref|reference)\)?$"
    r"|^(?:id|uuid|guid|key|index|row|pk|unnamed:? ?0?)(?:[\s_\-.#]|$)",
    re.IGNORECASE,
)
_CAMEL_ID = re.compile(r"[a-z0-9](?:Id|ID|Number|Key|UUID|No)$")
# What a plain number may be as well: a date of eight digits, or a code that begins with 0.
_LIKE_DATE_OR_CODE: Final = r"^(?:[12][0-9]{3}[01][0-9][0-3][0-9]|0[0-9]+)$"
_YEARS: Final = (1900, 2100)
_REMARKS: Final = ("unknown", "other", "none", "missing", "tbd", "n.k.", "not known", "invalid", "error")


@dataclass(frozen=True)
class _Sample:
    """A column's values as a sample: distinct texts with their row counts, and what the whole column shows."""

    texts: pl.Series
    counts: pl.Series
    rows: int
    filled: int
    distinct: int

    @property
    def sampled(self) -> int:
        return int(self.counts.sum())


def infer_reading(
    frame: pl.DataFrame, *, id_column: str | None = None, unused: Mapping[str, str] | None = None
) -> Reading:
    """How to read a table of any column types (all text, as from a CSV file, or typed).

    Args:
        frame: the table; a sample of the rows decides kinds, all rows decide constants, ids and copies.
        id_column: a column known to name the rows; it is unused.
        unused: further columns not to be read, each with the reason.
    """
    reasons = dict(unused or {})
    if id_column is not None:
        reasons.setdefault(id_column, "names the rows")
    found = {
        name: ColumnReading(name=name, kind="unused", why=why)
        for name, why in reasons.items()
        if name in frame.columns
    }
    texts = [name for name, dtype in frame.schema.items() if name not in found and dtype == pl.String]
    for names in batches(texts, frame.height):
        found |= _infer_texts(stripped(frame, names, MISSING))
    for name in frame.columns:
        if name not in found:
            found[name] = _infer_column(name, frame.get_column(name))
    return _without_copies(Reading(columns=tuple(found[name] for name in frame.columns)), frame)


def _infer_texts(texts: pl.DataFrame) -> dict[str, ColumnReading]:
    """Stripped text columns; those that hold nothing but plain numbers are found out together."""
    found: dict[str, ColumnReading] = {}
    numbers = plain_numbers(texts)
    if numbers.width:
        odd = texts.select(
            pl.col(name).str.contains(_LIKE_DATE_OR_CODE).any() for name in numbers.columns
        ).row(0)
        numbers = numbers.select(name for name, any_ in zip(numbers.columns, odd, strict=True) if not any_)
    plain = set(numbers.columns)
    for series in texts.get_columns():
        unused = _empty_or_constant(series.name, series)
        if unused is not None:
            found[series.name] = unused
        elif series.name in plain:
            values = numbers.get_column(series.name)
            filled = len(values) - values.null_count()
            found[series.name] = _infer_number(series.name, _whole(values), filled)
        else:
            found[series.name] = _infer_text(series.name, series, len(series) - series.null_count())
    return found


def _whole(values: pl.Series) -> pl.Series:
    """As integers if they all are and none is too large to be told from its neighbours."""
    known = values.drop_nulls().to_numpy()
    whole = bool((known == np.floor(known)).all() and (np.abs(known) < 2**53).all())
    return values.cast(pl.Int64) if whole else values


def _infer_column(name: str, given: pl.Series) -> ColumnReading:
    dtype = given.dtype
    if dtype.is_nested() or dtype in (pl.Object, pl.Binary, pl.Time, pl.Duration):
        if dtype != pl.Object:
            return ColumnReading(
                name=name, kind="unused", why=f"its type ({dtype}) is not one a model can read"
            )
        given = pl.Series(name, [None if v is None else text_of(v) for v in given.to_list()], dtype=pl.String)
    if given.dtype in (pl.Categorical, pl.Enum):
        given = given.cast(pl.String)
    if given.dtype == pl.String:
        texts = given.str.strip_chars(SPACE)
        given = texts.set(texts.is_in(MISSING), None)
    elif given.dtype.is_float() or given.dtype == pl.Decimal:
        given = given.cast(pl.Float64)
        given = given.set(~given.is_finite().fill_null(False), None)
    filled = given.len() - given.null_count()
    unused = _empty_or_constant(name, given)
    if unused is not None:
        return unused
    if given.dtype == pl.Boolean:
        return ColumnReading(name=name, kind="boolean")
    if given.dtype.is_temporal():
        return ColumnReading(name=name, kind="date")
    return (
        _infer_number(name, given, filled) if given.dtype.is_numeric() else _infer_text(name, given, filled)
    )


def _empty_or_constant(name: str, given: pl.Series) -> ColumnReading | None:
    rows, missing = len(given), given.null_count()
    if missing == rows:
        return ColumnReading(name=name, kind="unused", why="empty: no row has a value")
    if (not missing or min(rows - missing, missing) < 5) and given.n_unique() - (missing > 0) == 1:
        return ColumnReading(name=name, kind="unused", why=f"constant: every row says {_shown(given)}")
    return None


def _shown(given: pl.Series) -> str:
    text = text_of(given.drop_nulls().first())
    return f"“{text[:40]}”"


def _infer_number(name: str, given: pl.Series, filled: int, style: NumberStyle = "point") -> ColumnReading:
    values = given.cast(pl.Float64).drop_nulls()
    if is_number_id(name, values, given.len()):
        return ColumnReading(name=name, kind="unused", why="an id: every value differs")
    if given.dtype.is_integer() and _named_id(name) and _many_codes(values):
        if values.n_unique() <= max(50, filled // 10):
            return ColumnReading(name=name, kind="category")
        return ColumnReading(name=name, kind="unused", why="an id: nearly every value differs")
    return ColumnReading(name=name, kind="number", number_style=style)


def _many_codes(values: pl.Series) -> bool:
    return values.n_unique() > 20 and int((values.abs() >= 100).sum()) > 0.9 * len(values)


def _named_id(name: str) -> bool:
    return bool(_ID_NAME.search(name.strip()) or _CAMEL_ID.search(name.strip()))


def is_number_id(name: str, values: pl.Series, rows: int) -> bool:
    """Whether numbers only name the rows: whole, (nearly) all distinct, and running or called an id.

    Whole numbers run when sorted neighbours are one apart almost everywhere, or when they only rise or only fall
    with the rows of the file. An income that happens to differ in every row does neither.
    """
    count = len(values)
    if count < 20 or count < 0.9 * rows or values.n_unique() < 0.99 * count:
        return False
    if not bool((values == values.floor()).all()):
        return False
    if _named_id(name):
        return True
    steps = np.diff(np.sort(values.to_numpy()))
    running = float((steps == 1).mean()) > 0.95
    order = np.diff(values.to_numpy())
    return running or bool((order > 0).all() or (order < 0).all())


def _infer_text(name: str, given: pl.Series, filled: int) -> ColumnReading:
    sample = _sample_of(given, filled)
    if sample.distinct <= 6 and _is_pair(sample.texts):
        return ColumnReading(name=name, kind="boolean")
    return (
        _date_in_text(name, sample)
        or _number_in_text(name, given, sample, filled)
        or _words_in_text(name, sample)
    )


def _sample_of(given: pl.Series, filled: int) -> _Sample:
    present = given.drop_nulls()
    distinct = present.n_unique()
    if len(present) > SAMPLE:
        present = present.gather_every(len(present) // SAMPLE)
    counts = present.alias("text").value_counts(sort=False).sort("count", "text", descending=[True, False])
    return _Sample(counts.get_column("text"), counts.get_column("count"), given.len(), filled, distinct)


def _is_pair(texts: pl.Series) -> bool:
    said = set(texts.str.to_lowercase().to_list())
    pairs = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"on", "off"})
    return said in pairs and all(text in BOOLEANS for text in texts.to_list())


def _share(sample: _Sample, read: pl.Series) -> float:
    """The share of the sampled rows whose value could be read."""
    return int(sample.counts.filter(read.is_not_null()).sum()) / sample.sampled


def _date_in_text(name: str, sample: _Sample) -> ColumnReading | None:
    likely = _likely_formats(sample)
    if not likely:
        return None
    head = sample.texts
    shares = {key: _share(sample, dates_of_text(head, (key,))) if key in likely else 0.0 for key in FORMATS}
    if shares["compact"] > 0 and not _compact_dates(name, head):
        shares["compact"] = 0.0
    if max(shares.values()) == 0.0:
        return None
    dashed = int(head.str.contains("/", literal=True).sum()) < 0.5 * len(head)
    # 03-04-2026 alone cannot be told: slashes are read the American way, dashes and dots the other
    taste = {"ymd": 0, "dmy": 1 if dashed else 2, "mdy": 2 if dashed else 1}
    order = sorted(
        (key for key in FORMATS if shares[key] > 0), key=lambda key: (-shares[key], taste.get(key, 3))
    )
    rival = "mdy" if "dmy" in order and order.index("dmy") < _place(order, "mdy") else "dmy"
    formats = tuple(key for key in order if key != rival)
    if _share(sample, dates_of_text(sample.texts, formats)) < NEARLY_ALL:
        return None
    return ColumnReading(
        name=name, kind="date", date_formats=(*formats, *(("ymd",) if "ymd" not in formats else ()))
    )


def _probe(sample: _Sample) -> list[str]:
    """A few dozen distinct values from all over, for a first look that costs next to nothing."""
    return list(sample.texts.gather_every(max(1, len(sample.texts) // PROBED)).to_list())


def _likely_formats(sample: _Sample) -> list[str]:
    probe = _probe(sample)
    found = [(key, sum(date_of_text(text, (key,)) is not None for text in probe)) for key in FORMATS]
    # dmy and mdy may share a column's values, so together they must do
    return [key for key, hits in found if hits] if sum(hits for _, hits in found) >= 0.5 * len(probe) else []


def _place(order: list[str], key: str) -> int:
    return order.index(key) if key in order else len(order)


def _compact_dates(name: str, texts: pl.Series) -> bool:
    """Eight digits are a date when all read as one of 1900-2100 and the column is called so, or has a time."""
    if bool(texts.str.contains("T", literal=True).any()):
        return True
    read = dates_of_text(texts, ("compact",)).drop_nulls()
    named = re.search(r"date|datum|day|_at$|_on$", name, re.IGNORECASE) is not None
    years = read.dt.year()
    return named and len(read) >= NEARLY_ALL * len(texts) and bool(years.is_between(*_YEARS).all())


def _number_in_text(name: str, given: pl.Series, sample: _Sample, filled: int) -> ColumnReading | None:
    probe = _probe(sample)
    if sum(
        number_of_text(text, "point") is None and number_of_text(text, "comma") is None for text in probe
    ) > max(3, 0.2 * len(probe)):
        return None
    style = _number_style(sample)
    read = numbers_of_text(sample.texts, style)
    share = _share(sample, read)
    strange = sample.texts.filter(read.is_null())
    remarks = strange.filter(strange.str.to_lowercase().is_in(_REMARKS))
    # a word or two beside many different numbers (unknown, n.k.) is a missing value, not a category
    few_words = (
        len(strange) <= 3 and share >= 0.5 and len(read) - len(strange) >= 20 and len(remarks) == len(strange)
    )
    if share < NEARLY_ALL and not few_words:
        return None
    if _codes(sample):
        return None
    column = _infer_number(name, _whole(numbers_of_text(given, style)), filled, style)
    missing = tuple(remarks.to_list()) if column.kind == "number" else ()
    return column.model_copy(update={"missing": missing})


def _number_style(sample: _Sample) -> NumberStyle:
    point, comma = (numbers_of_text(sample.texts, style) for style in ("point", "comma"))
    only_comma = sample.texts.filter(point.is_null() & comma.is_not_null())
    return "comma" if len(only_comma) and _share(sample, comma) > _share(sample, point) else "point"


def _codes(sample: _Sample) -> bool:
    """Digits with leading zeros (postcodes, SIC codes) are names, not amounts."""
    leading = sample.texts.str.contains(r"^0[0-9]+$")
    return _share(sample, leading.cast(pl.Int8).replace(0, None)) > 0.02


def _words_in_text(name: str, sample: _Sample) -> ColumnReading:
    spaces = sample.texts.str.count_matches(r"[ \t\n]+") + 1
    words = float((spaces * sample.counts).sum()) / sample.sampled
    differ = sample.distinct / sample.filled
    if differ > 0.95 and sample.filled >= 20 and words < 1.5:
        return ColumnReading(name=name, kind="unused", why="an id: every value differs")
    if _named_id(name) and differ > 0.9 and sample.filled >= 20:
        return ColumnReading(name=name, kind="unused", why="an id: every value differs")
    many = words >= 6.0 and (differ > 0.2 or sample.distinct > 200)
    if many or (differ > 0.5 and words >= 2.5) or (differ > 0.9 and words >= 1.5):
        return ColumnReading(name=name, kind="text")
    return ColumnReading(name=name, kind="category")


def _without_copies(reading: Reading, frame: pl.DataFrame) -> Reading:
    """A column whose values equal those of an earlier one, row by row, is unused."""
    read = reading.read(frame).frame
    seen: dict[tuple[str, int, int], list[str]] = {}
    columns: list[ColumnReading] = []
    for column in reading.columns:
        twin = None
        if column.kind != "unused":
            series = read.get_column(column.name)
            hashes = series.hash(seed=0)
            key = (str(series.dtype), series.null_count(), int(hashes.sum() or 0))
            twin = next((name for name in seen.get(key, []) if series.equals(read.get_column(name))), None)
            seen.setdefault(key, []).append(column.name)
        columns.append(
            column
            if twin is None
            else ColumnReading(name=column.name, kind="unused", why=f"the same as column “{twin}”")
        )
    return Reading(columns=tuple(columns), missing=reading.missing)
