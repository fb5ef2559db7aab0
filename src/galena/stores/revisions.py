"""Revisions of the workspace's playbook: saved once, never changed, one of them active."""

from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, text, update

from galena.domain.revision import NewRevision, Revision
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one, load_by_id

_REVISIONS = tables.playbook_revisions
_ACTIVE = select(tables.workspaces.c.active_revision_id)


def save(session: Session, new: NewRevision) -> Revision:
    """Keeps a revision under the next number and makes it the active one.

    Saving what is active already changes nothing and returns it.
    """
    _one_at_a_time(session)
    standing = find_active(session)
    if standing is not None and standing.hash == new.hash:
        return standing
    last = session.connection.execute(select(func.max(_REVISIONS.c.number))).scalar() or 0
    row = session.connection.execute(
        insert(_REVISIONS)
        .values(
            id=new_id(),
            number=last + 1,
            hash=new.hash,
            content=dict(new.content),
            rules_hash=new.rules_hash,
            feature_set_hash=new.feature_set_hash,
            value_names=list(new.value_names),
            contribution_names=list(new.contribution_names),
            author=session.actor,
            note=new.note,
        )
        .returning(_REVISIONS)
    )
    revision = _revision(row.mappings().one())
    _activate(session, revision.id)
    return revision


def find_active(session: Session) -> Revision | None:
    """The revision that scores; None before the first is saved."""
    return find_one(
        session, select(_REVISIONS).where(_REVISIONS.c.id == _ACTIVE.scalar_subquery()), _revision
    )


def find_active_id(session: Session) -> UUID | None:
    """The id of the revision that scores; None before the first is saved."""
    return session.connection.execute(_ACTIVE).scalar_one_or_none()


def load(session: Session, revision_id: UUID) -> Revision:
    """A revision.

    Raises:
        NotFoundError: there is none.
    """
    return load_by_id(session, _REVISIONS, revision_id, _revision, "revision of the playbook")


def list_all(session: Session) -> tuple[Revision, ...]:
    """Every revision, the newest first."""
    return find_all(session, select(_REVISIONS).order_by(_REVISIONS.c.number.desc()), _revision)


def restore(session: Session, revision_id: UUID, *, note: str = "") -> Revision:
    """Saves an old revision's content again as the newest, so that the history only grows.

    Raises:
        NotFoundError: there is none with this id.
    """
    old = load(session, revision_id)
    return save(
        session,
        NewRevision(
            hash=old.hash,
            content=old.content,
            rules_hash=old.rules_hash,
            feature_set_hash=old.feature_set_hash,
            value_names=old.value_names,
            contribution_names=old.contribution_names,
            note=note or f"restored from revision {old.number}",
        ),
    )


def _one_at_a_time(session: Session) -> None:
    session.connection.execute(text("SELECT 1 FROM workspaces FOR UPDATE"))


def _activate(session: Session, revision_id: UUID) -> None:
    session.connection.execute(update(tables.workspaces).values(active_revision_id=revision_id))


def _revision(row: RowMapping) -> Revision:
    return Revision(
        id=row["id"],
        number=row["number"],
        hash=row["hash"],
        content=row["content"],
        rules_hash=row["rules_hash"],
        feature_set_hash=row["feature_set_hash"],
        value_names=tuple(row["value_names"]),
        contribution_names=tuple(row["contribution_names"]),
        author=row["author"],
        note=row["note"],
        created_at=row["created_at"],
    )
