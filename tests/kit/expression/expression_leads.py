"""The lead of these tests, and what runs one or many of them through the three compilers."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import duckdb
import polars as pl

from galena.kit.expression import (
    BOOLEAN,
    DATE,
    INSTANT,
    NUMBER,
    TEXT,
    Program,
    Schema,
    list_of,
    list_of_scalars,
    polars_schema,
)
from galena.kit.expression.values import READERS

AS_OF = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)

SCHEMA: Schema = {
    "x": NUMBER,
    "y": NUMBER,
    "z": NUMBER,
    "s": TEXT,
    "t": TEXT,
    "b": BOOLEAN,
    "c": BOOLEAN,
    "d": DATE,
    "e": DATE,
    "i": INSTANT,
    "j": INSTANT,
    "liens": list_of({"amount": NUMBER, "filed": DATE, "kind": TEXT, "open": BOOLEAN}),
    "tags": list_of_scalars(TEXT),
}

Lead = Mapping[str, Any]


def frame_of(leads: Sequence[Lead]) -> pl.DataFrame:
    """The leads as a frame with the types of the schema."""
    rows = []
    for lead in leads:
        row: dict[str, Any] = {}
        for name, kind in SCHEMA.items():
            value = lead.get(name)
            if kind in READERS:
                row[name] = value if kind == NUMBER else READERS[kind](value)
            elif kind.scalars or value is None:
                row[name] = value
            else:
                row[name] = [item if item is None else _item(item, kind.fields) for item in value]
        rows.append(row)
    return pl.DataFrame(rows, schema=polars_schema(SCHEMA), strict=False)


def _item(item: Lead, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: item.get(name) if kind == NUMBER else READERS[kind](item.get(name))
        for name, kind in fields.items()
    }


def in_duckdb(program: Program, frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The program's SQL over the frame."""
    connection = _database()
    connection.register("leads", frame.to_arrow())
    found = connection.execute(program.to_sql(as_of=AS_OF))
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    connection.unregister("leads")
    return rows


@cache
def _database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'America/New_York'")  # must not matter
    return connection


def alike(left: Any, right: Any, tolerance: float) -> bool:
    """Whether two values are the same, numbers within a relative tolerance."""
    if isinstance(left, float) and isinstance(right, float):
        return left == right or math.isclose(left, right, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(left, datetime) and isinstance(right, datetime):
        return left.replace(tzinfo=None) == right.replace(tzinfo=None)
    return type(left) is type(right) and left == right
