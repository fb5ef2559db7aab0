"""Numbers and yes-or-no as people write them."""

import math
import re
from decimal import Decimal
from typing import Any

from galena.engines.ingestion.rows import BadValue

LARGEST = 1e15
"""Numbers beyond this lose whole units in JSON and in floating point; they are refused."""

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
_MONEY = re.compile(
    r"(?P<sign>[+\-−–]?)(?:US|R|C|A)?[$€£₹¥]?(?:(?:usd|eur|gbp|inr|brl)(?=\d))?(?P<sign2>[+\-−–]?)"
    r"(?P<digits>[\d.,'’]+)"
    r"(?P<scale>k|thousand|m|mn|mio|mm|million|b|bn|billion)?"
    r"(?P<unit>%|usd|eur|gbp|inr|brl|[$€£₹¥])?\Z",
    re.IGNORECASE | re.ASCII,
)
_SCALES = {"k": 1e3, "thousand": 1e3, "b": 1e9, "bn": 1e9, "billion": 1e9}
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_YES = frozenset(("yes", "y", "true", "t", "1", "on", "x", "checked", "si", "sí", "ja", "oui", "sim"))
_NO = frozenset(("no", "n", "false", "f", "0", "off", "unchecked", "nein", "non", "nao", "não"))


def to_number(value: Any, *, percent_is_share: bool = False) -> float:
    """A finite number.

    Understood: "1,234.50", "1.234,50", "1 234", "$3.2M", "(123)" as -123, "12 %", "1e5". A single comma followed
    by three digits groups thousands; a single point is a decimal point. With `percent_is_share` 12 % is 0.12,
    otherwise 12.

    Raises:
        BadValue: it is not a number, not finite, or beyond 10^15.
    """
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float | Decimal):
        return (
            _bounded(float(value)) if not isinstance(value, int) or value.bit_length() < 64 else _too_large()
        )
    if not isinstance(value, str):
        raise BadValue("This is not a number.")
    if len(value) < 40 and _PLAIN.match(value):
        return _bounded(float(value))
    return _bounded(_written_number(value, percent_is_share))


def to_integer(value: Any) -> int:
    """A whole number.

    Raises:
        BadValue: it is not a number, or has a fraction.
    """
    if isinstance(value, str) and len(value) < 16 and value.isascii() and value.isdigit():
        return int(value)
    number = to_number(value)
    if not number.is_integer():
        raise BadValue("This is not a whole number.", "Give a number without decimals.")
    return int(number)


def to_boolean(value: Any) -> bool:
    """True or false from yes/no, true/false, 1/0, on/off and the like.

    Raises:
        BadValue: it is none of these.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    text = str(value).strip().casefold()
    if text in _YES or text in ("1.0",):
        return True
    if text in _NO or text in ("0.0",):
        return False
    raise BadValue("This is neither yes nor no.", "Use yes or no, or give the mapping a value map.")


def scaled(number: float, scale: float) -> float:
    """`number * scale` without the dust of binary fractions (1100.04 thousand is 1100040)."""
    return float(f"{number * scale:.15g}")


def _bounded(number: float) -> float:
    if not math.isfinite(number):
        raise BadValue("This is not a finite number.")
    return number if abs(number) <= LARGEST else _too_large()


def _too_large() -> float:
    raise BadValue(
        "This number is too large to be true.", "Numbers up to 1,000,000,000,000,000 are accepted."
    )


def _written_number(text: str, percent_is_share: bool) -> float:
    if len(text) > 60:
        raise BadValue("This is not a number.")
    tight = _SPACES.sub("", text)
    negative = tight.startswith("(") and tight.endswith(")")
    found = _MONEY.match(tight[1:-1] if negative else tight)
    if not found:
        raise BadValue("This is not a number.")
    number = float(_decimal_point(found["digits"]))
    number = scaled(number, _SCALES.get((found["scale"] or "").lower(), 1e6 if found["scale"] else 1.0))
    if found["unit"] == "%" and percent_is_share:
        number = scaled(number, 0.01)
    signs = negative + sum(found[name] in ("-", "−", "–") for name in ("sign", "sign2"))
    return -number if signs % 2 else number


def _decimal_point(digits: str) -> str:
    """The digits with a decimal point and no grouping; raises when the grouping makes no sense."""
    digits = digits.replace("'", "").replace("’", "")
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        group, decimal = (",", ".") if point > comma else (".", ",")
    elif (digits.count(",") == 1 and len(digits) - comma - 1 != 3) or digits.count(".") > 1:
        group, decimal = ".", ","
    else:
        group, decimal = ",", "."
    whole, _, fraction = digits.partition(decimal)
    groups = whole.split(group)
    sensible = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(part) == 3 for part in groups[1:]))
    if not sensible or (fraction and not fraction.isdigit()) or not (whole or fraction):
        raise BadValue("The commas and points of this number contradict each other.", "Write it as 1234.56.")
    return "".join(groups) + "." + fraction if fraction else "".join(groups)
