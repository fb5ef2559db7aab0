"""Tasks: what is to be done next with a lead, by when, and how often somebody was reminded."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all

_TASKS = tables.tasks
_OPEN = _TASKS.c.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done.

    Attributes:
        step: as `domain.dispositions.NextStep` has it.
        lead_key, title: of the lead.
        tenant: whose it is, by name; None: the operator's own.
        disposition_id: the outcome that asks for it; None: chasing does.
    """

    id: UUID
    assignment_id: UUID | None
    lead_id: UUID
    tenant_id: UUID | None
    step: str
    due_on: date
    note: str
    disposition_id: UUID | None
    opened_at: datetime
    reminders_count: int
    reminded_at: datetime | None
    lead_key: str
    title: str
    tenant: str | None


def open_many(session: Session, tasks: Collection[Mapping[str, object]]) -> int:
    """Opens tasks and says how many; where a lead has one of the kind, that one takes the new day and note.

    Args:
        tasks: each with assignment_id, lead_id, tenant_id, step, due_on, note, disposition_id, opened_at.
    """
    if not tasks:
        return 0
    new = insert(_TASKS).values([{**task, "id": new_id()} for task in tasks])
    taken = ("assignment_id", "tenant_id", "due_on", "note", "disposition_id")
    moved = new.on_conflict_do_update(
        index_elements=[_TASKS.c.workspace_id, _TASKS.c.lead_id, _TASKS.c.step],
        index_where=_OPEN,
        set_={name: new.excluded[name] for name in taken},
    )
    return len(session.connection.execute(moved.returning(_TASKS.c.id)).all())


def end_of_leads(
    session: Session, lead_ids: Collection[UUID], *, because: str, at: datetime, steps: Collection[str] = ()
) -> int:
    """Ends the open tasks of these leads (of these steps; empty: all), and says how many there were."""
    ending = update(_TASKS).where(_OPEN, among(_TASKS.c.lead_id, lead_ids))
    if steps:
        ending = ending.where(among(_TASKS.c.step, steps))
    done = ending.values(ended_at=at, ended_by=session.actor, ended_because=because)
    return session.connection.execute(done).rowcount


def list_open(
    session: Session,
    *,
    due: date | None = None,
    tenant_id: UUID | None = None,
    step: str | None = None,
    after: tuple[date, datetime, UUID] | None = None,
    limit: int = 1_000,
) -> tuple[Task, ...]:
    """Open tasks of leads that are still with whom they were given to, the most urgent first.

    Args:
        due: only those of that day and before.
        after: (due_on, opened_at, id) of the last one of the page before.
    """
    leads, tenants, given = tables.leads, tables.tenants, tables.assignments
    query = (
        select(_TASKS, leads.c.lead_key, leads.c.title, tenants.c.name.label("tenant"))
        .join(leads, (leads.c.workspace_id == _TASKS.c.workspace_id) & (leads.c.id == _TASKS.c.lead_id))
        .outerjoin(
            tenants, (tenants.c.workspace_id == _TASKS.c.workspace_id) & (tenants.c.id == _TASKS.c.tenant_id)
        )
        .outerjoin(
            given, (given.c.workspace_id == _TASKS.c.workspace_id) & (given.c.id == _TASKS.c.assignment_id)
        )
        .where(_OPEN, given.c.ended_at.is_(None))
        .order_by(_TASKS.c.due_on, _TASKS.c.opened_at, _TASKS.c.id)
        .limit(limit)
    )
    if after is not None:
        here = tuple_(_TASKS.c.due_on, _TASKS.c.opened_at, _TASKS.c.id)
        query = query.where(here > tuple_(*(literal(part) for part in after)))
    if due is not None:
        query = query.where(_TASKS.c.due_on <= due)
    if tenant_id is not None:
        query = query.where(_TASKS.c.tenant_id == tenant_id)
    if step is not None:
        query = query.where(_TASKS.c.step == step)
    return find_all(session, query, _task)


def remind(session: Session, task_ids: Collection[UUID], *, at: datetime) -> None:
    """Notes that somebody was reminded of these tasks once more."""
    change = update(_TASKS).where(among(_TASKS.c.id, task_ids))
    session.connection.execute(change.values(reminded_at=at, reminders_count=_TASKS.c.reminders_count + 1))


def _task(row: RowMapping) -> Task:
    return Task(**{name: row[name] for name in Task.__dataclass_fields__})
