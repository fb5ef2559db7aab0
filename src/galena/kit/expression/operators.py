"""Operators: arithmetic, comparison, logic, CASE, IN, BETWEEN, LIKE, IS, casts."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from galena.kit.expression import numbers
from galena.kit.expression.nodes import Node, Nodes
from galena.kit.expression.patterns import PatternError, read_like
from galena.kit.expression.types import BOOLEAN, DATE, INSTANT, NULL, NUMBER, TEXT, Type

if TYPE_CHECKING:
    from galena.kit.expression.checking import Checker

_COMPARISONS: dict[type[exp.Expression], tuple[str, str]] = {
    exp.EQ: ("eq", "="),
    exp.NEQ: ("ne", "<>"),
    exp.LT: ("lt", "<"),
    exp.LTE: ("le", "<="),
    exp.GT: ("gt", ">"),
    exp.GTE: ("ge", ">="),
}
_ARITHMETIC: dict[type[exp.Expression], tuple[Callable[[Nodes, Node, Node], Node], str]] = {
    exp.Add: (numbers.add, "+"),
    exp.Sub: (numbers.subtract, "-"),
    exp.Mul: (numbers.multiply, "*"),
    exp.Div: (numbers.divide, "/"),
    exp.Mod: (numbers.modulo, "%"),
}
_CASTS: dict[exp.DType, Type] = {
    exp.DType.DECIMAL: NUMBER,
    exp.DType.DOUBLE: NUMBER,
    exp.DType.FLOAT: NUMBER,
    exp.DType.TEXT: TEXT,
    exp.DType.VARCHAR: TEXT,
    exp.DType.DATE: DATE,
    exp.DType.TIMESTAMP: INSTANT,
    exp.DType.TIMESTAMPTZ: INSTANT,
}


def _arithmetic(checker: "Checker", tree: exp.Expression) -> Node:
    """A chain such as a + b - c, from the left; long chains must not recurse."""
    chain: list[exp.Expression] = []
    first = tree
    while type(first) in _ARITHMETIC:
        chain.append(first)
        first = first.this
    result = checker.number(first, _ARITHMETIC[type(chain[-1])][1])
    for step in reversed(chain):
        build, sign = _ARITHMETIC[type(step)]
        right = checker.number(step.expression, sign)
        if isinstance(step, exp.Div | exp.Mod):
            checker.divisor(right, step.expression)
        if any(side.constant and side.value is None for side in (result, right)):
            result = checker.nodes.constant(None, NUMBER)
        else:
            result = build(checker.nodes, result, right)
    return result


def _negative(checker: "Checker", tree: exp.Expression) -> Node:
    return numbers.negate(checker.nodes, checker.number(tree.this, "-"))


def _logic(checker: "Checker", tree: exp.Expression) -> Node:
    kind = type(tree)
    op = "and" if kind is exp.And else "or"
    trees: list[exp.Expression] = []
    first = tree
    while type(first) is kind:
        trees.append(first.expression)
        first = first.this
    trees.append(first)
    return logic(checker.nodes, op, [checker.boolean(part, op.upper()) for part in reversed(trees)])


def logic(nodes: Nodes, op: str, parts: Sequence[Node]) -> Node:
    """AND or OR of `parts`; nested ones of the same kind are laid flat, written constants folded."""
    deciding = op == "or"
    kept: dict[int, Node] = {}
    for part in parts:
        for inner in part.args if part.op == op else (part,):
            if inner.constant and inner.value is deciding:
                return inner
            if not (inner.constant and inner.value is (not deciding)):
                kept[id(inner)] = inner
    if not kept:
        return nodes.constant(not deciding, BOOLEAN)
    if len(kept) == 1:
        return next(iter(kept.values()))
    return nodes.make(op, kept.values(), kind=BOOLEAN)


def negation(nodes: Nodes, value: Node) -> Node:
    """NOT value."""
    if value.constant:
        return nodes.constant(None if value.value is None else not value.value, BOOLEAN)
    return nodes.make("not", (value,), kind=BOOLEAN)


def _not(checker: "Checker", tree: exp.Expression) -> Node:
    return negation(checker.nodes, checker.boolean(tree.this, "NOT"))


def _comparison(checker: "Checker", tree: exp.Expression) -> Node:
    op, sign = _COMPARISONS[type(tree)]
    return compare(checker, op, sign, [tree.this, tree.expression])


def compare(checker: "Checker", op: str, sign: str, trees: Sequence[exp.Expression]) -> Node:
    """`left op right` of two syntax trees."""
    return _compared(checker, op, sign, [checker.visit(tree) for tree in trees], trees)


def _compared(
    checker: "Checker", op: str, sign: str, sides: Sequence[Node], trees: Sequence[exp.Expression]
) -> Node:
    left, right = checker.unified(sides, trees, f"The comparison {sign}")
    if left.type.name == "list":
        raise checker.error("Lists cannot be compared", trees[0], remedy="Use count_of() or list_contains().")
    if left.type == BOOLEAN and op not in ("eq", "ne"):
        raise checker.error(f"Booleans cannot be compared with {sign}", trees[0])
    if any(side.constant and side.value is None for side in (left, right)):
        return checker.nodes.constant(None, BOOLEAN)
    return checker.nodes.make(op, (left, right), kind=BOOLEAN)


def _between(checker: "Checker", tree: exp.Expression) -> Node:
    if tree.args.get("symmetric"):
        raise checker.error("BETWEEN SYMMETRIC is not supported", tree)
    low, high = tree.args["low"], tree.args["high"]
    value = checker.visit(tree.this)
    above = _compared(checker, "ge", "BETWEEN", [value, checker.visit(low)], [tree.this, low])
    under = _compared(checker, "le", "BETWEEN", [value, checker.visit(high)], [tree.this, high])
    return logic(checker.nodes, "and", [above, under])


def _in(checker: "Checker", tree: exp.Expression) -> Node:
    """Written constants become one set look-up; anything else (and NULLs) equalities joined by OR."""
    if not tree.expressions or tree.args.get("query") or tree.args.get("unnest") or tree.args.get("field"):
        raise checker.error("IN takes a written list of values", tree, remedy="Write x IN (1, 2, 3).")
    value = checker.visit(tree.this)
    options = [checker.visit(option) for option in tree.expressions]
    trees = [tree.this, *tree.expressions]
    value, *options = checker.unified([value, *options], trees, "IN")
    if value.type.name == "list" or value.type == NULL:
        raise checker.error(f"IN takes a scalar, not {value.type}", tree.this)
    fixed = [option for option in options if option.constant and option.value is not None]
    parts: list[Node] = []
    if fixed and not value.constant:
        values = tuple(sorted({option.value for option in fixed}))  # type: ignore[type-var]
        parts.append(checker.nodes.make("in", (value,), kind=BOOLEAN, value=values))
    for option in options:
        if option not in fixed or value.constant:
            parts.append(_compared(checker, "eq", "IN", [value, option], [tree.this, tree]))
    return logic(checker.nodes, "or", parts)


def _like(checker: "Checker", tree: exp.Expression) -> Node:
    escape = "\\"
    like = tree
    if isinstance(tree, exp.Escape):
        like = tree.this
        escape = str(tree.expression.this)
        if not isinstance(like, exp.Like | exp.ILike) or not tree.expression.is_string or len(escape) != 1:
            raise checker.error("ESCAPE takes one written character, after LIKE", tree)
    fold = isinstance(like, exp.ILike)
    word = "ILIKE" if fold else "LIKE"
    value, wanted = checker.visit(like.this), checker.visit(like.expression)
    if value.type == NULL:
        value = checker.nodes.constant(None, TEXT)
    if value.type != TEXT:
        raise checker.error(f"{word} takes a text, not {value.type}", like.this)
    if wanted.type != TEXT or not wanted.constant:
        raise checker.error(f"{word} takes a written pattern", like.expression, remedy="Write it in quotes.")
    text = str(wanted.value)
    if fold:
        text, escape = text.lower(), escape.lower()
        value = checker.nodes.make("lower", (value,), kind=TEXT)
    try:
        pattern = read_like(text, escape)
    except PatternError as error:
        raise checker.error(error.what, like.expression) from None
    found = checker.nodes.make("like", (value,), kind=BOOLEAN, value=pattern)
    return negation(checker.nodes, found) if like.args.get("negate") else found


def _is(checker: "Checker", tree: exp.Expression) -> Node:
    value, wanted = checker.visit(tree.this), tree.expression
    if isinstance(wanted, exp.Null):
        if not value.nullable:
            return checker.nodes.constant(False, BOOLEAN)
        return checker.nodes.make("is_null", (value,), kind=BOOLEAN, nullable=False)
    if not isinstance(wanted, exp.Boolean):
        raise checker.error("IS takes NULL, TRUE or FALSE", tree)
    if value.type not in (BOOLEAN, NULL):
        raise checker.error(f"IS TRUE and IS FALSE take a condition, not {value.type}", tree.this)
    op = "is_true" if wanted.this else "is_false"
    return checker.nodes.make(op, (value,), kind=BOOLEAN, nullable=False)


def _distinct(checker: "Checker", tree: exp.Expression) -> Node:
    """IS [NOT] DISTINCT FROM: (both NULL) or (equal is TRUE)."""
    trees = [tree.this, tree.expression]
    sides = checker.unified([checker.visit(side) for side in trees], trees, "IS DISTINCT FROM")
    nodes = checker.nodes
    equal = _compared(checker, "eq", "IS DISTINCT FROM", sides, trees)
    both = [nodes.make("is_null", (side,), kind=BOOLEAN, nullable=False) for side in sides]
    same = logic(nodes, "or", [
        logic(nodes, "and", both), nodes.make("is_true", (equal,), kind=BOOLEAN, nullable=False)
    ])  # fmt: skip
    return same if isinstance(tree, exp.NullSafeEQ) else negation(nodes, same)


def _joined(checker: "Checker", tree: exp.Expression) -> Node:
    trees: list[exp.Expression] = []
    first = tree
    while isinstance(first, exp.DPipe):
        trees.append(first.expression)
        first = first.this
    trees.append(first)
    parts = []
    for part in reversed(trees):
        node = checker.visit(part)
        if node.type not in (TEXT, NULL):
            raise checker.error(f"|| takes texts, not {node.type}", part, remedy="Write cast(x as text).")
        parts.append(checker.nodes.constant(None, TEXT) if node.type == NULL else node)
    return checker.nodes.make("join", parts, kind=TEXT)


def _case(checker: "Checker", tree: exp.Expression) -> Node:
    subject = tree.args.get("this")
    conditions, trees = [], []
    for branch in tree.args["ifs"]:
        if subject is None:
            conditions.append(checker.boolean(branch.this, "WHEN"))
        else:
            conditions.append(compare(checker, "eq", "CASE", [subject, branch.this]))
        trees.append(branch.args["true"])
    if tree.args.get("default") is not None:
        trees.append(tree.args["default"])
    results = checker.unified([checker.visit(part) for part in trees], trees, "CASE")
    if len(results) == len(conditions):
        results.append(checker.nodes.constant(None, results[0].type))
    return case(checker.nodes, conditions, results)


def case(nodes: Nodes, conditions: Sequence[Node], results: Sequence[Node]) -> Node:
    """The result beside the first TRUE condition, else the last one; branches never taken are dropped."""
    args: list[Node] = []
    default = results[-1]
    for condition, result in zip(conditions, results, strict=False):
        if condition.constant:
            if condition.value is True:
                default = result
                break
            continue
        args += [condition, result]
    if not args:
        return default
    reachable = [*args[1::2], default]
    valued = [node for node in reachable if not (node.constant and node.value is None)]
    return nodes.make(
        "case",
        [*args, default],
        kind=default.type,
        nullable=any(node.nullable for node in reachable),
        low=min((node.low for node in valued), default=0.0),
        high=max((node.high for node in valued), default=0.0),
        nonzero=bool(valued) and all(node.nonzero for node in valued),
    )


def _cast(checker: "Checker", tree: exp.Expression) -> Node:
    wanted = tree.args["to"]
    kind = _CASTS.get(wanted.this) if not wanted.expressions and not tree.args.get("format") else None
    if kind is None:
        raise checker.error(
            f"There is no cast to {wanted.sql()}",
            tree,
            found=str(wanted.sql()),
            remedy="Cast to number, text, date or timestamp; use round() or floor() for whole numbers.",
        )
    node = checker.visit(tree.this)
    if node.type == NULL or node.type == kind:
        return checker.nodes.constant(None, kind) if node.type == NULL else node
    if node.type == TEXT and node.constant and kind in (DATE, INSTANT):
        return checker.date_constant(str(node.value), kind, tree.this)
    op = _CONVERSIONS.get((node.type, kind))
    if op is None:
        raise checker.error(
            f"{node.type} cannot be cast to {kind}",
            tree,
            remedy="Use bool_number() or CASE." if node.type == BOOLEAN else "",
        )
    if kind == NUMBER:
        low, high = numbers.field_bounds()
        return checker.nodes.make(op, (node,), kind=kind, nullable=True, low=low, high=high)
    nullable = node.nullable or op in ("text_to_date", "number_to_text")
    return checker.nodes.make(op, (node,), kind=kind, nullable=nullable)


_CONVERSIONS: dict[tuple[Type, Type], str] = {
    (TEXT, NUMBER): "text_to_number",
    (TEXT, DATE): "text_to_date",
    (NUMBER, TEXT): "number_to_text",
    (BOOLEAN, TEXT): "boolean_to_text",
    (DATE, TEXT): "date_to_text",
    (INSTANT, DATE): "day_of",
    (DATE, INSTANT): "start_of",
}

VISITS: dict[type[exp.Expression], Callable[["Checker", exp.Expression], Node]] = {
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    **dict.fromkeys(_COMPARISONS, _comparison),
    exp.Neg: _negative,
    exp.And: _logic,
    exp.Or: _logic,
    exp.Not: _not,
    exp.Between: _between,
    exp.In: _in,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Escape: _like,
    exp.Is: _is,
    exp.NullSafeEQ: _distinct,
    exp.NullSafeNEQ: _distinct,
    exp.DPipe: _joined,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.TryCast: _cast,
}
