"""Enrichment: the log of look-ups, which is the ledger of what they cost; how leads stand; and the runs.

A look-up is written before it is sent, with the most it can cost. What a killed process leaves behind as `sent` may
have been paid: it is closed as `lost` and counts with that most, so a budget holds through kills.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from galena.domain.enrichment import (
    Choice,
    Coverage,
    FieldState,
    Finding,
    LeadState,
    LookUp,
    LookUpOutcome,
    ProviderSpending,
)
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, find_one

_LOG = tables.look_ups
_STATES = tables.lead_enrichments
_RUNS = tables.enrichment_runs
_IMPORTS = tables.imports
_LOOKED_UP = text(
    "SELECT state ->> 'field', state ->> 'status', count(*) FROM lead_enrichments e"
    " JOIN leads l ON l.workspace_id = e.workspace_id AND l.id = e.lead_id"
    " CROSS JOIN LATERAL jsonb_array_elements(e.fields) AS state"
    " WHERE l.status IN ('active', 'needs_enrichment')"
    " AND state ->> 'field' = ANY(CAST(:fields AS text[])) GROUP BY 1, 2"
)
_CHARGED = "CASE WHEN outcome = 'sent' THEN reserved_micros ELSE cost_micros END"


@dataclass(frozen=True, slots=True)
class EnrichmentRun:
    """A run over many leads.

    Attributes:
        asked: what it was asked for; a run that was cut off is gone on with by the next that asks the same.
        checkpoint_lead_id: the last lead that is done.
        imports: provider -> the import under which its records come in.
    """

    id: UUID
    status: str
    asked: str
    author: str
    started_at: datetime
    checkpoint_lead_id: UUID | None = None
    lead_count: int = 0
    changed_count: int = 0
    imports: Mapping[str, str] = field(default_factory=dict)
    ended_because: str | None = None
    finished_at: datetime | None = None


def send(session: Session, look_up: LookUp) -> None:
    """Writes a look-up that is about to be sent."""
    values = asdict(look_up)
    values |= {name: list(values[name]) for name in ("asked", "fields", "choices")}
    session.connection.execute(insert(_LOG).values(**values))


def close(
    session: Session,
    look_up_id: UUID,
    *,
    outcome: LookUpOutcome,
    at: datetime,
    cost_micros: int,
    fields: Collection[str] = (),
    confidence: float = 0.0,
    because: str = "",
    fresh_until: datetime | None = None,
    import_id: UUID | None = None,
    choices: Sequence[Choice] = (),
) -> None:
    """Writes how a look-up ended and what it cost."""
    session.connection.execute(
        update(_LOG)
        .where(_LOG.c.id == look_up_id)
        .values(
            outcome=outcome,
            ended_at=at,
            cost_micros=cost_micros,
            fields=sorted(fields),
            confidence=confidence,
            because=because,
            fresh_until=fresh_until,
            import_id=import_id,
            choices=[asdict(each) for each in choices],
        )
    )


def close_lost(session: Session, *, at: datetime) -> int:
    """Closes the look-ups whose process is gone, at the most they can have cost. Only while nothing is under way."""
    lost = update(_LOG).where(_LOG.c.outcome == "sent")
    return session.connection.execute(
        lost.values(
            outcome="lost",
            ended_at=at,
            cost_micros=_LOG.c.reserved_micros,
            because="the process ended before the answer was kept",
        )
    ).rowcount


def past_of(session: Session, lead_ids: Sequence[UUID]) -> dict[UUID, tuple[LookUp, ...]]:
    """What was asked about these leads, the oldest first; what an undone import brought is left out."""
    query = select(_LOG).where(among(_LOG.c.lead_id, lead_ids), _stands()).order_by(_LOG.c.id)
    found: dict[UUID, list[LookUp]] = {}
    for each in find_all(session, query, _look_up):
        found.setdefault(each.lead_id, []).append(each)
    return {lead: tuple(each) for lead, each in found.items()}


def _stands() -> ColumnElement[bool]:
    """Whether what a look-up brought has not been taken back."""
    undone = select(_IMPORTS.c.id).where(_IMPORTS.c.status == "undone")
    return _LOG.c.import_id.is_(None) | _LOG.c.import_id.not_in(undone)


def list_unsure(session: Session) -> tuple[LookUp, ...]:
    """Look-ups that found several records which match equally well, where nothing was found since."""
    last = (
        select(_LOG)
        .ext(distinct_on(_LOG.c.lead_id, _LOG.c.provider))
        .where(_LOG.c.outcome != "sent", _stands())
    )
    newest = last.order_by(_LOG.c.lead_id, _LOG.c.provider, _LOG.c.id.desc()).subquery()
    return find_all(
        session, select(newest).where(newest.c.outcome == "unsure").order_by(newest.c.id), _look_up
    )


def list_differing(session: Session, told: str, settled: str) -> tuple[UUID, ...]:
    """The visible leads that have a text in one field and not the same one in another, by id."""
    query = text(
        "SELECT id FROM leads WHERE status <> 'merged' AND coalesce(fields ->> :told, '') <> ''"
        " AND fields ->> :told IS DISTINCT FROM fields ->> :settled ORDER BY id"
    )
    return tuple(session.connection.execute(query, {"told": told, "settled": settled}).scalars())


def spent_micros(session: Session, *, since: datetime, providers: Collection[str] | None = None) -> int:
    """What look-ups came to since an instant; those under way count with the most they can cost."""
    query = (
        select(func.coalesce(func.sum(text(_CHARGED)), 0)).select_from(_LOG).where(_LOG.c.sent_at >= since)
    )
    if providers is not None:
        query = query.where(among(_LOG.c.provider, providers))
    return int(session.connection.execute(query).scalar_one())


def list_spending(session: Session, *, today: datetime) -> tuple[ProviderSpending, ...]:
    """What each provider was asked, gave and cost."""
    query = text(
        "SELECT provider, count(*) AS calls, count(*) FILTER (WHERE outcome = 'found') AS found,"  # noqa: S608
        " count(*) FILTER (WHERE outcome = 'absent') AS absent, count(*) FILTER (WHERE outcome = 'unsure') AS unsure,"
        " count(*) FILTER (WHERE outcome IN ('failed', 'lost')) AS failed,"
        f" coalesce(sum({_CHARGED}), 0) AS cost_micros,"
        f" coalesce(sum({_CHARGED}) FILTER (WHERE sent_at >= :today), 0) AS today_micros, max(sent_at) AS last_at"
        " FROM look_ups GROUP BY provider ORDER BY provider"
    )
    rows = session.connection.execute(query, {"today": today}).mappings()
    return tuple(
        ProviderSpending(
            row["provider"],
            row["calls"],
            row["found"],
            row["absent"],
            row["unsure"],
            row["failed"],
            int(row["cost_micros"]),
            int(row["today_micros"]),
            row["last_at"],
        )
        for row in rows
    )


def list_coverage(session: Session, fields: Sequence[str]) -> tuple[Coverage, ...]:
    """How far each field is known over the visible leads that are not discarded."""
    given = {f"field_{number}": field for number, field in enumerate(fields)}
    known = "".join(f", count(*) FILTER (WHERE l.fields ->> :{name} <> '') AS {name}" for name in given)
    count = f"SELECT count(*) AS leads{known} FROM leads l WHERE l.status IN ('active', 'needs_enrichment')"  # noqa: S608
    counted = session.connection.execute(text(count), given).mappings().one()
    looked_up: dict[str, dict[str, int]] = {name: {} for name in fields}
    for name, status, leads in session.connection.execute(_LOOKED_UP, {"fields": list(fields)}):
        looked_up[name][status] = leads
    return tuple(
        Coverage(
            name,
            counted["leads"],
            counted[column],
            looked_up[name].get("found", 0) + looked_up[name].get("stale", 0),
            looked_up[name].get("absent", 0),
            looked_up[name].get("failed", 0),
        )
        for column, name in given.items()
    )


def count_by_status(session: Session) -> dict[str, int]:
    """How many leads have which status of enrichment."""
    query = select(_STATES.c.status, func.count()).group_by(_STATES.c.status)
    return {row[0]: row[1] for row in session.connection.execute(query)}


def save_state(session: Session, state: LeadState, *, is_unscored: bool) -> None:
    """Writes how a lead stands.

    Args:
        is_unscored: facts changed, and the lead is still to be scored again.
    """
    values = {
        "status": state.status,
        "fields": [asdict(each) for each in state.fields],
        "findings": [each.as_dict() for each in state.findings],
        "enriched_at": state.enriched_at,
    }
    statement = upsert(_STATES).values(lead_id=state.lead_id, is_unscored=is_unscored, **values)
    session.connection.execute(
        statement.on_conflict_do_update(
            index_elements=[_STATES.c.workspace_id, _STATES.c.lead_id],
            set_={**values, "is_unscored": _STATES.c.is_unscored | is_unscored},
        )
    )


def find_state(session: Session, lead_id: UUID) -> LeadState | None:
    """How a lead stood when it was last enriched; None: it never was."""
    return find_one(session, select(_STATES).where(_STATES.c.lead_id == lead_id), _state)


def list_unscored(session: Session, *, limit: int) -> tuple[UUID, ...]:
    """Leads whose facts changed by enrichment and that are still to be scored again."""
    query = select(_STATES.c.lead_id).where(_STATES.c.is_unscored).order_by(_STATES.c.lead_id).limit(limit)
    return tuple(session.connection.execute(query).scalars())


def mark_scored(session: Session, lead_ids: Sequence[UUID]) -> None:
    """Notes that these leads were scored since."""
    session.connection.execute(
        update(_STATES).where(among(_STATES.c.lead_id, lead_ids)).values(is_unscored=False)
    )


def open_run(session: Session, run_id: UUID, *, asked: str, started_at: datetime) -> EnrichmentRun:
    """The run that was cut off while it did the same, to be gone on with, or a new one."""
    query = select(_RUNS).where(
        _RUNS.c.status.in_(("running", "interrupted", "stopped")), _RUNS.c.asked == asked
    )
    found = find_one(session, query.order_by(_RUNS.c.id.desc()).limit(1), _run)
    if found is not None:
        session.connection.execute(
            update(_RUNS).where(_RUNS.c.id == found.id).values(status="running", ended_because=None)
        )
        return found
    run = EnrichmentRun(run_id, "running", asked, session.actor, started_at)
    session.connection.execute(
        insert(_RUNS).values(
            id=run.id, status=run.status, asked=asked, author=run.author, started_at=started_at
        )
    )
    return run


def advance_run(session: Session, run_id: UUID, lead_id: UUID, *, changed: bool) -> None:
    """Notes that a lead is done, in the transaction that did it."""
    session.connection.execute(
        update(_RUNS)
        .where(_RUNS.c.id == run_id)
        .values(
            checkpoint_lead_id=lead_id,
            lead_count=_RUNS.c.lead_count + 1,
            changed_count=_RUNS.c.changed_count + int(changed),
        )
    )


def note_import(session: Session, run_id: UUID, provider: str, import_id: UUID) -> None:
    """Notes under which import a provider's records come in."""
    patch = func.jsonb_build_object(provider, str(import_id))
    session.connection.execute(
        update(_RUNS).where(_RUNS.c.id == run_id).values(imports=_RUNS.c.imports.op("||")(patch))
    )


