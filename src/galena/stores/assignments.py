"""Assignments: given, ended and marked, each step on the ledger, in the outbox and on the lead in one transaction."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text, update
from sqlalchemy.exc import IntegrityError

from galena.domain.assignment import Assignment, AssignmentChange, Ending, NewAssignment, State
from galena.domain.events import NewEvent
from galena.kit.errors import ConflictError
from galena.kit.ids import new_id
from galena.stores import leads, outbox, tables
from galena.stores.bulk import incoming, json_text, listed, taken
from galena.stores.door import Session
from galena.stores.rows import among, find_all, load_by_id

_ASSIGNMENTS = tables.assignments
_CHANGES = tables.assignment_changes
_NEW = (
    "id", "lead_id", "tenant_id", "drop_id", "how", "policy", "tier", "score_id", "micropoints", "value",
    "propensity", "price", "why", "assigned_at", "visible_at", "accept_by", "return_until",
)  # fmt: skip
_STEP = (
    "assignment_id", "lead_id", "tenant_id", "step", "state", "why", "detail", "author", "correlation_id", "at",
)  # fmt: skip
_OPEN = _ASSIGNMENTS.c.ended_at.is_(None)


def assign_many(session: Session, new: Sequence[NewAssignment]) -> tuple[UUID, ...]:
    """Gives leads to tenants; the ids of the assignments, in order. The leads must be locked by the caller.

    Raises:
        ConflictError: a lead has an open assignment already; nothing was given.
    """
    ids = tuple(new_id() for _ in new)
    rows = (_row(id_, one) for id_, one in zip(ids, new, strict=True))
    with incoming(session, _ASSIGNMENTS, _NEW, rows) as name:
        _insert(session, name)
        session.connection.execute(
            text(
                "UPDATE leads l SET tenant_id = n.tenant_id, visible_at = n.visible_at, updated_at = n.assigned_at"  # noqa: S608
                f" FROM {name} n WHERE l.id = n.lead_id"
            )
        )
    steps = [
        (
            id_,
            one.lead_id,
            one.tenant_id,
            "assigned",
            "active",
            one.why.get("words"),
            _detail(one),
            one.assigned_at,
        )
        for id_, one in zip(ids, new, strict=True)
    ]
    _note(session, steps)
    outbox.append(session, [_assigned(id_, one) for id_, one in zip(ids, new, strict=True)])
    return ids


def end_many(
    session: Session, open_ones: Collection[Assignment], state: Ending, *, step: str, why: str, at: datetime
) -> None:
    """Ends open assignments: their leads are nobody's, and whatever reaches out for them stops at once."""
    if not open_ones:
        return
    ids = [one.id for one in open_ones]
    change = update(_ASSIGNMENTS).where(among(_ASSIGNMENTS.c.id, ids), _OPEN)
    session.connection.execute(change.values(state=state, ended_at=at, ended_reason=why))
    leads.assign(session, [one.lead_id for one in open_ones], None, at=at)
    session.connection.execute(_END_TASKS, {"assignments": ids, "at": at, "actor": session.actor, "why": why})
    _note(session, [(one.id, one.lead_id, one.tenant_id, step, state, why, {}, at) for one in open_ones])
    payload = {"state": state, "why": why}
    outbox.append(
        session,
        [
            NewEvent(
                step,
                one.lead_id,
                {"assignment_id": str(one.id), "tenant_id": str(one.tenant_id), **payload},
            )
            for one in open_ones
        ],
    )


def mark_many(
    session: Session,
    open_ones: Collection[Assignment],
    step: str,
    *,
    why: str | None,
    at: datetime,
    **values: datetime | None,
) -> None:
    """Notes an instant on open assignments (`accepted_at`, `contacted_at`, `warned_at`), and the step."""
    if not open_ones:
        return
    change = update(_ASSIGNMENTS).where(among(_ASSIGNMENTS.c.id, [one.id for one in open_ones]), _OPEN)
    session.connection.execute(change.values(**values))
    _note(session, [(one.id, one.lead_id, one.tenant_id, step, None, why, {}, at) for one in open_ones])
    outbox.append(
        session,
        [
            NewEvent(
                f"assignment_{step}",
                one.lead_id,
                {"assignment_id": str(one.id), "tenant_id": str(one.tenant_id)},
            )
            for one in open_ones
        ],
    )


def note_leads(
    session: Session, lead_ids: Iterable[UUID], step: str, *, why: str, at: datetime, **detail: Any
) -> None:
    """Notes a step of leads that are nobody's: held, released, passed over."""
    _note(session, [(None, lead_id, None, step, None, why, detail, at) for lead_id in lead_ids])


