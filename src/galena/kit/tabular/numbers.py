"""Numbers written as text: thousands separators, decimal commas, currencies, percent signs, 1.5k.

Two readers with one grammar: one value in plain Python, a column in Polars. They agree bit for bit, because both
match the same ASCII patterns and both round the same digits correctly.
"""

import math
import re
from typing import Final, Literal

import polars as pl

NumberStyle = Literal["point", "comma"]

_CURRENCY = r"(?:US\$|R\$|[$€£¥₹]|USD|EUR|GBP|CAD|AUD|CHF)"
_SPACES = " \u00a0\u2009\u202f"
_EXPONENT = r"(?:[eE][-+]?[0-9]{1,3})?"
_PLAIN: dict[NumberStyle, str] = {
    "point": rf"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+){_EXPONENT}",
    "comma": rf"[-+]?(?:[0-9]+(?:,[0-9]*)?|,[0-9]+){_EXPONENT}",
}
_BODY: dict[NumberStyle, str] = {
    # 1,234,567.89 and the Indian 12,34,567; an apostrophe or a thin space may stand for the comma
    "point": rf"[0-9]{{1,3}}(?:[,'’{_SPACES}][0-9]{{2,3}})*[,'’{_SPACES}][0-9]{{3}}(?:\.[0-9]*)?"
    r"|[0-9]+(?:\.[0-9]*)?|\.[0-9]+",
    "comma": rf"[0-9]{{1,3}}(?:[.'’{_SPACES}][0-9]{{3}})+(?:,[0-9]*)?|[0-9]+(?:,[0-9]*)?|,[0-9]+",
}
_DRESSED: dict[NumberStyle, str] = {
    style: rf"(\()?[{_SPACES}]?([-+−])?[{_SPACES}]?{_CURRENCY}?[{_SPACES}]?([-+−])?({body})"
    rf"[{_SPACES}]?([kKmM])?[{_SPACES}]?(?:{_CURRENCY}|%)?[{_SPACES}]?(\))?"
    for style, body in _BODY.items()
}
_PLAIN_ONE = {style: re.compile(pattern) for style, pattern in _PLAIN.items()}
_DRESSED_ONE = {style: re.compile(pattern) for style, pattern in _DRESSED.items()}
_PLAIN_MANY = {style: f"^(?:{pattern})$" for style, pattern in _PLAIN.items()}
PLAIN_POINT: Final = _PLAIN_MANY["point"]
"""What a plain number with a point looks like, from its first character to its last."""
_DRESSED_MANY = {style: f"^(?:{pattern})$" for style, pattern in _DRESSED.items()}
_SCALE = {"": 1.0, "k": 1e3, "m": 1e6}
_SEPARATORS: dict[NumberStyle, str] = {"point": rf"[,'’{_SPACES}]", "comma": rf"[.'’{_SPACES}]"}
_SEPARATORS_ONE = {style: re.compile(pattern) for style, pattern in _SEPARATORS.items()}


def number_of_text(text: str, style: NumberStyle) -> float | None:
    """The number a text says (already stripped), or None; never infinite and never NaN."""
    if _PLAIN_ONE[style].fullmatch(text):
        value = float(text if style == "point" else text.replace(",", "."))
        return value if math.isfinite(value) else None
    found = _DRESSED_ONE[style].fullmatch(text)
    if found is None:
        return None
    opened, sign, later_sign, body, suffix, closed = found.groups()
    if (opened is None) != (closed is None) or (sign and later_sign):
        return None
    digits = _SEPARATORS_ONE[style].sub("", body)
    if style == "comma":
        digits = digits.replace(",", ".")
    value = float(digits) * _SCALE[(suffix or "").lower()]
    if not math.isfinite(value):
        return None
    return -value if opened or (sign or later_sign or "+") in "-−" else value


def numbers_of_text(texts: pl.Series, style: NumberStyle) -> pl.Series:
    """`number_of_text` of every value of a text column (stripped; null stays null), as Float64."""
    plain = texts.str.contains(_PLAIN_MANY[style])
    points = texts if style == "point" else texts.str.replace_all(",", ".", literal=True)
    values = _finite(points.set(~plain.fill_null(False), None).cast(pl.Float64, strict=False))
    rest = texts.filter(~plain.fill_null(True)).unique()
    if rest.is_empty():
        return values
    read = _dressed(rest, style)
    rest, read = rest.filter(read.is_not_null()), read.drop_nulls()
    if rest.is_empty():
        return values
    dressed = texts.replace_strict(rest, read, default=None, return_dtype=pl.Float64)
    return values.fill_null(dressed)


def _dressed(texts: pl.Series, style: NumberStyle) -> pl.Series:
    groups = texts.str.extract_groups(_DRESSED_MANY[style]).struct.unnest()
    groups.columns = ["opened", "sign", "later_sign", "body", "suffix", "closed"]
    digits = pl.col("body").str.replace_all(_SEPARATORS[style], "")
    if style == "comma":
        digits = digits.str.replace_all(",", ".", literal=True)
    scale = pl.col("suffix").str.to_lowercase().replace_strict(_SCALE, default=1.0, return_dtype=pl.Float64)
    value = digits.cast(pl.Float64, strict=False) * scale
    minus = pl.coalesce("sign", "later_sign", pl.lit("+")).is_in(["-", "−"]) | pl.col("opened").is_not_null()
    sound = (pl.col("opened").is_null() == pl.col("closed").is_null()) & (
        pl.col("sign").is_null() | pl.col("later_sign").is_null()
    )
    signed = pl.when(minus).then(-value).otherwise(value)
    return _finite(groups.select(pl.when(sound).then(signed).otherwise(None)).to_series())


def _finite(values: pl.Series) -> pl.Series:
    return values.set(~values.is_finite().fill_null(False), None)
