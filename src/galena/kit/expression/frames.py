"""The compiler for frames: definitions become Polars expressions, one level of `with_columns` after another."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import polars as pl

from galena.kit.errors import InputError
from galena.kit.expression.nodes import LOOPS, Node, below
from galena.kit.expression.polars_columns import is_list, read_column
from galena.kit.expression.polars_templates import broadcast, write
from galena.kit.expression.python_code import One
from galena.kit.expression.types import DATE, NUMBER, Schema, Type, column_type
from galena.kit.expression.values import as_of_utc

_FIELD = "\x01"  # before the name of a field's column, so that no definition can collide with it
_HEIGHT = "\x02"


def compute_frame(
    definitions: Mapping[str, Node],
    schema: Schema,
    frame: pl.DataFrame | pl.LazyFrame,
    as_of: datetime,
    keep: Sequence[str] | None,
) -> pl.DataFrame:
    """See `Program.frame`."""
    now = as_of_utc(as_of)
    lazy = frame.lazy()
    columns = lazy.collect_schema()
    kept = list(definitions) if keep is None else list(keep)
    for name in kept:
        if name not in definitions and name not in columns:
            raise InputError("There is no such column or definition", facts={"name": name})
    levels = _levels(definitions, [name for name in kept if name in definitions])
    roots = [definitions[name] for level in levels for name in level]
    fields = sorted({str(node.value) for node in below(roots) if node.op == "field"})
    inputs = [read_column(columns, name, schema[name]).alias(_FIELD + name) for name in fields]
    extra = [pl.col(name) for name in dict.fromkeys(kept) if name not in definitions]
    lazy = lazy.select([*extra, *inputs, pl.repeat(True, pl.len()).alias(_HEIGHT)])
    compiler = _Compiler(now, columns)
    for level in levels:
        lazy = lazy.with_columns([compiler.column(definitions[name]).alias(name) for name in level])
    return lazy.select(kept).collect()


def compute_few(
    definitions: Mapping[str, Node],
    schema: Schema,
    one: One,
    frame: pl.DataFrame,
    as_of: datetime,
    keep: Sequence[str] | None,
) -> pl.DataFrame:
    """The same row by row, by the function for one lead; of a frame that fits the schema.

    Making the expressions takes as long as computing thousands of rows, so that a few rows are far faster so.
    """
    kept = list(definitions) if keep is None else list(keep)
    read = [name for name in schema if name in frame.columns]
    rows = frame.select(read).iter_rows(named=True) if read else iter([{}] * frame.height)
    found = [one(row, as_of) for row in rows]
    return pl.DataFrame(
        [
            pl.Series(name, [row[name] for row in found], dtype=column_type(definitions[name].type))
            if name in definitions
            else frame[name]
            for name in kept
        ]
    )


def fits(schema: Schema, columns: pl.Schema) -> bool:
    """Whether single values of these columns are read as the columns are."""
    return all(_fits(columns[name], kind) for name, kind in schema.items() if name in columns)


@lru_cache(maxsize=1_024)
def _fits(found: pl.DataType, kind: Type) -> bool:
    if isinstance(found, pl.Datetime) and found.time_unit != "us":
        return False
    try:
        read_column({"column": found}, "column", kind)
    except InputError:
        return False
    return True


class _Compiler:
    """Makes Polars expressions of nodes; each node once."""

    def __init__(self, now: datetime, columns: pl.Schema) -> None:
        self._now = now
        self._columns = columns
        self._outer: dict[int, pl.Expr] = {}

    def column(self, node: Node) -> pl.Expr:
        """The expression of a definition, of the type that its values have."""
        return self._write([node], self._outer)[0].cast(column_type(node.type))

    def _write(
        self, roots: Sequence[Node], known: dict[int, pl.Expr], items: tuple[str, Type] | None = None
    ) -> list[pl.Expr]:
        for node in below(roots):
            if id(node) not in known:
                known[id(node)] = self._node(node, known, items)
        return [known[id(root)] for root in roots]

    def _node(self, node: Node, known: Mapping[int, pl.Expr], items: tuple[str, Type] | None) -> pl.Expr:
        if node.op == "field":
            return pl.col(_FIELD + str(node.value))
        if node.op == "ref":
            return pl.col(str(node.value))
        if node.op == "const":
            return pl.lit(node.value, dtype=column_type(node.type))
        if node.op == "as_of":
            return pl.lit(self._now, dtype=column_type(node.type))
        if node.op == "day_of" and node.args[0].op == "as_of":
            return pl.lit(self._now.date(), dtype=column_type(DATE))
        if node.op == "item":
            assert items is not None
            return self._item(str(node.value), *items)
        if node.op in LOOPS:
            return self._loop(node, known[id(node.args[0])])
        if node.op == "list_contains":
            return self._contains(node, known)
        return write(node, [known[id(arg)] for arg in node.args])

    def _item(self, field: str, whole: str, kind: Type) -> pl.Expr:
        """A field of the item at hand; the column's own type may be a near one."""
        inner = self._inner(whole)
        if kind.scalars:
            return read_column(
                {field: inner} if inner is not None else {}, field, kind.fields[field], pl.element()
            )
        known = pl.Schema(inner.to_schema()) if isinstance(inner, pl.Struct) else pl.Schema()
        source = pl.element().struct.field(field) if field in known else pl.element()
        if field not in known:
            return broadcast(pl.lit(None, dtype=column_type(kind.fields[field])))
        return read_column(known, field, kind.fields[field], source)

    def _inner(self, whole: str) -> pl.DataType | None:
        found = self._columns.get(whole)
        return found.inner if is_list(found) else None  # type: ignore[return-value]

    def _loop(self, node: Node, whole: pl.Expr) -> pl.Expr:
        source, inner = node.args[0], node.args[1:]
        if not is_list(self._columns.get(str(source.value))):
            return pl.lit(None, dtype=column_type(node.type))
        exprs = self._write(inner, {}, (str(source.value), source.type))
        exprs = [expr if arg.in_item else broadcast(expr) for arg, expr in zip(inner, exprs, strict=True)]
        return _folded(node, whole, exprs)

    def _contains(self, node: Node, known: Mapping[int, pl.Expr]) -> pl.Expr:
        source = node.args[0]
        whole, value = known[id(source)], known[id(node.args[1])]
        if not is_list(self._columns.get(str(source.value))):
            return pl.lit(None, dtype=pl.Boolean)
        if source.type.items[0][1] == NUMBER or self._inner(str(source.value)) != column_type(
            node.args[1].type
        ):
            whole = whole.list.eval(self._item("item", str(source.value), source.type))
        found = whole.list.contains(value)
        return pl.when(value.is_not_null() & whole.is_not_null()).then(found) if node.nullable else found


