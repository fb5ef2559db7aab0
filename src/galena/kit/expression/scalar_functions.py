"""Functions of numbers and dates, and those of any type."""

from galena.kit.expression import numbers
from galena.kit.expression.functions import MANY, Call, Shelf
from galena.kit.expression.nodes import Node
from galena.kit.expression.types import BOOLEAN, DATE, INSTANT, NUMBER

SHELF = Shelf()
_MAX_DAYS = 4e6  # from year 1 to 9999 are 3.65 million days


@SHELF.add("abs(x)", 1, "The size of x without its sign.")
def _abs(call: Call) -> Node:
    return numbers.absolute(call.nodes, call.typed(0, NUMBER))


@SHELF.add("floor(x)", 1, "The greatest whole number not above x.")
def _floor(call: Call) -> Node:
    return numbers.floor(call.nodes, call.typed(0, NUMBER))


@SHELF.add("ceil(x)", 1, "The smallest whole number not below x.")
def _ceil(call: Call) -> Node:
    return numbers.ceiling(call.nodes, call.typed(0, NUMBER))


@SHELF.add("sign(x)", 1, "-1, 0 or 1.")
def _sign(call: Call) -> Node:
    return numbers.sign(call.nodes, call.typed(0, NUMBER))


@SHELF.add("round(x, digits = 0)", 1, "x at so many decimals (-9 to 9), halves away from zero.", most=2)
def _round(call: Call) -> Node:
    digits = call.whole(1, -9, 9) if len(call) > 1 else 0
    return numbers.round_half_away(call.nodes, call.typed(0, NUMBER), digits)


@SHELF.add("sqrt(x)", 1, "The square root; NULL below 0.")
def _sqrt(call: Call) -> Node:
    return numbers.square_root(call.nodes, call.typed(0, NUMBER))


@SHELF.add("ln(x)", 1, "The natural logarithm; NULL at 0 and below.")
def _ln(call: Call) -> Node:
    return numbers.logarithm(call.nodes, call.typed(0, NUMBER))


@SHELF.add("exp(x)", 1, "e to the x; NULL where that is beyond 1e300.")
def _exp(call: Call) -> Node:
    return numbers.exponential(call.nodes, call.typed(0, NUMBER))


@SHELF.add("power(x, y)", 2, "x to the y; NULL where that is no number.")
def _power(call: Call) -> Node:
    return numbers.power(call.nodes, call.typed(0, NUMBER), call.typed(1, NUMBER))


@SHELF.add("mod(x, y)", 2, "The remainder of x / y, with the sign of x; y must not be able to be 0.")
def _mod(call: Call) -> Node:
    divisor = call.checker.divisor(call.typed(1, NUMBER), call.trees[1])
    return numbers.modulo(call.nodes, call.typed(0, NUMBER), divisor)


@SHELF.add(
    "clamp(x, low = 0, high = 1)", 1, "x, but not below low and not above high; NULL stays NULL.", most=3
)
def _clamp(call: Call) -> Node:
    low = call.typed(1, NUMBER) if len(call) > 1 else numbers.number(call.nodes, 0)
    high = call.typed(2, NUMBER) if len(call) > 2 else numbers.number(call.nodes, 1)
    value = call.typed(0, NUMBER)
    if low.low > high.high:
        call.refuse(1, "clamp() takes a low bound that is not above its high bound")
    if low.low == low.high <= high.low == high.high:
        bottom, top = min(max(value.low, low.low), high.high), max(min(value.high, high.high), low.low)
    else:
        bottom, top = min(value.low, low.low, high.low), max(value.high, low.high, high.high)
    return call.nodes.bounded("clamp", (value, low, high), bottom, top)


@SHELF.add("least(a, b, ...)", 2, "The smallest of those that are not NULL; NULL when all are.", most=MANY)
def _least(call: Call) -> Node:
    return _extreme(call, "least")


@SHELF.add("greatest(a, b, ...)", 2, "The greatest of those that are not NULL; NULL when all are.", most=MANY)
def _greatest(call: Call) -> Node:
    return _extreme(call, "greatest")


