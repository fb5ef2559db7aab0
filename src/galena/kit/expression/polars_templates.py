"""How each operation is written in Polars: the same IEEE operations, in the same order, as in Python.

One trap is known: Polars divides a column by a single value through its reciprocal. A divisor that is the same for all
rows is therefore first made as long as its dividend.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_

import polars as pl

from galena.kit.expression.nodes import FIELD_LIMIT, RESULT_LIMIT, Node
from galena.kit.expression.patterns import Like, Pattern
from galena.kit.expression.python_templates import MICROSECONDS_PER_DAY, WHITE
from galena.kit.expression.types import column_type

Args = Sequence[pl.Expr]
_NUMBER = r"\A[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?\z"


def write(node: Node, args: Args) -> pl.Expr:
    """The expression of `node` over the expressions of its arguments."""
    simple = _OF_ARGUMENTS.get(node.op)
    return simple(args) if simple is not None else _OF_NODE[node.op](node, args)


def broadcast(expr: pl.Expr) -> pl.Expr:
    """`expr`, the same for all items, once per item of the list at hand."""
    return pl.when(pl.element().is_null()).then(expr).otherwise(expr)


def _divide(node: Node, args: Args) -> pl.Expr:
    left, right = args
    if node.args[1].per_row or not node.args[0].per_row:
        return left / right
    return left / (right + left * 0.0)


def _clamp(node: Node, args: Args) -> pl.Expr:
    value, low, high = args
    if all(arg.constant for arg in node.args[1:]):
        return value.clip(low, high)
    result = pl.when(value < low).then(low).when(value > high).then(high).otherwise(value)
    if any(arg.nullable for arg in node.args[1:]):
        return pl.when(low.is_not_null() & high.is_not_null() & value.is_not_null()).then(result)
    return result


def _finite(node: Node, args: Args) -> pl.Expr:
    limit = node.value if isinstance(node.value, float) else RESULT_LIMIT
    return pl.when(args[0].abs() <= limit).then(args[0])


def _case(args: Args) -> pl.Expr:
    chain: pl.Expr = args[-1]
    for test, result in reversed(list(zip(args[:-1:2], args[1:-1:2], strict=True))):
        chain = pl.when(test).then(result).otherwise(chain)
    return chain


def _nullif(node: Node, args: Args) -> pl.Expr:
    return pl.when(args[0] == args[1]).then(pl.lit(None, dtype=column_type(node.type))).otherwise(args[0])


def _in(node: Node, args: Args) -> pl.Expr:
    assert isinstance(node.value, tuple)
    return args[0].is_in(pl.Series(list(node.value), dtype=column_type(node.args[0].type)).implode())


def _like(node: Node, args: Args) -> pl.Expr:
    like, text = node.value, args[0].str
    assert isinstance(like, Like)
    if like.shape == "equals":
        return args[0] == pl.lit(like.text)
    if like.shape == "starts":
        return text.starts_with(like.text)
    if like.shape == "ends":
        return text.ends_with(like.text)
    if like.shape == "contains":
        return text.contains(like.text, literal=True)
    return text.contains(like.pattern.rust)


def _matches(node: Node, args: Args) -> pl.Expr:
    assert isinstance(node.value, Pattern)
    return args[0].str.contains(node.value.rust)


def _substring(node: Node, args: Args) -> pl.Expr:
    start, count = node.value  # type: ignore[misc]
    return args[0].str.slice(start - 1, count if count >= 0 else None)  # type: ignore[has-type]


def _replace(node: Node, args: Args) -> pl.Expr:
    old, new = node.value  # type: ignore[misc]
    return args[0].str.replace_all(old, new, literal=True)  # type: ignore[has-type]


def _split_part(node: Node, args: Args) -> pl.Expr:
    separator, part = node.value  # type: ignore[misc]
    found = args[0].str.split(separator).list.get(part - 1, null_on_oob=True)  # type: ignore[has-type]
    return pl.when(args[0].is_not_null()).then(found.fill_null(""))


def _days(args: Args) -> pl.Expr:
    return (args[0].cast(pl.Int32) - args[1].cast(pl.Int32)).cast(pl.Float64)


def _instant_days(args: Args) -> pl.Expr:
    micro = (args[0].cast(pl.Int64) - args[1].cast(pl.Int64)).cast(pl.Float64)
    return micro / (MICROSECONDS_PER_DAY + micro * 0.0)


def _text_to_number(args: Args) -> pl.Expr:
    text = args[0].str.strip_chars(WHITE)
    number = (
        pl.when(text.str.contains(_NUMBER)).then(text.str.strip_prefix("+")).cast(pl.Float64, strict=False)
    )
    return pl.when(number.abs() <= FIELD_LIMIT).then(number)


def _text_to_date(args: Args) -> pl.Expr:
    text = args[0].str.strip_chars(WHITE)
    fits = text.str.contains(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z") & ~text.str.starts_with("0000")
    return pl.when(fits).then(text).str.to_date("%Y-%m-%d", strict=False)


def _number_to_text(args: Args) -> pl.Expr:
    value = args[0]
    size = value.abs()
    sign = pl.when(value < 0.0).then(pl.lit("-")).otherwise(pl.lit(""))
    large = sign + (size + 0.5).floor().cast(pl.Int64, strict=False).cast(pl.String)
    units = pl.when(size < 9e9).then((size * 1e6 + 0.5).floor()).cast(pl.Int64)
    digits = units.cast(pl.String).str.zfill(7)
    whole, decimals = digits.str.head(-6), digits.str.tail(6).str.strip_chars_end("0")
    point = pl.when(decimals == "").then(pl.lit("")).otherwise(pl.lit("."))
    small = pl.when(units == 0).then(pl.lit("0")).otherwise(sign + whole + point + decimals)
    return pl.when(size < 9e9).then(small).when(size < 9e18).then(large)


def _boolean_to_text(args: Args) -> pl.Expr:
    return pl.when(args[0]).then(pl.lit("true")).when(~args[0]).then(pl.lit("false"))


def _number(expr: pl.Expr) -> pl.Expr:
    return expr.cast(pl.Float64)


_OF_ARGUMENTS: dict[str, Callable[[Args], pl.Expr]] = {
    "add": lambda args: args[0] + args[1],
    "sub": lambda args: args[0] - args[1],
    "mul": lambda args: args[0] * args[1],
    "neg": lambda args: -args[0],
    "abs": lambda args: args[0].abs(),
    "floor": lambda args: args[0].floor(),
    "ceil": lambda args: args[0].ceil(),
    "sign": lambda args: args[0].sign(),
    "sqrt": lambda args: args[0].sqrt(),
    "ln": lambda args: args[0].log(),
    "exp": lambda args: args[0].exp(),
    "pow": lambda args: args[0].pow(args[1]),
    "bool_number": lambda args: _number(args[0]),
    "and": lambda args: reduce(and_, args),
    "or": lambda args: reduce(or_, args),
    "not": lambda args: ~args[0],
    "is_null": lambda args: args[0].is_null(),
    "is_true": lambda args: args[0].fill_null(False),
    "is_false": lambda args: (~args[0]).fill_null(False),
    "eq": lambda args: args[0] == args[1],
    "ne": lambda args: args[0] != args[1],
    "lt": lambda args: args[0] < args[1],
    "le": lambda args: args[0] <= args[1],
    "gt": lambda args: args[0] > args[1],
    "ge": lambda args: args[0] >= args[1],
    "case": _case,
    "coalesce": lambda args: pl.coalesce(*args),
    "least": lambda args: pl.min_horizontal(*args),
    "greatest": lambda args: pl.max_horizontal(*args),
    "lower": lambda args: args[0].str.to_lowercase(),
    "upper": lambda args: args[0].str.to_uppercase(),
    "trim": lambda args: args[0].str.strip_chars(WHITE),
    "length": lambda args: _number(args[0].str.len_chars()),
    "word_count": lambda args: _number(args[0].str.count_matches(r"[^ \t\n\r\f\v]+")),
    "starts_with": lambda args: args[0].str.starts_with(args[1]),
    "ends_with": lambda args: args[0].str.ends_with(args[1]),
    "contains": lambda args: args[0].str.contains(args[1], literal=True),
    "join": lambda args: pl.concat_str(args, ignore_nulls=False),
    "concat": lambda args: reduce(lambda a, b: a + b, [arg.fill_null("") for arg in args]),
    "days": _days,
    "instant_days": _instant_days,
    "day_of": lambda args: args[0].dt.date(),
    "start_of": lambda args: args[0].cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
    "year": lambda args: _number(args[0].dt.year()),
    "month": lambda args: _number(args[0].dt.month()),
    "day": lambda args: _number(args[0].dt.day()),
    "day_of_week": lambda args: _number(args[0].dt.weekday()),
    "hour": lambda args: _number(args[0].dt.hour()),
    "boolean_to_text": _boolean_to_text,
    "date_to_text": lambda args: args[0].dt.strftime("%Y-%m-%d"),
    "text_to_number": _text_to_number,
    "text_to_date": _text_to_date,
    "number_to_text": _number_to_text,
}

_OF_NODE: dict[str, Callable[[Node, Args], pl.Expr]] = {
    "div": _divide,
    "clamp": _clamp,
    "finite": _finite,
    "nullif": _nullif,
    "in": _in,
    "like": _like,
    "matches": _matches,
    "substring": _substring,
    "replace": _replace,
    "split_part": _split_part,
}
