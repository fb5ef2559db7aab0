"""The compiled programs of one revision of rules, and which names pass between them.

Points: inputs -> category, discard, features, factors, caps, sub-scores, temperature, score. Confidence: inputs ->
how much of what counts is known. Tier: values and score -> tier. Replay: values -> all that follows from features.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from galena.domain.playbook import Factor, Playbook
from galena.engines.scoring.confidence import confidence_definitions
from galena.engines.scoring.definitions import (
    Sql,
    intake_definitions,
    points_definitions,
    tier_definitions,
)
from galena.engines.scoring.slots import (
    DISCARD,
    NEEDS,
    PREVIOUS_TEMPERATURE,
    PREVIOUS_TIER,
    active_factors,
    column,
)
from galena.kit.expression import NUMBER, TEXT, Definition, Program, Schema

_NAME = re.compile(r"'(?:[^']|'')*'|\b([a-z_][a-z0-9_]*)\b")
_PLACEHOLDER = re.compile(r"\{\s*([a-z][a-z0-9_]*)\s*\}")
_MADE_HERE = ("category", "trade_group")
_TEXTS = (*_MADE_HERE, DISCARD, NEEDS)
_SUBSCORES = {"fit": NUMBER, "engagement": NUMBER}


class Programs:
    """What `Scorer` runs; each program is compiled when first needed."""

    def __init__(self, playbook: Playbook, features: Sequence[Definition], schema: Schema) -> None:
        self.playbook = playbook
        self.features = tuple(features)
        self.inputs: Schema = {name: kind for name, kind in schema.items() if name not in _MADE_HERE}
        self.rules_sql = points_definitions(playbook.rules)
        self.intake_sql = intake_definitions(playbook)

    @cached_property
    def points(self) -> Program:
        """Inputs and the temperature before -> everything up to the score."""
        return Program.build(
            [
                *self.features,
                *_definitions(self.intake_sql),
                *_definitions(self._passed_on),
                *_definitions(self.rules_sql),
            ],
            {**self.inputs, PREVIOUS_TEMPERATURE: TEXT},
        )

    @cached_property
    def confidence(self) -> Program:
        """Inputs -> confidence."""
        factors = active_factors(self.playbook.rules)
        return Program.build(_definitions(confidence_definitions(factors, self._inputs_of)), self.inputs)

    @cached_property
    def tier(self) -> Program:
        """Values, score, sub-scores, confidence and the tier before -> tier."""
        schema = {**self.values, **_SUBSCORES, "score": NUMBER, PREVIOUS_TIER: TEXT}
        return Program.build(_definitions(tier_definitions(self.playbook.rules.tiers)), schema)

    @cached_property
    def replay(self) -> Program:
        """Values and the temperature before -> everything up to the score."""
        schema = {name: kind for name, kind in self.values.items() if name not in self.rules_sql}
        return Program.build(_definitions(self.rules_sql), {**schema, PREVIOUS_TEMPERATURE: TEXT})

    @cached_property
    def values(self) -> Schema:
        """What a score keeps, in order: features, category, the inputs that rules read, labels name or models may read,
        confidence."""
        kinds = {name: self.points.types[name] for name in (*self._feature_names, *_MADE_HERE)}
        kinds |= {name: self.inputs[name] for name in self._inputs_kept}
        return {**kinds, "confidence": NUMBER}

    @property
    def value_columns(self) -> dict[str, str]:
        """Value name -> the definition of the points program that gives it.

        Confidence has a program of its own, and lists are kept as they come.
        """
        kept = {name: column("value", name) for name in self._inputs_kept}
        left_out = {"confidence", *self.list_values}
        return {name: kept.get(name, name) for name in self.values if name not in left_out}

    @cached_property
    def list_values(self) -> tuple[str, ...]:
        """The lists among the values."""
        return tuple(name for name, kind in self.values.items() if kind.name == "list")

    def asking(self, sql: str) -> Program:
        """A program whose definition `_answer` is an expression over a lead's inputs and features."""
        known = {feature.name: feature for feature in self.features}
        known |= {definition.name: definition for definition in _definitions(self.intake_sql)}
        needed: dict[str, Definition] = {}
        waiting = [sql]
        while waiting:
            for name in names_in(waiting.pop()):
                if name in known and name not in needed:
                    needed[name] = known[name]
                    waiting.append(known[name].sql)
        return Program.build([*needed.values(), Definition("_answer", sql)], self.inputs)

    @cached_property
    def _feature_names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    @cached_property
    def _inputs_kept(self) -> tuple[str, ...]:
        """Inputs that no feature passes on but a rule reads, a label names or a model may read, sorted."""
        rules = self.playbook.rules
        read = {name for sql in _rule_texts(self.playbook) for name in names_in(sql)}
        read |= {feature.name for feature in self.playbook.features}
        labels = [text for f in rules.factors for text in (f.label, f.short_label, f.missing_label)]
        named = {name for text in labels for name in _PLACEHOLDER.findall(text)}
        named |= set(self.playbook.models.inputs)
        read |= {name for name in named & set(self.inputs) if self.inputs[name].name != "list"}
        return tuple(sorted(name for name in read if name in self.inputs and name not in self._feature_names))

    @property
    def _passed_on(self) -> Sql:
        """Kept inputs as definitions, so that they are read as every expression reads them."""
        return {column("value", name): name for name in self._inputs_kept if self.inputs[name].name != "list"}

    def _inputs_of(self, factor: Factor) -> set[str]:
        return set(self.points.inputs_of(column("factor", factor.name)))


def names_in(sql: str) -> set[str]:
    """The words of an expression outside quotes: all the names it reads, and some more."""
    return {match[1] for match in _NAME.finditer(sql.lower()) if match[1]}


def _rule_texts(playbook: Playbook) -> Iterable[str]:
    for factor in playbook.rules.factors:
        yield factor.when
        yield factor.scale or ""
        yield factor.decay.since if factor.decay else ""
    for levels in (playbook.rules.temperature, playbook.rules.tiers):
        for level in levels:
            yield level.when
            yield level.keep or ""


def _definitions(sql: Sql) -> list[Definition]:
    return [Definition(name, text, TEXT if name in _TEXTS else None) for name, text in sql.items()]
