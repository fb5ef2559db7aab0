"""How the files of each source were read: every revision kept, the newest used."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, text, tuple_

from galena.domain.revision import SavedMapping
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one

_MAPPINGS = tables.mappings


def save(session: Session, source: str, content: Mapping[str, Any]) -> SavedMapping:
    """Keeps a mapping under the source's next number; saving the newest again changes nothing."""
    session.connection.execute(text("SELECT 1 FROM workspaces FOR UPDATE"))
    standing = find(session, source)
    if standing is not None and standing.content == content:
        return standing
    row = session.connection.execute(
        insert(_MAPPINGS)
        .values(
            source=source,
            revision=1 if standing is None else standing.revision + 1,
            content=dict(content),
            author=session.actor,
        )
        .returning(_MAPPINGS)
    )
    return _mapping(row.mappings().one())


def find(session: Session, source: str) -> SavedMapping | None:
    """The newest mapping of a source."""
    query = select(_MAPPINGS).where(_MAPPINGS.c.source == source)
    return find_one(session, query.order_by(_MAPPINGS.c.revision.desc()).limit(1), _mapping)


def list_newest(session: Session) -> tuple[SavedMapping, ...]:
    """The newest mapping of every source, by source."""
    newest = select(_MAPPINGS.c.source, func.max(_MAPPINGS.c.revision)).group_by(_MAPPINGS.c.source)
    query = select(_MAPPINGS).where(tuple_(_MAPPINGS.c.source, _MAPPINGS.c.revision).in_(newest))
    return find_all(session, query.order_by(_MAPPINGS.c.source), _mapping)


def _mapping(row: RowMapping) -> SavedMapping:
    return SavedMapping(row["source"], row["revision"], row["content"], row["author"], row["created_at"])