def load(session: Session, assignment_id: UUID) -> Assignment:
    """An assignment.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _ASSIGNMENTS, assignment_id, _assignment, "assignment")


def find_open(session: Session, lead_ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, Assignment]:
    """Lead -> its open assignment; leads of nobody are left out. `lock` keeps others from changing them."""
    query = select(_ASSIGNMENTS).where(_OPEN, among(_ASSIGNMENTS.c.lead_id, lead_ids))
    query = query.order_by(_ASSIGNMENTS.c.lead_id)
    found = find_all(session, query.with_for_update() if lock else query, _assignment)
    return {one.lead_id: one for one in found}


def list_of_drop(session: Session, drop_id: UUID, *, lock: bool = False) -> tuple[Assignment, ...]:
    """Every assignment of a drop, ended ones too, by lead."""
    query = select(_ASSIGNMENTS).where(_ASSIGNMENTS.c.drop_id == drop_id).order_by(_ASSIGNMENTS.c.lead_id)
    return find_all(session, query.with_for_update() if lock else query, _assignment)


def states_of_drop(session: Session, drop_id: UUID) -> dict[UUID, State]:
    """Lead -> how the assignment that a drop made stands now."""
    query = select(_ASSIGNMENTS.c.lead_id, _ASSIGNMENTS.c.state).where(_ASSIGNMENTS.c.drop_id == drop_id)
    return {row[0]: row[1] for row in session.connection.execute(query)}


def list_open(
    session: Session, *, tenant_id: UUID | None = None, limit: int = 100, after: UUID | None = None
) -> tuple[Assignment, ...]:
    """Open assignments, the newest first; `after` is the last one of the page before."""
    query = select(_ASSIGNMENTS).where(_OPEN)
    if tenant_id is not None:
        query = query.where(_ASSIGNMENTS.c.tenant_id == tenant_id)
    if after is not None:
        query = query.where(_ASSIGNMENTS.c.id < after)
    return find_all(session, query.order_by(_ASSIGNMENTS.c.id.desc()).limit(limit), _assignment)


def list_offers_over(session: Session, at: datetime, *, limit: int = 1_000) -> tuple[Assignment, ...]:
    """Offers that nobody accepted in time, the oldest first; locked, and those that others work on passed over."""
    query = select(_ASSIGNMENTS).where(
        _OPEN, _ASSIGNMENTS.c.accepted_at.is_(None), _ASSIGNMENTS.c.accept_by <= at
    )
    query = query.order_by(_ASSIGNMENTS.c.accept_by, _ASSIGNMENTS.c.id).limit(limit)
    return find_all(session, query.with_for_update(skip_locked=True), _assignment)


def list_left_alone(
    session: Session, *, visible_before: datetime, warned_before: datetime | None = None, limit: int = 1_000
) -> tuple[Assignment, ...]:
    """Active leads that their tenant did not contact since before an instant; locked.

    Args:
        warned_before: those warned before it; None: those not warned yet.
    """
    query = select(_ASSIGNMENTS).where(
        _OPEN,
        _ASSIGNMENTS.c.state == "active",
        _ASSIGNMENTS.c.contacted_at.is_(None),
        _ASSIGNMENTS.c.visible_at <= visible_before,
        _ASSIGNMENTS.c.warned_at.is_(None)
        if warned_before is None
        else _ASSIGNMENTS.c.warned_at <= warned_before,
    )
    query = query.order_by(_ASSIGNMENTS.c.visible_at, _ASSIGNMENTS.c.id).limit(limit)
    return find_all(session, query.with_for_update(skip_locked=True), _assignment)


def list_changes(session: Session, lead_id: UUID) -> tuple[AssignmentChange, ...]:
    """Every step of a lead's assignments, the oldest first."""
    query = select(_CHANGES).where(_CHANGES.c.lead_id == lead_id).order_by(_CHANGES.c.number)
    return find_all(session, query, _change)


def read_ledger(session: Session, *, after: int = 0, limit: int = 10_000) -> tuple[AssignmentChange, ...]:
    """The next steps of the whole ledger, in order."""
    query = select(_CHANGES).where(_CHANGES.c.number > after).order_by(_CHANGES.c.number).limit(limit)
    return find_all(session, query, _change)


def _insert(session: Session, name: str) -> None:
    statement = f"INSERT INTO assignments ({listed(_NEW)}) SELECT {taken(_ASSIGNMENTS, _NEW)} FROM {name}"  # noqa: S608
    try:
        with session.connection.begin_nested():
            session.connection.execute(text(statement))
    except IntegrityError as error:
        raise ConflictError(
            "A lead was given to another tenant at this moment.",
            remedy="Look again, and repeat what is left.",
        ) from error


def _note(session: Session, steps: Iterable[tuple[Any, ...]]) -> None:
    """Writes steps; each as (assignment, lead, tenant, step, state, why, detail, at)."""
    rows = ((*step[:6], json_text(step[6]), session.actor, session.correlation_id, step[7]) for step in steps)
    with incoming(session, _CHANGES, _STEP, rows) as name:
        columns = listed(_STEP)
        statement = f"INSERT INTO assignment_changes ({columns}) SELECT {taken(_CHANGES, _STEP)} FROM {name}"  # noqa: S608
        session.connection.execute(text(statement))


def _row(id_: UUID, one: NewAssignment) -> tuple[Any, ...]:
    values = {name: getattr(one, name) for name in _NEW if name != "id"}
    values |= {"id": id_, "why": json_text(dict(one.why))}
    return tuple(values[name] for name in _NEW)


