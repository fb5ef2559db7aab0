"""The features of a playbook, checked and compiled once, computed for one lead or for frames."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import polars as pl

from galena.domain.playbook import Feature, Playbook
from galena.domain.playbook.schema import input_schema
from galena.domain.signal import Signal
from galena.engines.features.aggregate_frames import LEAD_ID
from galena.engines.features.aggregates import computation
from galena.engines.features.behaviours import (
    DecayedState,
    StateAheadError,
    absorb,
    half_life_days,
    intensity,
    keeps_state,
    last_at,
    read,
)
from galena.engines.features.few import can_be_read, few_signal_columns
from galena.engines.features.frames import signal_columns, signals_needed
from galena.engines.features.timeline import microseconds, timeline
from galena.kit.expression import BOOLEAN, NUMBER, Definition, Program, Schema, Type
from galena.kit.expression.macros import STANDARD_MACROS

FEATURES_VERSION = 1
"""Raised when the same definitions would give another number; part of every hash."""

Value = float | None
Inputs = dict[str, Any]
States = Mapping[str, DecayedState]

_OUT = "_out_"


class FeatureSet:
    """The features of a playbook. Made by `FeatureSet.of`.

    Everything is relative to as_of: signals after it are never seen.

    Attributes:
        names: the features, in the playbook's order.
        definitions: the features as expressions; one that passes a field on under the field's own name has none,
            since expressions read the field itself.
        schema: every name the definitions may read, with its type.
        hash: 64 hexadecimal digits, equal exactly when two sets compute the same: labels and order play no part.
        needs_signals: whether kept states are not enough, because there are aggregates or linear or step decays.
    """

    def __init__(self, playbook: Playbook, definitions: tuple[Definition, ...], schema: Schema) -> None:
        self.names: tuple[str, ...] = tuple(feature.name for feature in playbook.features)
        self.definitions = definitions
        self.schema = schema
        self._aggregates = playbook.aggregates
        self._behaviours = playbook.behaviours
        self._reads_fields_alone = not (self._aggregates or self._behaviours)
        self._channels = {name: kind.channel for name, kind in playbook.signal_kinds.items() if kind.channel}
        self._computations = [(each.name, computation(each, self._channels)) for each in self._aggregates]
        types = Program.build(definitions, schema).types
        outputs = {feature.name: _output(feature, schema, types) for feature in playbook.features}
        added = [Definition(_OUT + name, sql, expects=NUMBER) for name, sql in outputs.items() if sql]
        self._columns = tuple((name, _OUT + name if sql else name) for name, sql in outputs.items())
        self._program = Program.build([*definitions, *added], schema)
        self._one = self._program.one()
        self._pick = _picker([column for _, column in self._columns])
        self.hash = self._content_hash(outputs)
        self.needs_signals = bool(self._aggregates) or not all(map(keeps_state, self._behaviours))

    @staticmethod
    def of(playbook: Playbook) -> "FeatureSet":
        """The features of a playbook, checked together and compiled.

        Raises:
            ExpressionError: a definition is wrong, or they go round in a circle; says which and where.
        """
        schema = input_schema(playbook)
        definitions = tuple(
            Definition(feature.name, feature.sql)
            for feature in playbook.features
            if not _passes_on(feature, schema)
        )
        return FeatureSet(playbook, definitions, schema)

    def compute_one(
        self,
        fields: Mapping[str, Any],
        signals: Sequence[Signal] | None,
        as_of: datetime,
        states: States | None = None,
    ) -> dict[str, Value]:
        """Every feature of one lead; booleans are 0 and 1, None is unknown.

        Args:
            fields: canonical values as JSON holds them (dates as ISO text) or as Python has them; and `category`,
                `trade_group`, `lead_source` where features read them.
            signals, states: see `inputs_one`.
        """
        inputs = fields if self._reads_fields_alone else self.inputs_one(fields, signals, as_of, states)
        found = self._one(inputs, _aware(as_of))
        return dict(zip(self.names, self._pick(found), strict=True))

    def compute_frame(
        self,
        frame: pl.DataFrame,
        as_of: datetime,
        signals: pl.DataFrame | None = None,
        states: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """Every feature of many leads: `lead_id` where the frame has it and a column per feature, rows in order.

        Args:
            frame: a column per field; those left out are unknown.
            signals, states: see `inputs_frame`.
        """
        inputs = self.inputs_frame(frame, as_of, signals, states)
        ids = [LEAD_ID] if LEAD_ID in inputs.columns else []
        found = self._program.frame(inputs, as_of, keep=[*ids, *(column for _, column in self._columns)])
        return found.rename({column: name for name, column in self._columns if column != name})

    def inputs_one(
        self,
        fields: Mapping[str, Any],
        signals: Sequence[Signal] | None,
        as_of: datetime,
        states: States | None = None,
    ) -> Inputs:
        """What the definitions read of one lead: its fields, aggregates and behaviour inputs.

        Args:
            signals: all of the lead's signals, in any order; None when only states were loaded.
            states: kept states by behaviour. One that is not newer than as_of is read in O(1); another is passed
                over and the behaviour computed from the signals. None: compute all from the signals.

        Raises:
            StateAheadError: a state is newer than as_of and the signals were not given.
            InputError: as_of has no time zone; or the signals are needed (`needs_signals`) and were not given.
        """
        as_of_us = microseconds(as_of)
        if self._reads_fields_alone:
            return dict(fields)
        if signals is None and self.needs_signals:
            raise signals_needed()
        moments = timeline(signals or (), as_of)
        inputs = dict(fields)
        for name, compute in self._computations:
            inputs[name] = compute(moments, as_of_us)
        for behaviour in self._behaviours:
            value, at = f"{behaviour.name}_intensity", f"{behaviour.name}_last_at"
            state = states.get(behaviour.name) if states is not None else None
            reads_state = states is not None and keeps_state(behaviour)
            if reads_state and (signals is None or state is None or state.at <= as_of):
                inputs[value] = read(state, as_of, half_life_days(behaviour), behaviour.cap)
                inputs[at] = state.at if state else None
            else:
                inputs[value] = intensity(behaviour, moments, as_of)
                inputs[at] = last_at(behaviour, moments)
        return inputs

    def inputs_frame(
        self,
        frame: pl.DataFrame,
        as_of: datetime,
        signals: pl.DataFrame | None = None,
        states: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """The frame with a column per aggregate and two per behaviour.

        Args:
            frame: leads, with `lead_id` when signals or states are given.
            signals: `lead_id`, `kind`, `at` and `attributes` (JSON text); None when there are none.
            states: `lead_id`, `behaviour`, `value`, `at`; behaviours that keep a state are then read from it.

        Raises:
            InputError: a column is missing, as_of has no time zone, or states are given where signals are needed.
            StateAheadError: a state is newer than as_of; leave `states` out and give the signals.
        """
        _aware(as_of)
        if self._reads_fields_alone:
            return frame
        if states is None and self._program.is_few(frame) and can_be_read(frame, signals):
            instants = {f"{behaviour.name}_last_at" for behaviour in self._behaviours}
            return few_signal_columns(frame, signals, instants, lambda told: self.inputs_one({}, told, as_of))
        return signal_columns(
            frame,
            self._aggregates,
            self._behaviours,
            as_of,
            signals=signals,
            states=states,
            channels=self._channels,
        )

    def absorb(self, states: States, signal: Signal) -> dict[str, DecayedState]:
        """The kept states that a new signal changes, by behaviour; each signal must be given once."""
        return absorb(self._behaviours, states, signal)

    def to_sql(self, as_of: datetime, table: str = "leads", dialect: str = "duckdb") -> str:
        """One SELECT that computes every feature for each row of `table`, whose columns are the inputs."""
        columns = ", ".join(f'"{column}" AS "{name}"' for name, column in self._columns)
        return f"SELECT {columns} FROM ({self._program.to_sql(dialect, table, as_of=as_of)}) AS features"  # noqa: S608

    def _content_hash(self, outputs: Mapping[str, str]) -> str:
        content = {
            "version": FEATURES_VERSION,
            "definitions": {each.name: each.sql for each in self.definitions},
            "outputs": dict(outputs),
            "inputs": {name: str(self.schema[name]) for name in self._program.inputs},
            "aggregates": {
                each.name: each.model_dump(mode="json", exclude={"label"}) for each in self._aggregates
            },
            "behaviours": {
                each.name: each.model_dump(mode="json", exclude={"label"}) for each in self._behaviours
            },
            "channels": self._channels
            if any(each.aggregate == "entropy" for each in self._aggregates)
            else {},
            "macros": {
                each.name: [each.parameters, each.body, dict(each.defaults)]
                for each in STANDARD_MACROS.values()
            },
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _aware(as_of: datetime) -> datetime:
    microseconds(as_of)  # refuses an instant without a time zone
    return as_of


def _picker(columns: Sequence[str]) -> Callable[[Mapping[str, Value]], tuple[Value, ...]]:
    """A function that takes these values out of a mapping, as a tuple whatever their number."""
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda found: tuple(found[column] for column in columns)


def _passes_on(feature: Feature, schema: Schema) -> bool:
    """Whether a feature is a field under its own name: expressions that read the name see the field."""
    return feature.name in schema and feature.sql == feature.name


def _output(feature: Feature, schema: Schema, types: Mapping[str, Type]) -> str:
    """The expression of a feature's number where it is not the definition itself, else "".

    Booleans become 0 and 1. Of a number that is passed on, what lies outside the bounds is a placeholder: NULL.
    """
    name = feature.name
    kind = types.get(name) or schema[name]
    if kind == BOOLEAN:
        return f"bool_number({name})"
    if name in types:
        return ""
    low, high = feature.bounds or (None, None)
    limits = [f"{name} >= {low!r}"] if low is not None else []
    limits += [f"{name} <= {high!r}"] if high is not None else []
    return f"CASE WHEN {' AND '.join(limits)} THEN {name} END" if limits else f"{name} + 0"


__all__ = ["FEATURES_VERSION", "FeatureSet", "Inputs", "StateAheadError", "States", "Value"]
