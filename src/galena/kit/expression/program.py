"""Named expressions that may use each other, checked together and compiled for one lead, for frames and to SQL."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

import polars as pl
from sqlglot import exp

from galena.kit.expression.checking import ALIASES, AS_OF, FUNCTIONS, Checker, Constant
from galena.kit.expression.errors import ExpressionError
from galena.kit.expression.frames import compute_few, compute_frame, fits
from galena.kit.expression.macros import STANDARD_MACROS, Macro
from galena.kit.expression.nodes import Node, below
from galena.kit.expression.python_code import One, compile_one
from galena.kit.expression.reading import parse
from galena.kit.expression.sql import program_sql
from galena.kit.expression.types import NULL, NUMBER, Schema, Type

MAX_DEFINITIONS = 2_000
MAX_SIZE = 400_000
FEW_ROWS = 32
"""Frames of at most so many rows are computed row by row."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


@dataclass(frozen=True)
class Definition:
    """A named expression.

    Attributes:
        name: letters, digits and underscores, at most 63.
        sql: one SQL scalar expression.
        expects: the type it must have; None for any.
    """

    name: str
    sql: str
    expects: Type | None = None


class Program:
    """Checked definitions in an order in which each uses only earlier ones. Made by `Program.build`."""

    def __init__(
        self, definitions: Mapping[str, Node], uses: Mapping[str, frozenset[str]], schema: Schema
    ) -> None:
        self._nodes = dict(definitions)
        self._uses = dict(uses)
        self.schema: Schema = dict(schema)

    @classmethod
    def build(
        cls,
        definitions: Sequence[Definition],
        schema: Schema,
        macros: Mapping[str, Macro] = STANDARD_MACROS,
        constants: Mapping[str, Constant] | None = None,
    ) -> "Program":
        """Check `definitions` together; they may use fields, constants and each other, in any order.

        Raises:
            ExpressionError: the first definition that cannot be accepted, with the position in it.
        """
        constants = constants or {}
        by_name = _named(definitions, schema, constants)
        checker = Checker(schema, macros, constants)
        uses = {name: _references(one, by_name) for name, one in by_name.items()}
        size = 0
        for name in _ordered(uses, by_name):
            node = checker.check(by_name[name].sql, name)
            checker.definitions[name] = _expected(checker, by_name[name], node)
            size += node.size
            if size > MAX_SIZE:
                raise ExpressionError(f"The definitions make more than {MAX_SIZE:,} operations", name=name)
        return cls(checker.definitions, uses, schema)

    @property
    def order(self) -> tuple[str, ...]:
        """The names of the definitions, each after those it uses."""
        return tuple(self._nodes)

    @property
    def types(self) -> dict[str, Type]:
        """The type of every definition."""
        return {name: node.type for name, node in self._nodes.items()}

    def uses(self, name: str) -> frozenset[str]:
        """The definitions and fields that `name` names itself."""
        return self._uses[name] | self._fields[name][0]

    def inputs_of(self, name: str) -> frozenset[str]:
        """The fields of the schema that `name` depends on, through other definitions too."""
        return self._fields[name][1]

    @property
    def inputs(self) -> frozenset[str]:
        """The fields of the schema that any definition depends on."""
        return frozenset().union(*(whole for _, whole in self._fields.values()))

    @cached_property
    def _fields(self) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
        found: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        for name, node in self._nodes.items():
            own = frozenset(str(inner.value) for inner in below([node]) if inner.op == "field")
            whole = own.union(*(found[used][1] for used in self._uses[name]))
            found[name] = (own, whole)
        return found

    def one(self) -> One:
        """A function from one lead and `as_of` (with a time zone) to the value of every definition.

        A missing key, None, and a value that is not of its field's type count as NULL; NULL is None. Instants and
        dates may be ISO texts; a naive instant is in UTC. The function raises nothing for any lead.
        """
        return self._one

    @cached_property
    def _one(self) -> One:
        return compile_one(self._nodes, self.schema)

    def frame(
        self, frame: pl.DataFrame | pl.LazyFrame, as_of: datetime, keep: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """The columns `keep` (definitions, or columns of `frame`), one row per row of `frame`, in its order.

        `keep` left out means all definitions. Fields without a column count as NULL; texts of dates and instants
        are read as in `one`.

        Raises:
            InputError: a column's type does not fit its field, or a kept name does not exist.
        """
        if isinstance(frame, pl.DataFrame) and self.is_few(frame):
            names = set(frame.columns).union(self._nodes)
            if keep is None or names.issuperset(keep):
                return compute_few(self._nodes, self.schema, self._one, frame, as_of, keep)
        return compute_frame(self._nodes, self.schema, frame, as_of, keep)

    def is_few(self, frame: pl.DataFrame) -> bool:
        """Whether the frame has so few rows, all of types that fit, that it is computed row by row."""
        return frame.height <= FEW_ROWS and fits(self.schema, frame.schema)

    def to_sql(
        self, dialect: str = "duckdb", table: str = "leads", *, as_of: datetime, keep: Sequence[str] = ()
    ) -> str:
        """One SELECT of the columns `keep` of `table` and of every definition, for every row.

        DuckDB is what the tests hold to; other dialects are sqlglot's translation of it.
        """
        return program_sql(self._nodes, self.schema, dialect, table, as_of, keep)


def check(
    sql: str,
    schema: Schema,
    macros: Mapping[str, Macro] = STANDARD_MACROS,
    constants: Mapping[str, Constant] | None = None,
    expects: Type | None = None,
    name: str = "",
) -> Type:
    """The type of one expression, for an editor.

    Raises:
        ExpressionError: it cannot be accepted; with line and column.
    """
    checker = Checker(schema, macros, constants or {})
    return _expected(checker, Definition(name, sql, expects), checker.check(sql, name)).type


def _named(
    definitions: Sequence[Definition], schema: Schema, constants: Mapping[str, Constant]
) -> dict[str, Definition]:
    if len(definitions) > MAX_DEFINITIONS:
        raise ExpressionError(
            f"There are more than {MAX_DEFINITIONS:,} definitions", found=f"{len(definitions):,}"
        )
    by_name: dict[str, Definition] = {}
    for one in definitions:
        if not _NAME.fullmatch(one.name):
            raise ExpressionError(
                "The name of a definition is letters, digits and underscores, at most 63",
                sql=one.sql, name=one.name, remedy="Rename it.",
            )  # fmt: skip
        places = {"another definition": by_name, "a field": schema, "a constant": constants, "as_of": [AS_OF]}
        for taken, names in places.items():
            if one.name in names:
                raise ExpressionError(
                    f"The name {one.name} is already {taken}", sql=one.sql, name=one.name, remedy="Rename it."
                )
        by_name[one.name] = one
    return by_name


def _references(one: Definition, known: Mapping[str, Definition]) -> frozenset[str]:
    """The definitions that `one` names. What stands inside the items of a list names fields of the items."""
    found: set[str] = set()
    stack: list[exp.Expression] = [parse(one.sql, one.name)]
    while stack:
        tree = stack.pop()
        if isinstance(tree, exp.Column):
            if tree.name in known:
                found.add(tree.name)
        elif isinstance(tree, exp.Anonymous):
            name = str(tree.this).lower()
            function = FUNCTIONS.get(ALIASES.get(name, name))
            stack.extend(tree.expressions[:1] if function and function.items else tree.expressions)
        else:
            stack.extend(tree.iter_expressions())
    return frozenset(found)


def _ordered(uses: Mapping[str, frozenset[str]], by_name: Mapping[str, Definition]) -> list[str]:
    try:
        return list(TopologicalSorter({name: sorted(used) for name, used in uses.items()}).static_order())
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        first = by_name[circle[0]]
        raise ExpressionError(
            "The definitions go round in a circle: " + " uses ".join(circle),
            sql=first.sql, name=first.name, remedy="Take one of them out of the circle.",
        ) from None  # fmt: skip


def _expected(checker: Checker, one: Definition, node: Node) -> Node:
    if node.type == NULL:
        return checker.nodes.constant(None, one.expects or NUMBER)
    if node.type.name == "list":
        raise ExpressionError(
            "The result is a list, not one value", sql=one.sql, name=one.name, remedy="Use a list function."
        )
    if one.expects is not None and node.type != one.expects:
        raise ExpressionError(
            f"The result must be {one.expects}, not {node.type}",
            sql=one.sql,
            name=one.name,
            found=str(node.type),
            remedy="Compare or convert it." if one.expects.name == "boolean" else "",
        )
    return checker.nodes.limited(node) if node.type == NUMBER else node
