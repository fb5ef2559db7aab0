"""From a syntax tree to the typed tree: every name, type and divisor is checked on the way."""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, datetime

from sqlglot import exp

from galena.kit.expression import list_functions, numbers, operators, scalar_functions, text_functions
from galena.kit.expression.errors import ExpressionError, nearest_name
from galena.kit.expression.functions import Call, Function
from galena.kit.expression.macros import Macro
from galena.kit.expression.nodes import FIELD_LIMIT, Node, Nodes
from galena.kit.expression.reading import offset_of, parse
from galena.kit.expression.types import BOOLEAN, DATE, INSTANT, NULL, NUMBER, TEXT, Schema, Type
from galena.kit.expression.values import to_date, to_instant

FUNCTIONS: Mapping[str, Function] = {
    **scalar_functions.SHELF.functions,
    **text_functions.SHELF.functions,
    **list_functions.SHELF.functions,
}
"""Every function an expression may call."""

ALIASES: Mapping[str, str] = {
    "ceiling": "ceil",
    "pow": "power",
    "char_length": "length",
    "substr": "substring",
}
"""Other spellings of functions."""

AS_OF = "as_of"
MAX_SIZE = 20_000
MAX_MACRO_DEPTH = 20

Constant = float | int | bool | str | date | datetime | None


