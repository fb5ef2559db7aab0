"""Experiments: part of the leads scored in another way, looked at as often as one likes, stopped when it is clear.

The story of one: begin it, with what scores the trial -> every lead is scored anew, each by its arm -> leads are given
out and worked as ever -> each is judged once, when it is old enough -> a look says whether it is decided; then it ends,
every lead is scored alike again, and the administrators are told. That the better way takes over is for a person to do,
or for the loop where it is a model on trial.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from galena.domain.learning import Experiment, ExperimentKind
from galena.domain.playbook import Head
from galena.domain.registered_model import RegisteredModel
from galena.engines.learning.experiment import Design, ExperimentReport, Observed, arm_of, judge
from galena.kit.errors import ConflictError, InputError
from galena.kit.ids import new_id
from galena.stores import audit, experiments, member_weights, models, notifications
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.experiment_weights import segment_shares, shares_given
from galena.workflows.lead_attempts import read_attempts
from galena.workflows.model_registry import find_model
from galena.workflows.plans import Plan, active_plan
from galena.workflows.rescore import rescore

GUARDRAIL: Final = "leads that ask not to be contacted"
STARTED, ENDED = "start_experiment", "end_experiment"
"""Actions on the audit trail."""


@dataclass(frozen=True, slots=True)
class NewExperiment:
    """What is to be tried.

    Attributes:
        model: that scores the trial, `booked:3` or `booked:challenger`; empty: the champion, with other weights.
        weights: member -> share of the model's members in the trial.
        weights_by: a field by whose values the members are weighed anew, each value by its own outcomes.
    """

    name: str
    why: str
    model: str = ""
    weights: dict[str, float] | None = None
    weights_by: str | None = None
    design: Design = field(default_factory=Design)


def start_experiment(context: Context, new: NewExperiment) -> Experiment:
    """Begin an experiment; from the next scoring on its trial scores its share of the leads.

    Raises:
        ConflictError: one is running, or the playbook's score is no outcome that models predict.
        InputError: what is to be tried does not differ from what scores, or cannot score.
        NotFoundError: there is no such model.
    """
    _ensure_design(new)
    with context.session() as session:
        plan = active_plan(session)
        head = _scored_head(plan)
        champion = models.find_champion(session, head.name)
        model = find_model(session, new.model) if new.model else champion
        kind = _kind(new, head, model, champion)
    assert model is not None
    shares, why = _shares(context, plan, head, model, new)
    with context.session() as session:
        experiment = Experiment(
            id=new_id(),
            name=new.name,
            purpose=head.name,
            kind=kind,
            control_model_id=champion.id if champion else None,
            trial_model_id=model.id,
            trial={"field": new.weights_by, "weights": _kept(session, context, model, new.name, shares, why)},
            design=asdict(new.design),
            state="undecided",
            why=new.why,
            author=session.actor,
            started_at=context.clock(),
            looked_at=None,
            ended_at=None,
            ended_why=None,
        )
        kept = experiments.open_(session, experiment)
        detail = {"experiment": kept.name, "trial": model.name, "kind": kind, "why": new.why}
        audit.record(session, STARTED, f"experiment:{kept.id}", detail)
    # Whether its trial can score is known once it was asked; one that cannot is not begun.
    _ensure_scores(context, plan, head, champion, kept)
    return kept


def look_at(context: Context, experiment: Experiment) -> tuple[Experiment, ExperimentReport]:
    """What an experiment says now; one that is decided, harmful or broken ends by that."""
    report = observed_report(context, experiment)
    if not experiment.is_running:
        return experiment, report
    with context.session() as session:
        experiments.look(session, experiment.id, at=context.clock(), report=report.model_dump(mode="json"))
        champion = models.find_champion(session, experiment.purpose)
        changed = (champion.id if champion else None) != experiment.control_model_id
        if not report.is_over and not changed:
            return experiments.load(session, experiment.id), report
        why = "Another model scores since." if changed and not report.is_over else report.sentence
        ended = _end(
            session, context, experiment, "broken" if changed and not report.is_over else report.state, why
        )
    rescore(context, trigger="experiment")
    return ended, report


def stop_experiment(context: Context, name: str, *, why: str) -> Experiment:
    """End an experiment by hand; every lead is scored alike again.

    Raises:
        NotFoundError: there is none of this name.
        ConflictError: it is over already.
    """
    with context.session() as session:
        ended = _end(session, context, experiments.load_by_name(session, name), "stopped", why)
    rescore(context, trigger="experiment")
    return ended


def observed_report(context: Context, experiment: Experiment) -> ExperimentReport:
    """What became of the leads of an experiment that were given out while it ran and are old enough."""
    design = Design(**experiment.design)
    attempts = read_attempts(context, experiment.started_at)
    if experiment.ended_at is not None:
        attempts = attempts.filter(pl.col("assigned_at") < experiment.ended_at)
    # A lead counts once, when it was given out first.
    first = attempts.unique("lead_id", keep="first", maintain_order=True)
    old = first["assigned_at"] <= context.clock() - timedelta(days=design.window_days)
    judged = first.filter(old)
    in_time = pl.col("waited_days") <= design.window_days
    good = judged.select(
        ((pl.col("booked") == 1.0) & in_time).fill_null(value=False).cast(pl.Float64)
    ).to_series()
    arms = [arm_of(experiment.id, lead_id, design.trial_share) == "trial" for lead_id in judged["lead_id"]]
    return judge(
        design,
        Observed(
            np.array(arms, dtype=np.bool_),
            good.to_numpy(),
            {GUARDRAIL: judged["harm"].to_numpy()},
            young=first.height - judged.height,
        ),
    )


def look_at_running(context: Context) -> tuple[tuple[Experiment, ExperimentReport], ...]:
    """Look at every experiment that is running."""
    with context.session() as session:
        running = [each for each in experiments.list_(session) if each.is_running]
    return tuple(look_at(context, each) for each in running)


def _end(session: Session, context: Context, experiment: Experiment, state: str, why: str) -> Experiment:
    at: datetime = context.clock()
    ended = experiments.end(session, experiment.id, at=at, state=state, why=why)
    audit.record(
        session, ENDED, f"experiment:{ended.id}", {"experiment": ended.name, "state": state, "why": why}
    )
    notifications.notify(
        session,
        "warning" if state in ("harmful", "broken") else "info",
        "experiment_ended",
        f"experiment:{ended.id}",
        f"Experiment {ended.name}: {why}",
        at=at,
        link="/experiments",
    )
    return ended


def _ensure_design(new: NewExperiment) -> None:
    if not new.name.strip():
        raise InputError("An experiment needs a name.")
    if new.weights and new.weights_by:
        raise InputError("Either the same weights for all, or weights by a field: not both.")
    if not 0.01 <= new.design.trial_share <= 0.99:
        raise InputError(
            "The share of leads scored in the new way must lie between 1 and 99 %.",
            facts={"given": f"{100 * new.design.trial_share:g} %"},
        )


def _scored_head(plan: Plan) -> Head:
    head = plan.playbook.models.score_head
    if head is None:
        raise ConflictError(
            f"The playbook {plan.playbook.playbook} is scored by rules alone.",
            remedy="Let a model take part first: `mode: blend` in its models.yaml.",
        )
    return head


def _kind(
    new: NewExperiment, head: Head, model: RegisteredModel | None, champion: RegisteredModel | None
) -> ExperimentKind:
    other_weights = bool(new.weights or new.weights_by)
    if model is None:
        raise InputError(
            "No model scores yet, so there are no weights to vary.", remedy="Name a model: --model booked:1."
        )
    if model.purpose != head.name:
        raise InputError(
            f"{model.name} predicts another outcome than the score is.",
            facts={"the score is": head.name, "the model predicts": model.purpose},
        )
    same = champion is not None and champion.id == model.id
    if same and not other_weights:
        raise InputError(f"{model.name} scores already.", remedy="Name another model, or other weights.")
    if not other_weights:
        return "model"
    return "segment_weights" if new.weights_by else "weights"


def _shares(
    context: Context, plan: Plan, head: Head, model: RegisteredModel, new: NewExperiment
) -> tuple[dict[str, dict[str, float]], str]:
    if new.weights_by:
        return segment_shares(context, plan, head, model, new.weights_by)
    if new.weights:
        return {"": shares_given(context, model, new.weights)}, "Given by hand."
    return {}, ""


def _kept(
    session: Session,
    context: Context,
    model: RegisteredModel,
    name: str,
    shares: dict[str, dict[str, float]],
    why: str,
) -> dict[str, str]:
    """Segment -> the id of its weights, which scores carry so that they can be computed again."""
    found: dict[str, str] = {}
    for segment, weights in shares.items():
        kept = member_weights.record(
            session,
            model.id,
            model.purpose,
            at=context.clock(),
            weights=weights,
            errors={},
            why=f"Experiment {name}. {why}",
            segment=segment,
        )
        found[segment] = str(kept.id)
    return found


def _ensure_scores(
    context: Context, plan: Plan, head: Head, champion: RegisteredModel | None, kept: Experiment
) -> None:
    from galena.workflows.experiment_arms import trial_of

    try:
        trial_of(context, plan, head, champion)
    except Exception as fault:
        with context.session() as session:
            experiments.end(session, kept.id, at=context.clock(), state="broken", why=str(fault))
        raise


def as_record(experiment: Experiment) -> dict[str, Any]:
    """An experiment as JSON, for scripts."""
    return {name: getattr(experiment, name) for name in Experiment.__dataclass_fields__}
