"""Pairs that people are asked about, and what they answered."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from galena.domain.sameness import Review, ReviewState
from galena.kit.errors import NotFoundError
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, find_one
from galena.stores.sameness import evidence_of

_REVIEWS = tables.match_reviews
_WRITTEN = ("id", "one", "other", "probability", "reason", "evidence", "state", "asked_at")
_NAMES = (*_WRITTEN, "answered_by", "answered_at")


def ask(session: Session, reviews: Iterable[Review]) -> int:
    """Puts pairs into the queue and says how many are new; one that is open already is brought up to date, and one that
    was answered stays answered."""
    pairs = {(each.one, each.other): each for each in reviews}
    if not pairs:
        return 0
    adding = insert(_REVIEWS).values(
        [
            {name: asdict(each.evidence) if name == "evidence" else getattr(each, name) for name in _WRITTEN}
            for each in pairs.values()
        ]
    )
    new = {name: adding.excluded[name] for name in ("probability", "evidence", "reason")}
    written = adding.on_conflict_do_update(
        index_elements=["workspace_id", "one", "other"],
        set_={**new, "state": "open"},
        where=_REVIEWS.c.state.in_(("open", "settled")),
    ).returning(text("match_reviews.xmax = 0"))
    return sum(session.connection.execute(written).scalars())


def load(session: Session, review_id: UUID) -> Review:
    """A pair of the queue.

    Raises:
        NotFoundError: there is none.
    """
    found = find_one(session, select(_REVIEWS).where(_REVIEWS.c.id == review_id), _review)
    if found is None:
        raise NotFoundError("There is no such question.", facts={"id": review_id})
    return found


def list_open(session: Session, *, limit: int, but: Collection[UUID] = ()) -> tuple[Review, ...]:
    """Open pairs, the one whose answer is worth most first: the least certain, of the leads that score highest.

    Worth: 4 p (1 - p), which is 1 where nothing is known and 0 where all is, times 1 to 2 by the better score of the
    two leads. Where it was not for being unsure that a person is asked, it counts half.
    """
    query = text(
        "SELECT r.* FROM match_reviews r"
        " LEFT JOIN leads a ON a.workspace_id = r.workspace_id AND a.id = r.one"
        " LEFT JOIN leads b ON b.workspace_id = r.workspace_id AND b.id = r.other"
        " LEFT JOIN current_scores s ON s.workspace_id = r.workspace_id AND s.lead_id = coalesce(a.merged_into, a.id)"
        " LEFT JOIN current_scores t ON t.workspace_id = r.workspace_id AND t.lead_id = coalesce(b.merged_into, b.id)"
        " WHERE r.state = 'open' AND NOT r.id = ANY(CAST(:but AS uuid[]))"
        " ORDER BY (CASE WHEN r.reason = 'unsure' THEN 4 * r.probability * (1 - r.probability) ELSE 0.5 END)"
        " * (1 + greatest(s.micropoints, t.micropoints, 0) / 1e8) DESC, r.id LIMIT :limit"
    )
    rows = session.connection.execute(query, {"but": list(but), "limit": limit}).mappings()
    return tuple(map(_review, rows))


def list_answered(session: Session) -> tuple[Review, ...]:
    """Pairs that a person called the same or different, in the order of the answers."""
    query = select(_REVIEWS).where(_REVIEWS.c.state.in_(("same", "different")))
    return find_all(session, query.order_by(_REVIEWS.c.answered_at, _REVIEWS.c.id), _review)


def count_by_state(session: Session) -> dict[str, int]:
    """How many pairs are in each state."""
    query = select(_REVIEWS.c.state, func.count()).group_by(_REVIEWS.c.state)
    return {row[0]: row[1] for row in session.connection.execute(query)}


def answer(session: Session, review_id: UUID, state: ReviewState, *, at: datetime) -> None:
    """Notes an answer of the session's actor."""
    change = update(_REVIEWS).where(_REVIEWS.c.id == review_id)
    session.connection.execute(change.values(state=state, answered_by=session.actor, answered_at=at))


def list_touching(session: Session, nodes: Collection[UUID]) -> tuple[Review, ...]:
    """Open pairs with one of these nodes."""
    touching = or_(among(_REVIEWS.c.one, nodes), among(_REVIEWS.c.other, nodes))
    return find_all(session, select(_REVIEWS).where(_REVIEWS.c.state == "open", touching), _review)


def settle(session: Session, review_ids: Collection[UUID]) -> None:
    """Notes that these questions are idle."""
    if not review_ids:
        return
    change = update(_REVIEWS).where(among(_REVIEWS.c.id, review_ids), _REVIEWS.c.state == "open")
    session.connection.execute(change.values(state="settled"))


def _review(row: RowMapping) -> Review:
    plain: dict[str, Any] = {name: row[name] for name in _NAMES}
    return Review(**{**plain, "evidence": evidence_of(row["evidence"])})
