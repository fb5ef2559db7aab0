"""Canonical fields: the facts a lead of this playbook can hold."""

from enum import StrEnum
from typing import Literal

from pydantic import model_validator

from galena.domain.playbook.part import Name, Part, Sentence


class FieldType(StrEnum):
    """How a value is stored and what an expression may do with it."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    EMAIL = "email"
    PHONE = "phone"
    LIST = "list"

    @property
    def is_text(self) -> bool:
        """Whether expressions see the value as text."""
        return self in (FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE)


ItemType = Literal["text", "number", "boolean", "date", "instant"]


class Field(Part):
    """One fact about a lead.

    Attributes:
        type: how it is stored.
        label: its name on screens.
        unit: for example USD, days, square feet; empty when it has none.
        about: whether it describes the contact, the account, the property or the lead itself.
        importance: required and useful fields count in the data-quality score.
        minimum, maximum: a value outside is rejected (numbers, and years of dates as numbers).
        values: when given, the only texts allowed (after the mapping's value map).
        items: for a list of records, the type of each item field; empty for a list of texts.
        personal: holds personal data: never written to logs.
        outcome: known only after the lead was worked; no expression may read it.
    """

    type: FieldType
    label: Sentence
    description: str = ""
    unit: str = ""
    about: Literal["lead", "contact", "account", "property"] = "lead"
    importance: Literal["required", "useful", "optional"] = "optional"
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    items: dict[Name, ItemType] = {}
    personal: bool = False
    outcome: bool = False

    @model_validator(mode="after")
    def _items_belong_to_lists(self) -> "Field":
        if self.items and self.type is not FieldType.LIST:
            raise ValueError("items are for fields of type list only")
        if self.values and not self.type.is_text:
            raise ValueError("values are for text fields only")
        return self
