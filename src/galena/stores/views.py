"""Saved views of the list of leads."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from galena.domain.tenancy import SavedView
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all

_VIEWS = tables.saved_views


def save(
    session: Session, user_id: UUID, name: str, query: Mapping[str, Any], *, shared: bool = False
) -> SavedView:
    """Keeps a view under its name; a view of this user with the same name is replaced."""
    adding = insert(_VIEWS).values(id=new_id(), user_id=user_id, name=name, query=dict(query), shared=shared)
    row = session.connection.execute(
        adding.on_conflict_do_update(
            index_elements=["workspace_id", "user_id", "name"],
            set_={"query": adding.excluded.query, "shared": adding.excluded.shared},
        ).returning(_VIEWS)
    )
    return _view(row.mappings().one())


def list_for(session: Session, user_id: UUID) -> tuple[SavedView, ...]:
    """The user's own views and those that colleagues of the same tenant share, by name."""
    same_tenant = _VIEWS.c.tenant_id.is_not_distinct_from(session.tenant_or_none)
    query = select(_VIEWS).where(or_(_VIEWS.c.user_id == user_id, _VIEWS.c.shared & same_tenant))
    return find_all(session, query.order_by(_VIEWS.c.name, _VIEWS.c.id), _view)


def delete_(session: Session, user_id: UUID, view_id: UUID) -> bool:
    """Deletes a view of the user; False when there is none."""
    gone = delete(_VIEWS).where(_VIEWS.c.id == view_id, _VIEWS.c.user_id == user_id)
    return session.connection.execute(gone).rowcount == 1


def _view(row: RowMapping) -> SavedView:
    return SavedView(**{name: row[name] for name in row if name not in ("workspace_id", "tenant_id")})
