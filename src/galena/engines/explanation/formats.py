"""How a value reads in a sentence: $3.2M, 12 March 2026, 6 %, 1,250."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from galena.domain.playbook import Field, FieldType, Playbook

Kind = Literal["money", "share", "percent", "year", "number", "date", "yes_no", "words", "text"]

CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "BRL": "R$"}
_SHARE_UNITS = {"share", "rate", "ratio", "fraction", "0-1", "0..1"}
_PERCENT_UNITS = {"%", "percent", "per cent"}
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
_TEXT_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Format:
    """How values of one name are worded.

    Attributes:
        kind: `share` is 0-1 and reads as a percentage, `percent` is one already; `words` is a coded text whose
            underscores read as spaces.
        sign: the currency sign, for money.
        names: what a coded text is called, where it has a label of its own.
        scale: what a number is multiplied by first: 1,000,000 where the unit is "million USD", 100 where it is
            "hundred years".
    """

    kind: Kind = "text"
    sign: str = "$"
    scale: float = 1.0
    names: Mapping[str, str] = field(default_factory=dict)

    def show(self, value: Any) -> str | None:
        """The value in words, or None when it is unknown."""
        if value is None or value == "" or value != value:
            return None
        if isinstance(value, bool) or self.kind == "yes_no":
            return "yes" if value in (True, 1, "true", "True") else "no"
        if isinstance(value, int | float):
            return self._show_number(value)
        if isinstance(value, date):
            return show_date(value)
        if isinstance(value, list | tuple):
            return _show_list(value)
        text = self.names.get(str(value), str(value)).strip()
        if self.kind == "date":
            return _show_date_text(text)
        return _shorten(text.replace("_", " ") if self.kind == "words" else text)

    def _show_number(self, value: float) -> str:
        value *= self.scale
        if self.kind == "money":
            return show_money(value, self.sign)
        if self.kind == "share":
            return f"{show_number(value * 100)} %"
        if self.kind == "percent":
            return f"{show_number(value)} %"
        if self.kind == "year":
            return f"{value:.0f}"
        return show_number(value)


def show_money(amount: float, sign: str = "$") -> str:
    """$3.2M from a million up, $48,200 below, cents only under a hundred."""
    minus, size = ("−" if amount < 0 else ""), abs(amount)
    for limit, letter in ((999_500_000, "B"), (999_500, "M")):
        if size >= limit:
            millions = size / (1e9 if letter == "B" else 1e6)
            return f"{minus}{sign}{show_number(millions)}{letter}"
    if size < 100 and round(size, 2) != int(size):
        return f"{minus}{sign}{size:.2f}"
    return f"{minus}{sign}{_half_up(size):,}"


def show_number(value: float) -> str:
    """Integers with thousands separators; one decimal up to a hundred, two below one."""
    size = abs(value)
    decimals = 0 if size >= 100 else 1 if size >= 1 else 2
    text = f"{value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    text = "0" if text in ("-0", "") else text
    return text.replace("-", "−")


def show_date(value: date) -> str:
    """12 March 2026; an instant is shown as its date in UTC."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC) if value.tzinfo else value
    return f"{value.day} {value:%B} {value.year}"


def formats_of(playbook: Playbook) -> Mapping[str, Format]:
    """How each value that a label of this playbook may name is worded."""
    sign = CURRENCY_SIGNS[playbook.currency]
    found: dict[str, Format] = {
        behaviour.name + "_intensity": Format("number") for behaviour in playbook.behaviours
    }
    found |= {behaviour.name + "_last_at": Format("date") for behaviour in playbook.behaviours}
    found |= {aggregate.name: Format("number") for aggregate in playbook.aggregates}
    found |= dict.fromkeys(("trade_group", "lead_source"), Format("words"))
    found["category"] = Format("words", names={trade.name: trade.label for trade in playbook.categories})
    found |= {feature.name: _number_format(feature.name, feature.unit, sign) for feature in playbook.features}
    # A feature may pass a field on under its name; the field knows more about how it reads.
    return found | {name: _field_format(name, field, sign) for name, field in playbook.fields.items()}


def _field_format(name: str, field: Field, sign: str) -> Format:
    if field.type in (FieldType.NUMBER, FieldType.INTEGER):
        return _number_format(name, field.unit, sign)
    if field.type in (FieldType.DATE, FieldType.INSTANT):
        return Format("date")
    if field.type is FieldType.BOOLEAN:
        return Format("yes_no")
    return Format("words" if field.values else "text")


def _number_format(name: str, unit: str, sign: str) -> Format:
    plain = unit.strip().lower()
    scale, _, counted = plain.partition(" ")
    if scale in _SCALES and counted.upper() in CURRENCY_SIGNS:
        return Format("money", sign, _SCALES[scale])
    if scale == "hundred":
        return Format("number", sign, 100.0)
    if plain.upper() in CURRENCY_SIGNS or unit.strip() in CURRENCY_SIGNS.values():
        return Format("money", sign)
    if plain in _SHARE_UNITS:
        return Format("share")
    if plain in _PERCENT_UNITS:
        return Format("percent")
    # "1,985" is no year: a year is named by its unit, or by its name when no unit says otherwise.
    year = plain == "year" or (not plain and "year" in name.split("_"))
    return Format("year" if year else "number")


def _show_date_text(text: str) -> str:
    """Stored dates come back as ISO text; anything else is shown as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _shorten(text)
    return show_date(moment)


def _show_list(values: list[Any] | tuple[Any, ...]) -> str | None:
    if not values:
        return "none"
    if any(isinstance(value, Mapping) for value in values) or len(values) > 3:
        return f"{len(values):,}"
    texts = [str(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _shorten(text: str) -> str:
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1].rstrip() + "…"


def _half_up(size: float) -> int:
    return int(size + 0.5)
