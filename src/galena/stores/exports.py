"""The exports made: who took which leads out, when, into which file."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select

from galena.domain.events import Export
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all

_EXPORTS = tables.exports


def record(
    session: Session,
    *,
    format_: str,
    file_name: str,
    query: Mapping[str, Any],
    row_count: int,
    sha256: str | None = None,
) -> UUID:
    """Writes that an export was made; its author is the session's actor."""
    export_id = new_id()
    session.connection.execute(
        insert(_EXPORTS).values(
            id=export_id,
            author=session.actor,
            format=format_,
            file_name=file_name,
            query=dict(query),
            row_count=row_count,
            sha256=sha256,
        )
    )
    return export_id


def list_(session: Session, *, limit: int = 50) -> tuple[Export, ...]:
    """Exports, the newest first."""
    return find_all(session, select(_EXPORTS).order_by(_EXPORTS.c.id.desc()).limit(limit), _export)


def _export(row: RowMapping) -> Export:
    return Export(**{name: row[name] for name in row if name not in ("workspace_id", "tenant_id")})
