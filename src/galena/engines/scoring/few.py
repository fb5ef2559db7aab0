"""A frame of few leads scored one by one: what a frame of many gives, without its expressions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from galena.domain.score import NotScored, Previous, Score
from galena.engines.scoring.packing import RANKED_KINDS, pack_contributions, pack_values
from galena.engines.scoring.slots import PREVIOUS_TEMPERATURE, PREVIOUS_TIER

_COLUMNS: dict[str, pl.DataType] = {
    "status": pl.String(),
    "reason": pl.String(),
    "category": pl.String(),
    "trade_group": pl.String(),
    "micropoints": pl.Int64(),
    "tier": pl.String(),
    "temperature": pl.String(),
    "confidence": pl.Float64(),
    "fit": pl.Float64(),
    "engagement": pl.Float64(),
}
_PACKED: dict[str, pl.DataType] = {"values": pl.String(), "contributions": pl.String()}
_REASONS: dict[str, pl.DataType] = {"reasons": pl.List(pl.Int16())}


class OneScorer(Protocol):
    """What scores one lead."""

    value_names: tuple[str, ...]

    def shelve_one(
        self, inputs: Mapping[str, Any], as_of: datetime, previous: Previous, require_enrichment: bool
    ) -> tuple[Score | NotScored, str | None, str | None]: ...


def few_scored(
    scorer: OneScorer,
    frame: pl.DataFrame,
    as_of: datetime,
    require_enrichment: bool,
    packed: bool,
    reasons: int,
) -> pl.DataFrame:
    """See `Scorer.score_frame`."""
    rows = []
    for lead in frame.iter_rows(named=True):
        previous = Previous(lead.get(PREVIOUS_TIER), lead.get(PREVIOUS_TEMPERATURE))
        found, *shelf = scorer.shelve_one(lead, as_of, previous, require_enrichment)
        rows.append(_row(scorer.value_names, found, shelf, reasons))
    schema = _COLUMNS | (_PACKED if packed else {}) | (_REASONS if reasons else {})
    scored = pl.DataFrame(
        [pl.Series(name, [row.get(name) for row in rows], dtype=kind) for name, kind in schema.items()]
    )
    return frame.select("id").hstack(scored) if "id" in frame.columns else scored


def _row(
    names: Sequence[str], found: Score | NotScored, shelf: Sequence[str | None], reasons: int
) -> dict[str, Any]:
    category, trade_group = shelf
    row: dict[str, Any] = {"category": category, "trade_group": trade_group}
    if isinstance(found, NotScored):
        return {**row, "status": found.status, "reason": found.reason}
    return {
        **row,
        "status": "scored",
        "micropoints": found.micropoints,
        "tier": found.tier,
        "temperature": found.temperature,
        "confidence": found.confidence,
        "fit": found.fit,
        "engagement": found.engagement,
        "values": pack_values(found.values, names),
        "contributions": pack_contributions([each.micropoints for each in found.contributions]),
        "reasons": _largest(found, reasons),
    }


def _largest(score: Score, limit: int) -> list[int]:
    """As `packing.largest_reasons`."""
    sizes = [
        (-abs(each.micropoints), place)
        for place, each in enumerate(score.contributions)
        if each.kind in RANKED_KINDS and each.micropoints
    ]
    return [place for _, place in sorted(sizes)[:limit]]