def _detail(one: NewAssignment) -> dict[str, Any]:
    told = {
        "how": one.how,
        "policy": one.policy,
        "tier": one.tier,
        "drop_id": one.drop_id and str(one.drop_id),
    }
    price = None if one.price is None else str(one.price)
    return {name: value for name, value in {**told, "price": price}.items() if value is not None}


def _assigned(id_: UUID, one: NewAssignment) -> NewEvent:
    told = {"assignment_id": str(id_), "tenant_id": str(one.tenant_id), "how": one.how, "tier": one.tier}
    return NewEvent("assigned", one.lead_id, {**told, "visible_at": one.visible_at.isoformat()})


def _assignment(row: RowMapping) -> Assignment:
    return Assignment(**{name: row[name] for name in Assignment.__dataclass_fields__})


def _change(row: RowMapping) -> AssignmentChange:
    return AssignmentChange(**{name: row[name] for name in AssignmentChange.__dataclass_fields__})


# What an undone drop gave ended at the instant at which it was undone.
_HAD_QUERY = """
    SELECT coalesce(l.merged_into, l.id), array_agg(DISTINCT a.tenant_id)
    FROM assignments a JOIN leads l ON l.workspace_id = a.workspace_id AND l.id = a.lead_id
    WHERE a.ended_at IS NOT NULL {narrowed} AND NOT EXISTS (
        SELECT FROM drops d WHERE d.workspace_id = a.workspace_id AND d.id = a.drop_id AND d.state = 'undone'
            AND d.ended_at = a.ended_at AND a.state = 'released')
    GROUP BY 1
"""
_HAD = text(_HAD_QUERY.format(narrowed=""))
_HAD_OF = text(
    _HAD_QUERY.format(
        narrowed="AND a.lead_id IN (SELECT id FROM leads WHERE id = ANY(CAST(:leads AS uuid[]))"
        " OR merged_into = ANY(CAST(:leads AS uuid[])))"
    )
)

# What was to be done by the tenant is not to be done any more.
_END_TASKS = text(
    "UPDATE tasks SET ended_at = :at, ended_by = :actor, ended_because = :why"
    " WHERE assignment_id = ANY(CAST(:assignments AS uuid[])) AND ended_at IS NULL"
)


def count_since(session: Session, tenant_ids: Collection[UUID], since: datetime) -> dict[UUID, int]:
    """Tenant -> leads that it got since an instant and has still; tenants without are left out."""
    query = (
        select(_ASSIGNMENTS.c.tenant_id, func.count())
        .where(among(_ASSIGNMENTS.c.tenant_id, tenant_ids), _ASSIGNMENTS.c.visible_at >= since, _OPEN)
        .group_by(_ASSIGNMENTS.c.tenant_id)
    )
    return {row[0]: row[1] for row in session.connection.execute(query)}


def last_given(session: Session, since: datetime) -> dict[UUID, tuple[int, datetime]]:
    """Tenant -> leads that reached it by routing since an instant, but for declined ones, and when the last one did."""
    query = (
        select(_ASSIGNMENTS.c.tenant_id, func.count(), func.max(_ASSIGNMENTS.c.assigned_at))
        .where(
            _ASSIGNMENTS.c.assigned_at >= since,
            _ASSIGNMENTS.c.how == "arrival",
            _ASSIGNMENTS.c.state.not_in(("declined", "returned")),
        )
        .group_by(_ASSIGNMENTS.c.tenant_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.connection.execute(query)}


def had_before(session: Session, lead_ids: Collection[UUID] | None = None) -> dict[UUID, frozenset[UUID]]:
    """Lead -> tenants that had it, or a part of it, and have it no more; drops that were undone do not count.

    Args:
        lead_ids: None: every lead.
    """
    query, given = (_HAD, {}) if lead_ids is None else (_HAD_OF, {"leads": list(lead_ids)})
    return {row[0]: frozenset(row[1]) for row in session.connection.execute(query, given)}


def count_returns(session: Session, tenant_id: UUID, since: datetime) -> tuple[int, int]:
    """Priced leads that a tenant got since an instant, and how many of them it returned."""
    returned = func.count().filter(_ASSIGNMENTS.c.state == "returned")
    query = select(func.count(), returned).where(
        _ASSIGNMENTS.c.tenant_id == tenant_id,
        _ASSIGNMENTS.c.assigned_at >= since,
        _ASSIGNMENTS.c.price.is_not(None),
        _ASSIGNMENTS.c.state != "declined",
    )
    row = session.connection.execute(query).one()
    return row[0], row[1]


def list_all_open(session: Session) -> tuple[Assignment, ...]:
    """Every open assignment, by lead."""
    return find_all(session, select(_ASSIGNMENTS).where(_OPEN).order_by(_ASSIGNMENTS.c.lead_id), _assignment)


def tenants_shown(session: Session) -> dict[UUID, UUID]:
    """Lead -> the tenant that row-level security shows it to; parts of other leads are left out."""
    query = select(tables.leads.c.id, tables.leads.c.tenant_id).where(
        tables.leads.c.tenant_id.is_not(None), tables.leads.c.status != "merged"
    )
    return {row[0]: row[1] for row in session.connection.execute(query)}
