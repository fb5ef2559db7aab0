"""How each operation is written in DuckDB's SQL: {0}, {1} ... stand for its arguments."""

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, date, datetime

from galena.kit.expression.nodes import FIELD_LIMIT, RESULT_LIMIT, Node
from galena.kit.expression.patterns import Like, Pattern
from galena.kit.expression.python_templates import MICROSECONDS_PER_DAY, WHITE
from galena.kit.expression.types import BOOLEAN, DATE, INSTANT, NUMBER, TEXT, Type

TYPES: dict[Type, str] = {
    NUMBER: "DOUBLE",
    BOOLEAN: "BOOLEAN",
    TEXT: "VARCHAR",
    DATE: "DATE",
    INSTANT: "TIMESTAMP",
}
"""How DuckDB calls the scalar types; instants are plain timestamps in UTC."""

_NUMBER = r"\A[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?\z"
_DATE = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z"


def literal(value: Hashable, kind: Type) -> str:
    """A constant."""
    if value is None:
        return f"CAST(NULL AS {TYPES[kind]})"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        written = repr(value)
        return f"({written if 'e' in written else written + 'e0'})"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return quoted(str(value))


def quoted(text: str) -> str:
    """A text in quotes."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def write(node: Node, args: Sequence[str]) -> str:
    """The expression of an operation over the expressions of its arguments."""
    text = _TEXTS.get(node.op)
    return text.format(*args) if text is not None else _BUILT[node.op](node, args)


def _clamp(node: Node, args: Sequence[str]) -> str:
    value, low, high = args
    unknown = " OR ".join(
        f"{text} IS NULL" for arg, text in zip(node.args, args, strict=True) if arg.nullable
    )
    first = f"WHEN {unknown} THEN NULL " if unknown else ""
    return f"CASE {first}WHEN {value} < {low} THEN {low} WHEN {value} > {high} THEN {high} ELSE {value} END"


def _finite(node: Node, args: Sequence[str]) -> str:
    limit = node.value if isinstance(node.value, float) else RESULT_LIMIT
    return f"CASE WHEN abs({args[0]}) <= {limit!r} THEN {args[0]} END"


def _case(_: Node, args: Sequence[str]) -> str:
    whens = [f"WHEN {test} THEN {result}" for test, result in zip(args[:-1:2], args[1:-1:2], strict=True)]
    return f"CASE {' '.join(whens)} ELSE {args[-1]} END"


def _in(node: Node, args: Sequence[str]) -> str:
    assert isinstance(node.value, tuple)
    options = ", ".join(literal(value, node.args[0].type) for value in node.value)
    return f"({args[0]} IN ({options}))"


def _like(node: Node, args: Sequence[str]) -> str:
    assert isinstance(node.value, Like)
    return f"({args[0]} LIKE {quoted(node.value.sql)} ESCAPE '\\')"


def _matches(node: Node, args: Sequence[str]) -> str:
    assert isinstance(node.value, Pattern)
    return f"regexp_matches({args[0]}, {quoted(node.value.re2)})"


def _substring(node: Node, args: Sequence[str]) -> str:
    start, count = node.value  # type: ignore[misc]
    length = f", {count}" if count >= 0 else ""  # type: ignore[has-type]
    return f"substring({args[0]}, {start}{length})"  # type: ignore[has-type]


def _replace(node: Node, args: Sequence[str]) -> str:
    old, new = node.value  # type: ignore[misc]
    return f"replace({args[0]}, {quoted(old)}, {quoted(new)})"  # type: ignore[has-type]


def _split_part(node: Node, args: Sequence[str]) -> str:
    separator, part = node.value  # type: ignore[misc]
    return f"split_part({args[0]}, {quoted(separator)}, {part})"  # type: ignore[has-type]


def _guarded(function: str, sign: str) -> Callable[[Node, Sequence[str]], str]:
    """A function that fails outside its domain; there the value is NULL."""

    def write_guarded(_: Node, args: Sequence[str]) -> str:
        return f"CASE WHEN {args[0]} {sign} 0 THEN {function}({args[0]}) END"

    return write_guarded


_UNITS = "TRY_CAST(floor(abs({0}) * 1000000e0 + 0.5e0) AS BIGINT)"
_SIGN = "CASE WHEN {0} < 0 THEN '-' ELSE '' END"
_SMALL = (
    f"CASE WHEN {_UNITS} = 0 THEN '0' ELSE {_SIGN} || CAST({_UNITS} // 1000000 AS VARCHAR) || "
    f"rtrim(rtrim('.' || lpad(CAST({_UNITS} % 1000000 AS VARCHAR), 6, '0'), '0'), '.') END"
)
_LARGE = f"{_SIGN} || CAST(TRY_CAST(floor(abs({{0}}) + 0.5e0) AS BIGINT) AS VARCHAR)"
_TRIMMED = f"trim({{0}}, {quoted(WHITE)})"
_DOUBLE = f"try_cast({_TRIMMED} AS DOUBLE)"

_TEXTS: dict[str, str] = {
    "add": "({0} + {1})",
    "sub": "({0} - {1})",
    "mul": "({0} * {1})",
    "div": "({0} / {1})",
    "neg": "(-{0})",
    "abs": "abs({0})",
    "floor": "floor({0})",
    "ceil": "ceil({0})",
    "sign": "CAST(sign({0}) AS DOUBLE)",
    "exp": "exp({0})",
    "pow": "pow({0}, {1})",
    "bool_number": "CAST({0} AS DOUBLE)",
    "not": "(NOT {0})",
    "is_null": "({0} IS NULL)",
    "is_true": "({0} IS TRUE)",
    "is_false": "({0} IS FALSE)",
    "eq": "({0} = {1})",
    "ne": "({0} <> {1})",
    "lt": "({0} < {1})",
    "le": "({0} <= {1})",
    "gt": "({0} > {1})",
    "ge": "({0} >= {1})",
    "nullif": "nullif({0}, {1})",
    "least": "least({0}, {1})",
    "greatest": "greatest({0}, {1})",
    "lower": "lower({0})",
    "upper": "upper({0})",
    "trim": _TRIMMED,
    "length": "CAST(length({0}) AS DOUBLE)",
    "word_count": "CAST(len(regexp_extract_all({0}, '[^ \\t\\n\\r\\f\\v]+')) AS DOUBLE)",
    "starts_with": "starts_with({0}, {1})",
    "ends_with": "ends_with({0}, {1})",
    "contains": "contains({0}, {1})",
    "days": "CAST({0} - {1} AS DOUBLE)",
    "instant_days": f"(CAST(epoch_us({{0}}) - epoch_us({{1}}) AS DOUBLE) / {MICROSECONDS_PER_DAY}e0)",
    "day_of": "CAST({0} AS DATE)",
    "start_of": "CAST({0} AS TIMESTAMP)",
    "year": "CAST(year({0}) AS DOUBLE)",
    "month": "CAST(month({0}) AS DOUBLE)",
    "day": "CAST(day({0}) AS DOUBLE)",
    "day_of_week": "CAST(isodow({0}) AS DOUBLE)",
    "hour": "CAST(hour({0}) AS DOUBLE)",
    "boolean_to_text": "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END",
    "date_to_text": "strftime({0}, '%Y-%m-%d')",
    "text_to_number": (
        f"CASE WHEN regexp_matches({_TRIMMED}, {quoted(_NUMBER)}) "
        f"AND abs({_DOUBLE}) <= {FIELD_LIMIT!r} THEN {_DOUBLE} END"
    ).replace("{1,40}", "{{1,40}}").replace("{1,3}", "{{1,3}}"),
    "text_to_date": (
        f"CASE WHEN regexp_matches({_TRIMMED}, {quoted(_DATE)}) AND NOT starts_with({_TRIMMED}, '0000') "
        f"THEN try_cast({_TRIMMED} AS DATE) END"
    ).replace("{4}", "{{4}}").replace("{2}", "{{2}}"),
    "number_to_text": f"CASE WHEN abs({{0}}) < 9e9 THEN {_SMALL} WHEN abs({{0}}) < 9e18 THEN {_LARGE} END",
    "list_contains": "CASE WHEN {1} IS NOT NULL THEN list_contains({0}, {1}) END",
}  # fmt: skip

_BUILT: dict[str, Callable[[Node, Sequence[str]], str]] = {
    "and": lambda _, args: f"({' AND '.join(args)})",
    "or": lambda _, args: f"({' OR '.join(args)})",
    "coalesce": lambda _, args: f"coalesce({', '.join(args)})",
    "concat": lambda _, args: f"concat({', '.join(args)})",
    "join": lambda _, args: f"({' || '.join(args)})",
    "sqrt": _guarded("sqrt", ">="),
    "ln": _guarded("ln", ">"),
    "clamp": _clamp,
    "finite": _finite,
    "case": _case,
    "in": _in,
    "like": _like,
    "matches": _matches,
    "substring": _substring,
    "replace": _replace,
    "split_part": _split_part,
}

REPEATED: dict[str, tuple[int, ...]] = {
    "clamp": (0, 1, 2),
    "finite": (0,),
    "sqrt": (0,),
    "ln": (0,),
    "boolean_to_text": (0,),
    "text_to_number": (0,),
    "text_to_date": (0,),
    "number_to_text": (0,),
    "list_contains": (1,),
}
"""The arguments an operation names more than once."""