class Checker:
    """Checks the expressions of one program; knows its names and makes its nodes."""

    def __init__(
        self, schema: Schema, macros: Mapping[str, Macro], constants: Mapping[str, Constant]
    ) -> None:
        self.nodes = Nodes()
        self.schema = schema
        self.macros = macros
        self.constants = constants
        self.definitions: dict[str, Node] = {}
        self._name = ""
        self._sql = ""
        self._item: Type | None = None
        self._parameters: list[Mapping[str, Node]] = []
        self._call_sites: list[tuple[exp.Expression, str]] = []

    def check(self, sql: str, name: str = "") -> Node:
        """The typed tree of `sql`.

        Raises:
            ExpressionError: anything that cannot be accepted, with its position.
        """
        self._name, self._sql, self._item = name, sql, None
        self._parameters, self._call_sites = [], []
        tree = parse(sql, name)
        try:
            node = self.visit(tree)
        except RecursionError:
            raise self.error("The expression is nested too deep", tree) from None
        if node.size > MAX_SIZE:
            raise self.error(f"The expression makes more than {MAX_SIZE:,} operations", tree)
        return node

    def error(
        self, what: str, tree: exp.Expression, *, found: str = "", nearest: str = "", remedy: str = ""
    ) -> ExpressionError:
        """The error for something at `tree`; inside a macro it points at the call."""
        if self._call_sites:
            tree, macro = self._call_sites[0]
            what = f"{what} (inside {macro}())"
        return ExpressionError(
            what,
            sql=self._sql,
            offset=offset_of(tree),
            name=self._name,
            found=found,
            nearest=nearest,
            remedy=remedy,
        )

    def as_of(self) -> Node:
        """The instant everything is relative to."""
        return self.nodes.make("as_of", kind=INSTANT, nullable=False)

    def visit(self, tree: exp.Expression) -> Node:
        """The node of any syntax this language has."""
        if isinstance(tree, exp.Anonymous):
            return self._call(tree)
        build = _VISITS.get(type(tree))
        if build is None:
            build = operators.VISITS.get(type(tree))
        if build is None:
            raise self.error(
                f"{_plain(tree)} is not allowed in an expression",
                tree,
                found=type(tree).__name__,
                remedy="Use names, constants, operators, CASE and the documented functions.",
            )
        self._refuse_extras(tree)
        return build(self, tree)

    def _refuse_extras(self, tree: exp.Expression) -> None:
        """What the parser read beyond what is looked at here must not be passed over in silence."""
        extra = [name for name, value in tree.args.items() if value and name not in _LOOKED_AT]
        if extra:
            raise self.error(
                f"{extra[0].upper()} is not allowed in an expression", tree, found=type(tree).__name__
            )

    def boolean(self, tree: exp.Expression, where: str) -> Node:
        """The node of a condition."""
        node = self.visit(tree)
        if node.type == NULL:
            return self.nodes.constant(None, BOOLEAN)
        if node.type != BOOLEAN:
            raise self.error(
                f"{where} takes a condition, not {node.type}", tree, remedy="Compare it with a value."
            )
        return node

    def number(self, tree: exp.Expression, where: str) -> Node:
        """The node of a number."""
        node = self.visit(tree)
        if node.type == NULL:
            return self.nodes.constant(None, NUMBER)
        if node.type != NUMBER:
            raise self.error(
                f"{where} takes a number, not {node.type}",
                tree,
                remedy="Use bool_number() or CASE." if node.type == BOOLEAN else _number_remedy(node.type),
            )
        return node

    def divisor(self, node: Node, tree: exp.Expression) -> Node:
        """`node`, which must be provably other than 0."""
        if node.constant and node.value is None:
            return node
        if not node.nonzero:
            raise self.error(
                "The divisor can be zero",
                tree,
                remedy="Write nullif(divisor, 0) for NULL then, or greatest(divisor, 1).",
            )
        return node

    def unified(
        self, args: Sequence[Node], trees: Sequence[exp.Expression], where: str, *, text_as_date: bool = True
    ) -> list[Node]:
        """`args` as one type: a bare NULL takes the others' type, a written text beside dates is read as one."""
        kinds = {arg.type for arg in args if arg.type != NULL}
        if len(kinds) == 2 and TEXT in kinds and text_as_date:
            target = next(kind for kind in kinds if kind != TEXT)
            if target in (DATE, INSTANT):
                args = [self._dated(arg, target, tree) for arg, tree in zip(args, trees, strict=True)]
                kinds = {arg.type for arg in args if arg.type != NULL}
        if len(kinds) > 1:
            first = next(arg.type for arg in args if arg.type != NULL)
            index = next(i for i, arg in enumerate(args) if arg.type not in (NULL, first))
            raise self.error(
                f"{where} has {first} on one side and {args[index].type} on the other",
                trees[index],
                remedy="Make both sides the same type.",
            )
        if not kinds:
            return list(args)
        kind = kinds.pop()
        return [self.nodes.constant(None, kind) if arg.type == NULL else arg for arg in args]

    def _dated(self, node: Node, kind: Type, tree: exp.Expression) -> Node:
        if node.type != TEXT or not node.constant:
            return node
        return self.date_constant(str(node.value), kind, tree)

    def date_constant(self, text: str, kind: Type, tree: exp.Expression) -> Node:
        """The written date or instant `text`."""
        value = to_date(text) if kind == DATE and len(text) == len("2024-01-31") else None
        if kind == INSTANT:
            value = to_instant(text)
        if value is None:
            raise self.error(f"'{text}' is not {kind}", tree, remedy="Write it as '2024-01-31'.")
        return self.nodes.constant(value, kind)

    def name(self, tree: exp.Expression) -> Node:
        """The node of a bare name: item field, parameter, constant, definition or field."""
        if not isinstance(tree, exp.Column) or len(tree.parts) > 1:
            raise self.error(
                "A name stands alone; table and record prefixes are not allowed",
                tree,
                remedy="Write the bare name of the field.",
            )
        name = tree.name
        if self._item is not None and name in self._item.fields:
            return self._field("item", name, self._item.fields[name])
        if self._parameters and name in self._parameters[-1]:
            return self._parameters[-1][name]
        if name in self.constants:
            return self._constant(self.constants[name])
        if name == AS_OF:
            return self.as_of()
        if name in self.definitions or name in self.schema:
            return self._outer_name(name, tree)
        known = [*(self._item.fields if self._item else ()), *self.schema, *self.definitions, *self.constants]
        raise self.error(
            f"There is no field or definition named {name}",
            tree,
            found=name,
            nearest=nearest_name(name, [*known, AS_OF]),
            remedy="Use a known name; names are written exactly.",
        )

    def _outer_name(self, name: str, tree: exp.Expression) -> Node:
        if self._parameters:
            raise self.error(f"A macro sees its parameters only, not {name}", tree)
        if self._item is not None:
            raise self.error(
                f"{name} is not a field of the items; inside a list function only those are seen",
                tree,
                found=name,
                nearest=nearest_name(name, self._item.fields),
                remedy="Use fields of the item, constants and as_of.",
            )
        if name not in self.definitions:
            return self._field("field", name, self.schema[name])
        node = self.definitions[name]
        if node.constant or node.op in ("field", "as_of"):
            return node
        return self.nodes.make(
            "ref", kind=node.type, value=name, nullable=node.nullable,
            low=node.low, high=node.high, nonzero=node.nonzero,
        )  # fmt: skip

    def _field(self, op: str, name: str, kind: Type) -> Node:
        low, high = (-FIELD_LIMIT, FIELD_LIMIT) if kind == NUMBER else (0.0, 0.0)
        return self.nodes.make(op, kind=kind, value=name, nullable=True, low=low, high=high)

    def _constant(self, value: Constant) -> Node:
        kinds: list[tuple[type, Type]] = [(bool, BOOLEAN), (str, TEXT), (datetime, INSTANT), (date, DATE)]
        for python, kind in kinds:
            if isinstance(value, python):
                made: Hashable = to_instant(value) if kind == INSTANT else value
                return self.nodes.constant(made, kind)
        if isinstance(value, int | float):
            return numbers.number(self.nodes, float(value))
        return self.nodes.constant(None, NULL)

    def _call(self, tree: exp.Anonymous) -> Node:
        written = str(tree.this)
        name = ALIASES.get(written.lower(), written.lower())
        function, macro = FUNCTIONS.get(name), self.macros.get(name)
        if function is None and macro is None:
            raise self.error(
                f"There is no function named {written}",
                tree,
                found=written,
                nearest=nearest_name(name, [*FUNCTIONS, *self.macros]),
                remedy="Use one of the documented functions and macros.",
            )
        trees: list[exp.Expression] = list(tree.expressions)
        if macro is not None and function is None:
            return self._expand(macro, tree, trees)
        assert function is not None
        if not function.least <= len(trees) <= function.most:
            raise self.error(
                f"{name}() is called as {function.signature}", tree, found=f"{len(trees)} arguments"
            )
        args = self._item_arguments(name, trees) if function.items else [self.visit(arg) for arg in trees]
        if name == "list_contains" or name == "any_matches":
            self._require_list(args[0], name, trees[0])
        return function.build(Call(self, name, tree, trees, args))

    def _item_arguments(self, name: str, trees: Sequence[exp.Expression]) -> list[Node]:
        if self._item is not None:
            raise self.error("A list function cannot stand inside another", trees[0])
        whole = self.visit(trees[0])
        self._require_list(whole, name, trees[0])
        self._item = whole.type
        try:
            return [whole, *(self.visit(arg) for arg in trees[1:])]
        finally:
            self._item = None

    def _require_list(self, node: Node, name: str, tree: exp.Expression) -> None:
        if node.type.name != "list" or node.op != "field":
            raise self.error(f"{name}() takes a list field as argument 1, not {node.type}", tree)

    def _expand(self, macro: Macro, tree: exp.Expression, trees: Sequence[exp.Expression]) -> Node:
        if not macro.required <= len(trees) <= len(macro.parameters):
            raise self.error(
                f"{macro.name}() is called as {macro.signature}", tree, found=f"{len(trees)} arguments"
            )
        if len(self._call_sites) >= MAX_MACRO_DEPTH:
            raise self.error("Macros call each other too deep, or in a circle", tree)
        given = dict(zip(macro.parameters, (self.visit(arg) for arg in trees), strict=False))
        self._call_sites.append((tree, macro.name))
        try:
            for name in macro.parameters[len(trees) :]:
                self._parameters.append({})
                given[name] = self.visit(parse(macro.defaults[name], macro.name))
                self._parameters.pop()
            self._parameters.append(given)
            result = self.visit(parse(macro.body, macro.name))
            self._parameters.pop()
            return result
        finally:
            self._call_sites.pop()


