"""Which model scores: promotion on evidence, the way back, and the archive."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from galena.domain.blend import BLEND
from galena.domain.registered_model import ModelStatusChange, RegisteredModel
from galena.kit.errors import ConflictError, InputError
from galena.kit.logs import logger
from galena.kit.object_store import ObjectStore
from galena.stores import audit, models, outbox, revisions
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.model_artefacts import load_model
from galena.workflows.model_registry import event_of
from galena.workflows.model_shadow import ensure_reads
from galena.workflows.plans import plan_of

if TYPE_CHECKING:
    from galena.kit.tabular.model import TabularModel

log = logger("models")

UNKNOWN_SHOWN = 5
_LEARN_HERE = (
    "Train a model on the leads of this workspace with `galena model train --workspace NAME`, or score the table itself"
    " with `galena model score --csv FILE`."
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the test on later data says of a model.

    Attributes:
        model_id, against: the model tried and the champion it was tried against; None: against none.
        better: whether it is better, and surely enough.
        certainty: how sure, 0 to 1.
        detail: the test itself: data, differences, intervals; kept with the promotion.
    """

    model_id: UUID
    against: UUID | None
    better: bool
    certainty: float
    detail: dict[str, Any] = field(default_factory=dict)

    def as_evidence(self) -> dict[str, Any]:
        """As JSON, for the history."""
        return {
            "model_id": str(self.model_id),
            "against": str(self.against) if self.against else None,
            "better": self.better,
            "certainty": self.certainty,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Promotion:
    """Who scores now, and who did before (None: rules)."""

    champion: RegisteredModel
    former: RegisteredModel | None


def promote(
    context: Context,
    store: ObjectStore,
    model_id: UUID,
    *,
    verdict: Verdict | None = None,
    anyway: str = "",
    former_becomes: Literal["archived", "challenger"] = "archived",
) -> Promotion:
    """Make a model the champion of its purpose, on the verdict of a test on later data.

    Its artefact is read and checked first, so that no champion is unusable. Two promotions at once take turns; the one
    that was tried against a champion that is champion no more is refused.

    Args:
        verdict: of the test on later data; must say better, against the champion that stands now.
        anyway: a reason to promote it without such a verdict; kept in the history.

    Raises:
        NotFoundError: there is no such model, or its artefact is gone.
        ConflictError: there is neither a verdict that fits nor a reason, it is the champion already, or it cannot score
            the leads of this workspace.
        DamagedObjectError: its artefact was changed.
    """
    with context.session() as session:
        load_before = models.load(session, model_id)
    ensure_scores(context, load_before, load_model(context, store, load_before))
    with context.session() as session:
        models.take_turn(session)
        model = models.load(session, model_id)
        evidence, why = _grounds(model, models.find_champion(session, model.purpose), verdict, anyway.strip())
        champion, former = models.crown(
            session,
            model_id,
            step="promote",
            former_status=former_becomes,
            at=context.clock(),
            why=why,
            evidence=evidence,
        )
        _tell(session, "promote_model", "model_promoted", champion, former, evidence)
    log.info("model_promoted", workspace_id=context.workspace_id, model=champion.name)
    return Promotion(champion, former)


def roll_back(context: Context, store: ObjectStore, purpose: str, *, why: str) -> Promotion:
    """Bring back the champion before the present one; again, the one before that. The present one is archived.

    Raises:
        ConflictError: there is no champion, none before it, or that one cannot score the leads any more.
        DamagedObjectError, NotFoundError: the artefact of the one before cannot be used; nothing changes.
    """
    with context.session() as session:
        before = models.load(session, _one_before(session, purpose))
    ensure_scores(context, before, load_model(context, store, before))
    with context.session() as session:
        models.take_turn(session)
        if _one_before(session, purpose) != before.id:
            raise ConflictError("the champion changed at this moment", remedy="Look again, then decide.")
        champion, former = models.crown(
            session,
            before.id,
            step="roll_back",
            former_status="archived",
            at=context.clock(),
            why=why,
            evidence={},
        )
        _tell(session, "roll_back_model", "model_rolled_back", champion, former, {"why": why})
    log.info("model_rolled_back", workspace_id=context.workspace_id, model=champion.name)
    return Promotion(champion, former)


def ensure_scores(context: Context, model: RegisteredModel, loaded: "TabularModel") -> None:
    """Checks that a model that is to score an outcome of the workspace's playbook can read its leads.

    Raises:
        ConflictError: it was trained on a table of its own, or on other features than the playbook has now.
    """
    with context.session() as session:
        revision = revisions.find_active(session)
    plan = plan_of(revision) if revision else None
    head = plan.playbook.models.head(model.purpose) if plan else None
    if plan is None or head is None:
        return
    ensure_reads(model, plan)
    if BLEND in loaded.meta:
        return
    unknown = [name for name in loaded.columns if name not in plan.scorer.value_schema]
    facts = {
        "columns the leads do not have": f"{len(unknown)} of {len(loaded.columns)}",
        "such as": unknown[:UNKNOWN_SHOWN],
    }
    raise ConflictError(
        f"{model.name} cannot score the leads of this workspace: it was trained on a table of its own",
        facts=facts if unknown else {"missing": "how it joins the rules"},
        remedy=_LEARN_HERE,
    )


def archive(context: Context, model_id: UUID, *, why: str, even_champion: bool = False) -> RegisteredModel:
    """Put a model aside; it is kept, and can be promoted again.

    Args:
        even_champion: archive the champion, too: from then on rules score.

    Raises:
        NotFoundError: there is no such model.
        ConflictError: it is the champion.
    """
    with context.session() as session:
        models.take_turn(session)
        model = models.load(session, model_id)
        if model.status == "champion" and not even_champion:
            raise ConflictError(
                f"{model.name} is the champion: it scores",
                remedy="Promote another, or roll back; or archive it with --anyway, and rules score.",
            )
        if model.status == "archived":
            return model
        changed = models.change_status(
            session, model_id, "archived", step="archive", at=context.clock(), why=why
        )
        detail = {"model": model.name, "was": model.status, "why": why}
        audit.record(session, "archive_model", f"model:{model.id}", detail)
        outbox.append(session, [event_of("model_archived", changed, was=model.status)])
        return changed


def champions_in_turn(history: Sequence[ModelStatusChange]) -> list[UUID]:
    """The champions that a way back would pass, the present one last; empty when rules score.

    A promotion puts a champion on top; a roll-back takes the top away; archiving the champion ends the row.
    """
    row: list[UUID] = []
    for change in history:
        if change.status == "champion" and change.step == "roll_back":
            row = row[: _last_place(row, change.model_id) + 1]
        elif change.status == "champion":
            row.append(change.model_id)
        elif change.step == "archive" and row and row[-1] == change.model_id:
            row = []
    return row


def _last_place(row: list[UUID], model_id: UUID) -> int:
    return max(place for place, each in enumerate(row[:-1]) if each == model_id)


def _one_before(session: Session, purpose: str) -> UUID:
    row = champions_in_turn(models.history(session, purpose=purpose))
    if len(row) < 2:
        standing = models.load(session, row[0]).name if row else "none: rules score"
        raise ConflictError(
            f"There is no earlier champion of {purpose} to go back to.",
            facts={"champion": standing},
            remedy="`galena model list` shows the models; `galena model promote` makes one of them champion.",
        )
    return row[-2]


def _grounds(
    model: RegisteredModel, standing: RegisteredModel | None, verdict: Verdict | None, anyway: str
) -> tuple[dict[str, Any], str]:
    """The evidence for a promotion and its reason in words."""
    evidence = {} if verdict is None else {"verdict": verdict.as_evidence()}
    if anyway:
        return {**evidence, "anyway": anyway}, anyway
    certainty = _ensure_better(model, standing, verdict)
    return evidence, f"better on later data, {certainty:.1%} sure"


def _ensure_better(
    model: RegisteredModel, standing: RegisteredModel | None, verdict: Verdict | None
) -> float:
    """The certainty of a verdict that allows the promotion."""
    remedy = "Try it on later data, or promote it with --anyway and a reason."
    if verdict is None:
        raise ConflictError(f"nothing shows yet that {model.name} is better", remedy=remedy)
    if verdict.model_id != model.id:
        raise InputError("the verdict is about another model", facts={"model": str(verdict.model_id)})
    if verdict.against != (standing.id if standing else None):
        raise ConflictError(
            f"{model.name} was not tried against the champion that stands now",
            facts={"champion": standing.name if standing else "none: rules score"},
            remedy=remedy,
        )
    if not verdict.better:
        raise ConflictError(
            f"the test on later data does not show that {model.name} is better",
            facts={"certainty": f"{verdict.certainty:.1%}"},
            remedy=remedy,
        )
    return verdict.certainty


def _tell(
    session: Session,
    action: str,
    kind: str,
    champion: RegisteredModel,
    former: RegisteredModel | None,
    evidence: dict[str, Any],
) -> None:
    names = {"model": champion.name, "former": former.name if former else None}
    audit.record(session, action, f"model:{champion.id}", {**names, **evidence})
    more = {"former": names["former"], "former_id": str(former.id) if former else None}
    outbox.append(session, [event_of(kind, champion, **more)])
