"""Facts as programs send them: by the names of the playbook, of any JSON that can be kept."""

from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from galena.domain.imports import Fault
from galena.engines.ingestion import canonical_json

MOST_BYTES = 100_000

Label = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""The name of a field, a kind, a source."""


def kept_json(value: dict[str, Any]) -> dict[str, Any]:
    """The value as it can be kept: what PostgreSQL refuses in texts is replaced, and numbers beyond 64 bits are null.

    Raises:
        ValueError: it is too much.
    """
    content = canonical_json(value)
    if len(content) > MOST_BYTES:
        raise ValueError(f"at most {MOST_BYTES // 1_000} KB are taken for one thing")
    found: dict[str, Any] = orjson.loads(content)
    return found


Facts = Annotated[
    dict[Label, Any],
    AfterValidator(kept_json),
    Field(
        max_length=300,
        description="By the names of the playbook's fields; null is the same as leaving a name out.",
        examples=[{"company_name": "Northwind Bakery", "industry": "food"}],
    ),
]
Attributes = Annotated[
    dict[Label, str | float | bool | None],
    AfterValidator(kept_json),
    Field(max_length=50, description="Numbers and texts that tell more of it: value, channel, campaign ..."),
]


class FaultItem(BaseModel):
    """A value that cannot be used."""

    field: str | None = Field(description="The field; null: the row as a whole.")
    value: str = Field(description="The beginning of what was sent.")
    reason: str
    remedy: str


def faults_of(faults: tuple[Fault, ...]) -> list[FaultItem]:
    """Faults as they are told."""
    return [
        FaultItem(field=each.field, value=each.value, reason=each.reason, remedy=each.remedy)
        for each in faults
    ]
