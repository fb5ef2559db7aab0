"""The challenger scores in the shadow: on the same leads as the champion, seen by nobody who works them.

The story: read a batch of leads in order of their ids, with their signals -> the table the models read -> what each
model predicts -> written beside the scores that stand -> next batch. Done again for the same instant it replaces what
it wrote, so that a run that was killed is simply run again.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import polars as pl

from galena.domain.blend import BLEND, Blend
from galena.domain.listing import LeadQuery
from galena.domain.registered_model import RegisteredModel, ShadowHeader
from galena.kit.errors import ConflictError, InputError, NotFoundError
from galena.kit.object_store import ObjectStore
from galena.stores import lead_lists, leads, models, shadow_scores, signals
from galena.workflows.context import Context
from galena.workflows.lead_frames import PREVIOUS, STANDING, leads_frame, signals_frame
from galena.workflows.model_artefacts import load_model
from galena.workflows.plans import Plan, active_plan

if TYPE_CHECKING:
    from galena.kit.tabular.model import TabularModel

BATCH = 20_000
"""Leads in one transaction."""

FLAGGED_RATE = 0.2
"""The share of leads that are called first, on which two models are compared."""

NEAR = 0.05
"""Probabilities that differ by no more than this count as near."""

_NOT_READ = ("lead_id", "lead_key", "lead_status", "lead_status_reason")
_TOLD = ("probability", "low", "high", "confidence")
LeadTable = Callable[[Plan, pl.DataFrame, pl.DataFrame, datetime], pl.DataFrame]
"""From leads and their signals to the table that models read, row by row in order."""

Said = tuple[pl.DataFrame, tuple[str, ...]]
"""id, _TOLD and members of each lead, and the columns that the model missed."""
Sayer = Callable[[pl.DataFrame, pl.DataFrame, datetime], Said]


class Advance(Protocol):
    """Called as work goes on."""

    def __call__(self, done: int, total: int | None = None, doing: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """What a shadow scoring did.

    Attributes:
        models: names of the models that scored, the challenger first.
        leads: how many each of them scored.
        missing_columns: model -> columns it was trained on that leads do not have.
    """

    as_of: datetime
    models: tuple[str, ...]
    leads: int
    missing_columns: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two ways of scoring the same leads agree.

    Attributes:
        first, second: the champion (or "the standing scores") and the challenger.
        leads: how many both have scored.
        mean_first, mean_second: mean probabilities.
        mean_difference: mean of the absolute differences.
        near_rate: share of leads whose probabilities differ by 0.05 at most.
        rank_correlation: Spearman's; None where one of them says the same of all.
        first_calls_in_common_rate: of the fifth of leads that is called first, the share both name.
    """

    first: str
    second: str
    as_of: datetime
    leads: int
    mean_first: float
    mean_second: float
    mean_difference: float
    near_rate: float
    rank_correlation: float | None
    first_calls_in_common_rate: float


