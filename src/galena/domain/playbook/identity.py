"""What a playbook says of identity: which leads are one and the same, and what tells them apart."""

from typing import Literal

from pydantic import Field as Limit

from galena.domain.playbook.part import Name, Part

FieldKind = Literal[
    "given", "middle", "surname", "suffix", "person", "company", "name", "email", "phone", "house", "street", "line",
    "city", "state", "postcode", "date", "id", "website", "category", "tags", "number",
]  # fmt: skip
"""How a field's values are read before they are compared."""


class Key(Part):
    """Fields whose values together name one lead: leads that share them all are joined at once.

    Attributes:
        fields: each must be known; compared in their normal form.
        most: where more leads than this share the values, they name nobody (a switchboard, an agent's address), and
            no lead is joined by them.
        across: join leads of different sources only, where a source repeats the value for leads of its own.
    """

    fields: tuple[Name, ...] = Limit(min_length=1, max_length=4)
    most: int = Limit(default=5, ge=2, le=1_000)
    across: bool = False


class Identity(Part):
    """How leads are compared.

    Attributes:
        compare: field -> how its values are read.
        keys: what joins leads at once, unless the rest of what is known contradicts.
        by_keys_only: leads are joined by keys alone, and nothing is weighed.
        anchors: a lead that has none of these is never joined by weighing; empty: every lead is weighed.
        merge: from this probability on, leads are joined.
        review: from this probability on, a person is asked.
        most_leads: no lead is made of more than so many.
    """

    compare: dict[Name, FieldKind] = Limit(min_length=1)
    keys: tuple[Key, ...] = ()
    by_keys_only: bool = False
    anchors: tuple[Name, ...] = ()
    merge: float = Limit(default=0.95, gt=0.5, le=1)
    review: float = Limit(default=0.3, ge=0.01, lt=1)
    most_leads: int = Limit(default=20, ge=2, le=200)
