"""Number-valued operations: each states the bounds of its result."""

import math

from galena.kit.expression.nodes import FIELD_LIMIT, RESULT_LIMIT, Node, Nodes
from galena.kit.expression.types import NUMBER

_EXP_SAFE = 690.0  # e to the 690 is below RESULT_LIMIT


def number(nodes: Nodes, value: float) -> Node:
    """A written number."""
    return nodes.constant(float(value), NUMBER)


def add(nodes: Nodes, left: Node, right: Node) -> Node:
    """left + right."""
    if _values(left, right):
        return number(nodes, left.low + right.low)
    return nodes.bounded("add", (left, right), left.low + right.low, left.high + right.high)


def subtract(nodes: Nodes, left: Node, right: Node) -> Node:
    """left - right."""
    if _values(left, right):
        return number(nodes, left.low - right.low)
    return nodes.bounded("sub", (left, right), left.low - right.high, left.high - right.low)


def multiply(nodes: Nodes, left: Node, right: Node) -> Node:
    """left * right."""
    if _values(left, right) and abs(left.low * right.low) <= RESULT_LIMIT:
        return number(nodes, left.low * right.low)
    corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
    return nodes.bounded("mul", (left, right), min(corners), max(corners))


def divide(nodes: Nodes, left: Node, right: Node) -> Node:
    """left / right, where right is never 0 (the caller has checked `right.nonzero`)."""
    low, high = -math.inf, math.inf
    if right.low > 0 or right.high < 0:
        corners = [_quotient(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
        low, high = min(corners), max(corners)
        if _values(left, right) and abs(low) <= RESULT_LIMIT:
            return number(nodes, low)
    return nodes.bounded("div", (left, right), low, high)


def negate(nodes: Nodes, value: Node) -> Node:
    """-value."""
    if _values(value):
        return number(nodes, -value.low)
    return nodes.bounded("neg", (value,), -value.high, -value.low, nonzero=value.nonzero)


def absolute(nodes: Nodes, value: Node) -> Node:
    """|value|."""
    low = max(value.low, -value.high, 0.0)
    return nodes.bounded("abs", (value,), low, max(-value.low, value.high), nonzero=value.nonzero)


def floor(nodes: Nodes, value: Node) -> Node:
    """The greatest whole number that is not above `value`."""
    return nodes.bounded("floor", (value,), value.low // 1.0, value.high // 1.0)


def ceiling(nodes: Nodes, value: Node) -> Node:
    """The smallest whole number that is not below `value`."""
    return nodes.bounded("ceil", (value,), -(-value.low // 1.0), -(-value.high // 1.0))


def sign(nodes: Nodes, value: Node) -> Node:
    """-1, 0 or 1."""
    low = 1.0 if value.low > 0 else 0.0 if value.low == 0 else -1.0
    high = -1.0 if value.high < 0 else 0.0 if value.high == 0 else 1.0
    return nodes.bounded("sign", (value,), low, high, nonzero=value.nonzero)


def round_half_away(nodes: Nodes, value: Node, digits: int) -> Node:
    """`value` at `digits` decimals, halves away from zero: sign * floor(|value| * 10^digits + 0.5) / 10^digits."""
    scale = number(nodes, 10.0 ** abs(digits))
    size = absolute(nodes, value)
    scaled = divide(nodes, size, scale) if digits < 0 else multiply(nodes, size, scale)
    whole = floor(nodes, add(nodes, scaled, number(nodes, 0.5)))
    back = multiply(nodes, whole, scale) if digits < 0 else divide(nodes, whole, scale)
    signed = multiply(nodes, sign(nodes, value), back if digits else whole)
    return signed


def modulo(nodes: Nodes, left: Node, right: Node) -> Node:
    """The remainder with the sign of `left`: left - right * (left / right without its decimals)."""
    quotient = divide(nodes, left, right)
    whole = multiply(nodes, sign(nodes, quotient), floor(nodes, absolute(nodes, quotient)))
    return subtract(nodes, left, multiply(nodes, right, whole))


def square_root(nodes: Nodes, value: Node) -> Node:
    """The square root; NULL below 0."""
    if value.low >= 0:
        return nodes.bounded("sqrt", (value,), math.sqrt(value.low), math.sqrt(value.high))
    return nodes.bounded("sqrt", (value,), -math.inf, math.inf)


def logarithm(nodes: Nodes, value: Node) -> Node:
    """The natural logarithm; NULL at 0 and below."""
    if value.low > 0:
        return nodes.bounded("ln", (value,), math.log(value.low) - 1e-6, math.log(value.high) + 1e-6)
    return nodes.bounded("ln", (value,), -math.inf, math.inf)


def exponential(nodes: Nodes, value: Node) -> Node:
    """e to the `value`; NULL where that is too large a number."""
    high = math.exp(value.high) * (1 + 1e-9) if value.high <= _EXP_SAFE else math.inf
    return nodes.bounded("exp", (value,), 0.0, high)


def power(nodes: Nodes, base: Node, exponent: Node) -> Node:
    """base to the exponent; NULL where that is no number.

    The exponents 0.5, 1, 2 and 3 are a square root and products, so that all compilers do the same arithmetic.
    """
    if _values(exponent):
        if exponent.low == 0.5:
            return square_root(nodes, base)
        if exponent.low in (1.0, 2.0, 3.0):
            result = base
            for _ in range(int(exponent.low) - 1):
                result = multiply(nodes, result, base)
            return result
    if base.low >= 1 and exponent.high * math.log(base.high) <= _EXP_SAFE:
        high = base.high**exponent.high if exponent.high > 0 else 1.0
        return nodes.bounded("pow", (base, exponent), 0.0, high * (1 + 1e-9))
    return nodes.bounded("pow", (base, exponent), -math.inf, math.inf)


def field_bounds() -> tuple[float, float]:
    """The bounds of a number that comes from a lead."""
    return -FIELD_LIMIT, FIELD_LIMIT


def _quotient(left: float, right: float) -> float:
    return left / right if right else math.inf


def _values(*nodes: Node) -> bool:
    return all(node.constant and node.value is not None for node in nodes)
