"""Answers kept for requests that may come twice: the second time the answer is given and nothing is done."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from galena.domain.access import KeptAnswer
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_one

_ANSWERS = tables.kept_answers
KEPT_FOR = timedelta(hours=24)


def begin(
    session: Session, api_key_id: UUID, idempotency_key: str, fingerprint: str, now: datetime
) -> KeptAnswer | None:
    """Notes that a request is being worked on; where one of this key was begun before, that one instead."""
    session.connection.execute(
        delete(_ANSWERS).where(_ANSWERS.c.api_key_id == api_key_id, _ANSWERS.c.begun_at < now - KEPT_FOR)
    )
    begun = session.connection.execute(
        insert(_ANSWERS)
        .values(api_key_id=api_key_id, idempotency_key=idempotency_key, fingerprint=fingerprint, begun_at=now)
        .on_conflict_do_nothing()
        .returning(_ANSWERS.c.begun_at)
    )
    if begun.first() is not None:
        return None
    here = (_ANSWERS.c.api_key_id == api_key_id, _ANSWERS.c.idempotency_key == idempotency_key)
    return find_one(session, select(_ANSWERS).where(*here), _answer)


def finish(
    session: Session, api_key_id: UUID, idempotency_key: str, status: int, body: bytes, content_type: str
) -> None:
    """Keeps the answer that was given."""
    session.connection.execute(
        update(_ANSWERS)
        .where(_ANSWERS.c.api_key_id == api_key_id, _ANSWERS.c.idempotency_key == idempotency_key)
        .values(status=status, body=body, content_type=content_type)
    )


def forget(session: Session, api_key_id: UUID, idempotency_key: str) -> None:
    """Lets a request be done again: it failed in a way that the next try may not."""
    session.connection.execute(
        delete(_ANSWERS).where(
            _ANSWERS.c.api_key_id == api_key_id, _ANSWERS.c.idempotency_key == idempotency_key
        )
    )


def _answer(row: RowMapping) -> KeptAnswer:
    return KeptAnswer(
        fingerprint=row["fingerprint"],
        begun_at=row["begun_at"],
        status=row["status"],
        body=None if row["body"] is None else bytes(row["body"]),
        content_type=row["content_type"],
    )