def _folded(node: Node, whole: pl.Expr, exprs: list[pl.Expr]) -> pl.Expr:
    """What a list function makes of its items."""
    if node.op in ("list_count", "list_any"):
        # No expression: the condition is always true.
        count = whole.list.eval(exprs[0].fill_null(False)).list.sum() if exprs else whole.list.len()
        return count > 0 if node.op == "list_any" else count.cast(pl.Float64)
    value = exprs[0]
    if len(exprs) > 1:
        value = pl.when(exprs[1]).then(value)
    if node.op == "list_sum":
        # list.sum adds from the first to the last, as the loop for one lead does.
        return whole.list.eval(value.fill_null(0.0)).list.sum()
    values = whole.list.eval(value)
    return values.list.max() if node.op == "list_max" else values.list.min()


def _levels(definitions: Mapping[str, Node], wanted: Sequence[str]) -> list[list[str]]:
    """The wanted definitions and what they use, in levels that each need only earlier ones."""
    needed: dict[str, set[str]] = {}
    stack = list(wanted)
    while stack:
        name = stack.pop()
        if name not in needed:
            needed[name] = _used(definitions[name])
            stack.extend(needed[name])
    depth: dict[str, int] = {}
    for name in definitions:
        if name in needed:
            depth[name] = 1 + max((depth[used] for used in needed[name]), default=-1)
    levels: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name, level in depth.items():
        levels[level].append(name)
    return levels


def _used(node: Node) -> set[str]:
    found: Iterable[Node] = below([node])
    return {str(inner.value) for inner in found if inner.op == "ref"}
