"""Drops: plans with their lines and shares, committed at most once for a day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, insert, select, text, update

from galena.domain.drop import DropLine, DropShare, KeptDrop
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.bulk import incoming, json_text, listed, taken
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one, load_by_id

_DROPS = tables.drops
_LINES = tables.drop_lines
_SHARES = tables.drop_shares
_LINE = tuple(DropLine.__dataclass_fields__)
_SHARE = tuple(DropShare.__dataclass_fields__)


def take_turn(session: Session) -> None:
    """Waits until no other transaction commits or undoes a drop of this workspace."""
    session.connection.execute(
        text("SELECT pg_advisory_xact_lock(7705, hashtext(:id))"), {"id": str(session.workspace_id)}
    )


def save_plan(
    session: Session, *, drop_on: date, policy: str, at: datetime, figures: Mapping[str, Any]
) -> UUID:
    """A new plan; earlier plans of the day that were not committed have had their time."""
    older = update(_DROPS).where(_DROPS.c.drop_on == drop_on, _DROPS.c.state == "planned")
    ended = {"state": "superseded", "ended_at": at, "ended_reason": "A newer plan was made."}
    session.connection.execute(older.values(**ended))
    id_ = new_id()
    values = {"id": id_, "drop_on": drop_on, "policy": policy, "author": session.actor, "planned_at": at}
    session.connection.execute(insert(_DROPS).values(**values, figures=dict(figures)))
    return id_


def add_lines(session: Session, lines: Iterable[DropLine]) -> None:
    """Writes lines of a plan."""
    rows = (
        tuple(json_text(dict(one.why)) if name == "why" else getattr(one, name) for name in _LINE)
        for one in lines
    )
    with incoming(session, _LINES, _LINE, rows) as name:
        statement = f"INSERT INTO drop_lines ({listed(_LINE)}) SELECT {taken(_LINES, _LINE)} FROM {name}"  # noqa: S608
        session.connection.execute(text(statement))


def add_shares(session: Session, shares: Iterable[DropShare]) -> None:
    """Writes the shares of a plan."""
    rows = [{name: getattr(one, name) for name in _SHARE} | {"why": dict(one.why)} for one in shares]
    if rows:
        session.connection.execute(insert(_SHARES), rows)


def load(session: Session, drop_id: UUID, *, lock: bool = False) -> KeptDrop:
    """A drop.

    Raises:
        NotFoundError: there is none.
    """
    if lock:
        session.connection.execute(select(_DROPS.c.id).where(_DROPS.c.id == drop_id).with_for_update())
    return load_by_id(session, _DROPS, drop_id, _drop, "drop")


def find_committed(session: Session, drop_on: date) -> KeptDrop | None:
    """The drop of a day that stands."""
    return find_one(
        session, select(_DROPS).where(_DROPS.c.drop_on == drop_on, _DROPS.c.state == "committed"), _drop
    )


def find_planned(session: Session, drop_on: date | None = None) -> KeptDrop | None:
    """The newest plan that waits to be committed; of a day, or of any."""
    query = select(_DROPS).where(_DROPS.c.state == "planned")
    if drop_on is not None:
        query = query.where(_DROPS.c.drop_on == drop_on)
    return find_one(session, query.order_by(_DROPS.c.planned_at.desc(), _DROPS.c.id.desc()).limit(1), _drop)


def list_(session: Session, *, limit: int = 50) -> tuple[KeptDrop, ...]:
    """Drops, the newest first; plans that had their time are left out."""
    query = select(_DROPS).where(_DROPS.c.state != "superseded")
    return find_all(session, query.order_by(_DROPS.c.drop_on.desc(), _DROPS.c.id.desc()).limit(limit), _drop)


def list_days_done(session: Session, since: date, *, undone: bool) -> frozenset[date]:
    """The days from `since` on that have had a drop; with `undone` those, too, whose drop was undone."""
    done = _DROPS.c.committed_at.is_not(None) if undone else _DROPS.c.state == "committed"
    query = select(_DROPS.c.drop_on).where(_DROPS.c.drop_on >= since, done)
    return frozenset(session.connection.execute(query).scalars())


def list_lines(session: Session, drop_id: UUID, *, tenant_id: UUID | None = None) -> tuple[DropLine, ...]:
    """The lines of a drop, by tenant, the best lead first."""
    query = select(_LINES).where(_LINES.c.drop_id == drop_id)
    if tenant_id is not None:
        query = query.where(_LINES.c.tenant_id == tenant_id)
    query = query.order_by(_LINES.c.tenant_id, _LINES.c.micropoints.desc(), _LINES.c.lead_id)
    return find_all(session, query, lambda row: DropLine(**{name: row[name] for name in _LINE}))


def titles_of(session: Session, drop_id: UUID) -> dict[UUID, str]:
    """Lead -> its title, for the lines of a drop."""
    titled = _LINES.join(tables.leads, _LINES.c.lead_id == tables.leads.c.id)
    query = (
        select(tables.leads.c.id, tables.leads.c.title).select_from(titled).where(_LINES.c.drop_id == drop_id)
    )
    return {row[0]: row[1] for row in session.connection.execute(query)}


def list_shares(session: Session, drop_id: UUID, *, tenant_id: UUID | None = None) -> tuple[DropShare, ...]:
    """The shares of a drop, by tenant and tier."""
    query = select(_SHARES).where(_SHARES.c.drop_id == drop_id)
    if tenant_id is not None:
        query = query.where(_SHARES.c.tenant_id == tenant_id)
    query = query.order_by(_SHARES.c.tenant_id, _SHARES.c.tier)
    return find_all(session, query, lambda row: DropShare(**{name: row[name] for name in _SHARE}))


def mark_left_out(session: Session, drop_id: UUID, left_out: Mapping[UUID, str]) -> None:
    """Notes on lines why the commit did not give them: lead -> words."""
    if left_out:
        change = update(_LINES).where(_LINES.c.drop_id == drop_id, _LINES.c.lead_id == bindparam("lead"))
        rows = [{"lead": lead, "words": words} for lead, words in left_out.items()]
        session.connection.execute(change.values(left_out=bindparam("words")), rows)


def mark_given(session: Session, shares: Sequence[DropShare]) -> None:
    """Notes on shares how many were given, from when they show, and why some are missing."""
    if shares:
        change = update(_SHARES).where(
            _SHARES.c.drop_id == bindparam("of_drop"),
            _SHARES.c.tenant_id == bindparam("of_tenant"),
            _SHARES.c.tier == bindparam("of_tier"),
        )
        rows = [
            {
                "of_drop": one.drop_id,
                "of_tenant": one.tenant_id,
                "of_tier": one.tier,
                "given": one.given,
                "visible_at": one.visible_at,
                "why": dict(one.why),
            }
            for one in shares
        ]
        values = {
            name: bindparam(name, type_=_SHARES.c[name].type) for name in ("given", "visible_at", "why")
        }
        session.connection.execute(change.values(**values), rows)


def mark_committed(
    session: Session, drop_id: UUID, *, at: datetime, undo_until: datetime, figures: Mapping[str, Any]
) -> None:
    """The drop stands from now on."""
    values = {"state": "committed", "committed_at": at, "undo_until": undo_until, "figures": dict(figures)}
    session.connection.execute(update(_DROPS).where(_DROPS.c.id == drop_id).values(**values))


def mark_undone(session: Session, drop_id: UUID, *, at: datetime, why: str) -> None:
    """The drop was taken back."""
    values = {"state": "undone", "ended_at": at, "ended_reason": why}
    session.connection.execute(update(_DROPS).where(_DROPS.c.id == drop_id).values(**values))


def _drop(row: RowMapping) -> KeptDrop:
    return KeptDrop(**{name: row[name] for name in KeptDrop.__dataclass_fields__})