def lead_table(plan: Plan, batch: pl.DataFrame, told: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Every feature and field of the leads; a feature that has the name of a field stands in its place."""
    features = plan.features.compute_frame(batch, as_of, told).drop("lead_id", strict=False)
    names = {"lead_category": "category", "lead_trade_group": "trade_group"}
    outside = (*_NOT_READ, *PREVIOUS, *STANDING, *features.columns)
    return batch.drop(*outside, strict=False).rename(names, strict=False).hstack(features)


def shadow_score(
    context: Context,
    store: ObjectStore,
    purpose: str,
    *,
    as_of: datetime | None = None,
    table: LeadTable = lead_table,
    advance: Advance | None = None,
) -> ShadowReport:
    """Let the challenger of a purpose, and its champion if there is one, say what they think of every lead.

    Args:
        as_of: the moment the scores speak of; None: now.
        table: how leads become the table that the models read.

    Raises:
        NotFoundError: the purpose has no challenger.
        ConflictError: a model reads other features than the playbook has now.
    """
    as_of = as_of or context.clock()
    with context.session() as session:
        plan = active_plan(session)
        challenger = models.find_challenger(session, purpose)
        champion = models.find_champion(session, purpose)
        total = lead_lists.count(session, LeadQuery()).value
    if challenger is None:
        raise NotFoundError(
            f"There is no challenger of {purpose}.",
            remedy="`galena model challenge MODEL` puts one on trial.",
        )
    on_trial = [each for each in (challenger, champion) if each is not None]
    for each in on_trial:
        ensure_reads(each, plan)
    sayers = [_sayer(each, load_model(context, store, each), plan, table) for each in on_trial]
    missing: dict[str, tuple[str, ...]] = {}
    done = 0
    for batch, told in _batches(context, plan):
        for model, say in zip(on_trial, sayers, strict=True):
            said, missing[model.name] = say(batch, told, as_of)
            header = ShadowHeader(model.id, as_of, context.clock())
            with context.session() as session:
                shadow_scores.record_csv(session, header, [_lines(said)])
        done += batch.height
        if advance:
            advance(done, total)
    shown = {name: columns for name, columns in missing.items() if columns}
    return ShadowReport(as_of, tuple(each.name for each in on_trial), done, shown)


def ensure_reads(model: RegisteredModel, plan: Plan) -> None:
    """Checks that a model reads the features the playbook has now.

    Raises:
        ConflictError: they were changed since it was trained.
    """
    if model.feature_set_hash and model.feature_set_hash != plan.features.hash:
        raise ConflictError(
            f"{model.name} was trained on other features than the playbook has now",
            facts={"trained on": model.feature_set_hash[:12], "playbook": plan.features.hash[:12]},
            remedy="Train a new model, or restore the revision of the playbook it was trained on.",
        )


def agreement(context: Context, purpose: str) -> Agreement:
    """How far the challenger agrees with the champion on the leads both scored last: in the shadow, or the champion in
    earnest. Without a champion, with the scores that stand.

    Raises:
        NotFoundError: there is no challenger, or it has scored nothing yet.
    """
    with context.session() as session:
        challenger = models.find_challenger(session, purpose)
        if challenger is None:
            raise NotFoundError(
                f"There is no challenger of {purpose}.",
                remedy="`galena model challenge MODEL` puts one on trial.",
            )
        champion = models.find_champion(session, purpose)
        as_of = shadow_scores.last_as_of(session, challenger.id)
        if as_of is None:
            raise NotFoundError(
                f"{challenger.name} has scored nothing yet.",
                remedy=f"`galena model shadow {purpose}` lets it score.",
            )
        if champion is not None:
            csv = shadow_scores.read_pairs(session, champion.id, challenger.id, as_of)
            if csv.count(b"\n") < 2:
                csv = shadow_scores.read_beside_head(session, champion.id, challenger.id, as_of)
        else:
            csv = shadow_scores.read_beside_standing(session, challenger.id, as_of)
    pairs = pl.read_csv(io.BytesIO(csv), schema_overrides={"first": pl.Float64, "second": pl.Float64})
    if pairs.is_empty():
        raise NotFoundError(
            "No lead was scored by both at the same instant.",
            remedy=f"`galena model shadow {purpose}` lets both score the same leads.",
        )
    return _compare(champion.name if champion else "the standing scores", challenger.name, as_of, pairs)


def _batches(context: Context, plan: Plan) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Leads and their signals, batch by batch."""
    after = leads.FIRST
    while True:
        with context.session() as session:
            batch = leads_frame(leads.read_batch(session, after=after, limit=BATCH), plan.playbook)
            if batch.is_empty():
                return
            upto = UUID(batch["lead_id"][-1])
            told = signals_frame(signals.read_range(session, after=after, upto=upto))
        yield batch, told
        after = upto


def _sayer(model: RegisteredModel, loaded: "TabularModel", plan: Plan, table: LeadTable) -> Sayer:
    """How a model is asked: one trained on the leads of a head as scoring asks it, another on a table of them."""
    if BLEND in loaded.meta:
        return _head_sayer(model, loaded, plan)

    def say(batch: pl.DataFrame, told: pl.DataFrame, as_of: datetime) -> Said:
        found = loaded.predict(table(plan, batch, told, as_of))
        if len(found.probability) != batch.height:
            raise InputError("the table of the leads has lost rows", facts={"leads": batch.height})
        said = {"id": batch["lead_id"]} | {name: getattr(found, name) for name in _TOLD}
        members = pl.Series("members", found.members, dtype=pl.List(pl.Float64))
        return pl.DataFrame(said).with_columns(members), tuple(found.table.missing_columns)

    return say


def _head_sayer(model: RegisteredModel, loaded: "TabularModel", plan: Plan) -> Sayer:
    from galena.engines.scoring.model_scoring import ModelScorer

    scorer = ModelScorer(plan.scorer, loaded, Blend.model_validate(loaded.meta[BLEND]), model.id)

    def say(batch: pl.DataFrame, told: pl.DataFrame, as_of: datetime) -> Said:
        inputs = plan.features.inputs_frame(batch, as_of, told).rename({"lead_id": "id"})
        found = scorer.predict_frame(inputs, as_of).filter(pl.col("status") == "scored")
        return found.select("id", *_TOLD, "members"), ()

    return say


def _lines(said: pl.DataFrame) -> bytes:
    members = pl.concat_str(
        pl.lit("{"), pl.col("members").cast(pl.List(pl.String)).list.join(","), pl.lit("}")
    )
    return said.with_columns(members.alias("members")).write_csv(include_header=False).encode()


def _compare(first: str, second: str, as_of: datetime, pairs: pl.DataFrame) -> Agreement:
    a, b = pairs["first"], pairs["second"]
    gap = (a - b).abs()
    flagged = max(1, round(FLAGGED_RATE * pairs.height))
    called = [
        set(pairs.sort(by, "lead_id", descending=[True, False])["lead_id"][:flagged])
        for by in ("first", "second")
    ]
    ranks = pairs.select(pl.corr("first", "second", method="spearman")).item()
    return Agreement(
        first,
        second,
        as_of,
        pairs.height,
        _mean(a),
        _mean(b),
        _mean(gap),
        _mean((gap <= NEAR).cast(pl.Float64)),
        None if ranks is None or ranks != ranks else float(ranks),
        len(called[0] & called[1]) / flagged,
    )


def _mean(values: pl.Series) -> float:
    return float(values.mean())  # type: ignore[arg-type]
