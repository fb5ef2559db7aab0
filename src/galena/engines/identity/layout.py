"""What the columns of a table mean for telling who is who: their kinds, and the fields made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any


class Kind(StrEnum):
    """What a column holds."""

    GIVEN = "given"
    MIDDLE = "middle"
    SURNAME = "surname"
    SUFFIX = "suffix"
    PERSON = "person"
    COMPANY = "company"
    NAME = "name"
    TITLE = "title"
    EMAIL = "email"
    PHONE = "phone"
    HOUSE = "house"
    STREET = "street"
    LINE = "line"
    CITY = "city"
    STATE = "state"
    POSTCODE = "postcode"
    DATE = "date"
    ID = "id"
    WEBSITE = "website"
    CATEGORY = "category"
    TAGS = "tags"
    NUMBER = "number"
    TEXT = "text"
    IGNORED = "ignored"


KIND_WORDS: dict[Kind, str] = {
    Kind.GIVEN: "first name",
    Kind.MIDDLE: "middle name",
    Kind.SURNAME: "last name",
    Kind.SUFFIX: "name suffix",
    Kind.PERSON: "a person's whole name",
    Kind.COMPANY: "company name",
    Kind.NAME: "name",
    Kind.TITLE: "title of a product or text",
    Kind.EMAIL: "e-mail address",
    Kind.PHONE: "phone number",
    Kind.HOUSE: "house number",
    Kind.STREET: "street address",
    Kind.LINE: "second address line",
    Kind.CITY: "city",
    Kind.STATE: "state",
    Kind.POSTCODE: "postal code",
    Kind.DATE: "date",
    Kind.ID: "number or code of its own",
    Kind.WEBSITE: "website",
    Kind.CATEGORY: "category",
    Kind.TAGS: "list of entries",
    Kind.NUMBER: "number",
    Kind.TEXT: "free text",
    Kind.IGNORED: "not used",
}


@dataclass(frozen=True, slots=True)
class Role:
    """What one column means.

    Attributes:
        column: its name in the table.
        field: the name its normal form goes by, an identifier; columns of one field are joined (house, street).
        day_first: how 03/04/2014 is read, for dates.
        why: what showed it, for people.
    """

    column: str
    kind: Kind
    field: str
    day_first: bool = False
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "column": self.column,
            "kind": str(self.kind),
            "field": self.field,
            "day_first": self.day_first,
            "why": self.why,
        }


@dataclass(frozen=True)
class Layout:
    """The roles of a table's columns.

    Attributes:
        region: where phone numbers without a country code are dialled.
    """

    roles: tuple[Role, ...]
    region: str = "US"

    @cached_property
    def _asked(self) -> dict[tuple[Kind, ...], tuple[Role, ...]]:
        """What was asked for before: the same few kinds are, for each record anew."""
        return {}

    def of(self, *kinds: Kind) -> tuple[Role, ...]:
        """The roles of these kinds, in the order of the columns."""
        found = self._asked.get(kinds)
        if found is None:
            found = self._asked[kinds] = tuple(role for role in self.roles if role.kind in kinds)
        return found

    def has(self, *kinds: Kind) -> bool:
        """Whether a column has one of these kinds."""
        return bool(self.of(*kinds))

    @property
    def used(self) -> tuple[Role, ...]:
        """All but the ignored."""
        return tuple(role for role in self.roles if role.kind is not Kind.IGNORED)

    def as_dict(self) -> dict[str, Any]:
        """As JSON; `layout_from` reads it."""
        return {"region": self.region, "roles": [role.as_dict() for role in self.roles]}


def layout_from(written: Mapping[str, Any]) -> Layout:
    """The layout that `Layout.as_dict` wrote."""
    roles = tuple(Role(**{**role, "kind": Kind(role["kind"])}) for role in written["roles"])
    return Layout(roles, written.get("region", "US"))


_ONCE = frozenset((Kind.GIVEN, Kind.MIDDLE, Kind.SURNAME, Kind.SUFFIX, Kind.PERSON, Kind.HOUSE))


def layout_of(kinds: Mapping[str, Kind], *, region: str = "US", **more: Mapping[str, Any]) -> Layout:
    """A layout with a field for each column of a known kind; `more` gives `day_first` and `why` by column.

    A second column of a kind that a record has once (a first name) is compared as a name of its own.
    """
    roles: list[Role] = []
    counts: dict[Kind, int] = {}
    for column, given in kinds.items():
        kind = Kind.NAME if given in _ONCE and counts.get(given) else given
        counts[kind] = counts.get(kind, 0) + 1
        field = str(kind) if counts[kind] == 1 else f"{kind}_{counts[kind]}"
        extras = {name: values[column] for name, values in more.items() if column in values}
        roles.append(Role(column, kind, field, **extras))
    return Layout(tuple(roles), region)
