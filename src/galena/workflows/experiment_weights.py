"""Other weights of a model's members, for the trial of an experiment: given by hand, or by the outcomes of segments."""

import numpy as np
import polars as pl

from galena.domain.playbook import Head
from galena.domain.registered_model import RegisteredModel
from galena.engines.learning.shrinkage import SegmentThreshold, segment_thresholds, segment_weights
from galena.kit.errors import InputError
from galena.stores import models
from galena.workflows.context import Context
from galena.workflows.head_trial import ready_head, said_together
from galena.workflows.lead_history import PastLeads, past_leads
from galena.workflows.model_artefacts import load_model
from galena.workflows.plans import Plan, active_plan

FEWEST_OUTCOMES = 60
MOST_SEGMENTS = 30


def shares_given(context: Context, model: RegisteredModel, weights: dict[str, float]) -> dict[str, float]:
    """The shares of all members: those given, none for the others; they sum to 1.

    Raises:
        InputError: a member is unknown, or no share is above 0.
    """
    assert context.door.objects is not None
    members = [member.name for member in load_model(context, context.door.objects, model).members]
    unknown = sorted(set(weights) - set(members))
    total = sum(weights.values())
    if unknown or total <= 0 or min(weights.values()) < 0:
        raise InputError(
            f"{model.name} has no member {unknown[0]}." if unknown else "Shares must be above 0.",
            facts={"members": members},
            remedy="Give them as --weights boosting=2,forest=1.",
        )
    return {name: weights.get(name, 0.0) / total for name in members}


def segment_shares(
    context: Context, plan: Plan, head: Head, model: RegisteredModel, field: str
) -> tuple[dict[str, dict[str, float]], str]:
    """The members' shares by segment, drawn towards those of all leads where a segment has few; and why, in words.

    Raises:
        InputError: the field is no text with few values, or too few outcomes are known beyond those learned from.
    """
    rows = _decided(context, plan, head, model, field)
    assert context.door.objects is not None
    loaded = load_model(context, context.door.objects, model)
    members = [member.name for member in loaded.members]
    shares = segment_weights(members, loaded.predict(rows.values).members, rows.came, rows.segments)
    return (
        {name: dict(each) for name, each in shares.items()},
        f"By {len(rows.came):,} outcomes, weighed by “{field}”.",
    )


class Decided:
    """Decided leads that a model did not learn from, with the segment of each."""

    def __init__(
        self, past: PastLeads, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]", head: Head, field: str
    ) -> None:
        self.values = past.values.filter(rows)
        self.points = np.array(past.points)[rows]
        self.came = past.labels.heads[head.name].label.filter(rows).to_numpy().astype(np.float64)
        self.segments: list[str | None] = self.values[field].cast(pl.String).to_list()


def _decided(context: Context, plan: Plan, head: Head, model: RegisteredModel, field: str) -> Decided:
    if field not in plan.scorer.value_schema:
        raise InputError(
            f"Leads are not scored with “{field}”, so they cannot be told apart by it.",
            remedy="Name a field that the rules or the models read, such as the industry.",
        )
    past = past_leads(context, plan, context.clock())
    if (
        past.values[field].dtype not in (pl.String, pl.Boolean)
        or past.values[field].n_unique() > MOST_SEGMENTS
    ):
        raise InputError(f"“{field}” is no text with at most {MOST_SEGMENTS} different values.")
    is_new = np.array([model.data_to is None or at > model.data_to for at in past.arrived_at], dtype=np.bool_)
    rows = is_new & past.labels.heads[head.name].label.is_not_null().to_numpy()
    if int(rows.sum()) < FEWEST_OUTCOMES:
        raise InputError(
            f"Only {int(rows.sum())} outcomes are known of leads that {model.name} did not learn from.",
            facts={"needed": FEWEST_OUTCOMES},
            remedy="Wait for more outcomes.",
        )
    return Decided(past, rows, head, field)


def thresholds_of_champion(context: Context, field: str, threshold: float) -> tuple[SegmentThreshold, ...]:
    """Where a tier that begins at a probability should begin in each segment, so that its last lead is as good.

    Raises:
        InputError: no model scores, the field cannot be used, or too few outcomes are known.
    """
    with context.session() as session:
        plan = active_plan(session)
        head = plan.playbook.models.score_head
        model = models.find_champion(session, head.name) if head else None
    if head is None or model is None:
        raise InputError("No model scores yet.", remedy="`galena learn` says what is missing.")
    rows = _decided(context, plan, head, model, field)
    assert context.door.objects is not None
    loaded, blend = ready_head(context, context.door.objects, plan, model)
    said = said_together(loaded, blend, rows.values, rows.points)
    return segment_thresholds(said, rows.came, rows.segments, threshold)
