"""The registry of models: registered once, their status moved along, every move kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, delete, func, insert, select, text, update

from galena.domain.registered_model import (
    ModelStatus,
    ModelStatusChange,
    ModelStep,
    NewModel,
    RegisteredModel,
)
from galena.kit.errors import ConflictError
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, find_one, load_by_id

_MODELS = tables.models
_CHANGES = tables.model_status_changes
_UPLOADS = tables.model_uploads
_WORKING = (
    select(_MODELS)
    .where(_MODELS.c.status.in_(("champion", "challenger")))
    .order_by(_MODELS.c.purpose, _MODELS.c.version.desc())
)
_GIVEN = tuple(NewModel.__dataclass_fields__)

_TURN = 7707
"""The first key of the advisory lock of changing the registry; the second one stands for the workspace."""

ALONE: tuple[ModelStatus, ...] = ("champion", "challenger")
"""Statuses that one model of a purpose has at most."""


def take_turn(session: Session) -> None:
    """Waits until no other transaction changes the registry of this workspace; the turn ends with the transaction."""
    session.connection.execute(
        text("SELECT pg_advisory_xact_lock(:turn, hashtext(:workspace))"),
        {"turn": _TURN, "workspace": str(session.workspace_id)},
    )


def register(session: Session, new: NewModel, *, at: datetime) -> RegisteredModel:
    """Keeps a trained model as a candidate under the next version of its purpose."""
    take_turn(session)
    last = select(func.max(_MODELS.c.version)).where(_MODELS.c.purpose == new.purpose)
    version = (session.connection.execute(last).scalar() or 0) + 1
    values = {name: getattr(new, name) for name in _GIVEN}
    row = session.connection.execute(
        insert(_MODELS)
        .values(
            **{**values, "metrics": dict(new.metrics), "card": dict(new.card)},
            version=version,
            status="candidate",
            created_by=session.actor,
            created_at=at,
        )
        .returning(_MODELS)
    )
    model = _model(row.mappings().one())
    _record(session, model, "register", None, "candidate", at, new.why, {})
    return model


def change_status(
    session: Session,
    model_id: UUID,
    status: ModelStatus,
    *,
    step: ModelStep,
    at: datetime,
    why: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> RegisteredModel:
    """Gives a model another status and keeps that in the history; giving it the one it has does nothing.

    Raises:
        NotFoundError: there is no such model.
        ConflictError: another model of this purpose has a status that only one can have.
    """
    take_turn(session)
    model = load(session, model_id)
    if model.status == status:
        return model
    _ensure_free(session, model, status)
    _set_status(session, [model_id], status)
    _record(session, model, step, model.status, status, at, why, evidence or {})
    return load(session, model_id)


def crown(
    session: Session,
    model_id: UUID,
    *,
    step: ModelStep,
    former_status: ModelStatus,
    at: datetime,
    why: str,
    evidence: Mapping[str, Any],
) -> tuple[RegisteredModel, RegisteredModel | None]:
    """Makes a model the champion of its purpose and gives the former one, if any, another status.

    Returns:
        The new champion and the former one, both as they are now.

    Raises:
        NotFoundError: there is no such model.
        ConflictError: it is the champion already, or the former one cannot become challenger beside another.
    """
    take_turn(session)
    model = load(session, model_id)
    former = find_champion(session, model.purpose)
    if former is not None and former.id == model.id:
        raise ConflictError(f"{model.name} is the champion already", facts={"model": model.name})
    moves: list[tuple[RegisteredModel, ModelStep, ModelStatus]] = [(model, step, "champion")]
    if former is not None:
        moves.insert(0, (former, "give_way", former_status))
    # Two of a purpose must not be champion or challenger for a moment, so that both step aside first.
    _set_status(session, [each.id for each, _, _ in moves], "archived")
    for each, its_step, status in moves:
        _ensure_free(session, each, status)
        _set_status(session, [each.id], status)
        _record(session, each, its_step, each.status, status, at, why, evidence)
    return load(session, model_id), None if former is None else load(session, former.id)


def load(session: Session, model_id: UUID) -> RegisteredModel:
    """A model.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    return load_by_id(session, _MODELS, model_id, _model, "model")


def find_version(session: Session, purpose: str, version: int) -> RegisteredModel | None:
    """The model of this purpose with this number."""
    return find_one(session, _of(purpose).where(_MODELS.c.version == version), _model)


def find_with_status(session: Session, purpose: str, status: ModelStatus) -> RegisteredModel | None:
    """The newest model of this purpose with this status; of champions and challengers there is one at most."""
    query = _of(purpose).where(_MODELS.c.status == status).order_by(_MODELS.c.version.desc()).limit(1)
    return find_one(session, query, _model)


