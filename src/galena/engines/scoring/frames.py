"""Scoring a frame of leads: the same programs as for one lead, on columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import polars as pl

from galena.engines.scoring.packing import largest_reasons, packed_contributions, packed_values
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
)

CHUNK_ROWS = 50_000
"""Rows scored at once: larger frames are cut, so that a million leads need little more memory than their result."""

_SUBSCORES = ("fit", "engagement")
_VALUES = "_packed_values"


TOLD = ("probability", "low", "high", "members")
"""What a head adds to the columns of a score."""


class FrameHead(Protocol):
    """A model that has the last word on scores by rules."""

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The places of its contributions."""
        ...

    def judge(self, computed: pl.DataFrame) -> pl.DataFrame:
        """The frame with micropoints, score, confidence and every slot's column as the head says, and TOLD."""
        ...


@dataclass(frozen=True, slots=True)
class FrameScorer:
    """How frames are to be scored; see `Scorer.score_frame`.

    Attributes:
        slots: the places of the rules' contributions.
        head: a model that has the last word; None: rules alone.
    """

    programs: Programs
    slots: tuple[Slot, ...]
    require_enrichment: bool
    packed: bool
    reasons: int
    head: FrameHead | None = None

    def score(self, frame: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
        """The scores of a frame, in its order."""
        if frame.height <= CHUNK_ROWS:
            return self._score_chunk(frame, as_of)
        return pl.concat([self._score_chunk(chunk, as_of) for chunk in frame.iter_slices(CHUNK_ROWS)])

    def _score_chunk(self, frame: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
        frame = _with_memory(frame)
        computed = self._computed(frame, as_of)
        status = computed.select(**_status(self.require_enrichment))
        columns = [
            *([frame["id"]] if "id" in frame.columns else []),
            *status.get_columns(),
            *computed.select("category", "trade_group").get_columns(),
            *self._score_columns(computed).get_columns(),
        ]
        result = pl.DataFrame(columns)
        scored = pl.col("status") == "scored"
        return result.with_columns(
            pl.when(scored).then(pl.col(name)).alias(name)
            for name in result.columns[result.columns.index("micropoints") :]
        )

    def _computed(self, frame: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
        """Everything a score is made of: values under their names, then what the rules make of them."""
        names = self.programs.value_columns
        kept = [DISCARD, NEEDS, TEMPERATURE, MICROPOINTS_NAME, *_SUBSCORES, "score"]
        kept += [column for column in names.values() if column not in kept]
        kept += [slot.column for slot in self.slots]
        lists = self.programs.list_values
        frame = frame.with_columns(pl.lit(None).alias(name) for name in lists if name not in frame.columns)
        computed = self.programs.points.frame(frame, as_of, keep=[*kept, *lists])
        computed = computed.rename({column: name for name, column in names.items() if column != name})
        known = self.programs.confidence.frame(frame, as_of, keep=[CONFIDENCE])
        computed = computed.with_columns(known[CONFIDENCE].alias("confidence"), frame[PREVIOUS_TIER])
        if self.packed:
            computed = computed.with_columns(packed_values(computed, self.programs.values).alias(_VALUES))
        if self.head is not None:
            computed = self.head.judge(computed)
        tier = self.programs.tier.frame(computed, as_of, keep=[TIER])
        return computed.with_columns(tier[TIER])

    def _score_columns(self, computed: pl.DataFrame) -> pl.DataFrame:
        found = computed.select(
            micropoints=pl.col(MICROPOINTS_NAME).cast(pl.Int64),
            tier=TIER,
            temperature=TEMPERATURE,
            confidence="confidence",
            fit="fit",
            engagement="engagement",
        )
        slots = self.head.slots if self.head is not None else self.slots
        whole = computed.select(pl.col(slot.column).cast(pl.Int64) for slot in slots)
        extra: list[pl.Series] = []
        if self.packed:
            extra = [computed[_VALUES].alias("values"), packed_contributions(whole, slots)]
        if self.reasons:
            extra.append(largest_reasons(whole, slots, self.reasons).alias("reasons"))
        if self.head is not None:
            extra += [computed[name] for name in TOLD]
        return found.with_columns(extra)


def _with_memory(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the tier and temperature before, unknown where it does not bring them."""
    missing: Sequence[str] = [
        name for name in (PREVIOUS_TIER, PREVIOUS_TEMPERATURE) if name not in frame.columns
    ]
    return frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)


def _status(require_enrichment: bool) -> dict[str, pl.Expr]:
    discarded = pl.col(DISCARD).is_not_null()
    waiting = pl.col(NEEDS).is_not_null() & pl.lit(require_enrichment)
    return {
        "status": pl.when(discarded)
        .then(pl.lit("discarded"))
        .when(waiting)
        .then(pl.lit("needs_enrichment"))
        .otherwise(pl.lit("scored")),
        "reason": pl.when(discarded).then(pl.col(DISCARD)).when(waiting).then(pl.col(NEEDS)),
    }
