"""Models trained on the leads of a workspace: one per head of its playbook, judged, blended with the rules, registered.

The story: read every lead as it was known when it came in, and what became of it -> per head, its decided leads as a
table of the values that scores keep -> train -> put rules and model together by what each said of leads it had not
seen -> report -> register, whole or not at all. A head with too little to learn from says so, and rules go on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from galena.domain.blend import BLEND
from galena.domain.playbook import Head
from galena.domain.registered_model import RegisteredModel
from galena.engines.learning.weak_spots import WeakSpot
from galena.kit.clock import stopwatch, system_clock
from galena.kit.errors import ConflictError, InputError
from galena.stores.holds import hold
from galena.workflows.context import Context
from galena.workflows.head_lesson import Progress, compared, learn_weak_spots, lesson_of
from galena.workflows.head_registration import REQUIRED_CERTAINTY, Step, register_head
from galena.workflows.lead_history import PastLeads, past_leads
from galena.workflows.plans import Plan, active_plan

FEWEST_OF_A_KIND = 10
"""Fewer winners (or losers) than this are too few to learn from, however many leads are decided."""


@dataclass(frozen=True, slots=True)
class Order:
    """How to train.

    Attributes:
        head: the one head to train; None: all of the playbook.
        budget_s: seconds that all heads together may take.
        drop_leaks: leave out columns suspected of knowing the outcome.
        promote: make a first model the champion at once, when it is surely better than the rules alone.
        why: kept with the model.
        weak_spots: head -> segments to give more weight, where that turns out better.
        required: how sure it must be that a first model is better than the rules.
    """

    head: str | None = None
    budget_s: float = 120.0
    seed: int = 0
    threads: int = 1
    drop_leaks: bool = False
    promote: bool = False
    why: str = "trained by hand"
    weak_spots: Mapping[str, tuple[WeakSpot, ...]] = field(default_factory=dict)
    required: float = REQUIRED_CERTAINTY


@dataclass(frozen=True, slots=True)
class HeadTraining:
    """What training one head came to.

    Attributes:
        decided, positives, open: leads with a known outcome, the good ones among them, and those that are open.
        step: what became of the model.
        sentence: the same in words.
        model: as registered; None where nothing was trained.
        metrics: of `rules`, `model` and `blend` on leads none of them had seen: name -> {value, low, high}.
        weight: the model's share of the blend.
        suspects: columns suspected of knowing the outcome, in words.
    """

    head: Head
    decided: int
    positives: int
    open: int
    step: Step
    sentence: str
    model: RegisteredModel | None = None
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    weight: float | None = None
    suspects: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        plain = {name: getattr(self, name) for name in ("decided", "positives", "open", "step", "sentence")}
        return {
            "head": self.head.name,
            **plain,
            "model": self.model.name if self.model else None,
            "model_id": str(self.model.id) if self.model else None,
            "weight": self.weight,
            "metrics": dict(self.metrics),
            "suspects": list(self.suspects),
        }


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training did.

    Attributes:
        leads: how many were looked at.
        from_scores: of them, how many were known by their first score; the others were computed as of their arrival.
        as_of: the newest day the leads speak of.
    """

    leads: int
    from_scores: int
    as_of: datetime
    heads: tuple[HeadTraining, ...]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "leads": self.leads,
            "from_scores": self.from_scores,
            "as_of": self.as_of.isoformat(),
            "seconds": self.seconds,
            "heads": [head.as_dict() for head in self.heads],
        }


def train_leads(
    context: Context,
    order: Order = Order(),
    *,
    page_of: Callable[[Any], str],
    progress: Progress = lambda _doing, _share: None,
    past: PastLeads | None = None,
) -> TrainingReport:
    """Train the heads of the workspace's playbook on its decided leads.

    Args:
        past: the leads, where they were read already.
        page_of: the report as one HTML page.

    Raises:
        InputError: the playbook has no such head, or none at all.
        ConflictError: another process trains this workspace, or there is no place where models lie.
    """
    if context.door.objects is None:
        raise ConflictError("there is no place where models lie")
    passed = stopwatch()
    with hold(context.door, _training_of(context), doing="training the models of this workspace"):
        with context.session() as session:
            plan = active_plan(session)
        heads = _heads(plan, order)
        progress("Reading the leads", 0.0)
        past = past or past_leads(context, plan, context.clock())
        each = replace(order, budget_s=order.budget_s / len(heads))
        found = []
        for place, head in enumerate(heads):
            found.append(
                _train_head(
                    context, plan, head, past, each, page_of, _within(progress, place, len(heads), head)
                )
            )
    return TrainingReport(
        len(past.lead_ids), past.from_scores, past.labels.as_of, tuple(found), round(passed(), 2)
    )


def _training_of(context: Context) -> UUID:
    """What is held while a workspace is trained: scoring goes on meanwhile."""
    return uuid5(context.workspace_id, "training")


def _heads(plan: Plan, order: Order) -> tuple[Head, ...]:
    known = plan.playbook.models.heads
    if not known:
        raise InputError(
            f"The playbook {plan.playbook.playbook} names nothing to predict.",
            remedy="Add a head to its models.yaml, or train on a table with --csv.",
        )
    found = tuple(head for head in known if order.head in (None, head.name))
    if not found:
        raise InputError(
            f"The playbook {plan.playbook.playbook} has no head {order.head}.",
            facts={"heads": [head.name for head in known]},
        )
    return found


def _within(progress: Progress, place: int, count: int, head: Head) -> Progress:
    return lambda doing, share: progress(f"{head.label}: {doing}", 0.1 + 0.9 * (place + share) / count)


def _train_head(
    context: Context,
    plan: Plan,
    head: Head,
    past: PastLeads,
    order: Order,
    page_of: Callable[[Any], str],
    progress: Progress,
) -> HeadTraining:
    labels = past.labels.heads[head.name]
    open_ = len(past.lead_ids) - labels.decided
    untrained = HeadTraining(head, labels.decided, labels.positives, open_, "few_labels", "")
    if words := _too_few(plan, labels.decided, labels.positives):
        return replace(untrained, sentence=words)
    lesson = lesson_of(plan, past, head)
    suspects = tuple(f"{leak.column}: {leak.reason}" for leak in lesson.leaks)
    learned = lesson.without_leaks() if order.drop_leaks else lesson
    trained, judged, more = learn_weak_spots(
        learned,
        order.weak_spots.get(head.name, ()),
        budget_s=order.budget_s,
        seed=order.seed,
        threads=order.threads,
        clock=system_clock,
        progress=progress,
    )
    figures = compared(judged, order.seed)
    assert context.door.objects is not None
    kept = register_head(
        context,
        context.door.objects,
        learned,
        trained,
        judged,
        figures,
        page_of=page_of,
        seed=order.seed,
        why=order.why,
        promote_first=order.promote,
        required=order.required,
        more_on_card=more,
    )
    return replace(
        untrained,
        step=kept.step,
        sentence=kept.sentence,
        model=kept.model,
        metrics=figures,
        weight=trained.model.meta[BLEND]["weight"],
        suspects=suspects,
    )


def _too_few(plan: Plan, decided: int, positives: int) -> str:
    least = plan.playbook.models.minimum_labels
    if decided < least:
        return f"{decided} of the {least} decided leads that a model needs; rules score until then."
    if min(positives, decided - positives) < FEWEST_OF_A_KIND:
        return f"{positives} of {decided} decided leads are good ones: too few of one kind to learn from."
    return ""
