"""The online learner's part of the loop: does it predict surely better than what scores now? Then it takes over.

The story: every decided lead, young ones weighed by how many like them are still waited for -> the learner goes through
the weeks, and so does what scores now -> enough evidence: the learner as it stands becomes a model, registered with its
report and promoted on that evidence. It costs seconds, not minutes, and needs few leads; what is trained at length
tries itself against it afterwards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import exp, log
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from galena.domain.playbook import Head
from galena.domain.registered_model import ModelStatusChange, RegisteredModel
from galena.engines.learning.labels import HeadLabels, Labels
from galena.kit.clock import system_clock
from galena.kit.errors import ConflictError, GalenaError
from galena.stores import models
from galena.workflows.context import Context
from galena.workflows.head_lesson import Lesson, compared, lesson_of
from galena.workflows.head_registration import register_head
from galena.workflows.head_trial import ready_head, said_together
from galena.workflows.lead_history import PastLeads
from galena.workflows.model_promotion import Promotion, Verdict, promote
from galena.workflows.plans import Plan, active_plan

if TYPE_CHECKING:
    from galena.engines.learning.online import Course, Followed

WHY: Final = "the online learner, by its evidence"
WORTH_TELLING: Final = 1.1
"""Odds to one below which nothing speaks for the online learner yet."""

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class OnlineStep:
    """What the online learner came to.

    Attributes:
        evidence, needed: in nats; leads: those it rests on.
        promotion: where it took over.
        sentence: in words.
    """

    evidence: float
    needed: float
    leads: int
    promotion: Promotion | None
    sentence: str


def online_step(
    context: Context,
    head: Head,
    past: PastLeads,
    *,
    error_rate: float,
    seed: int,
    page_of: Callable[[Any], str],
    takes_over: bool = True,
) -> OnlineStep | None:
    """Let the online learner follow the leads of a head; it takes over when its evidence suffices.

    Args:
        error_rate: how often it may ever displace what scores now although that is right.
        takes_over: false: only tell.

    Returns:
        None while too little is known, or where the model that scores now cannot be asked.
    """
    from galena.engines.learning.online import follow

    with context.session() as session:
        plan = active_plan(session)
        champion = models.find_champion(session, head.name)
        since = _since(champion, models.history(session, purpose=head.name))
        waiting = _waiting(models.list_(session, purpose=head.name, status="candidate"), since)
    lesson = _lesson(plan, past, head)
    if lesson is None:
        return None
    course = _course(lesson)
    said = None
    if champion is not None and (said := _said(context, plan, champion, lesson)) is None:
        return None
    followed = follow(course, champion=said, since=None if since is None else _day(since), seed=seed)
    needed, leads = log(1 / error_rate), int(followed.counts.sum())
    words = _sentence(followed, needed, leads, champion.name if champion else "the rules alone")
    told = OnlineStep(followed.evidence, needed, leads, None, words)
    if followed.evidence < needed:
        return told
    if waiting is not None and not takes_over:
        return replace(told, sentence=f"{words} {waiting.name} waits for somebody to promote it.")
    found = _as_model(context, plan, lesson, course, followed, champion, error_rate, seed, page_of, words)
    if isinstance(found, str):
        return replace(told, sentence=f"{words} {found}")
    if not takes_over:
        return replace(told, sentence=f"{words} It waits for somebody to promote it.")
    assert context.door.objects is not None
    try:
        done = promote(context, context.door.objects, found.model_id, verdict=found)
    except ConflictError as fault:  # Somebody promoted another meanwhile.
        return replace(told, sentence=f"{words} {fault.what}")
    return replace(told, promotion=done)


def _since(champion: RegisteredModel | None, history: Sequence[ModelStatusChange]) -> datetime | None:
    """From when on what scores now does, and leads are new to it; None: rules have scored from the beginning.

    Evidence from before would undo what a person decided since.
    """
    changes = [each.at for each in history if "champion" in (each.status, each.status_before)]
    learned_to = champion.data_to if champion else None
    return max([*changes[-1:], *([learned_to] if learned_to else [])], default=None)


def _waiting(candidates: Sequence[RegisteredModel], since: datetime | None) -> RegisteredModel | None:
    """The learner as a model that waits to be promoted, where nobody decided otherwise since."""
    mine = (each for each in candidates if each.why == WHY)
    return next((each for each in mine if since is None or each.created_at > since), None)


def _lesson(plan: Plan, past: PastLeads, head: Head) -> Lesson | None:
    """All decided leads that were given out, young ones too.

    How long the others were waited for is not known, so that the latest of them would be those that answer fast.
    """
    told = past.told.get(head.name)
    if told is None or plan.playbook.models.mode != "blend":
        return None
    counts = ~np.isnan(told.label) & (told.weight > 0) & told.given
    if int(counts.sum()) < plan.playbook.models.minimum_labels:
        return None
    label = pl.Series("label", np.where(counts, told.label, np.nan)).fill_nan(None)
    decided_at = past.labels.heads[head.name].decided_at
    labels = Labels(
        past.labels.as_of,
        past.labels.arrived_at,
        {**past.labels.heads, head.name: HeadLabels(label, decided_at)},
    )
    try:
        return lesson_of(plan, replace(past, labels=labels), head)
    except GalenaError:
        return None  # One outcome only, or the like; training says so.


def _course(lesson: Lesson) -> "Course":
    from galena.engines.learning.online import Course

    ways = {"up": 1, "down": -1}
    return Course(
        table=lesson.dataset.table,
        reading=lesson.dataset.reading,
        points=lesson.points,
        given_day=np.array([_day(lesson.past.arrived_at[row]) for row in lesson.rows.tolist()]),
        target=lesson.dataset.target,
        weight=lesson.past.told[lesson.head.name].weight[lesson.rows],
        monotone={name: ways[way] for name, way in lesson.plan.playbook.models.monotone.items()},
    )


def _said(
    context: Context, plan: Plan, champion: RegisteredModel, lesson: Lesson
) -> "np.ndarray[Any, Any] | None":
    """Log-odds of every lead by the model that scores now; None where it cannot be asked."""
    assert context.door.objects is not None
    try:
        loaded, blend = ready_head(context, context.door.objects, plan, champion)
    except GalenaError:
        return None
    values = lesson.past.values[lesson.rows]
    probability = np.clip(said_together(loaded, blend, values, lesson.points), 1e-6, 1 - 1e-6)
    found: np.ndarray[Any, Any] = np.log(probability / (1 - probability))
    return found


def _as_model(
    context: Context,
    plan: Plan,
    lesson: Lesson,
    course: "Course",
    followed: "Followed",
    champion: RegisteredModel | None,
    error_rate: float,
    seed: int,
    page_of: Callable[[Any], str],
    words: str,
) -> Verdict | str:
    """The learner as it stands, registered, with the verdict on it; or why not, in words."""
    from galena.engines.learning.online_model import model_of
    from galena.engines.learning.promotion import verdict_on

    store = context.door.objects
    assert store is not None
    telling = followed.telling
    online, standing = (1 / (1 + np.exp(-each[telling])) for each in (followed.online, followed.standing))
    found = verdict_on(followed.target[telling], standing, online, any_time=True, seed=seed)
    if found.auc_difference.high is not None and found.auc_difference.high < 0:
        return "It orders leads worse, so it does not take over."
    meta = {
        "outcome": lesson.head.name,
        "revision": plan.revision.number,
        "feature_set_hash": plan.features.hash,
    }
    trained = model_of(
        lesson.dataset,
        course,
        followed,
        head=lesson.head.name,
        rules=plan.scorer.rules,
        meta=meta,
        seed=seed,
        clock=system_clock,
    )
    if trained is None or not trained.model.usable_signal:
        return "It does not order leads surely better than a coin yet, so it waits."
    kept = register_head(
        context,
        store,
        lesson,
        trained,
        trained.judged,
        compared(trained.judged, seed),
        page_of=page_of,
        seed=seed,
        why=WHY,
        promote_first=False,
        as_candidate=True,
    )
    certainty = 1 - exp(-followed.evidence)
    told = found.model_copy(
        update={
            "verdict": "better",
            "promote": True,
            "certainty_any_time": certainty,
            "required_certainty": 1 - error_rate,
            "sentence": words,
        }
    )
    detail = {"against": champion.name if champion else "the rules alone", **told.model_dump(mode="json")}
    return Verdict(kept.model.id, champion.id if champion else None, True, certainty, detail)


def _sentence(followed: "Followed", needed: float, leads: int, name: str) -> str:
    if not leads:
        return f"No lead given out since {name} scores can be told by the online learner yet."
    over = f"it takes over once the odds that it is are {exp(needed):,.0f} to 1."
    odds = exp(min(followed.evidence, 13.0))
    if odds < WORTH_TELLING:
        return f"The online learner was no better than {name} on {leads:,} later leads; {over}"
    shown = f"{odds:,.0f}" if odds >= 10 else f"{odds:.1f}"
    return (
        f"On {leads:,} later leads the odds are {shown} to 1 that the online learner foretells outcomes better than"
        f" {name}; it takes over at {exp(needed):,.0f} to 1."
    )


def _day(at: datetime) -> float:
    return (at - _EPOCH).total_seconds() / _DAY_S
