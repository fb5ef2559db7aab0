"""A few leads' scores written row by row: what a message or a person asks for must not wait for frames."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import polars as pl

from galena.domain.capacity import Room
from galena.domain.lead import NOT_ENRICHED, LeadStatus
from galena.domain.scored import ScoreHeader
from galena.stores import head_scores, leads, outbox, projections, scores
from galena.stores.door import Session
from galena.stores.leads import Standing
from galena.workflows.lead_judging import Judged, write_layout, write_said
from galena.workflows.score_lines import few_score_events, few_score_rows

FEW = 32
"""At most so many leads."""

_LACKS = "_lacks"
"""Whether a lead is without a fact that it needs."""

_Row = Mapping[str, Any]


def write_few(
    session: Session,
    header: ScoreHeader,
    batch: pl.DataFrame,
    judged: Judged,
    room: Room,
    needs: Sequence[str],
) -> int:
    """Writes what was found of leads that one judge scored, and says of how many any part changed.

    Each score that changed is told to the outbox.
    """
    # Since the batch was read, an import may have been taken back; during its turn nothing else vanishes.
    projections.take_turn(session)
    gone = leads.list_gone(session, batch["lead_id"].to_list())
    pairs = zip(batch.iter_rows(named=True), judged.found.iter_rows(named=True), strict=True)
    rows = [
        {**lead, **found, _LACKS: any(lead[name] is None for name in needs)}
        for lead, found in pairs
        if found["id"] not in gone
    ]
    scored = [row for row in rows if row["status"] == "scored"]
    write_layout(session, header, judged.bench)
    new = [row for row in scored if row["contributions"] is not None]
    changed = scores.record_few(session, header, few_score_rows(new), room)
    write_said(session, judged, header, gone=gone)
    _write_standings(session, rows)
    if unscored := [UUID(row["id"]) for row in rows if row["status"] != "scored"]:
        scores.withdraw(session, unscored)
        if judged.champions:
            head_scores.withdraw(session, unscored)
    stands = [{**row, "tier": _standing_tier(row, room)} for row in scored]
    outbox.append(session, few_score_events(filter(_is_told, stands), header))
    return changed


def _standing_tier(row: _Row, room: Room) -> str:
    """The tier that stands until places are given: a lead keeps its place, and takes none by itself."""
    placed, ruled = row["placed_tier"], row["tier"]
    if placed in room.tiers:
        return str(placed)
    return room.beyond if ruled in room.tiers else ruled


def _is_told(row: _Row) -> bool:
    before = row["previous_micropoints"]
    is_moved: bool = row["tier"] != row["standing_tier"]
    return is_moved or (before is not None and row["micropoints"] != before)


def _write_standings(session: Session, rows: Iterable[_Row]) -> None:
    """As `lead_standings.write_standings`."""
    differing = []
    for row in rows:
        is_scored = row["status"] == "scored"
        status: LeadStatus = "active" if is_scored else row["status"]
        reason = NOT_ENRICHED if is_scored and row[_LACKS] else row["reason"]
        category, trade_group = row["category"], row["trade_group"]
        now = (status, reason, category, trade_group)
        before = tuple(row[f"lead_{name}"] for name in ("status", "status_reason", "category", "trade_group"))
        if now != before:
            differing.append(Standing(UUID(row["id"]), status, reason, category, trade_group))
    if differing:
        leads.set_standings(session, differing)