_LOOKED_AT = frozenset(
    [
        "this",
        "expression",
        "expressions",
        "low",
        "high",
        "ifs",
        "true",
        "false",
        "default",
        "to",
        "safe",
        "typed",
        "is_string",
        "negate",
        "symmetric",
        "query",
        "unnest",
        "field",
        "table",
        "db",
        "catalog",
        "quoted",
        "format",
    ]
)


def _literal(checker: Checker, tree: exp.Expression) -> Node:
    if tree.is_string:
        return checker.nodes.constant(tree.this, TEXT)
    try:
        value = float(tree.this)
    except ValueError:
        value = math.inf
    if not abs(value) <= FIELD_LIMIT:
        raise checker.error("The number cannot be read or is too large", tree, found=str(tree.this))
    return numbers.number(checker.nodes, value)


def _boolean(checker: Checker, tree: exp.Expression) -> Node:
    return checker.nodes.constant(bool(tree.this), BOOLEAN)


def _null(checker: Checker, _: exp.Expression) -> Node:
    return checker.nodes.constant(None, NULL)


def _paren(checker: Checker, tree: exp.Expression) -> Node:
    return checker.visit(tree.this)


_VISITS: dict[type[exp.Expression], Callable[[Checker, exp.Expression], Node]] = {
    exp.Literal: _literal,
    exp.Boolean: _boolean,
    exp.Null: _null,
    exp.Paren: _paren,
    exp.Column: Checker.name,
}


def _number_remedy(kind: Type) -> str:
    if kind in (DATE, INSTANT):
        return "Use days_since(), days_until() or days_between()."
    return "Write cast(x as number) to read a text as a number." if kind == TEXT else ""


def _plain(tree: exp.Expression) -> str:
    """What a person calls this piece of syntax."""
    names: list[tuple[tuple[type, ...], str]] = [
        ((exp.Subquery, exp.Select, exp.Exists, exp.Query), "A subquery"),
        ((exp.Window,), "A window function"),
        ((exp.Placeholder, exp.Parameter, exp.SessionParameter), "A parameter"),
        ((exp.Star,), "A star"),
        ((exp.Dot, exp.Bracket, exp.Slice), "Reaching into a value"),
        ((exp.Interval,), "An interval"),
        ((exp.Lambda,), "A lambda"),
    ]
    for kinds, name in names:
        if isinstance(tree, kinds):
            return name
    return f"This kind of syntax ({type(tree).__name__})"
