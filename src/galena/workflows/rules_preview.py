"""What changed rules would do to the leads there are, before anything is saved."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import polars as pl

from galena.domain.listing import LeadQuery
from galena.domain.playbook import Playbook
from galena.engines.features import FeatureSet
from galena.engines.scoring import Scorer
from galena.stores import lead_lists, leads, signals
from galena.stores.door import Session
from galena.workflows.context import context_of
from galena.workflows.lead_frames import leads_frame, signals_frame
from galena.workflows.lead_models import Judge, first_of
from galena.workflows.plans import Plan

LEADS_COMPARED = 20_000
"""Up to this many leads all are compared; of more, an even sample of this size."""

EXAMPLES = 5
_EVERY_LEAD = 10_000_000


@dataclass(frozen=True, slots=True)
class TierShift:
    """How many leads stand in a tier now and would then."""

    tier: str
    now: int
    then: int


@dataclass(frozen=True, slots=True)
class TierFlow:
    """How many leads would go from one tier to another."""

    before: str
    after: str
    leads: int


@dataclass(frozen=True, slots=True)
class Example:
    """A lead that would move, in micropoints and tiers."""

    lead_id: UUID
    title: str
    before: int
    after: int
    tier_before: str
    tier_after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would move. Both sides are computed at the same moment, so nothing but the rules differs.

    Attributes:
        total: leads in the workspace.
        compared: leads with a score that were looked at; up + down + same. Up is a higher score, or a better tier
            with the same score.
        sampled: whether they are a sample of all.
        examples: the largest moves, between tiers first.
        model: the model whose scores are compared, each blended with the rules now and then; None: the rules' own.
        rules_share: how much the rules count in them, 0-1.
    """

    total: int
    compared: int
    sampled: bool
    up: int
    down: int
    same: int
    tiers: tuple[TierShift, ...]
    flows: tuple[TierFlow, ...]
    examples: tuple[Example, ...]
    model: str | None = None
    rules_share: float = 1.0


def preview_rules(session: Session, plan: Plan, edited: Playbook, as_of: datetime) -> Preview:
    """Compare the scores by the rules in use with those by edited ones, on the leads of the workspace.

    Where a model scores, its blend with either rules is compared, for that is what would stand.

    Raises:
        ExpressionError: the edited rules cannot be compiled.
    """
    total, ids = _chosen(session)
    frame = leads_frame(leads.read_some(session, ids), plan.playbook)
    if frame.is_empty():
        return _summary(session, plan, total, len(ids) < total, _nothing())
    told = signals_frame(signals.read_some(session, ids))
    inputs = plan.features.inputs_frame(frame, as_of, told).rename({"lead_id": "id"})
    features, changed = plan.features, inputs
    if edited.behaviours != plan.playbook.behaviours:
        features = FeatureSet.of(edited)
        changed = features.inputs_frame(frame, as_of, told).rename({"lead_id": "id"})
    rules = Scorer.build(edited, features.definitions, features.schema, features.hash)
    first = first_of(context_of(session, plan.playbook), plan, session)
    now, then = _both(plan, rules, first, inputs, changed, as_of)
    moves = pl.DataFrame(
        {
            "id": now["id"],
            "before": now["micropoints"],
            "after": then["micropoints"],
            "tier_before": now["tier"],
            "tier_after": then["tier"],
        }
    ).filter(pl.col("before").is_not_null() & pl.col("after").is_not_null())
    found = _summary(session, plan, total, len(ids) < total, moves)
    if first is None:
        return found
    return replace(found, model=first.model.name, rules_share=1 - first.scorer.blend.weight)


def _both(
    plan: Plan,
    rules: Scorer,
    first: Judge | None,
    inputs: pl.DataFrame,
    changed: pl.DataFrame,
    as_of: datetime,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The scores by the rules in use and by the edited ones, with the model that scores where one does."""
    if first is None:
        return plan.scorer.score_frame(inputs, as_of), rules.score_frame(changed, as_of)
    from galena.engines.scoring.model_scoring import ModelScorer

    scorer = first.scorer
    edited = ModelScorer(rules, scorer.model, scorer.blend, scorer.model_id)
    return scorer.predict_frame(inputs, as_of), edited.predict_frame(changed, as_of)


def _chosen(session: Session) -> tuple[int, list[UUID]]:
    """How many leads there are, and those to compare: all, or every so-and-so-many in the order of their founding."""
    ids = lead_lists.ids(session, LeadQuery(), limit=_EVERY_LEAD)
    if len(ids) <= LEADS_COMPARED:
        return len(ids), ids
    step = len(ids) / LEADS_COMPARED
    return len(ids), [ids[int(place * step)] for place in range(LEADS_COMPARED)]


def _summary(session: Session, plan: Plan, total: int, sampled: bool, moves: pl.DataFrame) -> Preview:
    names = [tier.name for tier in plan.playbook.rules.tiers]
    moves = moves.with_columns(_direction(names))
    up, down = (moves.filter(pl.col("direction") == way).height for way in (1, -1))
    now, then = (dict(moves[name].value_counts().iter_rows()) for name in ("tier_before", "tier_after"))
    between = moves.filter(pl.col("tier_before") != pl.col("tier_after"))
    flows = (
        between.group_by("tier_before", "tier_after")
        .len()
        .sort("len", "tier_before", descending=[True, False])
    )
    size = (pl.col("after") - pl.col("before")).abs().alias("size")
    crosses = (pl.col("tier_before") != pl.col("tier_after")).alias("crosses")
    largest = (
        moves.filter(pl.col("direction") != 0)
        .with_columns(crosses, size)
        .sort("crosses", "size", "id", descending=[True, True, False])
        .head(EXAMPLES)
    )
    return Preview(
        total=total,
        compared=moves.height,
        sampled=sampled,
        up=up,
        down=down,
        same=moves.height - up - down,
        tiers=tuple(TierShift(name, now.get(name, 0), then.get(name, 0)) for name in names),
        flows=tuple(TierFlow(*row) for row in flows.iter_rows()),
        examples=_examples(session, largest),
    )


def _direction(tiers: list[str]) -> pl.Expr:
    """1 up, -1 down, 0 as before: by the score, and with an equal score by the tier, of which the first is best."""
    ranks = {name: place for place, name in enumerate(tiers)}
    before, after = (
        pl.col(name).replace_strict(ranks, default=None, return_dtype=pl.Int64)
        for name in ("tier_before", "tier_after")
    )
    points = (pl.col("after") - pl.col("before")).sign()
    return pl.when(points != 0).then(points).otherwise((before - after).sign()).alias("direction")


def _examples(session: Session, largest: pl.DataFrame) -> tuple[Example, ...]:
    rows = list(largest.select("id", "before", "after", "tier_before", "tier_after").iter_rows())
    found = leads.load_many(session, [UUID(row[0]) for row in rows])
    return tuple(
        Example(UUID(row[0]), found[UUID(row[0])].title or found[UUID(row[0])].lead.key, *row[1:])
        for row in rows
        if UUID(row[0]) in found
    )


def _nothing() -> pl.DataFrame:
    schema = {"id": pl.String, "before": pl.Int64, "after": pl.Int64, "tier_before": pl.String}
    return pl.DataFrame(schema={**schema, "tier_after": pl.String})
