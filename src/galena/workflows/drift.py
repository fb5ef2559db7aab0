"""What drifted: leads of now against those the models in use learned from, kept as a report and told where it matters.

The story, per outcome of the playbook: the model in use, or the rules where there is none -> leads that came in the
last four weeks against those of before -> what the model says of them against its first weeks in use -> what became of
the leads it has not learned from -> a report -> a notification for what moved.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from galena.domain.learning import KeptDrift
from galena.domain.playbook import Head
from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import GalenaError
from galena.stores import learning, models, notifications
from galena.workflows.context import Context
from galena.workflows.lead_history import PastLeads, past_leads
from galena.workflows.plans import Plan, active_plan

if TYPE_CHECKING:
    from galena.engines.learning.drift import DriftReport, Stretch

NOW_DAYS: Final = 28
"""Leads of so many days are those of now; a model's first so many days in use are what it is compared with."""
OUTCOME_DAYS: Final = 56
DRIFT: Final = "drift"
"""The kind of the notification."""


def watch_drift(context: Context, *, past: PastLeads | None = None) -> tuple[KeptDrift, ...]:
    """Compare, keep the reports, and tell the administrators what moved; one report per outcome.

    Args:
        past: the leads, where they were read already.
    """
    with context.session() as session:
        plan = active_plan(session)
        champions = {
            head.name: models.find_champion(session, head.name) for head in plan.playbook.models.heads
        }
    now = context.clock()
    past = past or past_leads(context, plan, now)
    kept = []
    for head in plan.playbook.models.heads:
        champion = champions[head.name]
        report = _compared(context, plan, head, champion, past, now)
        kept.append(_kept(context, head, champion, report, now))
    return tuple(kept)


def _kept(
    context: Context, head: Head, champion: RegisteredModel | None, report: "DriftReport", now: datetime
) -> KeptDrift:
    with context.session() as session:
        if report.alarms:
            subject = f"model:{champion.id}" if champion else f"outcome:{head.name}"
            detail = {"outcome": head.name, "alarms": [each.sentence for each in report.alarms]}
            notifications.notify(
                session, "warning", DRIFT, subject, report.sentence, at=now, link="/drift", detail=detail
            )
        return learning.keep_drift(
            session,
            purpose=head.name,
            model_id=champion.id if champion else None,
            alarms=len(report.alarms),
            report=report.model_dump(mode="json"),
            at=now,
        )


def _compared(
    context: Context,
    plan: Plan,
    head: Head,
    champion: RegisteredModel | None,
    past: PastLeads,
    now: datetime,
) -> "DriftReport":
    from galena.engines.learning.drift import Stretch, drift_between

    values = past.values.select(_watched(plan))
    since = now - timedelta(days=NOW_DAYS)
    learned_to = (champion.data_to if champion else None) or since
    came = _moments(past.came_at)
    old, new = came <= _moment(min(learned_to, since)), came > _moment(max(learned_to, since))
    before, latest = Stretch(values.filter(old), _NONE), Stretch(values.filter(new), _NONE)
    judge = None if champion is None else _judge(context, plan, champion)
    if judge is not None and champion is not None:
        first = (came > _moment(learned_to)) & (came <= _moment(learned_to + timedelta(days=NOW_DAYS)))
        before = _said(judge, past, values.filter(old), first & ~new)
        latest = _with_outcomes(
            judge, past, head, _said(judge, past, values.filter(new), new), learned_to, now
        )
    return drift_between(head.label, before, latest)


class _Judge:
    """A model in use and how it is asked."""

    def __init__(self, context: Context, plan: Plan, champion: RegisteredModel) -> None:
        from galena.workflows.head_trial import ready_head
        from galena.workflows.model_weights import in_force, weighted

        assert context.door.objects is not None
        loaded, self.blend = ready_head(context, context.door.objects, plan, champion)
        with context.session() as session:
            self.loaded = weighted(loaded, in_force(session, champion))

    def asked(self, past: PastLeads, rows: "np.ndarray[Any, Any]") -> tuple[Any, Any]:
        """The probabilities of some leads, and what each member says of them."""
        from galena.workflows.head_trial import said_together

        values, points = past.values.filter(rows), np.array(past.points)[rows]
        if not values.height:
            return _NONE, None
        return (
            said_together(self.loaded, self.blend, values, points),
            self.loaded.predict(values).members if self.loaded.usable_signal else None,
        )


def _judge(context: Context, plan: Plan, champion: RegisteredModel) -> _Judge | None:
    """None where the model cannot be asked: then what comes in is watched alone, and scoring tells the rest."""
    try:
        return _Judge(context, plan, champion)
    except GalenaError:
        return None


def _said(judge: _Judge, past: PastLeads, values: pl.DataFrame, rows: "np.ndarray[Any, Any]") -> "Stretch":
    from galena.engines.learning.drift import Stretch

    return Stretch(values, *judge.asked(past, rows))


def _with_outcomes(
    judge: _Judge, past: PastLeads, head: Head, latest: "Stretch", learned_to: datetime, now: datetime
) -> "Stretch":
    """The stretch with the leads of the last eight weeks that are decided, and that the model did not learn from."""
    from dataclasses import replace

    told = past.told[head.name]
    known_at = _moments(past.arrived_at)
    since = max(learned_to, now - timedelta(days=OUTCOME_DAYS))
    rows = (known_at > _moment(since)) & ~np.isnan(told.label) & (told.weight > 0)
    judged, _ = judge.asked(past, rows)
    return replace(latest, judged=judged, came=told.label[rows], weight=told.weight[rows])


def _watched(plan: Plan) -> list[str]:
    """The values a model may read."""
    from galena.engines.scoring.model_scoring import model_columns

    personal = [name for name, each in plan.playbook.fields.items() if each.personal]
    return list(model_columns(plan.scorer.value_schema, personal))


def _moments(of: Sequence[datetime]) -> "np.ndarray[Any, Any]":
    return np.array([_moment(each) for each in of], dtype="datetime64[us]")


def _moment(at: datetime) -> np.datetime64:
    return np.datetime64(at.replace(tzinfo=None), "us")


def alarms_of(kept: Mapping[str, Any]) -> tuple[str, ...]:
    """The alarms of a kept report, in words."""
    return tuple(each["sentence"] for each in kept["findings"] if each["alarm"])


_NONE: Final = np.zeros(0)
