"""The compiler for one lead: a program becomes one Python function of plain local arithmetic.

The source is written from the typed tree alone: names are numbered by the compiler (v1, c1, ...), and every constant,
key and pattern is put into the syntax tree as an object, so no text of a user is ever read as code.

NULL is None. An operation that is NULL when an argument is NULL is written once, behind a test of the variables it
reads; a sub-expression used twice is bound to a variable. Conditions are written as what makes them TRUE.
"""

import ast
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from galena.kit.expression.nodes import FIELD_LIMIT, Node, below, item_fields
from galena.kit.expression.python_scope import Code, Scope, Writer, variable_code
from galena.kit.expression.types import BOOLEAN, DATE, INSTANT, NUMBER, TEXT, Schema, Type
from galena.kit.expression.values import READERS, as_of_utc, to_records, to_scalars

One = Callable[[Mapping[str, Any], datetime], dict[str, Any]]
"""From one lead and `as_of` to the value of every definition."""


def compile_one(definitions: Mapping[str, Node], schema: Schema) -> One:
    """One function that computes all `definitions` (given in an order in which each uses earlier ones)."""
    writer = Writer()
    refs: dict[str, Code] = {}
    every = list(definitions.values())
    fields = item_fields(every)
    scope = Scope(writer, "    ", refs, fields)
    for node in below(every):
        if node.op == "field":
            scope.codes[id(node)] = _read(writer, str(node.value), schema[str(node.value)], fields)
        elif node.op == "day_of" and node.args[0].op == "as_of":
            scope.codes[id(node)] = Code("today", "today")
    scope.count(every)
    for name, node in definitions.items():
        scope.write([node])
        code = scope.code(node)
        if not code.value.isidentifier():
            code = scope.codes[id(node)] = scope.bind(code, node)
        refs[name] = code
    pairs = ", ".join(f"{writer.constant(name)}: {code.value}" for name, code in refs.items())
    lines = ["def one(lead, now):", "    today = now.date()", "    get = lead.get", *writer.lines]
    compute = _load("\n".join([*lines, f"    return {{{pairs}}}"]), writer.bound)

    def one(lead: Mapping[str, Any], as_of: datetime) -> dict[str, Any]:
        return compute(lead, as_of if as_of.tzinfo is UTC else as_of_utc(as_of))

    return one


def _read(writer: Writer, name: str, kind: Type, fields: Mapping[str, tuple[str, ...]]) -> Code:
    """Take one field out of the lead, in the form of its type."""
    made = writer.variable()
    writer.lines.append(f"    {made} = get({writer.constant(name)})")
    if kind.name == "list":
        if kind.scalars:
            call = f"{writer.constant(to_scalars)}({made}, {writer.constant(READERS[kind.items[0][1]])})"
        else:
            read = tuple((field, READERS[kind.fields[field]]) for field in fields[name])
            call = f"{writer.constant(to_records)}({made}, {writer.constant(read)})"
        unfit = ""
    else:
        call = f"{writer.constant(READERS[kind])}({made})"
        unfit = _UNFIT[kind].format(
            made, low=writer.constant(-FIELD_LIMIT), high=writer.constant(FIELD_LIMIT)
        )
    writer.lines.append(f"    if {made} is not None{unfit}: {made} = {call}")
    return variable_code(made, nullable=True)


_UNFIT: dict[Type, str] = {
    NUMBER: " and ({0}.__class__ is not float or not {low} <= {0} <= {high})",
    BOOLEAN: " and {0} is not True and {0} is not False",
    TEXT: " and {0}.__class__ is not str",
    DATE: " and {0}.__class__ is not date",
    INSTANT: " and ({0}.__class__ is not datetime or {0}.tzinfo is not utc)",
}
"""When a value must go through its reader."""


class _Constants(ast.NodeTransformer):
    """Puts numbers and texts where their names stand, which is faster than a global name."""

    def __init__(self, bound: Mapping[str, Any]) -> None:
        self._bound = bound

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._bound.get(node.id)
        if isinstance(value, str | int | float):
            return ast.copy_location(ast.Constant(value), node)
        return node


def _load(source: str, bound: Mapping[str, Any]) -> One:
    tree = ast.fix_missing_locations(_Constants(bound).visit(ast.parse(source)))
    kept = {name: value for name, value in bound.items() if not isinstance(value, str | int | float)}
    allowed = {"abs": abs, "float": float, "len": len, "str": str}
    names: dict[str, Any] = {
        "__builtins__": allowed, "date": date, "datetime": datetime, "utc": UTC, **kept
    }  # fmt: skip
    exec(compile(tree, "<expressions>", "exec"), names)  # noqa: S102
    compute: One = names["one"]
    return compute
