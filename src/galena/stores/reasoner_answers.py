"""Answers of the reasoner kept by the hash of what was asked, and what stands for each lead."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from galena.domain.reasoner import KeptAnswer, LeadReasoning, ReasonerAnswer
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, find_one

_ANSWERS = tables.reasoner_answers
_LEADS = tables.lead_reasonings
_TOLD = tuple(each.name for each in fields(ReasonerAnswer))
_OF_LEAD = tuple(each.name for each in fields(LeadReasoning) if each.name != "answer")


def keep(session: Session, kept: KeptAnswer) -> None:
    """Keeps an answer. One that was kept for the same content stays; whether it is settled is taken over."""
    row = {name: getattr(kept.answer, name) for name in _TOLD} | {
        "flags": list(kept.answer.flags),
        "content_hash": kept.content_hash,
        "model": kept.model,
        "prompt_version": kept.prompt_version,
        "answered_at": kept.answered_at,
        "settled_by": kept.settled_by,
        "review": kept.review,
    }
    statement = insert(_ANSWERS).values(row)
    session.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "content_hash"],
            set_={"settled_by": statement.excluded.settled_by, "review": statement.excluded.review},
            where=_ANSWERS.c.settled_by.is_(None),
        )
    )


def load_many(session: Session, hashes: Collection[str]) -> dict[str, KeptAnswer]:
    """The answers kept for these contents, by hash; those without one are left out."""
    query = select(_ANSWERS).where(among(_ANSWERS.c.content_hash, hashes))
    return {kept.content_hash: kept for kept in find_all(session, query, _kept)}


def stand(session: Session, reasoning: LeadReasoning) -> None:
    """Makes this what is said of the lead. What a person reviewed stays reviewed while the content is the same."""
    answer = reasoning.answer
    told: dict[str, Any] = {name: getattr(answer, name) if answer else None for name in _TOLD}
    row = told | {name: getattr(reasoning, name) for name in _OF_LEAD} | {"flags": list(reasoning.flags)}
    statement = insert(_LEADS).values(row)
    same = _LEADS.c.content_hash == statement.excluded.content_hash
    changed = {name: statement.excluded[name] for name in row if name not in ("lead_id", "workspace_id")}
    for name in ("reviewed_by", "reviewed_at"):
        changed[name] = _when(same, _LEADS.c[name])
    session.connection.execute(
        statement.on_conflict_do_update(index_elements=["workspace_id", "lead_id"], set_=changed)
    )


def load_for_leads(session: Session, lead_ids: Sequence[UUID]) -> dict[UUID, LeadReasoning]:
    """What is said of these leads, by lead."""
    query = select(_LEADS).where(among(_LEADS.c.lead_id, lead_ids))
    return {found.lead_id: found for found in find_all(session, query, _reasoning)}


def find_for_lead(session: Session, lead_id: UUID) -> LeadReasoning | None:
    """What is said of a lead; None where the reasoner was never asked about it."""
    return find_one(session, select(_LEADS).where(_LEADS.c.lead_id == lead_id), _reasoning)


def list_to_review(session: Session, *, limit: int = 100) -> tuple[LeadReasoning, ...]:
    """The leads at which a person should look and nobody has, the newest first."""
    query = select(_LEADS).where(_LEADS.c.review.is_not(None), _LEADS.c.reviewed_at.is_(None))
    return find_all(session, query.order_by(_LEADS.c.changed_at.desc()).limit(limit), _reasoning)


def count_to_review(session: Session) -> int:
    """At how many leads a person should look and nobody has."""
    query = select(func.count()).where(_LEADS.c.review.is_not(None), _LEADS.c.reviewed_at.is_(None))
    return session.connection.execute(query).scalar_one()


def count_waiting(session: Session) -> int:
    """How many leads wait for another try."""
    return session.connection.execute(
        select(func.count()).where(_LEADS.c.method == "pending_retry")
    ).scalar_one()


def count_unanswered(session: Session) -> int:
    """For how many leads that are to be scored the reasoner has no answer."""
    leads = tables.leads
    answered = exists().where(
        _LEADS.c.workspace_id == leads.c.workspace_id,
        _LEADS.c.lead_id == leads.c.id,
        _LEADS.c.micropoints.is_not(None),
    )
    query = select(func.count()).select_from(leads).where(leads.c.status == "active", ~answered)
    return session.connection.execute(query).scalar_one()


def mark_reviewed(session: Session, lead_id: UUID, *, at: datetime) -> bool:
    """Notes that somebody, the session's actor, has looked at the lead; False where nobody was asked to."""
    change = update(_LEADS).where(_LEADS.c.lead_id == lead_id, _LEADS.c.review.is_not(None))
    return session.connection.execute(change.values(reviewed_by=session.actor, reviewed_at=at)).rowcount == 1


def _when(condition: Any, value: Any) -> Any:
    from sqlalchemy import case, null

    return case((condition, value), else_=null())


def _answer(row: RowMapping) -> ReasonerAnswer:
    return ReasonerAnswer(**{name: row[name] for name in _TOLD} | {"flags": tuple(row["flags"])})


def _kept(row: RowMapping) -> KeptAnswer:
    return KeptAnswer(
        row["content_hash"],
        _answer(row),
        row["model"],
        row["prompt_version"],
        row["answered_at"],
        row["settled_by"],
        row["review"],
    )


def _reasoning(row: RowMapping) -> LeadReasoning:
    answer = None if row["micropoints"] is None else _answer(row)
    given = {name: row[name] for name in _OF_LEAD} | {"flags": tuple(row["flags"])}
    return LeadReasoning(answer=answer, **given)
