"""Scores of a model, or of rules and a model blended: the same form as scores by rules, and replayed as exactly.

A lead is scored by rules first; the model reads the values that the score keeps, so a stored score holds all that is
needed to compute it again. One lead, a frame of leads and a replay run the same arrays in blocks of the same shape: a
matrix library may round differently for one row than for a thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.blend import Blend
from galena.domain.score import MICROPOINTS, NotScored, Previous, Score
from galena.domain.scored import StoredScore
from galena.engines.scoring.blending import Blended, Told, blended
from galena.engines.scoring.frames import FrameScorer
from galena.engines.scoring.scorer import Scorer
from galena.engines.scoring.slots import MICROPOINTS_NAME, Slot, column
from galena.kit.expression import DATE, INSTANT, Schema, polars_schema

if TYPE_CHECKING:
    from galena.kit.tabular.model import TabularModel

BLOCK = 1_024
"""Leads explained at once."""
STEP = 16
"""Every block has a multiple of so many rows; the last row is repeated to fill it."""

PREFIX = "model:"
"""What the name of a column's contribution begins with."""

Floats = NDArray[np.float64]


class ModelScorer:
    """A head's model over the rules of a playbook revision.

    Attributes:
        contribution_names: the parts of a score, in order: start, those of the rules, one per column of the model.
        model_id: the model.
    """

    def __init__(self, rules: Scorer, model: "TabularModel", blend: Blend, model_id: UUID) -> None:
        self.rules = rules
        self.model = model
        self.blend = blend
        self.model_id = model_id
        own = rules.slots if blend.weight < 1 else rules.slots[:1]
        self.slots: tuple[Slot, ...] = (*own, *map(_slot, model.columns))
        self.contribution_names = tuple(slot.name for slot in self.slots)
        self._curve = blend.curve.calibrator()
        self._reads = tuple(name for name in model.reading.names if name in rules.value_schema)

    @property
    def members(self) -> tuple[str, ...]:
        """The names of the members whose probabilities a prediction tells, in order."""
        own = tuple(member.name for member in self.model.members)
        return (*own, "rules") if self.blend.weight < 1 else own

    def score_frame(
        self,
        frame: pl.DataFrame,
        as_of: datetime,
        *,
        require_enrichment: bool = False,
        packed: bool = False,
        reasons: int = 0,
    ) -> pl.DataFrame:
        """As `Scorer.score_frame`, with further columns: probability, low, high, and members (a list)."""
        return FrameScorer(
            self.rules.programs, self.rules.slots, require_enrichment, packed, reasons, head=self
        ).score(frame, as_of)

    def predict_frame(
        self, frame: pl.DataFrame, as_of: datetime, *, require_enrichment: bool = False
    ) -> pl.DataFrame:
        """`score_frame` without the parts: the same scores to the last digit, far faster."""
        scorer = FrameScorer(
            self.rules.programs,
            self.rules.slots,
            require_enrichment,
            packed=False,
            reasons=0,
            head=_Quick(self),
        )
        return scorer.score(frame, as_of)

    def score_one(
        self,
        inputs: Mapping[str, Any],
        as_of: datetime,
        previous: Previous = Previous(),  # noqa: B008 - frozen
        require_enrichment: bool = False,
    ) -> Score | NotScored:
        """As `Scorer.score_one`."""
        found = self.rules.score_one(inputs, as_of, previous, require_enrichment)
        return found if isinstance(found, NotScored) else self._judged(found)

    def try_one(self, inputs: Mapping[str, Any], as_of: datetime, previous: Previous) -> Score | NotScored:
        """`score_one` of an imagined lead, far faster: its contributions leave what the columns add to the start."""
        found = self.rules.score_one(inputs, as_of, previous)
        return found if isinstance(found, NotScored) else self._judged(found, explained=False)

    def replay(self, values: Mapping[str, Any], previous: Previous, as_of: datetime) -> Score:
        """A stored score again, from the values it kept; equal to it to the last digit."""
        return self._judged(self.rules.replay(values, previous, as_of))

    def replay_all(self, past: Sequence[Score]) -> tuple[Score, ...]:
        """`replay` of scores of the history, all at once."""
        return self._judged_all([self.rules.replay(each.values, each.previous, each.as_of) for each in past])

    def restore(self, stored: StoredScore) -> Score:
        """A score of the history, made by this model, as a record; nothing is computed."""
        return self.rules.restore(stored, self.slots)

    def tier_at(self, score: Score, micropoints: int) -> str:
        """As `Scorer.tier_at`."""
        return self.rules.tier_at(score, micropoints)

    def evaluate(self, sql: str, inputs: Mapping[str, Any], as_of: datetime) -> Any:
        """As `Scorer.evaluate`."""
        return self.rules.evaluate(sql, inputs, as_of)

    def unpack_values(self, packed: str | Sequence[Any]) -> dict[str, Any]:
        """As `Scorer.unpack_values`."""
        return self.rules.unpack_values(packed)

    def judge(self, computed: pl.DataFrame) -> pl.DataFrame:
        """See `FrameHead`."""
        found = self._found(computed, explained=True)
        columns = {slot.column: found.contributions[:, place] for place, slot in enumerate(self.slots)}
        return computed.with_columns(
            *(pl.Series(name, whole) for name, whole in columns.items()),
            *_score_columns(found),
        )

    def said(self, computed: pl.DataFrame) -> pl.DataFrame:
        """`judge` without the contributions: those of the rules stay in their places."""
        found = self._found(computed, explained=False)
        return computed.with_columns(_score_columns(found))

    def _found(self, computed: pl.DataFrame, explained: bool) -> Blended:
        sizes = computed.select(pl.col(slot.column).cast(pl.Int64) for slot in self.rules.slots)
        return self._blended(
            computed.select(self._reads),
            sizes.to_numpy() / MICROPOINTS,
            computed["confidence"].to_numpy(),
            explained,
        )

    def _judged(self, score: Score, *, explained: bool = True) -> Score:
        """A score by rules as the model changes it."""
        return self._judged_all([score], explained=explained)[0]

    def _judged_all(self, by_rules: Sequence[Score], *, explained: bool = True) -> tuple[Score, ...]:
        if not by_rules:
            return ()
        schema = polars_schema({name: self.rules.value_schema[name] for name in self._reads})
        columns = {name: [score.values[name] for score in by_rules] for name in self._reads}
        sizes = [[part.micropoints for part in score.contributions] for score in by_rules]
        known = np.array([score.confidence for score in by_rules])
        found = self._blended(
            pl.DataFrame(columns, schema=schema), np.array(sizes) / MICROPOINTS, known, explained
        )
        return tuple(self._risen(score, found, row) for row, score in enumerate(by_rules))

    def _risen(self, score: Score, found: Blended, row: int) -> Score:
        parts = zip(self.slots, found.contributions[row].tolist(), strict=False)
        risen = replace(
            score,
            micropoints=int(found.micropoints[row]),
            confidence=float(found.confidence[row]),
            contributions=tuple(slot.contribution(size) for slot, size in parts),
            method="model",
            model_id=self.model_id,
        )
        return replace(risen, tier=self.rules.tier_of(risen))

    def _blended(self, values: pl.DataFrame, sizes: Floats, known: Floats, explained: bool = True) -> Blended:
        start, others = float(sizes[0, 0]) if len(sizes) else 0.0, sizes[:, 1:]
        found = blended(self.blend, self._curve, start, others, known, self._told(values, explained))
        if self.blend.weight < 1:
            return found
        # Rules have no say, and no place among the contributions.
        own = np.delete(found.contributions, np.s_[1 : sizes.shape[1]], axis=1)
        return replace(found, contributions=own)

    def _told(self, values: pl.DataFrame, explained: bool) -> Told:
        """What the model says of each row, in blocks of a shape that does not depend on how many rows there are."""
        if not explained:
            return self._quickly(values)
        blocks = [self._told_block(values.slice(first, BLOCK)) for first in range(0, values.height, BLOCK)]
        blocks = blocks or [self._told_block(values)]
        if len(blocks) == 1:
            return blocks[0]
        arrays = ("probability", "low", "high", "confidence", "members", "points")
        return Told(
            base_points=blocks[0].base_points,
            **{name: np.concatenate([getattr(block, name) for block in blocks]) for name in arrays},
        )

    def _quickly(self, values: pl.DataFrame) -> Told:
        said = self.model.predict(values)
        return Told(
            said.probability,
            said.low,
            said.high,
            said.confidence,
            said.members,
            self.model.base_points,
            np.zeros((values.height, 0)),
        )

    def _told_block(self, values: pl.DataFrame) -> Told:
        rows = values.height
        wanted = -(-rows // STEP) * STEP
        filled = values[np.minimum(np.arange(wanted), rows - 1)] if wanted > rows else values
        told = self.model.explain(filled)
        said = told.predictions
        return Told(
            said.probability[:rows],
            said.low[:rows],
            said.high[:rows],
            said.confidence[:rows],
            said.members[:rows],
            told.base_points,
            told.points[:rows],
        )


class _Quick:
    """A head that scores and gives no reasons."""

    def __init__(self, scorer: ModelScorer) -> None:
        self.slots = scorer.rules.slots
        self.judge = scorer.said


def _score_columns(found: Blended) -> list[pl.Series]:
    return [
        pl.Series(MICROPOINTS_NAME, found.micropoints),
        pl.Series("score", found.micropoints) / MICROPOINTS,
        pl.Series("confidence", found.confidence),
        pl.Series("probability", found.probability),
        pl.Series("low", found.low),
        pl.Series("high", found.high),
        pl.Series("members", found.members, dtype=pl.List(pl.Float64)),
    ]


def restored_slots(rules: Scorer, names: Sequence[str]) -> tuple[Slot, ...]:
    """The places of a model's contributions from their names alone, where the model itself is not at hand."""
    known = {slot.name: slot for slot in rules.slots}
    return tuple(known.get(name) or _slot(name.removeprefix(PREFIX)) for name in names)


def model_columns(schema: Schema, personal: Sequence[str]) -> tuple[str, ...]:
    """The values of a score that a model may learn from: features, category, texts, yes and no.

    Left out are the confidence, lists, what is personal, and dates: a date itself does not come back, and features
    tell its age.
    """
    outside = {"confidence", *personal}
    return tuple(
        name
        for name, kind in schema.items()
        if name not in outside and kind not in (DATE, INSTANT) and kind.name != "list"
    )


def _slot(name: str) -> Slot:
    return Slot(PREFIX + name, "model", None, column("model", name))
