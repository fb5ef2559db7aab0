"""Counts for status screens: leads by tier and status, imports, quarantine, events."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, literal, select, union_all

from galena.domain.score import MICROPOINTS
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.verdicts import in_force

_VISIBLE = tables.leads.c.status != "merged"


@dataclass(frozen=True, slots=True)
class Overview:
    """What a workspace holds.

    Attributes:
        leads_by_status: of all leads but those that are part of another.
        leads_by_tier: of the leads with a score, by the tier in force.
        quarantined: rows that wait to be mended.
        signals_waiting: signals without a lead.
        last_import_at: when the newest import began.
        last_scored_at: when the newest of the standing scores was made.
    """

    leads_by_status: dict[str, int]
    leads_by_tier: dict[str, int]
    imports_by_status: dict[str, int]
    quarantined: int
    signals_waiting: int
    last_import_at: datetime | None
    last_scored_at: datetime | None

    @property
    def leads(self) -> int:
        """How many leads there are."""
        return sum(self.leads_by_status.values())


def overview(session: Session) -> Overview:
    """Counts everything anew; about a tenth of a second per million leads."""
    quarantine, signals = tables.quarantine, tables.signals
    return Overview(
        leads_by_status=count_by(session, tables.leads.c.status, _VISIBLE),
        leads_by_tier=count_in_force(session),
        imports_by_status=count_by(session, tables.imports.c.status),
        quarantined=_count(session, quarantine.c.id, quarantine.c.status == "open"),
        signals_waiting=_count(session, signals.c.id, signals.c.lead_id.is_(None)),
        last_import_at=_latest(session, tables.imports.c.started_at),
        last_scored_at=_latest(session, tables.current_scores.c.scored_at),
    )


def count_by_tier(session: Session) -> dict[str, int]:
    """How many leads the machine has put in each tier."""
    return count_by(session, tables.current_scores.c.tier)


def count_in_force(session: Session) -> dict[str, int]:
    """How many leads stand in each tier, by a person's word where one holds, else by the machine's."""
    leads, said, scores = tables.leads, tables.overrides, tables.current_scores
    of_lead = and_(leads.c.workspace_id == said.c.workspace_id, leads.c.id == said.c.lead_id)
    same = and_(scores.c.workspace_id == said.c.workspace_id, scores.c.lead_id == said.c.lead_id)
    moved = said.join(leads, of_lead).outerjoin(scores, same)
    stands = (in_force(), leads.c.status.not_in(("merged", "discarded")))
    parts = (
        select(scores.c.tier, func.count().label("leads")).group_by(scores.c.tier),
        select(func.coalesce(said.c.tier, scores.c.tier), literal(1)).select_from(moved).where(*stands),
        select(scores.c.tier, literal(-1)).select_from(moved).where(*stands),
    )
    counts = union_all(*parts).subquery()
    query = select(counts.c.tier, func.sum(counts.c.leads)).where(counts.c.tier.is_not(None))
    rows = session.connection.execute(query.group_by(counts.c.tier).order_by(counts.c.tier))
    return {row[0]: int(row[1]) for row in rows if row[1]}


def count_by_temperature(session: Session) -> dict[str, int]:
    """How many leads stand at each temperature."""
    return count_by(session, tables.current_scores.c.temperature)


def count_by_category(session: Session) -> dict[str, int]:
    """How many leads are of each category."""
    return count_by(session, tables.leads.c.category, _VISIBLE)


def count_by_reason(session: Session) -> dict[str, int]:
    """How many leads are not scored, by reason."""
    unscored = tables.leads.c.status != "active"
    return count_by(session, tables.leads.c.status_reason, _VISIBLE, unscored)


def count_discards(session: Session) -> dict[str, int]:
    """How many leads were dropped, by reason."""
    leads = tables.leads
    return count_by(session, leads.c.status_reason, _VISIBLE, leads.c.status == "discarded")


def count_shelves(session: Session) -> list[tuple[str | None, str | None, str | None, int]]:
    """Trade group, category, tier (None: not scored) -> how many of the leads that were not dropped."""
    leads, scores = tables.leads, tables.current_scores
    same = and_(scores.c.workspace_id == leads.c.workspace_id, scores.c.lead_id == leads.c.id)
    shelf = (leads.c.trade_group, leads.c.category, scores.c.tier)
    query = select(*shelf, func.count()).select_from(leads.outerjoin(scores, same))
    query = query.where(_VISIBLE, leads.c.status != "discarded").group_by(*shelf)
    return [(row[0], row[1], row[2], row[3]) for row in session.connection.execute(query)]


@dataclass(frozen=True, slots=True)
class ScoreGroup:
    """Leads whose scores lie in one band.

    Attributes:
        band: tens of points: 7 is 70 to 80, and 9 takes 100 in; -1 is a score that is still to come.
        micropoints: the sum of their scores.
    """

    source: str
    tier: str
    temperature: str
    band: int
    leads: int
    micropoints: int


def group_scores(session: Session) -> list[ScoreGroup]:
    """How the standing scores are spread, by the source that founded each lead, tier, temperature and band."""
    leads, scores = tables.leads, tables.current_scores
    source = func.split_part(leads.c.lead_key, ":", 1)
    band = case(
        (scores.c.micropoints < 0, -1), else_=func.least(scores.c.micropoints // (10 * MICROPOINTS), 9)
    )
    groups = (source, scores.c.tier, scores.c.temperature, band)
    same = and_(scores.c.workspace_id == leads.c.workspace_id, scores.c.lead_id == leads.c.id)
    query = select(*groups, func.count(), func.sum(scores.c.micropoints)).select_from(
        scores.join(leads, same)
    )
    rows = session.connection.execute(query.where(_VISIBLE).group_by(*groups).order_by(*groups))
    return [ScoreGroup(row[0], row[1], row[2], row[3], row[4], int(row[5])) for row in rows]


def count_by(session: Session, column: ColumnElement[str], *only: ColumnElement[bool]) -> dict[str, int]:
    """How many rows have each value of a column; NULL is left out."""
    query = select(column, func.count()).where(column.is_not(None), *only).group_by(column).order_by(column)
    return {row[0]: row[1] for row in session.connection.execute(query)}


def _count(session: Session, column: ColumnElement[object], condition: ColumnElement[bool]) -> int:
    return session.connection.execute(select(func.count(column)).where(condition)).scalar_one()


def _latest(session: Session, column: ColumnElement[datetime]) -> datetime | None:
    return session.connection.execute(select(func.max(column))).scalar()
