"""Stored forms of a score: values as a JSON array, contributions as a PostgreSQL bigint[] literal.

A frame is packed without a Python object per lead: Polars writes the columns as comma-separated lines, and a line of
numbers, true, false, null and JSON texts between brackets is a JSON array.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import polars as pl

from galena.engines.scoring.slots import Slot
from galena.kit.expression import BOOLEAN, DATE, INSTANT, NUMBER, Schema, Type

RANKED_KINDS = ("factor", "temperature", "model")
"""The kinds of contributions that are reasons."""

_PLACES = 1 << 10
"""More than the most contributions a revision may have: a rank and a place share one whole number."""


def pack_values(values: Mapping[str, Any], names: Sequence[str]) -> str:
    """The values in the order of `names` as a JSON array: numbers in their shortest exact form."""
    return json.dumps(
        [_plain(values.get(name)) for name in names],
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
        default=_plain,
    )


def unpack_values(packed: str | Sequence[Any], schema: Schema) -> dict[str, Any]:
    """Values as they were scored, from a JSON array (text, or read already) in the order of `schema`."""
    items = json.loads(packed) if isinstance(packed, str) else packed
    return {name: _typed(item, kind) for (name, kind), item in zip(schema.items(), items, strict=True)}


def pack_contributions(micropoints: Sequence[int]) -> str:
    """Micropoints as a PostgreSQL bigint[] literal: {31000000,14000000}."""
    return "{" + ",".join(map(str, micropoints)) + "}"


def packed_values(frame: pl.DataFrame, schema: Schema) -> pl.Series:
    """`pack_values` for each row of a frame."""
    columns = [_json_text(name, kind) for name, kind in schema.items()]
    return _lines(frame.select(columns), "[", "]").alias("values")


def packed_contributions(frame: pl.DataFrame, slots: Sequence[Slot]) -> pl.Series:
    """`pack_contributions` for each row of a frame."""
    return _lines(frame.select(slot.column for slot in slots), "{", "}").alias("contributions")


def largest_reasons(frame: pl.DataFrame, slots: Sequence[Slot], limit: int) -> pl.Series:
    """For each row the places of its largest reasons in the list of contributions, largest first.

    Places of size zero are left out; among equals the earlier place comes first.
    """
    ranked = [(slot, place) for place, slot in enumerate(slots) if slot.kind in RANKED_KINDS]
    if not ranked:
        return pl.Series("reasons", [[]] * frame.height, dtype=pl.List(pl.Int16))
    # Size and place in one number, so that a maximum finds both.
    sizes = frame.select(
        pl.when(pl.col(slot.column) != 0)
        .then(pl.col(slot.column).cast(pl.Int64).abs() * _PLACES + (_PLACES - 1 - place))
        .otherwise(0)
        .alias(slot.column)
        for slot, place in ranked
    )
    names = sizes.columns
    found = [sizes.select(_largest=pl.max_horizontal(names)).to_series()]
    for _ in range(limit - 1):
        below = sizes.with_columns(_below=found[-1])
        smaller = [pl.when(pl.col(name) < pl.col("_below")).then(pl.col(name)).otherwise(0) for name in names]
        found.append(below.select(_largest=pl.max_horizontal(smaller)).to_series())
    places = pl.DataFrame([series.alias(f"r{rank}") for rank, series in enumerate(found)])
    decoded = [
        pl.when(pl.col(name) > 0).then(_PLACES - 1 - pl.col(name) % _PLACES).cast(pl.Int16)
        for name in places.columns
    ]
    return places.select(reasons=pl.concat_list(decoded).list.drop_nulls()).to_series()


def _lines(frame: pl.DataFrame, opening: str, closing: str) -> pl.Series:
    """Each row as one text: its values between commas, unknown ones as null, all within the two brackets."""
    if frame.height == 0 or frame.width == 0:
        return pl.Series([opening + closing] * frame.height, dtype=pl.String)
    first, last = frame.columns[0], frame.columns[-1]
    bracketed = frame.with_columns((pl.lit(opening) + _written(first)).alias(first)).with_columns(
        (_written(last) + pl.lit(closing)).alias(last)
    )
    written = BytesIO()
    bracketed.write_csv(written, include_header=False, null_value="null", quote_style="never")
    # Written lines hold no control character, so each is read back as a single column: far faster than splitting.
    lines = pl.read_csv(
        written.getvalue(),
        has_header=False,
        separator="\x01",
        quote_char=None,
        schema={"lines": pl.String()},
    )
    return lines.to_series()


def _written(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null("null")


def _json_text(name: str, kind: Type) -> pl.Expr:
    """The column in a form whose written line is JSON."""
    column = pl.col(name)
    if kind in (NUMBER, BOOLEAN):
        return column
    if kind == DATE:
        return column.dt.strftime('"%Y-%m-%d"')
    if kind == INSTANT:
        return column.dt.strftime('"%Y-%m-%dT%H:%M:%S%.6f+00:00"')
    encoded = pl.struct(column.alias("x")).struct.json_encode()
    return encoded.str.strip_prefix('{"x":').str.strip_suffix("}").alias(name)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def _typed(item: Any, kind: Type) -> Any:
    if item is None:
        return None
    if kind == NUMBER:
        return float(item)
    if kind == DATE:
        return date.fromisoformat(item)
    return datetime.fromisoformat(item) if kind == INSTANT else item
