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
from galena.domain.playbook.outcomes import Outcomes, Reason
from galena.domain.playbook.playbook import Category, Discard, LeadWords, Playbook, SignalKind
from galena.domain.playbook.reasoner import Doubt, Fact, Flag, Price, Reasoner
from galena.domain.playbook.routing import Arrival, Drop, Idle, Returns, Routing

__all__ = [
    "Aggregate",
    "Arrival",
    "Behaviour",
    "Category",
    "Decay",
    "Discard",
    "Doubt",
    "Drop",
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
    "Idle",
    "Key",
    "LeadWords",
    "LocalReading",
    "Mapping",
    "Models",
    "Outcomes",
    "Playbook",
    "Price",
    "Reason",
    "Reasoner",
    "Returns",
    "Routing",
    "Rules",
    "SignalKind",
    "SignalMapping",
    "TemperatureLevel",
    "Tier",
    "Wanted",
    "WhatIf",
    "Where",
]
