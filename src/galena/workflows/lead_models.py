"""The models that take part in scoring the leads of a workspace: found, loaded, checked, and stood in for.

Of each head of the playbook there may be a champion, which scores, and a challenger, which scores in the shadow. What
cannot be loaded or does not fit is left out and the administrators are told; rules then stand in, and say so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from galena.domain.blend import BLEND, Blend
from galena.domain.playbook import Head, Playbook
from galena.domain.registered_model import MemberWeights, RegisteredModel
from galena.domain.score import Fallback, Score
from galena.domain.scored import StoredScore
from galena.engines.scoring import Scorer
from galena.kit.errors import ConflictError, GalenaError, InputError
from galena.kit.logs import logger
from galena.stores import models, score_layouts
from galena.stores.door import Session
from galena.workflows.context import Context, context_of
from galena.workflows.experiment_arms import Trial, trial_of
from galena.workflows.lead_reasoning import contribution_names, restored_by_reasoner
from galena.workflows.model_weights import in_force, load_weights, weighted
from galena.workflows.plans import Plan

if TYPE_CHECKING:
    from galena.engines.scoring.model_scoring import ModelScorer

log = logger("models")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Judge:
    """A model of one head, ready to score leads of one revision.

    Attributes:
        weights: how much its members count, adapted to recent outcomes; None: as the training left it.
    """

    head: Head
    model: RegisteredModel
    scorer: "ModelScorer"
    weights: MemberWeights | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """Who scores.

    Attributes:
        first: the champion whose probability is the score; None: rules score.
        others: champions of the other heads.
        challengers: models on trial, of any head.
        fallback: why rules score although the playbook asks for a model.
        trial: of a running experiment: part of the leads is scored by it.
    """

    first: Judge | None = None
    others: tuple[Judge, ...] = ()
    challengers: tuple[Judge, ...] = ()
    fallback: Fallback | None = None
    trial: Trial | None = None

    @property
    def champions(self) -> tuple[Judge, ...]:
        """Of all heads."""
        return (*((self.first,) if self.first else ()), *self.others)

    def without_first(self) -> "Bench":
        """Rules in place of the first, which has failed."""
        return replace(self, first=None, fallback="model_failed", trial=None)


def bench_of(context: Context, plan: Plan, session: Session | None = None) -> Bench:
    """The models in use and on trial, each loaded once per process; those that cannot be used are left out.

    Args:
        session: one that is open, in which to look where it may see models; None: one of its own.
    """
    settings = plan.playbook.models
    if not settings.heads:
        return Bench()
    with context.within(session) as inside:
        working = models.list_working(inside)
        found = {head.name: _registered(inside, head, working) for head in settings.heads}
        known = frozenset(models.list_purposes(inside))
    champions = {
        head.name: judge
        for head in settings.heads
        if (judge := _usable(context, plan, head, found[head.name].champion, found[head.name].weights))
    }
    challengers = [_usable(context, plan, head, found[head.name].challenger) for head in settings.heads]
    first = settings.score_head
    others = [judge for name, judge in champions.items() if first is None or name != first.name]
    return Bench(
        champions.get(first.name) if first else None,
        tuple(others),
        tuple(judge for judge in challengers if judge),
        _fallback(found[first.name], first.name in champions, first.name in known) if first else None,
        _trial(context, plan, first, champions.get(first.name) if first else None, session),
    )


def first_of(context: Context, plan: Plan, session: Session) -> Judge | None:
    """The champion whose probability is the score; None: rules score. As the first of `bench_of`, and no more."""
    first = plan.playbook.models.score_head
    if first is None:
        return None
    with context.within(session) as inside:
        found = _registered(inside, first, models.list_working(inside))
    return _usable(context, plan, first, found.champion, found.weights)


def _trial(
    context: Context, plan: Plan, head: Head | None, champion: Judge | None, session: Session | None
) -> Trial | None:
    """What scores part of the leads in an experiment; where it cannot be used, all are scored alike."""
    try:
        return trial_of(context, plan, head, champion.model if champion else None, session)
    except GalenaError as fault:
        log.warning("trial_left_out", workspace_id=context.workspace_id, what=fault.what)
        return None


def judge_of(
    context: Context, plan: Plan, head: Head, model: RegisteredModel, weights: MemberWeights | None = None
) -> Judge:
    """A model made ready for a head.

    Raises:
        GalenaError: it cannot be loaded, reads other features than the playbook has now, or is no model of a head.
    """
    from galena.engines.scoring.model_scoring import ModelScorer
    from galena.workflows.model_artefacts import load_model
    from galena.workflows.model_shadow import ensure_reads

    if context.door.objects is None:
        raise ConflictError("there is no place where models lie")
    ensure_reads(model, plan)
    loaded = load_model(context, context.door.objects, model)
    if BLEND not in loaded.meta:
        raise InputError(
            f"{model.name} does not say how rules and model are blended, so it was not trained on leads",
            remedy="Train one with `galena model train --workspace NAME`.",
        )
    blend = Blend.model_validate(loaded.meta[BLEND])
    return Judge(head, model, ModelScorer(plan.scorer, weighted(loaded, weights), blend, model.id), weights)


def guarded(context: Context, model: RegisteredModel, work: Callable[[], Found]) -> Found | None:
    """What the work gives; None when it fails, whatever the reason: then the administrators are told."""
    from galena.workflows.model_artefacts import tell_refusal

    try:
        return work()
    except GalenaError as fault:
        tell_refusal(context, model, fault)
    except Exception as fault:
        log.exception("model_failed", workspace_id=context.workspace_id, model=model.name)
        known = GalenaError(f"{model.name} failed", facts={"complaint": f"{type(fault).__name__}: {fault}"})
        tell_refusal(context, model, known)
    return None


def names_of(
    session: Session, plan: Plan, revision_id: UUID, model_id: UUID | None, method: str = "rules"
) -> tuple[str, ...]:
    """The names of the contributions of a score, in order; `plan` is of its revision."""
    own = contribution_names(method)
    if own is not None:
        return own
    if model_id is None:
        return plan.revision.contribution_names
    return score_layouts.load(session, revision_id, model_id)


def restored(session: Session, plan: Plan, stored: StoredScore) -> Score:
    """A score of the history as a record, whether rules or a model made it; nothing is computed."""
    if contribution_names(stored.method) is not None:
        return restored_by_reasoner(plan.scorer, stored)
    if stored.model_id is None:
        return plan.scorer.restore(stored)
    from galena.engines.scoring.model_scoring import restored_slots

    names = names_of(session, plan, stored.revision_id, stored.model_id)
    return plan.scorer.restore(stored, restored_slots(plan.scorer, names))


def scorer_of(
    session: Session, plan: Plan, model_id: UUID | None, weights_id: UUID | None = None
) -> "Scorer | ModelScorer | None":
    """What made the scores of a model (None: rules) with these weights of its members (None: those of the training),
    ready to score again; None when it cannot be used any more."""
    if model_id is None:
        return plan.scorer
    context = context_of(session, plan.playbook)
    # As the operator: a tenant sees what a model says of its leads, and not the registry.
    with context.session() as inside:
        model = models.load(inside, model_id)
        weights = load_weights(inside, weights_id)
    head = plan.playbook.models.head(model.purpose)
    if head is None:
        return None
    try:
        return judge_of(context, plan, head, model, weights).scorer
    except GalenaError:
        return None


def model_name(session: Session, playbook: Playbook, model_id: UUID) -> str:
    """How people name a model: `booked:3`; read as the operator, for a tenant sees no registry."""
    with context_of(session, playbook).session() as inside:
        return models.load(inside, model_id).name


@dataclass(frozen=True, slots=True)
class _Pair:
    champion: RegisteredModel | None
    challenger: RegisteredModel | None
    weights: MemberWeights | None


def _registered(session: Session, head: Head, working: Sequence[RegisteredModel]) -> _Pair:
    own = {model.status: model for model in working if model.purpose == head.name}
    champion = own.get("champion")
    weights = None if champion is None else in_force(session, champion)
    return _Pair(champion, own.get("challenger"), weights)


def _fallback(found: _Pair, is_usable: bool, is_known: bool) -> Fallback | None:
    """Why rules score; `is_known`: a model of this head was trained."""
    if is_usable:
        return None
    if found.champion is not None:
        return "model_failed"
    return "no_champion" if is_known else "few_labels"


def _usable(
    context: Context,
    plan: Plan,
    head: Head,
    model: RegisteredModel | None,
    weights: MemberWeights | None = None,
) -> Judge | None:
    if model is None:
        return None
    return guarded(context, model, lambda: judge_of(context, plan, head, model, weights))
