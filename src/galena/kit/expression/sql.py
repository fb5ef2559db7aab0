"""The compiler to SQL: one SELECT over a chain of common table expressions.

What is named more than once becomes a column of an earlier step, so the text stays as small as the tree.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlglot
from sqlglot.errors import SqlglotError

from galena.kit.expression import sql_templates as templates
from galena.kit.expression.errors import ExpressionError
from galena.kit.expression.nodes import FIELD_LIMIT, LOOPS, Node, below, item_fields
from galena.kit.expression.sql_templates import identifier, literal
from galena.kit.expression.types import DATE, INSTANT, NUMBER, Schema, Type
from galena.kit.expression.values import as_of_utc

_LEAVES = frozenset({"field", "const", "as_of", "ref", "item"})


def program_sql(
    definitions: Mapping[str, Node],
    schema: Schema,
    dialect: str,
    table: str,
    as_of: datetime,
    keep: Sequence[str] = (),
) -> str:
    """See `Program.to_sql`."""
    text = _Writer(definitions, schema, as_of_utc(as_of)).select(table, keep)
    if dialect == "duckdb":
        return text
    try:
        return sqlglot.transpile(text, read="duckdb", write=dialect)[0]
    except (SqlglotError, ValueError) as error:
        raise ExpressionError(
            f"The program cannot be written in the SQL of {dialect}", found=str(error)[:200]
        ) from None


class _Writer:
    """Writes the steps of one program."""

    def __init__(self, definitions: Mapping[str, Node], schema: Schema, now: datetime) -> None:
        self._definitions = definitions
        self._schema = schema
        self._now = now
        self._texts: dict[int, str] = {}
        self._levels: dict[int, int] = {}
        self._steps: list[list[str]] = []
        self._columns: dict[str, str] = {}
        self._column_levels: dict[str, int] = {}
        self._count = 0

    def select(self, table: str, keep: Sequence[str]) -> str:
        """The whole statement."""
        roots = list(self._definitions.values())
        uses = _uses(roots)
        for name, node in self._definitions.items():
            for inner in below([node]):
                self._place(inner, uses)
            self._columns[name] = self._column(node)
            self._column_levels[name] = self._levels[id(node)]
        source = ".".join(identifier(part) for part in table.split("."))
        base = [f"{identifier(name)} AS k{index}" for index, name in enumerate(keep)]
        base += self._fields(roots) or ["TRUE AS f"]
        steps = [f"s0 AS (SELECT {', '.join(base)} FROM {source})"]  # noqa: S608
        for index, columns in enumerate(self._steps):
            steps.append(f"s{index + 1} AS (SELECT *, {', '.join(columns)} FROM s{index})")  # noqa: S608
        final = [f"k{index} AS {identifier(name)}" for index, name in enumerate(keep)]
        final += [f"{column} AS {identifier(name)}" for name, column in self._columns.items()]
        return f"WITH {', '.join(steps)} SELECT {', '.join(final)} FROM s{len(self._steps)}"  # noqa: S608

    def _place(self, node: Node, uses: Counter[int]) -> None:
        if id(node) in self._texts:
            return
        self._texts[id(node)] = self._text(node)
        if node.op == "ref":
            self._levels[id(node)] = self._column_levels[str(node.value)]
        else:
            self._levels[id(node)] = max((self._levels[id(arg)] for arg in node.outer), default=0)
        if uses[id(node)] > 1 and node.op not in _LEAVES:
            self._column(node)

    def _column(self, node: Node) -> str:
        """The name of the column that holds `node`, made now unless it is there."""
        text = self._texts[id(node)]
        if text.isidentifier() and node.op not in ("field", "const"):
            return text
        self._count += 1
        name = f"n{self._count}"
        level = self._levels[id(node)]
        while len(self._steps) <= level:
            self._steps.append([])
        self._steps[level].append(f"{text} AS {name}")
        if node.op not in _LEAVES:
            self._texts[id(node)] = name
            self._levels[id(node)] = level + 1
            return name
        return name

    def _text(self, node: Node) -> str:
        if node.op == "ref":
            return self._columns[str(node.value)]
        if node.op in LOOPS:
            return self._loop(node)
        return self._leaf(node) or templates.write(node, [self._texts[id(arg)] for arg in node.args])

    def _leaf(self, node: Node) -> str:
        if node.op == "field":
            return f"f{list(self._schema).index(str(node.value))}"
        if node.op == "const":
            return literal(node.value, node.type)
        if node.op == "as_of":
            return literal(self._now, INSTANT)
        if node.op == "day_of" and node.args[0].op == "as_of":
            return literal(self._now.date(), DATE)
        return ""

    def _loop(self, node: Node) -> str:
        whole, inner = self._texts[id(node.args[0])], node.args[1:]
        scalars = node.args[0].type.scalars
        texts = [self._item_text(arg, scalars) for arg in inner]
        if node.op in ("list_count", "list_any"):
            kept = f"list_filter({whole}, lambda __item: {texts[0]})" if texts else whole
            return f"CAST(len({kept}) AS DOUBLE)" if node.op == "list_count" else f"(len({kept}) > 0)"
        value = f"CASE WHEN {texts[1]} THEN {texts[0]} END" if len(texts) > 1 else texts[0]
        if node.op == "list_sum":
            numbers = f"list_transform({whole}, lambda __item: coalesce({value}, 0e0))"
            return f"list_reduce({numbers}, lambda a, b: a + b, 0e0)"
        function = "list_max" if node.op == "list_max" else "list_min"
        return f"{function}(list_transform({whole}, lambda __item: {value}))"

    def _item_text(self, root: Node, scalars: bool) -> str:
        """An expression over the item; what an operation names twice is bound by a list of one."""
        texts: dict[int, str] = {}
        for node in below([root]):
            if node.op == "item":
                texts[id(node)] = "__item" if scalars else f"__item.{identifier(str(node.value))}"
                continue
            args = [texts[id(arg)] for arg in node.args]
            bound: list[tuple[str, str]] = []
            for place in templates.REPEATED.get(node.op, ()):
                if node.args[place].op not in _LEAVES:
                    self._count += 1
                    bound.append((f"b{self._count}", args[place]))
                    args[place] = f"b{self._count}"
            text = self._leaf(node) or templates.write(node, args)
            for name, value in reversed(bound):
                text = f"list_transform([{value}], lambda {name}: {text})[1]"
            texts[id(node)] = text
        return texts[id(root)]

    def _fields(self, roots: Sequence[Node]) -> list[str]:
        used = {str(node.value) for node in below(roots) if node.op == "field"}
        fields = item_fields(roots)
        return [
            f"{_read(identifier(name), kind, fields.get(name, ()))} AS f{index}"
            for index, (name, kind) in enumerate(self._schema.items())
            if name in used
        ]


def _uses(roots: Sequence[Node]) -> Counter[int]:
    uses: Counter[int] = Counter()
    for node in below(roots):
        uses.update(id(arg) for arg in node.outer)
        uses.update(id(node.args[place]) for place in templates.REPEATED.get(node.op, ()))
    return uses


def _read(source: str, kind: Type, fields: Sequence[str]) -> str:
    """A column of the table as the type of its field."""
    if kind.name != "list":
        return _scalar(source, kind)
    if kind.scalars:
        return f"list_transform({source}, lambda __item: {_scalar('__item', kind.items[0][1])})"
    if not fields:
        return source
    parts = [f"{identifier(f)}: {_scalar('__item.' + identifier(f), kind.fields[f])}" for f in fields]
    return f"list_transform({source}, lambda __item: {{{', '.join(parts)}}})"


def _scalar(source: str, kind: Type) -> str:
    if kind == NUMBER:
        number = f"CAST({source} AS DOUBLE)"
        return f"CASE WHEN abs({number}) <= {FIELD_LIMIT!r} THEN {number} END"
    if kind == INSTANT:
        return f"make_timestamp(epoch_us({source}))"
    return f"CAST({source} AS {templates.TYPES[kind]})"
