"""The names of a model's contributions to the scores of a revision, kept once for all of them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from galena.kit.errors import NotFoundError
from galena.stores import tables
from galena.stores.door import Session

_LAYOUTS = tables.score_layouts


def keep(session: Session, revision_id: UUID, model_id: UUID, names: Sequence[str]) -> None:
    """Keeps the names, before the first score that they are the names of; keeping them again changes nothing."""
    values = {"revision_id": revision_id, "model_id": model_id, "contribution_names": list(names)}
    session.connection.execute(insert(_LAYOUTS).values(values).on_conflict_do_nothing())


def load(session: Session, revision_id: UUID, model_id: UUID) -> tuple[str, ...]:
    """The names, in the order of the contributions.

    Raises:
        NotFoundError: no score of this model and revision was ever kept.
    """
    query = select(_LAYOUTS.c.contribution_names).where(
        _LAYOUTS.c.revision_id == revision_id, _LAYOUTS.c.model_id == model_id
    )
    found = session.connection.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFoundError(
            "the names of these contributions are not kept",
            facts={"revision": revision_id, "model": model_id},
        )
    return tuple(found)
