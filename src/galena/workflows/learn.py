"""The loop: from outcomes to better scores, every week, after enough new outcomes, when something drifted, or by hand.

The story: see what drifted -> is there a reason to learn? -> per outcome, the model on trial is tried on the leads that
came since -> better: it takes over; undecided and in its time: it stays on trial; else a new model is
trained on leads as they stood when they were given out, with more weight where the one in use is weak, and goes on
trial -> every lead is scored anew where another model took over -> the run is kept, and told in sentences.

Assigned leads show their new score without a notice; the others take their new tier into the next drop.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Final
from uuid import uuid5

from galena.domain.learning import LearningRun
from galena.domain.notification import Severity
from galena.domain.playbook import Head
from galena.engines.learning.triggers import (
    LoopState,
    Policy,
    Trigger,
    trigger_of,
    waiting_sentence,
)
from galena.kit.errors import ConflictError, GalenaError
from galena.stores import learning, notifications
from galena.stores.holds import hold
from galena.workflows.context import Context
from galena.workflows.drift import alarms_of, watch_drift
from galena.workflows.label_counts import count_labels
from galena.workflows.lead_history import PastLeads, past_leads
from galena.workflows.learn_head import HeadStep, LearnOptions, learn_head, weak_spots_in
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore

USUAL = LearnOptions()
BY_HAND = Trigger("hand", "Somebody asked for it.")
DRIFT_EVERY = timedelta(days=6)
"""Drift is looked at weekly: a look at most this long ago is not repeated."""

_TOLD: Final[Mapping[str, tuple[Severity, str]]] = {
    "took_over": ("info", "model_took_over"),
    "failed": ("error", "loop_failed"),
}
"""What administrators are told of: step -> severity and kind."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class LoopReport:
    """What a look at the loop came to.

    Attributes:
        run: what it did; None: there was no reason to learn.
        sentences: the same in words, or what it waits for.
        steps: per outcome.
    """

    run: LearningRun | None
    sentences: tuple[str, ...]
    steps: tuple[HeadStep, ...] = ()
    policy: Policy = field(default_factory=Policy)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        run = self.run
        return {
            "ran": run is not None,
            "run_id": str(run.id) if run else None,
            "trigger": run.trigger if run else None,
            "sentences": list(self.sentences),
            "heads": [each.as_dict() for each in self.steps],
        }


def learn(
    context: Context,
    options: LearnOptions = USUAL,
    *,
    page_of: Callable[[Any], str],
    by_hand: bool = False,
    progress: Progress = lambda _doing, _share: None,
) -> LoopReport:
    """Run the loop where there is a reason to.

    Args:
        page_of: the report of a training as one HTML page.
        by_hand: run it, whatever the reason.

    Raises:
        ConflictError: another process runs the loop of this workspace, or there is no place where models lie.
    """
    if context.door.objects is None:
        raise ConflictError("there is no place where models lie")
    with hold(context.door, uuid5(context.workspace_id, "loop"), doing="running the loop of this workspace"):
        _give_up_unfinished(context)
        past = _Past(context)
        _look_at_drift(context, past)
        state = loop_state(context)
        trigger = BY_HAND if by_hand else trigger_of(state, context.clock(), options.policy)
        if trigger is None:
            return LoopReport(None, (waiting_sentence(state, options.policy),), policy=options.policy)
        return _run(context, options, state, trigger, page_of, progress, past)


def loop_state(context: Context) -> LoopState:
    """What has happened since the loop ran last."""
    counts = count_labels(context)
    asked = counts[0] if counts else None
    with context.session() as session:
        runs = learning.list_runs(session, state="done", limit=1)
        last = runs[0] if runs else None
        drifted = learning.list_drift(session, since=last.started_at if last else None, limit=20)
    alarms = tuple(alarm for each in drifted for alarm in alarms_of(each.report)) if last else ()
    return LoopState(
        last.started_at if last else None,
        asked.decided if asked else 0,
        last.decided if last else 0,
        asked.needed if asked else 0,
        alarms,
    )


