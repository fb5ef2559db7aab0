"""Normal records of a whole table as columns, in the database that compares them."""

# ruff: noqa: S608  Only names that this package makes, and numbers, are put into SQL.

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.identity.blocking import block_keys, sort_text
from galena.engines.identity.ladders import ladders_of
from galena.engines.identity.layout import Kind, Layout
from galena.engines.identity.model import MOST_KEPT, Counts, MatchModel, word_fields
from galena.engines.identity.records import Record

CHUNK_ROWS = 50_000
MOST_CODE_RECORDS = 12
"""A model number in more records than this is a size or a year."""

_LEAST_KEPT_COUNT = 3
_LISTS = ("_tokens", "codes", "tags")


def schema_of(layout: Layout) -> dict[str, pl.DataType]:
    """The normal values of a layout and how they are stored; weights of words are not among them."""
    names: dict[str, pl.DataType] = {}
    for role in layout.used:
        for name in _names(role.kind, role.field):
            names[name] = _type(name, role.kind)
    if layout.has(Kind.TITLE):
        names["codes"] = names["code_stems"] = pl.List(pl.String())
    if layout.has(Kind.HOUSE):
        names.setdefault("street_house", pl.String())
        names.setdefault("street", pl.String())
    for ladder in ladders_of(layout):
        for name in ladder.reads:
            if not name.endswith(("_weights", "_mass")):
                names.setdefault(name, pl.String())
    return names


def _names(kind: Kind, field: str) -> tuple[str, ...]:
    match kind:
        case Kind.GIVEN:
            return ("given", "formal")
        case Kind.PERSON:
            return ("given", "formal", "middle", "surname", "suffix")
        case Kind.SURNAME:
            return ("surname", "suffix")
        case Kind.COMPANY | Kind.NAME | Kind.TITLE:
            return (field, f"{field}_tokens")
        case Kind.TEXT:
            return (f"{field}_tokens",)
        case Kind.EMAIL:
            return (field, f"{field}_local", f"{field}_domain")
        case Kind.PHONE:
            return (field, f"{field}_line")
        case Kind.STREET:
            return (field, f"{field}_house", f"{field}_name", f"{field}_unit", "city", "state", "postcode")
        case Kind.POSTCODE:
            return (field, f"{field}_area")
        case Kind.HOUSE:
            return ("street_house",)
        case _:
            return (field,)


def _type(name: str, kind: Kind) -> pl.DataType:
    if kind is Kind.NUMBER:
        return pl.Float64()
    return pl.List(pl.String()) if name.endswith("_tokens") or kind is Kind.TAGS else pl.String()


def frame_of(records: Sequence[Record], layout: Layout, first_row: int) -> pl.DataFrame:
    """Normal records as columns; `row` numbers them from `first_row` on."""
    schema = schema_of(layout)
    columns: dict[str, Any] = {"row": pl.Series(range(first_row, first_row + len(records)), dtype=pl.Int64)}
    for name, kind in schema.items():
        columns[name] = pl.Series([record.get(name) for record in records], dtype=kind)
    return pl.DataFrame(columns)


def records_of(frame: pl.DataFrame) -> Iterator[Record]:
    """The normal records of a frame, in its order."""
    for row in frame.iter_rows(named=True):
        yield {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in row.items()
            if value is not None and name != "row"
        }


def counted(frames: Sequence[pl.DataFrame], layout: Layout) -> tuple[dict[str, Counts], dict[str, Counts]]:
    """How often values, and words, occur in a table: (by normal value's name, by field)."""
    wanted = {
        level.frequency_of for ladder in ladders_of(layout) for level in ladder.levels if level.frequency_of
    }
    values = {name: _counts([frame[name] for frame in frames], _LEAST_KEPT_COUNT) for name in sorted(wanted)}
    words = {field: _word_counts(frames, field) for field in word_fields(layout)}
    if "codes" in frames[0].columns:
        words["codes"] = _common_codes(frames)
    return values, words


def _common_codes(frames: Sequence[pl.DataFrame]) -> Counts:
    counts = pl.concat([frame["codes"].explode() for frame in frames]).drop_nulls().value_counts(name="count")
    common = counts.filter(pl.col("count") > MOST_CODE_RECORDS).sort(
        ["count", "codes"], descending=[True, False]
    )
    rows = sum(frame["codes"].count() for frame in frames)
    return Counts(rows, dict(zip(common["codes"].to_list(), common["count"].to_list(), strict=True)))


def _word_counts(frames: Sequence[pl.DataFrame], field: str) -> Counts:
    """Words of different texts; a name that many records bear counts once."""
    texts = pl.concat([frame[f"{field}_tokens"] for frame in frames]).drop_nulls()
    different = texts.to_frame("words").group_by("words").len()["words"]
    return _counts([different.explode()], 2, len(different))


def _counts(columns: Sequence[pl.Series], least: int, rows: int | None = None) -> Counts:
    values = pl.concat(columns).drop_nulls()
    found = values.rename("value").value_counts(name="count").filter(pl.col("count") >= least)
    kept = found.sort(["count", "value"], descending=[True, False]).head(MOST_KEPT)
    of = dict(zip(kept["value"].to_list(), kept["count"].to_list(), strict=True))
    return Counts(len(values) if rows is None else rows, of)


def load(
    database: duckdb.DuckDBPyConnection,
    frames: Iterable[pl.DataFrame],
    tables: NDArray[np.int32],
    model: MatchModel,
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> None:
    """Make the tables `records` (row, table_no, place in the order of names, normal values, weights) and `keys`.

    Args:
        frames: of `frame_of`.
        tables: the number of the file each row came from, by row.
        advance: told how many rows are loaded.
    """
    made, done = False, 0
    for frame in frames:
        records = [model.weighted(record) for record in records_of(frame)]
        block = _weighted(frame, records, model).with_columns(
            pl.Series("table_no", tables[frame["row"].to_numpy()], dtype=pl.Int32),
            pl.Series("sort_text", [sort_text(record) for record in records], dtype=pl.String),
        )
        keys = pl.DataFrame(
            {"row": frame["row"], "key": [list(block_keys(record, model)) for record in records]},
            schema={"row": pl.Int64, "key": pl.List(pl.String)},
        ).explode("key")
        hashed = keys.drop_nulls().select("row", pl.col("key").hash(seed=1).alias("key"))
        for name, part in (("loaded_records", block), ("keys", hashed)):
            database.register("part", part.to_arrow())
            verb = f"INSERT INTO {name}" if made else f"CREATE TABLE {name} AS"
            database.execute(f"{verb} SELECT * FROM part").fetchall()
            database.unregister("part")
        made, done = True, done + frame.height
        advance(done)
    database.execute(
        "CREATE TABLE records AS SELECT * EXCLUDE (sort_text),"
        " row_number() OVER (ORDER BY sort_text, row) AS place FROM loaded_records ORDER BY row"
    ).fetchall()
    database.execute("DROP TABLE loaded_records").fetchall()


def _weighted(frame: pl.DataFrame, records: Sequence[Record], model: MatchModel) -> pl.DataFrame:
    columns = []
    if "codes" in frame.columns:
        columns.append(
            pl.Series("codes", [record.get("codes") for record in records], dtype=pl.List(pl.String))
        )
    for field in model.word_fields:
        weights = [record.get(f"{field}_weights") for record in records]
        columns.append(pl.Series(f"{field}_weights", weights, dtype=pl.List(pl.Float64)))
        masses = [record.get(f"{field}_mass") for record in records]
        columns.append(pl.Series(f"{field}_mass", masses, dtype=pl.Float64))
    return frame.with_columns(columns)
