"""The members of the models in use, weighed by how well they foretold what has become of leads since.

The story, per champion: the leads whose outcome was told since it became champion, each with the last score it had
before -> what each member says of the values that score kept -> the mean error of each member on the latest outcomes
-> shares by that error, none below the floor -> recorded, with the reason, where they moved.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.playbook.schema import field_type
from galena.domain.registered_model import MemberWeights, RegisteredModel
from galena.engines.learning.labels import Labeller, outcome_fields
from galena.engines.learning.weights import WeightsRecord, adapted_weights
from galena.kit.expression import polars_schema
from galena.kit.logs import logger
from galena.stores import audit, decided_scores, member_weights
from galena.workflows.context import Context
from galena.workflows.lead_frames import plain_struct
from galena.workflows.lead_models import Judge, bench_of, guarded
from galena.workflows.model_weights import counted_since, in_force
from galena.workflows.plans import Plan, plan_with

log = logger("weights")

ADAPTED = "adapt_weights"
"""The action on the audit trail."""
NOTICEABLE: Final = 0.02
"""Weights of which none would move by more stay: every score is made anew when they move."""
MOST_READ: Final = 20_000
"""Of more leads with an outcome, those told last are looked at."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Leads whose outcome is known: what their score kept, what came of them, and when that was known."""

    values: pl.DataFrame
    outcome: NDArray[np.float64]
    known_at: NDArray[np.datetime64]


def adapt_weights(context: Context, plan: Plan, until: datetime) -> tuple[str, ...]:
    """Adapt the weights of the models in use to outcomes known until an instant; what moved is given in words.

    A model that cannot be used or fails at it keeps its weights, and the administrators are told.
    """
    moved = []
    for judge in bench_of(context, plan).champions:
        kept = guarded(context, judge.model, lambda judge=judge: _adapt(context, plan, judge, until))  # type: ignore[misc]
        if kept is not None:
            log.info("weights_adapted", workspace_id=context.workspace_id, model=judge.model.name)
            moved.append(f"{judge.model.name} weighs its members anew. {kept.why}")
    return tuple(moved)


def _adapt(context: Context, plan: Plan, judge: Judge, until: datetime) -> MemberWeights | None:
    model = judge.scorer.model
    if not model.usable_signal or len(model.members) < 2:
        return None
    known = _known(context, plan, judge, until)
    # Where all came out alike, the member that says the least (or the most) of all would win.
    if known is None or len(np.unique(known.outcome)) < 2:
        return None
    members = tuple(member.name for member in model.members)
    said = model.predict(known.values).members
    found = adapted_weights(members, said, known.outcome, known.known_at, until)
    now = dict(zip(members, model.weights.tolist(), strict=True))
    if not found.outcomes or max(abs(found.weights[name] - now[name]) for name in members) <= NOTICEABLE:
        return None
    return _record(context, judge.model, found, judge.weights)


def _record(
    context: Context, model: RegisteredModel, found: WeightsRecord, before: MemberWeights | None
) -> MemberWeights | None:
    with context.session() as session:
        if in_force(session, model) != before:
            return None  # Somebody brought back the weights of the training meanwhile.
        kept = member_weights.record(
            session,
            model.id,
            model.purpose,
            at=context.clock(),
            weights=found.weights,
            errors=found.error,
            why=_why(found),
        )
        detail = {"model": model.name, "why": kept.why, "outcomes": found.outcomes}
        shares = {"weights": dict(found.weights), "errors": dict(found.error), "divergence": found.divergence}
        audit.record(session, ADAPTED, f"model:{model.id}", {**detail, **shares})
    return kept


def _why(found: WeightsRecord) -> str:
    best = min(found.error, key=lambda name: found.error[name])
    worst = max(found.error, key=lambda name: found.error[name])
    since = f" since {found.since:%Y-%m-%d}" if found.since else ""
    return (
        f"On the latest {found.outcomes:,} outcomes{since}, {best} was {100 * found.error[best]:.0f} points off on"
        f" average and {worst} {100 * found.error[worst]:.0f}."
    )


def _known(context: Context, plan: Plan, judge: Judge, until: datetime) -> _Known | None:
    """The leads whose outcome came in while the model was in use; none of them taught it."""
    head = judge.head
    with context.session() as session:
        csv = decided_scores.read(
            session,
            outcome_fields(plan.playbook, head),
            since=counted_since(session, judge.model),
            limit=MOST_READ,
        )
    frame = pl.read_csv(io.BytesIO(csv), infer_schema=False, schema_overrides={"told_at_us": pl.Int64})
    if frame.is_empty():
        return None
    struct = plain_struct({name: field_type(field) for name, field in plan.playbook.fields.items()})
    fields = frame["fields"].str.json_decode(struct).struct.unnest()
    source = frame["lead_key"].str.split_exact(":", 1).struct.field("field_0").alias("lead_source")
    labels = Labeller(plan.playbook).read(fields.hstack([source]), until)
    mine = labels.heads[head.name]
    moments = pl.DataFrame(
        {
            "told": pl.from_epoch(frame["told_at_us"], "us").dt.replace_time_zone("UTC"),
            "decided": mine.decided_at,
            "arrived": labels.arrived_at,
        }
    ).cast(pl.Datetime("us", "UTC"))
    plans = _plans(context, plan, frame["revision_id"].unique().sort().to_list())
    rows = frame.with_columns(
        label=mine.label, known=moments.select(pl.coalesce("decided", "told")).to_series()
    ).filter(
        _untaught(moments, judge.model) & mine.label.is_not_null() & frame["revision_id"].is_in(list(plans))
    )
    if rows.is_empty():
        return None
    return _Known(
        _values(judge, plans, rows["revision_id"].to_list(), rows["values"].to_list()),
        rows["label"].to_numpy().astype(np.float64),
        rows["known"].dt.replace_time_zone(None).to_numpy(),
    )


def _untaught(moments: pl.DataFrame, model: RegisteredModel) -> pl.Series:
    """Which leads cannot have been among those the model learned from: a later file may tell an old outcome again.

    They came in after those, or were decided on the day of the training or later, as far as that is known.
    """
    day = model.created_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    later = (pl.col("decided") >= day).fill_null(value=True)
    if model.data_to is not None:
        later |= (pl.col("arrived") > model.data_to).fill_null(value=False)
    return moments.select(later.alias("later")).to_series()


def _plans(context: Context, plan: Plan, revision_ids: Sequence[str]) -> dict[str, Plan]:
    """Those of these revisions whose scores keep the same features as the plan's, which the model reads."""
    with context.session() as session:
        found = {each: plan_with(session, UUID(each)) for each in revision_ids}
    return {each: own for each, own in found.items() if own.features.hash == plan.features.hash}


def _values(judge: Judge, plans: dict[str, Plan], of: Sequence[str], packed: Sequence[str]) -> pl.DataFrame:
    """What the scores kept, as the model reads it."""
    told = [plans[each].scorer.unpack_values(text) for each, text in zip(of, packed, strict=True)]
    schema = judge.scorer.rules.value_schema
    reads = polars_schema({name: schema[name] for name in judge.scorer.model.reading.names if name in schema})
    columns: dict[str, list[Any]] = {name: [row.get(name) for row in told] for name in reads}
    return pl.DataFrame(columns, schema=reads)