def _extreme(call: Call, op: str) -> Node:
    """Folded from the left in pairs, so that every compiler compares in the same order."""
    args = call.checker.unified(call.args, call.trees, f"{call.name}()")
    kind = args[0].type
    if kind not in (NUMBER, DATE, INSTANT):
        call.refuse(0, f"{call.name}() takes numbers, dates or instants, not {kind}")
    result = args[0]
    for arg in args[1:]:
        nullable = result.nullable and arg.nullable
        pick = min if op == "least" else max
        low, high = pick(result.low, arg.low), pick(result.high, arg.high)
        # A NULL leaves the other side alone, so the bounds must hold for that side too.
        if result.nullable:
            low, high = min(low, arg.low), max(high, arg.high)
        if arg.nullable:
            low, high = min(low, result.low), max(high, result.high)
        both = result.nonzero and arg.nonzero
        result = call.nodes.make(
            op, (result, arg), kind=kind, nullable=nullable, low=low, high=high, nonzero=both
        )
    return result


@SHELF.add("coalesce(a, b, ...)", 1, "The first that is not NULL.", most=MANY)
def _coalesce(call: Call) -> Node:
    args = call.checker.unified(call.args, call.trees, "coalesce()")
    kept: list[Node] = []
    for arg in args:
        if not (arg.constant and arg.value is None):
            kept.append(arg)
        if not arg.nullable:
            break
    if len(kept) < 2:
        return kept[0] if kept else args[0]
    return call.nodes.make(
        "coalesce",
        kept,
        kind=kept[0].type,
        nullable=all(arg.nullable for arg in kept),
        low=min(arg.low for arg in kept),
        high=max(arg.high for arg in kept),
        nonzero=all(arg.nonzero for arg in kept),
    )


@SHELF.add("nullif(a, b)", 2, "NULL when a equals b, else a.")
def _nullif(call: Call) -> Node:
    left, right = call.checker.unified(call.args, call.trees, "nullif()")
    if left.type.name == "list":
        call.refuse(0, "nullif() takes no list")
    return call.nodes.make(
        "nullif",
        (left, right),
        kind=left.type,
        nullable=True,
        low=left.low,
        high=left.high,
        nonzero=left.nonzero or (right.constant and right.value == 0.0),
    )


@SHELF.add("bool_number(b)", 1, "1 for true, 0 for false, NULL for NULL.")
def _bool_number(call: Call) -> Node:
    return call.nodes.bounded("bool_number", (call.typed(0, BOOLEAN),), 0.0, 1.0)


@SHELF.add("days_since(d)", 1, "Days from d to as_of: whole days for a date, with decimals for an instant.")
def _days_since(call: Call) -> Node:
    return _days(call, forward=True)


@SHELF.add("days_until(d)", 1, "Days from as_of to d: whole days for a date, with decimals for an instant.")
def _days_until(call: Call) -> Node:
    return _days(call, forward=False)


def _days(call: Call, *, forward: bool) -> Node:
    value = call.typed(0, DATE, INSTANT)
    now = call.checker.as_of()
    if value.type == DATE:
        now = call.nodes.make("day_of", (now,), kind=DATE)
    pair = (now, value) if forward else (value, now)
    return call.nodes.bounded("days" if value.type == DATE else "instant_days", pair, -_MAX_DAYS, _MAX_DAYS)


@SHELF.add("days_between(a, b)", 2, "Days from a to b, both dates (whole days) or both instants.")
def _days_between(call: Call) -> Node:
    start, end = call.checker.unified(call.args, call.trees, "days_between()", text_as_date=True)
    if start.type not in (DATE, INSTANT):
        call.refuse(0, f"days_between() takes two dates or two instants, not {start.type}")
    op = "days" if start.type == DATE else "instant_days"
    return call.nodes.bounded(op, (end, start), -_MAX_DAYS, _MAX_DAYS)


def _part(name: str, low: float, high: float, meaning: str) -> None:
    @SHELF.add(f"{name}(d)", 1, meaning)
    def _build(call: Call) -> Node:
        value = call.typed(0, DATE, INSTANT)
        if value.type == INSTANT:
            value = call.nodes.make("day_of", (value,), kind=DATE)
        return call.nodes.bounded(name, (value,), low, high)


_part("year", 1, 9999, "The year of a date, or of an instant in UTC.")
_part("month", 1, 12, "The month, 1 to 12.")
_part("day", 1, 31, "The day of the month, 1 to 31.")
_part("day_of_week", 1, 7, "1 for Monday to 7 for Sunday.")


@SHELF.add("hour(i)", 1, "The hour of an instant in UTC, 0 to 23.")
def _hour(call: Call) -> Node:
    return call.nodes.bounded("hour", (call.typed(0, INSTANT),), 0, 23)
