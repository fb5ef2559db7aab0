"""The online learner's part of the loop: does it predict surely better than what scores now? Then it takes over.

The story: every decided lead, young ones weighed by how many like them are still waited for -> the learner goes through
the weeks, and so does what scores now -> enough evidence: the learner as it stands becomes a model, registered with its
report and promoted on that evidence. It costs seconds, not minutes, and needs few leads; what is trained at length
tries itself against it afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import exp, log
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from galena.domain.playbook import Head
from galena.domain.registered_model import RegisteredModel
from galena.engines.learning.labels import HeadLabels, Labels
from galena.kit.clock import system_clock
from galena.kit.errors import GalenaError
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
    lesson = _lesson(plan, past, head)
    if lesson is None:
        return None
    course = _course(lesson)
    said = learned_to = None
    if champion is not None:
        if (said := _said(context, plan, champion, lesson)) is None:
            return None
        learned_to = None if champion.data_to is None else _day(champion.data_to)
    followed = follow(course, champion=said, learned_to=learned_to, seed=seed)
    needed, leads = log(1 / error_rate), int(followed.counts.sum())
    name = champion.name if champion else "the rules alone"
    words = _sentence(followed, needed, leads, name)
    enough = followed.evidence >= needed and followed.model_share > 0
    if not (enough and takes_over):
        return OnlineStep(followed.evidence, needed, leads, None, words)
    done = _taken_over(context, plan, lesson, course, followed, champion, error_rate, seed, page_of, words)
    return OnlineStep(followed.evidence, needed, leads, done, words)


def _lesson(plan: Plan, past: PastLeads, head: Head) -> Lesson | None:
    """All decided leads, young ones too."""
    told = past.told.get(head.name)
    if told is None or plan.playbook.models.mode == "rules":
        return None
    counts = ~np.isnan(told.label) & (told.weight > 0)
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


def _taken_over(
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
) -> Promotion | None:
    from galena.engines.learning.online_model import model_of
    from galena.engines.learning.promotion import verdict_on

    store = context.door.objects
    assert store is not None
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
    if trained is None:
        return None
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
    )
    later = followed.counts
    odds = followed.online[later], followed.standing[later]
    online, standing = (1 / (1 + np.exp(-each)) for each in odds)
    certainty = 1 - exp(-followed.evidence)
    found = verdict_on(followed.target[later], standing, online, any_time=True, seed=seed)
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
    verdict = Verdict(kept.model.id, champion.id if champion else None, True, certainty, detail)
    return promote(context, store, kept.model.id, verdict=verdict)


def _sentence(followed: "Followed", needed: float, leads: int, name: str) -> str:
    times = exp(min(abs(followed.evidence), 20.0))
    side = "likelier" if followed.evidence >= 0 else "less likely"
    return (
        f"What came of {leads:,} later leads was {times:,.3g} times {side} by the online learner than by {name};"
        f" {exp(needed):,.0f} times are needed to take over."
    )


def _day(at: datetime) -> float:
    return (at - _EPOCH).total_seconds() / _DAY_S