def list_working(session: Session) -> tuple[RegisteredModel, ...]:
    """The champions and the challengers of every purpose, in one look."""
    return find_all(session, _WORKING, _model)


def find_champion(session: Session, purpose: str) -> RegisteredModel | None:
    """The model that scores."""
    return find_with_status(session, purpose, "champion")


def find_challenger(session: Session, purpose: str) -> RegisteredModel | None:
    """The model on trial."""
    return find_with_status(session, purpose, "challenger")


def champion_at(session: Session, purpose: str, at: datetime) -> RegisteredModel | None:
    """The model that scored at an instant, by the history; None when rules did."""
    row = session.connection.execute(_CHAMPION_AT, {"purpose": purpose, "at": at}).scalar()
    return None if row is None else load(session, row)


def list_(
    session: Session, *, purpose: str | None = None, status: ModelStatus | None = None, limit: int = 200
) -> tuple[RegisteredModel, ...]:
    """Models by purpose, the newest first."""
    query = select(_MODELS) if purpose is None else _of(purpose)
    if status is not None:
        query = query.where(_MODELS.c.status == status)
    return find_all(session, query.order_by(_MODELS.c.purpose, _MODELS.c.version.desc()).limit(limit), _model)


def list_purposes(session: Session) -> tuple[str, ...]:
    """The purposes there are models of."""
    query = select(_MODELS.c.purpose).distinct().order_by(_MODELS.c.purpose)
    return tuple(session.connection.execute(query).scalars())


def history(
    session: Session, *, purpose: str | None = None, model_id: UUID | None = None
) -> tuple[ModelStatusChange, ...]:
    """What became of the models, in order."""
    query = select(_CHANGES)
    if purpose is not None:
        query = query.where(_CHANGES.c.purpose == purpose)
    if model_id is not None:
        query = query.where(_CHANGES.c.model_id == model_id)
    return find_all(session, query.order_by(_CHANGES.c.id), _change)


def begin_upload(session: Session, model_id: UUID, object_name: str) -> None:
    """Notes that the artefact of a model about to be registered will be stored under this name."""
    session.connection.execute(
        insert(_UPLOADS).values(id=model_id, object_name=object_name, author=session.actor)
    )


def end_upload(session: Session, model_id: UUID) -> bool:
    """Forgets an upload: its model is registered, or its artefact is swept away. False: it is forgotten already."""
    return session.connection.execute(delete(_UPLOADS).where(_UPLOADS.c.id == model_id)).rowcount == 1


def list_uploads(session: Session) -> tuple[tuple[UUID, str], ...]:
    """Uploads that did not end: (id, name of the object), the oldest first."""
    query = select(_UPLOADS.c.id, _UPLOADS.c.object_name).order_by(_UPLOADS.c.id)
    return tuple((row[0], row[1]) for row in session.connection.execute(query))


def _set_status(session: Session, model_ids: Sequence[UUID], status: ModelStatus) -> None:
    session.connection.execute(update(_MODELS).where(among(_MODELS.c.id, model_ids)).values(status=status))


def _ensure_free(session: Session, model: RegisteredModel, status: ModelStatus) -> None:
    holder = find_with_status(session, model.purpose, status) if status in ALONE else None
    if holder is not None:
        raise ConflictError(
            f"another model is the {status} of {model.purpose}",
            facts={status: holder.name, "asked for": model.name},
            remedy=f"Move {holder.name} first.",
        )


def _of(purpose: str) -> Select[Any]:
    return select(_MODELS).where(_MODELS.c.purpose == purpose)


def _record(
    session: Session,
    model: RegisteredModel,
    step: ModelStep,
    before: ModelStatus | None,
    status: ModelStatus,
    at: datetime,
    why: str,
    evidence: Mapping[str, Any],
) -> None:
    # A clock that was set back must not put a later change before an earlier one.
    latest = select(func.max(_CHANGES.c.at)).where(_CHANGES.c.purpose == model.purpose).scalar_subquery()
    session.connection.execute(
        insert(_CHANGES).values(
            model_id=model.id,
            purpose=model.purpose,
            step=step,
            status_before=before,
            status=status,
            at=func.greatest(at, latest),
            actor=session.actor,
            why=why,
            evidence=dict(evidence),
        )
    )


_CHAMPION_AT = text("""
    SELECT model_id FROM (
        SELECT DISTINCT ON (model_id) model_id, status
        FROM model_status_changes WHERE purpose = :purpose AND at <= :at
        ORDER BY model_id, id DESC
    ) last_word WHERE status = 'champion'
""")


def _model(row: RowMapping) -> RegisteredModel:
    return RegisteredModel(**{name: row[name] for name in row if name != "workspace_id"})


def _change(row: RowMapping) -> ModelStatusChange:
    return ModelStatusChange(**{name: row[name] for name in row if name != "workspace_id"})
