"""How each operation is written in Python: {0}, {1} ... stand for its arguments, none of them None."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from galena.kit.expression.nodes import FIELD_LIMIT, Node
from galena.kit.expression.patterns import Like, Pattern, search_linear
from galena.kit.expression.values import MICROSECOND, to_date, to_instant

WHITE = " \t\n\r\f\v"
MICROSECONDS_PER_DAY = 86_400_000_000.0
_EXP_SAFE = 690.0
_EXP_LARGEST = 709.0
_SHORT = (1_000_000, 2_000, 150, 50)  # by number of choices: the longest text that `re` gets
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
_WORDS = re.compile(r"[^ \t\n\r\f\v]+")

Bind = Callable[[Any], str]
Template = Callable[[Node, Bind], str]


def _guarded(function: Callable[[float], float], safe: Callable[[Node], bool], test: str) -> Template:
    """A function of math that would raise outside its domain; there it gives infinity, which `finite` makes NULL."""

    def template(node: Node, bind: Bind) -> str:
        name = bind(function)
        if safe(node.args[0]):
            return f"{name}({{0}})"
        return f"({name}({{0}}) if {test} else {bind(math.inf)})"

    return template


def power_of(base: float, exponent: float) -> float:
    """base to the exponent, infinity where that is no number."""
    try:
        return math.pow(base, exponent)
    except (ValueError, OverflowError):
        return math.inf


def _power(node: Node, bind: Bind) -> str:
    return "({0} ** {1})" if node.low >= 0.0 else f"{bind(power_of)}({{0}}, {{1}})"


def text_to_number(text: str) -> float | None:
    """The number a text holds, spaces around it allowed; else None."""
    text = text.strip(WHITE)
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if -FIELD_LIMIT <= value <= FIELD_LIMIT else None


def text_to_date(text: str) -> date | None:
    """The date a text holds as YYYY-MM-DD, spaces around it allowed; else None."""
    text = text.strip(WHITE)
    return to_date(text) if len(text) == len("2024-01-31") and text.isascii() else None


def number_to_text(value: float) -> str | None:
    """A number with at most six decimals (none from 9e9 up), without trailing zeros; None from 9e18 up."""
    size = abs(value)
    if size >= 9e18:
        return None
    sign = "-" if value < 0 else ""
    if size >= 9e9:
        return f"{sign}{int((size + 0.5) // 1.0)}"
    whole, millionths = divmod(int((size * 1e6 + 0.5) // 1.0), 1_000_000)
    if not millionths:
        return f"{sign}{whole}" if whole else "0"
    return f"{sign}{whole}.{millionths:06d}".rstrip("0")


def split_part(text: str, separator: str, part: int) -> str:
    """The part-th piece of `text` between separators, "" beyond the last."""
    pieces = text.split(separator)
    return pieces[part - 1] if part <= len(pieces) else ""


def matcher(pattern: Pattern) -> Callable[[str], bool]:
    """A function that tells whether `pattern` is found in a text, in time that cannot explode.

    Backtracking takes up to length ** (choices + 1) steps, and for ever when choices are nested: `re` gets what it does
    in a moment, RE2 (linear, but with a higher cost per call) the rest.
    """
    search = re.compile(pattern.python, re.ASCII).search

    if pattern.nested or pattern.choices >= len(_SHORT):
        return lambda text: search_linear(pattern, text)
    limit = _SHORT[pattern.choices]
    return lambda text: search(text) is not None if len(text) <= limit else search_linear(pattern, text)


def _matches(node: Node, bind: Bind) -> str:
    pattern = node.value
    assert isinstance(pattern, Pattern)
    return f"{bind(matcher(pattern))}({{0}})"


def _like(node: Node, bind: Bind) -> str:
    like = node.value
    assert isinstance(like, Like)
    text = bind(like.text)
    written = {
        "equals": f"({{0}} == {text})",
        "starts": f"{{0}}.startswith({text})",
        "ends": f"{{0}}.endswith({text})",
        "contains": f"({text} in {{0}})",
    }
    return written.get(like.shape) or f"{bind(matcher(like.pattern))}({{0}})"


def _in(node: Node, bind: Bind) -> str:
    assert isinstance(node.value, tuple)
    return f"({{0}} in {bind(frozenset(node.value))})"


def _substring(node: Node, bind: Bind) -> str:
    start, count = node.value  # type: ignore[misc]
    end = bind(start - 1 + count) if count >= 0 else ""  # type: ignore[has-type]
    return f"{{0}}[{bind(start - 1)}:{end}]"  # type: ignore[has-type]


def _replace(node: Node, bind: Bind) -> str:
    old, new = node.value  # type: ignore[misc]
    return f"{{0}}.replace({bind(old)}, {bind(new)})"  # type: ignore[has-type]


def _split_part(node: Node, bind: Bind) -> str:
    separator, part = node.value  # type: ignore[misc]
    return f"{bind(split_part)}({{0}}, {bind(separator)}, {bind(part)})"  # type: ignore[has-type]


def word_count(text: str) -> float:
    """The runs of characters between white space."""
    return float(len(_WORDS.findall(text)))


def instant_days(later: datetime, earlier: datetime) -> float:
    """The days between two instants."""
    return (later - earlier) // MICROSECOND / MICROSECONDS_PER_DAY


def write_strict(node: Node, bind: Bind, args: Sequence[str]) -> str:
    """The expression of an operation of `STRICT` over the expressions of its arguments."""
    if node.op == "join":
        return f"({' + '.join(args)})"
    if node.op in _TEXTS:
        return _TEXTS[node.op].format(*args)
    if node.op in _CALLS:
        return f"{bind(_CALLS[node.op])}({', '.join(args)})"
    return _BUILT[node.op](node, bind).format(*args)


_SIGN = "(1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else 0.0)"
_CLAMP = "({1} if {0} < {1} else {2} if {0} > {2} else {0})"

_TEXTS: dict[str, str] = {
    "add": "({0} + {1})",
    "sub": "({0} - {1})",
    "mul": "({0} * {1})",
    "div": "({0} / {1})",
    "neg": "(-{0})",
    "abs": "abs({0})",
    "floor": "({0} // 1.0)",
    "ceil": "(-(-{0} // 1.0))",
    "sign": _SIGN,
    "clamp": _CLAMP,
    "finite": "{0}",
    "bool_number": "(1.0 if {0} else 0.0)",
    "eq": "({0} == {1})",
    "ne": "({0} != {1})",
    "lt": "({0} < {1})",
    "le": "({0} <= {1})",
    "gt": "({0} > {1})",
    "ge": "({0} >= {1})",
    "lower": "{0}.lower()",
    "upper": "{0}.upper()",
    "length": "float(len({0}))",
    "starts_with": "{0}.startswith({1})",
    "ends_with": "{0}.endswith({1})",
    "contains": "({1} in {0})",
    "days": "float(({0} - {1}).days)",
    "day_of": "{0}.date()",
    "year": "float({0}.year)",
    "month": "float({0}.month)",
    "day": "float({0}.day)",
    "day_of_week": "float({0}.isoweekday())",
    "hour": "float({0}.hour)",
    "boolean_to_text": "('true' if {0} else 'false')",
    "date_to_text": "{0}.isoformat()",
    "list_contains": "({1} in {0})",
    "trim": f"{{0}}.strip({WHITE!r})",
}

_CALLS: dict[str, Callable[..., Any]] = {
    "word_count": word_count,
    "instant_days": instant_days,
    "start_of": to_instant,
    "text_to_number": text_to_number,
    "text_to_date": text_to_date,
    "number_to_text": number_to_text,
}

_BUILT: dict[str, Template] = {
    "sqrt": _guarded(math.sqrt, lambda arg: arg.low >= 0, "{0} >= 0.0"),
    "ln": _guarded(math.log, lambda arg: arg.low > 0, "{0} > 0.0"),
    "exp": _guarded(math.exp, lambda arg: arg.high <= _EXP_SAFE, f"{{0}} <= {_EXP_LARGEST}"),
    "pow": _power,
    "in": _in,
    "like": _like,
    "matches": _matches,
    "substring": _substring,
    "replace": _replace,
    "split_part": _split_part,
}

STRICT = frozenset([*_TEXTS, *_CALLS, *_BUILT, "join"])
"""Operations that are NULL when an argument is NULL."""

MAYBE = frozenset({"finite", "text_to_number", "text_to_date", "number_to_text"})
"""Of those, the ones that can be NULL by themselves."""

REPEATED: dict[str, tuple[int, ...]] = {
    "clamp": (0, 1, 2),
    "sign": (0,),
    "sqrt": (0,),
    "ln": (0,),
    "exp": (0,),
    "least": (0, 1),
    "greatest": (0, 1),
    "nullif": (0,),
}
"""The arguments an operation names more than once, so that they must be variables."""


def _coalesce(values: list[str], _: list[bool]) -> str:
    parts = [f"{value} if {value} is not None else" for value in values[:-1]]
    return "(" + " ".join([*parts, values[-1]]) + ")"


def _nullif(values: list[str], _: list[bool]) -> str:
    return f"(None if {values[0]} == {values[1]} else {values[0]})"


def _extreme(sign: str) -> Callable[[list[str], list[bool]], str]:
    def write(values: list[str], nullable: list[bool]) -> str:
        left, right = values
        test = f"{right} is None or {left} {sign} {right}" if nullable[1] else f"{left} {sign} {right}"
        text = f"{left} if {test} else {right}"
        return f"({right} if {left} is None else {text})" if nullable[0] else f"({text})"

    return write


CHOICES: dict[str, Callable[[list[str], list[bool]], str]] = {
    "coalesce": _coalesce,
    "nullif": _nullif,
    "least": _extreme("<="),
    "greatest": _extreme(">="),
}
"""Operations that choose among values of which some may be None."""

LOOP_START = {
    "list_count": "0",
    "list_any": "False",
    "list_sum": "0.0",
    "list_max": "None",
    "list_min": "None",
}
LOOP_STEP = {
    "list_count": "{result} += 1",
    "list_any": "{result} = True\nbreak",
    "list_sum": "{result} += {value}",
    "list_max": "{result} = {value}",
    "list_min": "{result} = {value}",
}
"""What a list function starts from, and does with an item that counts."""