def _give_up_unfinished(context: Context) -> None:
    """Runs whose process is gone: nobody else can be at it during the hold."""
    with context.session() as session:
        for run in learning.list_runs(session, state="running"):
            told = {"sentences": ["Cut off; the next run goes on."]}
            learning.finish(session, run.id, at=context.clock(), report=told, state="failed")


class _Past:
    """The past leads, read once for a look and only where they are asked for."""

    def __init__(self, context: Context) -> None:
        self._context = context
        with context.session() as session:
            self.plan = active_plan(session)

    @cached_property
    def leads(self) -> PastLeads:
        return past_leads(self._context, self.plan, self._context.clock())


def _look_at_drift(context: Context, past: _Past) -> None:
    with context.session() as session:
        latest = learning.list_drift(session, limit=1)
    if not latest or context.clock() - latest[0].at > DRIFT_EVERY:
        watch_drift(context, past=past.leads)


def _run(
    context: Context,
    options: LearnOptions,
    state: LoopState,
    trigger: Trigger,
    page_of: Callable[[Any], str],
    progress: Progress,
    read: _Past,
) -> LoopReport:
    plan = read.plan
    with context.session() as session:
        spots = _spots_of_last_run(session)
        run = learning.begin(
            session, trigger=trigger.kind, why=trigger.sentence, decided=state.decided, at=context.clock()
        )
    heads = plan.playbook.models.heads
    try:
        progress("Reading the leads", 0.0)
        past = read.leads
        steps = []
        for place, head in enumerate(heads):
            within = _within(progress, place, len(heads), head)
            steps.append(
                learn_head(
                    context,
                    head,
                    past,
                    options,
                    spots.get(head.name, ()),
                    page_of,
                    within,
                    drifted=trigger.kind == "drift",
                    asked=trigger.kind == "hand",
                )
            )
        if any(step.took_over for step in steps):
            progress("Scoring every lead", 0.95)
            rescore(context, trigger="model")
        weak = {head.name: weak_spots_in(context, plan, head, past) for head in heads}
    except BaseException as fault:
        _failed(context, run, fault)
        raise
    sentences = tuple(step.sentence for step in steps) or ("The playbook names nothing to predict.",)
    report = {
        "sentences": list(sentences),
        "heads": [step.as_dict() for step in steps],
        "weak_spots": {name: [each.as_dict() for each in found] for name, found in weak.items()},
    }
    with context.session() as session:
        done = learning.finish(session, run.id, at=context.clock(), report=report)
        for step in steps:
            if step.step in _TOLD:
                severity, kind = _TOLD[step.step]
                notifications.notify(
                    session,
                    severity,
                    kind,
                    f"outcome:{step.head}",
                    step.sentence,
                    at=context.clock(),
                    link="/models",
                )
    return LoopReport(done, sentences, tuple(steps), options.policy)


def _failed(context: Context, run: LearningRun, fault: BaseException) -> None:
    known = str(fault) if isinstance(fault, GalenaError) else type(fault).__name__
    told = f"The loop did not get to its end: {known}"
    with context.session() as session:
        learning.finish(session, run.id, at=context.clock(), report={"sentences": [told]}, state="failed")
        if isinstance(fault, Exception):
            notifications.notify(
                session, "error", "loop_failed", "loop", told, at=context.clock(), link="/models"
            )


def _spots_of_last_run(session: Any) -> Mapping[str, Any]:
    from galena.engines.learning.weak_spots import WeakSpot

    runs = learning.list_runs(session, state="done", limit=1)
    kept = runs[0].report.get("weak_spots", {}) if runs else {}
    return {name: tuple(WeakSpot.restored(each) for each in found) for name, found in kept.items()}


def _within(progress: Progress, place: int, count: int, head: Head) -> Progress:
    return lambda doing, share: progress(f"{head.label}: {doing}", 0.1 + 0.8 * (place + share) / count)
