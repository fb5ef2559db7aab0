"""The registry of models: registering one, finding it again, and which one was live when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from galena.domain.events import NewEvent
from galena.domain.registered_model import NewModel, RegisteredModel
from galena.kit.errors import ConflictError, InputError, NotFoundError
from galena.kit.ids import new_id
from galena.kit.logs import logger
from galena.kit.object_store import ObjectStore, content_name
from galena.stores import audit, models, outbox
from galena.stores.door import Session
from galena.stores.holds import hold, is_held
from galena.workflows.context import Context
from galena.workflows.model_artefacts import SUFFIX, checked_pack

log = logger("models")

MOST_OF_PURPOSE = 60
_LEAST_OF_ID = 8


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of a trained model besides its files; the attributes mean what they mean in `RegisteredModel`."""

    purpose: str
    why: str = ""
    type: str = "ensemble"
    feature_set_hash: str = ""
    data_hash: str = ""
    data_from: datetime | None = None
    data_to: datetime | None = None
    row_count: int = 0
    positive_count: int = 0
    metrics: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)


def register_model(
    context: Context,
    store: ObjectStore,
    folder: Path,
    facts: ModelFacts,
    *,
    status: Literal["candidate", "challenger"] = "candidate",
) -> RegisteredModel:
    """Keep a trained model: its files as one object, then its row; killed in between, it is not registered.

    The story: check the files -> note the upload -> store the object -> in one transaction the row, its history, the
    audit entry and the event, and the note is gone. A note that stays names what a killed registration left; the
    next registration sweeps it away.

    Args:
        folder: what training wrote: model.json, arrays.safetensors, manifest.json, and more if its manifest says so.
        status: challenger scores in the shadow at once; one that did gives way and is a candidate again.

    Raises:
        GalenaError: the folder holds no whole model.
        InputError: the purpose is not a name.
        UnavailableError: the object store or the database does not answer; nothing is registered.
    """
    _ensure_purpose(facts.purpose)
    content = checked_pack(folder)
    model_id = new_id()
    name = content_name(f"models/{context.workspace_id}/{model_id}", content, SUFFIX)
    sweep_uploads(context, store)
    with hold(context.door, model_id, doing="registering this model"):
        with context.session() as session:
            models.begin_upload(session, model_id, name)
        store.put(name, content)
        with context.session() as session:
            new = _new_model(context, facts, model_id, name, content)
            model = _register(session, new, at=context.clock())
            if status == "challenger":
                model = _take_challenge(session, model, at=context.clock(), why=facts.why)
    log.info("model_registered", workspace_id=context.workspace_id, model=model.name, id=model.id)
    return model


def sweep_uploads(context: Context, store: ObjectStore) -> int:
    """Delete what registrations that were killed have left in the object store, and say how many there were."""
    swept = 0
    with context.session() as session:
        models.take_turn(session)
        for upload_id, name in models.list_uploads(session):
            if is_held(session, upload_id):
                continue
            store.delete(name)
            for left in store.list_(name.rpartition("/")[0], unfinished=True):
                store.delete(left)
            models.end_upload(session, upload_id)
            swept += 1
    return swept


def challenge(context: Context, model_id: UUID, *, why: str) -> RegisteredModel:
    """Make a model the challenger of its purpose; one that was gives way and is a candidate again.

    Raises:
        NotFoundError: there is no such model.
        ConflictError: it is the champion.
    """
    with context.session() as session:
        models.take_turn(session)
        model = models.load(session, model_id)
        if model.status == "champion":
            raise ConflictError(f"{model.name} is the champion", remedy="A champion needs no trial.")
        if model.status == "challenger":
            return model
        return _take_challenge(session, model, at=context.clock(), why=why)


def find_model(session: Session, reference: str) -> RegisteredModel:
    """The model somebody means: `booked:3`, `booked:champion`, `booked:challenger`, its id or the beginning of it.

    Raises:
        NotFoundError: there is none like that, or more than one.
    """
    purpose, _, which = reference.rpartition(":")
    found: RegisteredModel | None = None
    if purpose and which in ("champion", "challenger"):
        found = models.find_with_status(session, purpose, which)  # type: ignore[arg-type]
    elif purpose and which.isdecimal() and len(which) < 9:
        found = models.find_version(session, purpose, int(which))
    elif len(reference) >= _LEAST_OF_ID:
        fitting = [
            each for each in models.list_(session, limit=10_000) if str(each.id).startswith(reference.lower())
        ]
        found = fitting[0] if len(fitting) == 1 else None
    if found is None:
        known = [f"{each.name} ({each.status})" for each in models.list_(session, limit=50)]
        raise NotFoundError(
            f"There is no model {reference}.",
            facts={"models": known} if known else {},
            remedy="Name one as booked:3 (purpose and version), booked:champion, or by its id."
            if known
            else "No model is registered yet: `galena model register DIR` registers one.",
        )
    return found


def live_at(
    context: Context, at: datetime, *, purpose: str | None = None
) -> dict[str, RegisteredModel | None]:
    """Which model scored at an instant, by purpose; None where rules did.

    Raises:
        NotFoundError: there never was a model of this purpose.
    """
    with context.session() as session:
        known = models.list_purposes(session)
        if purpose is not None and purpose not in known:
            raise NotFoundError(f"There never was a model of {purpose}.", facts={"purposes": list(known)})
        asked = known if purpose is None else (purpose,)
        return {each: models.champion_at(session, each, at) for each in asked}


def _new_model(context: Context, facts: ModelFacts, model_id: UUID, name: str, content: bytes) -> NewModel:
    return NewModel(
        id=model_id,
        playbook=context.playbook.playbook,
        artefact_hash=sha256(content).hexdigest(),
        object_name=name,
        artefact_bytes=len(content),
        **{each: getattr(facts, each) for each in ModelFacts.__dataclass_fields__},
    )


def _register(session: Session, new: NewModel, *, at: datetime) -> RegisteredModel:
    model = models.register(session, new, at=at)
    if not models.end_upload(session, new.id):
        raise ConflictError(
            "this registration was given up: its artefact was swept away", remedy="Register the model again."
        )
    audit.record(session, "register_model", f"model:{model.id}", {"model": model.name, "why": model.why})
    outbox.append(session, [event_of("model_registered", model)])
    return model


def _take_challenge(session: Session, model: RegisteredModel, *, at: datetime, why: str) -> RegisteredModel:
    former = models.find_challenger(session, model.purpose)
    if former is not None:
        models.change_status(session, former.id, "candidate", step="give_way", at=at, why=why)
    changed = models.change_status(session, model.id, "challenger", step="challenge", at=at, why=why)
    audit.record(session, "challenge_model", f"model:{model.id}", {"model": model.name, "why": why})
    outbox.append(session, [event_of("model_challenges", changed)])
    return changed


def event_of(kind: str, model: RegisteredModel, **more: Any) -> NewEvent:
    """An event about a model, to be written with the change it tells of."""
    payload = {"model_id": str(model.id), "model": model.name, "purpose": model.purpose, **more}
    return NewEvent(kind, payload=payload)


def _ensure_purpose(purpose: str) -> None:
    if purpose.isidentifier() and purpose.isascii() and len(purpose) <= MOST_OF_PURPOSE:
        return
    raise InputError(
        "this cannot be the purpose of a model",
        facts={"purpose": purpose[:80]},
        remedy="Name what it predicts in letters, digits and '_': booked, won_given_booked.",
    )
