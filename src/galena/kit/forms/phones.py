"""Phone numbers in one spelling."""

import re
from functools import lru_cache

import phonenumbers

_NORTH_AMERICA = re.compile(r"(?:\+?1)?([2-9]\d{2}[2-9]\d{6})\Z")
_EXTENSION = re.compile(r"(?:\s*(?:ext|extension|x|#)[.:\s]*\d{1,6})\s*\Z", re.IGNORECASE)
_NOISE = re.compile(r"[^\d+]+")
LEAST_DIGITS = 6
"""Fewer digits are no phone number."""

_DUMMY = re.compile(r"(\d)\1{6,}|1234567|0123456")


@lru_cache(maxsize=100_000)
def normal_phone(text: str, region: str = "US") -> str | None:
    """A number as "+15125550100"; its bare digits where no such number exists; None where it is no number.

    Args:
        region: where a number without a country code is dialled. An extension is left out.
    """
    bare = _EXTENSION.sub("", text.strip().removesuffix(".0"))
    digits = _NOISE.sub("", bare)
    if digits.count("+") > 1 or "+" in digits[1:]:
        digits = digits.replace("+", "")
    plain = digits.lstrip("+")
    if len(plain) < LEAST_DIGITS or _DUMMY.search(plain):
        return None
    if region in ("US", "CA"):
        found = _NORTH_AMERICA.match(digits)
        if found:
            return f"+1{found[1]}"
    try:
        number = phonenumbers.parse(f"+{digits[2:]}" if digits.startswith("00") else digits, region)
    except phonenumbers.NumberParseException:
        return plain
    # A number without its area is possible only where it is dialled: it is no number of its own.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return plain
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
