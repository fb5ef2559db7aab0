"""Saved views of lists: of leads, of prospects and of others that filter."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from galena.domain.tenancy import SavedView
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one

_VIEWS = tables.saved_views


def save(
    session: Session,
    user_id: UUID,
    name: str,
    query: Mapping[str, Any],
    *,
    shared: bool = False,
    of: str = "leads",
) -> SavedView:
    """Keeps a view under its name; a view of this user of the same list and name is replaced.

    Args:
        of: the list it is a view of, by the name of its page.
    """
    adding = insert(_VIEWS).values(
        id=new_id(), user_id=user_id, name=name, query=dict(query), shared=shared, list=of
    )
    row = session.connection.execute(
        adding.on_conflict_do_update(
            index_elements=["workspace_id", "user_id", "list", "name"],
            set_={"query": adding.excluded.query, "shared": adding.excluded.shared},
        ).returning(_VIEWS)
    )
    return _view(row.mappings().one())


def list_for(session: Session, user_id: UUID, *, of: str = "leads") -> tuple[SavedView, ...]:
    """The user's own views of a list and those that colleagues of the same tenant share, by name."""
    same_tenant = _VIEWS.c.tenant_id.is_not_distinct_from(session.tenant_or_none)
    query = select(_VIEWS).where(
        _VIEWS.c.list == of, or_(_VIEWS.c.user_id == user_id, _VIEWS.c.shared & same_tenant)
    )
    return find_all(session, query.order_by(_VIEWS.c.name, _VIEWS.c.id), _view)


def delete_(session: Session, user_id: UUID, view_id: UUID) -> SavedView | None:
    """Deletes a view of the user and says what it was; None when there is none."""
    gone = delete(_VIEWS).where(_VIEWS.c.id == view_id, _VIEWS.c.user_id == user_id)
    return find_one(session, gone.returning(_VIEWS), _view)


def _view(row: RowMapping) -> SavedView:
    return SavedView(**{name: row[name] for name in row if name not in ("workspace_id", "tenant_id")})
