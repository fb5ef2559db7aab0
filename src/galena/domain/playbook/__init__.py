"""A playbook: the versioned configuration of an industry, as frozen, validated data.

Read from YAML by `galena.playbooks`; one model per file of a playbook folder. Every text that
ends in `sql`, `when` or `scale` is a SQL scalar expression of `galena.kit.expression`.
"""

from galena.domain.playbook.enrichment import Enrichment, LocalReading, Wanted
from galena.domain.playbook.factors import (
    Decay,
    Factor,
    FactorCategory,
    Rules,
    TemperatureLevel,
    Tier,
    WhatIf,
)
from galena.domain.playbook.features import Aggregate, Behaviour, Feature, Where
from galena.domain.playbook.fields import Field, FieldType
from galena.domain.playbook.identity import Identity, Key
from galena.domain.playbook.mapping import FieldMapping, Mapping, SignalMapping
from galena.domain.playbook.models import Head, Models
from galena.domain.playbook.playbook import Category, Discard, LeadWords, Playbook, SignalKind
from galena.domain.playbook.reasoner import Doubt, Fact, Flag, Price, Reasoner

__all__ = [
    "Aggregate",
    "Behaviour",
    "Category",
    "Decay",
    "Discard",
    "Doubt",
    "Enrichment",
    "Fact",
    "Factor",
    "FactorCategory",
    "Feature",
    "Field",
    "FieldMapping",
    "FieldType",
    "Flag",
    "Head",
    "Identity",
    "Key",
    "LeadWords",
    "LocalReading",
    "Mapping",
    "Models",
    "Playbook",
    "Price",
    "Reasoner",
    "Rules",
    "SignalKind",
    "SignalMapping",
    "TemperatureLevel",
    "Tier",
    "Wanted",
    "WhatIf",
    "Where",
]
