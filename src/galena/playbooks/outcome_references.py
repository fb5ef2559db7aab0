"""Names in what a playbook says of outcomes that must exist, and fields that must fit."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from galena.domain.playbook import FieldType
from galena.kit.yaml_positions import Path
from galena.playbooks.problem import Problem

if TYPE_CHECKING:
    from galena.playbooks.references import Checked

_TEXTS, _DATES = frozenset({FieldType.TEXT}), frozenset({FieldType.DATE})
_FLAGS, _NUMBERS = frozenset({FieldType.BOOLEAN}), frozenset({FieldType.NUMBER, FieldType.INTEGER})
_FACT_TYPES = {
    **dict.fromkeys(("outcome", "reason", "reason_words"), _TEXTS),
    **dict.fromkeys(("disposed_on", "answered_on", "won_on", "lost_on", "signed_on"), _DATES),
    **dict.fromkeys(("booked", "won", "must_not_contact"), _FLAGS),
    **dict.fromkeys(("attempts", "deal_value", "commission"), _NUMBERS),
}


def outcome_problems(checked: "Checked") -> Iterator[Problem]:
    """Fields that outcomes fill, that a lead is reached by, and that reports group by."""
    outcomes, fields = checked.playbook.outcomes, checked.playbook.fields
    what = "there is no such field"
    for name, fact in outcomes.fills.items():
        place: Path = ("outcomes", "fills", name)
        yield from checked.unknown(place, what, name, fields, at_key=True)
        field = fields.get(name)
        if field is not None and field.type not in _FACT_TYPES[fact]:
            kinds = " or ".join(sorted(_FACT_TYPES[fact]))
            yield checked.problem(place, f"{fact} fills only a field of type {kinds}", value=field.type)
    for index, name in enumerate(outcomes.contacts):
        yield from checked.unknown(("outcomes", "contacts", index), what, name, fields)
    for key in ("industry", "segment"):
        if (name := getattr(outcomes, key)) is not None:
            yield from checked.unknown(("outcomes", key), what, name, fields)
