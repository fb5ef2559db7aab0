"""Rules scoring: one lead, a frame of leads, and any old score again, to the last digit."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import polars as pl

from galena.domain.playbook import Playbook
from galena.domain.score import NotScored, Previous, Score
from galena.domain.scored import StoredScore
from galena.engines.scoring.few import few_scored
from galena.engines.scoring.frames import FrameScorer
from galena.engines.scoring.packing import unpack_values
from galena.engines.scoring.programs import Programs
from galena.engines.scoring.slots import (
    CONFIDENCE,
    DISCARD,
    MICROPOINTS_NAME,
    NEEDS,
    PREVIOUS_TEMPERATURE,
    PREVIOUS_TIER,
    TEMPERATURE,
    TIER,
    Slot,
    slots_of,
)
from galena.kit.expression import Definition, Schema

SCORING_VERSION = 1
"""Raised when the same rules would give another number; part of the hash of every revision."""


class Scorer:
    """A playbook's rules, compiled.

    One lead is scored as: eligible? -> category -> enriched enough? -> features -> factors, caps, fit and engagement
    -> temperature -> score -> confidence -> tier. A frame runs the same programs.

    Attributes:
        rules: content hash of everything that decides a score, but the features.
        feature_set: content hash of the features.
        value_names: what a score keeps to be replayed and explained, in order.
        contribution_names: the parts of a score, in order.
    """

    def __init__(self, programs: Programs, rules: str, feature_set: str) -> None:
        self.playbook = programs.playbook
        self.rules = rules
        self.feature_set = feature_set
        self.programs = programs
        self.slots: tuple[Slot, ...] = slots_of(self.playbook.rules)
        self.value_schema: Schema = programs.values
        self.value_names: tuple[str, ...] = tuple(self.value_schema)
        self.contribution_names: tuple[str, ...] = tuple(slot.name for slot in self.slots)
        self._value_columns = tuple(programs.value_columns.items())
        self._points = programs.points.one()
        self._confidence = programs.confidence.one()
        self._tier = programs.tier.one()
        self._asking = lru_cache(maxsize=256)(lambda sql: programs.asking(sql).one())

    @staticmethod
    def build(
        playbook: Playbook, definitions: Sequence[Definition], schema: Schema, feature_set: str
    ) -> "Scorer":
        """The compiled rules of a playbook; the same content is compiled once.

        Args:
            definitions: the playbook's features.
            schema: every name they may read, with its type.
            feature_set: the content hash of the features.

        Raises:
            ExpressionError: an expression is wrong; says which and where.
        """
        return _compiled(_Recipe(playbook, tuple(definitions), schema, feature_set))

    def score_one(
        self,
        inputs: Mapping[str, Any],
        as_of: datetime,
        previous: Previous = Previous(),  # noqa: B008 - frozen
        require_enrichment: bool = False,
    ) -> Score | NotScored:
        """The score of one lead, or why it has none.

        Args:
            inputs: fields, aggregates and behaviour inputs by name; a name left out is unknown.
            previous: the tier and temperature of its last score.
            require_enrichment: wait for the fields the playbook needs.
        """
        return self.shelve_one(inputs, as_of, previous, require_enrichment)[0]

    def shelve_one(
        self, inputs: Mapping[str, Any], as_of: datetime, previous: Previous, require_enrichment: bool
    ) -> tuple[Score | NotScored, str | None, str | None]:
        """`score_one` with the category and the trade group, which also leads without a score have."""
        computed = self._points({**inputs, PREVIOUS_TEMPERATURE: previous.temperature}, as_of)
        shelf = computed["category"], computed["trade_group"]
        if (reason := computed[DISCARD]) is not None:
            return NotScored("discarded", reason), *shelf
        if require_enrichment and (missing := computed[NEEDS]) is not None:
            return NotScored("needs_enrichment", missing), *shelf
        values = {name: computed[column] for name, column in self._value_columns}
        for name in self.programs.list_values:
            values[name] = inputs.get(name)
        values["confidence"] = self._confidence(inputs, as_of)[CONFIDENCE]
        return self._score(computed, values, previous, as_of), *shelf

    def try_one(self, inputs: Mapping[str, Any], as_of: datetime, previous: Previous) -> Score | NotScored:
        """`score_one` of an imagined lead; who asks looks at the score, and not at its parts."""
        return self.score_one(inputs, as_of, previous)

    def score_frame(
        self,
        frame: pl.DataFrame,
        as_of: datetime,
        *,
        require_enrichment: bool = False,
        packed: bool = False,
        reasons: int = 0,
    ) -> pl.DataFrame:
        """The scores of many leads, in the order of the frame.

        Args:
            frame: a column for each input; `id` is passed through when there, `previous_tier` and
                `previous_temperature` are read when there.
            packed: add `values` (a JSON array in the order of `value_names`) and `contributions` (a PostgreSQL
                bigint[] literal in the order of `contribution_names`).
            reasons: add `reasons`: places in `contribution_names` of that many largest reasons.

        Returns:
            id, status (scored, discarded, needs_enrichment), reason, category, trade_group, micropoints, tier,
            temperature, confidence, fit, engagement, and what was asked for; NULL where there is no score.
        """
        if self.programs.points.is_few(frame):
            return few_scored(self, frame, as_of, require_enrichment, packed, reasons)
        scorer = FrameScorer(self.programs, self.slots, require_enrichment, packed, reasons)
        return scorer.score(frame, as_of)

    def score_batches(
        self,
        frames: Iterable[pl.DataFrame],
        as_of: datetime,
        *,
        require_enrichment: bool = False,
        packed: bool = False,
        reasons: int = 0,
    ) -> Iterator[pl.DataFrame]:
        """`score_frame` for one frame after the other, so that memory holds one at a time."""
        scorer = FrameScorer(self.programs, self.slots, require_enrichment, packed, reasons)
        return (scorer.score(frame, as_of) for frame in frames)

    def replay(self, values: Mapping[str, Any], previous: Previous, as_of: datetime) -> Score:
        """A stored score again, from the values it kept; equal to it to the last digit."""
        computed = self._replay({**values, PREVIOUS_TEMPERATURE: previous.temperature}, as_of)
        return self._score(computed, dict(values), previous, as_of)

    def replay_all(self, past: Sequence[Score]) -> tuple[Score, ...]:
        """`replay` of scores of the history, one after the other."""
        return tuple(self.replay(each.values, each.previous, each.as_of) for each in past)

    def unpack_values(self, packed: str | Sequence[Any]) -> dict[str, Any]:
        """The stored values of a score by name, as they were scored."""
        return unpack_values(packed, self.value_schema)

    def restore(self, stored: StoredScore, slots: Sequence[Slot] = ()) -> Score:
        """A score of the history as a record; nothing is computed.

        Args:
            slots: the places of its contributions, where more than these rules made it.
        """
        return Score(
            micropoints=stored.micropoints,
            tier=stored.tier,
            temperature=stored.temperature,
            confidence=stored.confidence,
            fit=stored.fit,
            engagement=stored.engagement,
            contributions=tuple(
                slot.contribution(size)
                for slot, size in zip(slots or self.slots, stored.contributions, strict=True)
            ),
            values=self.unpack_values(stored.values),
            previous=stored.previous,
            as_of=stored.as_of,
            feature_set=self.feature_set,
            rules=self.rules,
            method=stored.method,  # type: ignore[arg-type]
            model_id=stored.model_id,
            fallback=stored.fallback,
        )

    def tier_at(self, score: Score, micropoints: int) -> str:
        """The tier that score's lead would have with other points and all else equal, coming from its tier."""
        return self.tier_of(replace(score, micropoints=micropoints, previous=Previous(score.tier)))

    def tier_of(self, score: Score) -> str:
        """The tier that a score's points, confidence, sub-scores and values give, coming from the tier before."""
        row = {
            **score.values,
            "confidence": score.confidence,
            "score": score.points,
            "fit": score.fit,
            "engagement": score.engagement,
            PREVIOUS_TIER: score.previous.tier,
        }
        return str(self._tier(row, score.as_of)[TIER])

    def evaluate(self, sql: str, inputs: Mapping[str, Any], as_of: datetime) -> Any:
        """The value of an expression over a lead's inputs and features.

        Raises:
            ExpressionError: the expression is wrong.
        """
        return self._asking(sql)(inputs, as_of)["_answer"]

    def to_sql(self, as_of: datetime, table: str = "leads", dialect: str = "duckdb") -> str:
        """One SELECT that computes category, features, parts and score of every row of a table, for a warehouse.

        The table has a column for each input, and `previous_temperature`.
        """
        return self.programs.points.to_sql(dialect, table, as_of=as_of)

    @property
    def _replay(self) -> Any:
        return self.programs.replay.one()

    def _score(
        self, computed: Mapping[str, Any], values: Mapping[str, Any], previous: Previous, as_of: datetime
    ) -> Score:
        score = Score(
            micropoints=int(computed[MICROPOINTS_NAME]),
            tier="",
            temperature=computed[TEMPERATURE],
            confidence=values["confidence"],
            fit=computed["fit"],
            engagement=computed["engagement"],
            contributions=tuple([slot.contribution(int(computed[slot.column])) for slot in self.slots]),
            values=values,
            previous=previous,
            as_of=as_of,
            feature_set=self.feature_set,
            rules=self.rules,
        )
        return replace(score, tier=self.tier_of(score))


@dataclass(frozen=True, eq=False)
class _Recipe:
    """What a scorer is compiled from; equal when its content is."""

    playbook: Playbook
    definitions: tuple[Definition, ...]
    schema: Schema
    feature_set: str

    @property
    def rules(self) -> str:
        """Content hash of the rules and of what is decided before features."""
        parts = self.playbook.model_dump(mode="json", include={"rules", "categories", "discards", "needs"})
        return _hash([SCORING_VERSION, parts])

    @property
    def key(self) -> str:
        """Content hash of everything compiled."""
        features = [(definition.name, definition.sql) for definition in self.definitions]
        inputs = {name: str(kind) for name, kind in self.schema.items()}
        kept = list(self.playbook.models.inputs)
        return _hash([self.playbook.playbook, self.rules, features, inputs, kept, self.feature_set])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Recipe) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(maxsize=32)
def _compiled(recipe: _Recipe) -> Scorer:
    programs = Programs(recipe.playbook, recipe.definitions, recipe.schema)
    return Scorer(programs, recipe.rules, recipe.feature_set)


def _hash(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
