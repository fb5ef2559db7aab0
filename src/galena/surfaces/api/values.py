"""The kinds of values that requests carry: texts that a database takes, days and instants within reason, money."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

_NO_NUL = r"^[^\x00]*$"
_SOMETHING = r"^[^\x00]*[^\s\x00][^\x00]*$"
_FIRST, _LAST = 1900, 2200

Short = Annotated[str, Field(max_length=200, pattern=_NO_NUL)]
Words = Annotated[str, Field(max_length=2_000, pattern=_NO_NUL)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_SOMETHING)]
Why = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2_000,
        pattern=_SOMETHING,
        description="The reason, in words; the history shows it.",
    ),
]


def _within_reason(value: date) -> date:
    if not _FIRST <= value.year <= _LAST:
        raise ValueError(f"the year must lie between {_FIRST} and {_LAST}")
    return value


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Day = Annotated[date, AfterValidator(_within_reason)]
Instant = Annotated[AwareDatetime, AfterValidator(_within_reason), AfterValidator(_in_utc)]
Money = Annotated[Decimal, Field(ge=0, le=999_999_999_999, decimal_places=2, allow_inf_nan=False)]
"""In the playbook's currency."""
