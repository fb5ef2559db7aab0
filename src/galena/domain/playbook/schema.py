"""What an expression of a playbook may read, with the type of each name."""

from galena.domain.playbook.fields import Field, FieldType
from galena.domain.playbook.playbook import Playbook
from galena.kit.expression.types import (
    BOOLEAN,
    DATE,
    INSTANT,
    NUMBER,
    TEXT,
    Schema,
    Type,
    list_of,
    list_of_scalars,
)

LEAD_NAMES: dict[str, Type] = {"category": TEXT, "trade_group": TEXT, "lead_source": TEXT}
"""What the engine itself knows of each lead: its category, its trade group, the source that founded it."""

SUBSCORE_NAMES: dict[str, Type] = {"fit": NUMBER, "engagement": NUMBER}
"""Sub-scores, 0-100: read by the conditions of temperature levels and tiers."""

SCORE_NAMES: dict[str, Type] = {"score": NUMBER, "confidence": NUMBER}
"""The score, 0-100, and the confidence in it, 0-1: read by the conditions of tiers only."""

_TYPES = {
    FieldType.NUMBER: NUMBER,
    FieldType.INTEGER: NUMBER,
    FieldType.BOOLEAN: BOOLEAN,
    FieldType.DATE: DATE,
    FieldType.INSTANT: INSTANT,
}
_ITEM_TYPES = {"text": TEXT, "number": NUMBER, "boolean": BOOLEAN, "date": DATE, "instant": INSTANT}


def field_type(field: Field) -> Type:
    """How expressions see a field: e-mail and phone as text, integers as numbers, lists with their items."""
    if field.type is FieldType.LIST:
        items = {name: _ITEM_TYPES[kind] for name, kind in field.items.items()}
        return list_of(items) if items else list_of_scalars(TEXT)
    return _TYPES.get(field.type, TEXT)


def field_schema(playbook: Playbook) -> Schema:
    """The fields an expression may read: all but those known only after the lead was worked."""
    return {name: field_type(field) for name, field in playbook.fields.items() if not field.outcome}


def outcome_schema(playbook: Playbook) -> Schema:
    """What the labels of a model may read: every field, those known only after the lead was worked too."""
    return {
        **{name: field_type(field) for name, field in playbook.fields.items()},
        "lead_source": TEXT,
    }


def signal_schema(playbook: Playbook) -> Schema:
    """The inputs made of signals: aggregates, and two inputs for each behaviour."""
    schema = {aggregate.name: NUMBER for aggregate in playbook.aggregates}
    for behaviour in playbook.behaviours:
        schema[f"{behaviour.name}_intensity"] = NUMBER
        schema[f"{behaviour.name}_last_at"] = INSTANT
    return schema


def early_schema(playbook: Playbook) -> Schema:
    """What discards, categories and the two lines of a lead's row may read: what is known before its category."""
    return {**field_schema(playbook), **signal_schema(playbook), "lead_source": TEXT}


def input_schema(playbook: Playbook) -> Schema:
    """Every name a feature may read besides other features, with its type.

    Fields (not outcome ones), aggregates, `<behaviour>_intensity`, `<behaviour>_last_at`, `category`,
    `trade_group` and `lead_source`.
    """
    return {**field_schema(playbook), **signal_schema(playbook), **LEAD_NAMES}


def routing_schema(playbook: Playbook) -> Schema:
    """What the expressions of routing may read: fields, and what scoring said of the lead."""
    said = {**LEAD_NAMES, **SUBSCORE_NAMES, **SCORE_NAMES, "tier": TEXT, "temperature": TEXT}
    return {**field_schema(playbook), **said}