def finish_run(
    session: Session, run_id: UUID, *, status: str, at: datetime, because: str | None = None
) -> None:
    """Marks how a run ended."""
    session.connection.execute(
        update(_RUNS).where(_RUNS.c.id == run_id).values(status=status, finished_at=at, ended_because=because)
    )


def list_runs(session: Session, *, limit: int = 10) -> tuple[EnrichmentRun, ...]:
    """Runs, the newest first."""
    return find_all(session, select(_RUNS).order_by(_RUNS.c.id.desc()).limit(limit), _run)


def _look_up(row: RowMapping) -> LookUp:
    known = {name: row[name] for name in LookUp.__dataclass_fields__}
    choices = tuple(Choice(**each) for each in row["choices"])
    return LookUp(
        **{**known, "asked": tuple(row["asked"]), "fields": tuple(row["fields"]), "choices": choices}
    )


def _state(row: RowMapping) -> LeadState:
    return LeadState(
        lead_id=row["lead_id"],
        status=row["status"],
        fields=tuple(FieldState(**each) for each in row["fields"]),
        enriched_at=row["enriched_at"],
        findings=tuple(Finding(**each) for each in row["findings"]),
    )


def _run(row: RowMapping) -> EnrichmentRun:
    return EnrichmentRun(**{name: row[name] for name in EnrichmentRun.__dataclass_fields__})
