"""One outcome's part of the loop: the model on trial is judged, and where there is room the next one is trained."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import ceil
from typing import Any, Final, Literal

import numpy as np

from galena.domain.playbook import Head
from galena.domain.registered_model import ModelStatusChange, RegisteredModel
from galena.engines.learning.triggers import TAKEOVER_ERROR_RATE, Policy, makes_room, needed_certainty
from galena.engines.learning.weak_spots import WeakSpot, weak_spots_of
from galena.kit.errors import GalenaError, InputError
from galena.stores import experiments, models
from galena.workflows.context import Context
from galena.workflows.head_trial import ready_head, said_together, try_on_leads
from galena.workflows.lead_history import PastLeads
from galena.workflows.model_promotion import Verdict, promote
from galena.workflows.model_registry import challenge
from galena.workflows.online_step import online_step
from galena.workflows.plans import Plan
from galena.workflows.train_leads import Order, train_leads

StepTaken = Literal[
    "took_over", "on_trial", "trained", "waits", "few_labels", "no_signal", "experiment", "failed"
]
TRAINED: Final = "trained by the loop"
GROWTH: Final = 1.2
"""A training that found no usable signal is repeated when there are so many times as many outcomes."""


@dataclass(frozen=True, slots=True)
class LearnOptions:
    """How the loop learns.

    Attributes:
        budget_s: seconds that the training of one outcome may take.
        policy: when it learns by itself.
        takes_over: whether a model that is surely better takes over by itself; else it waits for somebody to promote.
    """

    budget_s: float = 60.0
    seed: int = 0
    threads: int = 1
    policy: Policy = field(default_factory=Policy)
    takes_over: bool = True


@dataclass(frozen=True, slots=True)
class HeadStep:
    """What the loop did about one outcome.

    Attributes:
        step: what; `took_over`: another model scores from now on.
        model: the one it is about.
        sentence: in words.
    """

    head: str
    step: StepTaken
    model: str | None
    sentence: str

    @property
    def took_over(self) -> bool:
        """Whether another model scores from now on."""
        return self.step == "took_over"

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def learn_head(
    context: Context,
    head: Head,
    past: PastLeads,
    options: LearnOptions,
    spots: tuple[WeakSpot, ...],
    page_of: Callable[[Any], str],
    progress: Callable[[str, float], None],
    *,
    drifted: bool,
    asked: bool = False,
) -> HeadStep:
    """Judge the online learner and the model on trial; train the next one where there is none, or it gives way.

    Args:
        past: the leads as they stood when they were given out or came in.
        spots: where the model in use is weak.
        drifted: the world has moved, so that a model on trial has learned another one.
        asked: somebody asked for it, so that nothing waits for more outcomes.
    """
    with context.session() as session:
        running = experiments.find_running(session, head.name)
        on_trial = models.find_challenger(session, head.name)
        began, tried = trials_since(models.history(session, purpose=head.name))
    if running is not None:
        words = f"{head.label}: the experiment {running.name} is running, so everything stays as it is."
        return HeadStep(head.name, "experiment", None, words)
    online = online_step(
        context,
        head,
        past,
        error_rate=TAKEOVER_ERROR_RATE / 2,
        seed=options.seed,
        page_of=page_of,
        takes_over=options.takes_over,
    )
    if online is not None and online.promotion is not None:
        done = online.promotion
        before = done.former.name if done.former else "the rules alone"
        words = (
            f"{head.label}: {done.champion.name} scores from now on, before it {before}. {online.sentence}"
        )
        return HeadStep(head.name, "took_over", done.champion.name, words)
    words = "" if online is None else f"{head.label}: {online.sentence}"
    if on_trial is not None:
        judged = _judged(context, head, on_trial, past, options, _certainty(max(0, tried - 1)))
        if judged is None or isinstance(judged, HeadStep):
            return judged or HeadStep(head.name, "failed", on_trial.name, f"{on_trial.name} cannot be tried.")
        is_worse, tried_words = judged
        words = f"{words} {tried_words}".strip()
        now = context.clock()
        if not makes_room(began or on_trial.created_at, now, is_worse=is_worse, drifted=drifted):
            return HeadStep(head.name, "on_trial", on_trial.name, words)
    elif not (drifted or asked) and (waits := _waits(context, head, past)):
        return HeadStep(head.name, "waits", None, f"{words} {waits}".strip())
    return _trained(context, head, past, options, spots, page_of, progress, tried, words)


def _waits(context: Context, head: Head, past: PastLeads) -> str:
    """What the next training waits for, in words; empty where it does not wait."""
    with context.session() as session:
        trained = next(
            (each for each in models.list_(session, purpose=head.name) if each.why == TRAINED), None
        )
    if trained is None or trained.card.get("usable_signal", True):
        return ""
    needed, decided = ceil(GROWTH * trained.row_count), past.labels.heads[head.name].decided
    if decided >= needed:
        return ""
    return f"{head.label}: the next training waits for {needed:,} outcomes that count; there are {decided:,}."


def _certainty(tried_before: int) -> float:
    """How sure a trial must be: trials have half of the whole error rate, the online learner the other."""
    return needed_certainty(tried_before, TAKEOVER_ERROR_RATE / 2)


def trials_since(history: tuple[ModelStatusChange, ...]) -> tuple[datetime | None, int]:
    """When the latest trial began, and how many models were put on trial against the champion that stands."""
    began, tried = None, 0
    for change in history:
        if change.status == "champion":
            tried = 0
        elif change.status == "challenger":
            began, tried = change.at, tried + 1
    return began, tried


def weak_spots_in(context: Context, plan: Plan, head: Head, past: PastLeads) -> tuple[WeakSpot, ...]:
    """Where the model in use is weak, by the decided leads that it did not learn from."""
    with context.session() as session:
        champion = models.find_champion(session, head.name)
    if champion is None or context.door.objects is None:
        return ()
    try:
        loaded, blend = ready_head(context, context.door.objects, plan, champion)
    except GalenaError:
        return ()
    label = past.labels.heads[head.name].label
    is_new = np.array(
        [champion.data_to is None or at > champion.data_to for at in past.arrived_at], dtype=bool
    )
    rows = is_new & label.is_not_null().to_numpy()
    if not rows.any():
        return ()
    values = past.values.filter(rows)
    said = said_together(loaded, blend, values, np.array(past.points)[rows])
    return weak_spots_of(
        values.select(loaded.columns), said, label.filter(rows).to_numpy().astype(np.float64)
    )


def _judged(
    context: Context,
    head: Head,
    on_trial: RegisteredModel,
    past: PastLeads,
    options: LearnOptions,
    required: float,
) -> HeadStep | tuple[bool, str] | None:
    """A step where the trial ended with a takeover; else whether it is worse, and what is to be said."""
    store = context.door.objects
    assert store is not None
    try:
        verdict = try_on_leads(context, store, on_trial.id, past=past, required=required)
    except InputError as fault:
        return False, f"{head.label}: {on_trial.name} stays on trial; {fault.what}."
    except GalenaError as fault:
        # It cannot be asked any more, say since the features changed: the next one takes its place.
        return True, f"{head.label}: {on_trial.name} gives way: {fault.what}."
    said = f"{head.label}: {on_trial.name} on trial. {verdict.detail['sentence']}"
    if verdict.better and options.takes_over:
        return _crowned(context, head, verdict)
    return verdict.detail["verdict"] == "worse", said


def _crowned(context: Context, head: Head, verdict: Verdict) -> HeadStep:
    assert context.door.objects is not None
    done = promote(context, context.door.objects, verdict.model_id, verdict=verdict)
    before = done.former.name if done.former else "the rules alone"
    words = f"{head.label}: {done.champion.name} scores from now on, before it {before}. {verdict.detail['sentence']}"
    return HeadStep(head.name, "took_over", done.champion.name, words)


def _trained(
    context: Context,
    head: Head,
    past: PastLeads,
    options: LearnOptions,
    spots: tuple[WeakSpot, ...],
    page_of: Callable[[Any], str],
    progress: Callable[[str, float], None],
    tried: int,
    words: str,
) -> HeadStep:
    # Where rules score a first model is judged on leads it had not seen as it is trained, and on later ones afterwards:
    # each may use half of the error rate of this trial.
    required = 1 - (1 - _certainty(tried)) / 2
    order = Order(
        head=head.name,
        budget_s=options.budget_s,
        seed=options.seed + tried,
        threads=options.threads,
        promote=options.takes_over,
        why=TRAINED,
        weak_spots={head.name: spots},
        required=required,
    )
    try:
        (found,) = train_leads(context, order, page_of=page_of, progress=progress, past=past).heads
    except GalenaError as fault:
        # What scores goes on scoring, and the other outcomes are learned; whoever runs the workspace is told.
        return HeadStep(
            head.name, "failed", None, f"{words} {head.label}: the training failed: {fault.what}".strip()
        )
    told = f"{words} {head.label}: {found.sentence}".strip()
    name = found.model.name if found.model else None
    if found.step == "champion":
        return HeadStep(head.name, "took_over", name, told)
    if found.step in ("few_labels", "no_signal"):
        return HeadStep(head.name, found.step, name, told)
    if found.model is not None and found.model.status != "challenger":
        challenge(context, found.model.id, why=TRAINED)
    return HeadStep(head.name, "trained", name, told)
