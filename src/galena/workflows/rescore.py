"""Scoring the leads of a workspace: batch by batch, each in one transaction, resumable at the last one.

The story: open a run (or take up the one that was interrupted) -> load the models that take part -> read a batch of
leads in order of their ids, with their signals -> compute features, rules and models in one frame -> append the scores
that changed to the history and make them stand, write what models say of each head, statuses and categories, put tier
changes into the outbox, move the checkpoint -> next batch -> give the places of tiers that hold only so many leads ->
say whether the share of the best leads moved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import polars as pl

from galena.domain.capacity import Room
from galena.domain.listing import LeadQuery
from galena.domain.score import FALLBACK_WORDS
from galena.domain.scored import RunCounts, ScoreHeader, ScoreRun
from galena.kit.ahead import ahead
from galena.kit.ids import new_id
from galena.kit.logs import logger
from galena.stores import (
    head_scores,
    imports,
    lead_lists,
    leads,
    outbox,
    projections,
    reasoner_answers,
    score_runs,
    scores,
    signals,
    statistics,
)
from galena.stores.door import Session
from galena.stores.holds import hold
from galena.workflows.adapt_weights import adapt_weights
from galena.workflows.context import Context, context_of
from galena.workflows.enrichment_sources import gate_applies
from galena.workflows.lead_frames import leads_frame, signals_frame
from galena.workflows.lead_judging import Judged, judge_batch, write_layout, write_said
from galena.workflows.lead_models import Bench, bench_of
from galena.workflows.lead_reasoning import Seat, headers_of, seat_of, settle_batch
from galena.workflows.lead_standings import write_standings
from galena.workflows.plans import Plan, active_plan
from galena.workflows.rescore_few import FEW, write_few
from galena.workflows.score_lines import score_events, score_lines
from galena.workflows.scored_upto import mark_begin, mark_end
from galena.workflows.tier_capacity import give_places, room_of
from galena.workflows.watch import watch_best

log = logger("rescore")

BATCH = 50_000
"""Leads in one transaction: about 200 MB of memory at 50 features."""

RESUMED_WITHIN = timedelta(hours=1)
"""How long a run that was cut off waits to be taken up."""


class Advance(Protocol):
    """Called as work goes on."""

    def __call__(self, done: int, total: int | None = None, doing: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class RescoreReport:
    """What a scoring did.

    Attributes:
        leads: how many were looked at = scored + discarded + needs_enrichment.
        changed: of the scored, whose score or any part of it is new; the others keep the score they had.
        moved: whose tier is another than before.
        tiers: tier -> how many of the scored.
        reasons: why leads have no score -> how many; discards under their labels.
        models: names of the models that took part: the one whose probability is the score first.
        fallback: in words, why rules scored although the playbook asks for a model.
        alarms: in words, what moved among the best leads more than chance explains.
        waiting: leads the reasoner is still to be asked about; `leads` counts them, too.
        weights: in words, which models weigh their members anew by what has become of leads.
    """

    run_id: UUID
    as_of: datetime
    revision: int
    leads: int
    scored: int
    discarded: int
    needs_enrichment: int
    changed: int
    moved: int
    tiers: dict[str, int]
    reasons: dict[str, int]
    models: tuple[str, ...] = ()
    fallback: str | None = None
    alarms: tuple[str, ...] = ()
    waiting: int = 0
    weights: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "run_id": str(self.run_id),
            "as_of": self.as_of.isoformat(),
            "revision": self.revision,
            "leads": self.leads,
            "scored": self.scored,
            "created": self.changed,
            "skipped": self.scored - self.changed,
            "discarded": self.discarded,
            "needs_enrichment": self.needs_enrichment,
            "moved": self.moved,
            "tiers": self.tiers,
            "reasons": self.reasons,
            "models": list(self.models),
            "fallback": self.fallback,
            "alarms": list(self.alarms),
            "waiting_for_reasoner": self.waiting,
            "weights": list(self.weights),
        }


def rescore(
    context: Context,
    *,
    as_of: datetime | None = None,
    trigger: str = "request",
    require_enrichment: bool = False,
    advance: Advance | None = None,
) -> RescoreReport:
    """Score every lead of the workspace; an interrupted run with the same revision is taken up where it stopped.

    Args:
        as_of: the moment the scores speak of; None: now.
        trigger: why: request, import, rules, time.
        require_enrichment: leads that lack what the playbook needs wait and are listed, not scored; so they do
            anyway once sources that can give it are connected.

    Raises:
        ConflictError: another process is scoring this workspace.
    """
    with hold(context.door, context.workspace_id, doing="scoring this workspace"):
        with context.session() as session:
            plan = active_plan(session)
            run = _take_up(session, plan, context.clock(), as_of, trigger)
            mark_begin(session, run)
            total = lead_lists.count(session, LeadQuery()).value
            room, seat = room_of(session, plan.playbook), seat_of(session, plan)
            require_enrichment = require_enrichment or gate_applies(session, plan.playbook)
        reweighed = adapt_weights(context, plan, run.as_of)
        tally = _Tally(_bench(context, plan, seat), room, seat, plan.playbook.needs)
        with context.session() as session:
            head_scores.withdraw_heads(session, [each.head.name for each in tally.bench.champions])
        done = run.counts.scored + run.counts.discarded + run.counts.needs_enrichment
        for batch, judged in ahead(_batches(context, plan, run, tally, require_enrichment)):
            header = judged.header(plan, as_of=run.as_of, scored_at=context.clock(), trigger=run.trigger)
            with context.session() as session:
                more = _write(session, header, batch, judged, tally)
                score_runs.checkpoint(session, run.id, last_lead_id=_last(batch), more=more)
            done += batch.height
            if advance:
                advance(done, total)
        with context.session() as session:
            placed = give_places(session, plan.playbook, trigger=run.trigger)
            if placed and tally.room.places:
                score_runs.add(session, run.id, RunCounts(moved=placed))
            score_runs.finish(session, run.id, at=context.clock())
            mark_end(session)
        alarms = watch_best(context, plan, run, tally.bench)
        with context.session() as session:
            counts = score_runs.load(session, run.id).counts
            tiers = statistics.count_by_tier(session)
            reasons = statistics.count_by_reason(session)
    log.info(
        "scoring_done",
        workspace_id=context.workspace_id,
        run_id=run.id,
        trigger=run.trigger,
        scored=counts.scored,
        discarded=counts.discarded,
        moved=counts.moved,
    )
    labels = {each.name: each.label for each in plan.playbook.discards}
    return RescoreReport(
        run.id,
        run.as_of,
        plan.revision.number,
        counts.scored + counts.discarded + counts.needs_enrichment + tally.waiting,
        counts.scored,
        counts.discarded,
        counts.needs_enrichment,
        tally.changed,
        counts.moved,
        tiers,
        {labels.get(name, f"lacks {name}"): count for name, count in reasons.items()},
        tuple(each.model.name for each in tally.bench.champions),
        FALLBACK_WORDS.get(tally.bench.fallback or ""),
        alarms,
        tally.waiting,
        reweighed,
    )


def rescore_leads(
    session: Session, ids: Sequence[UUID], now: datetime, *, as_of: datetime | None = None, trigger: str
) -> int:
    """Score these leads in the session's transaction, and say of how many any part changed.

    Each score that changed is told to the outbox: what made it change, before, after, and by how much.
    """
    plan = active_plan(session)
    batch = leads_frame(leads.read_some(session, ids), plan.playbook)
    if batch.is_empty():
        return 0
    told = signals_frame(signals.read_some(session, ids))
    context = context_of(session, plan.playbook)
    seat = seat_of(session, plan)
    bench = _bench(context, plan, seat, session)
    tally = _Tally(bench, room_of(session, plan.playbook), seat, plan.playbook.needs)
    inputs = plan.features.inputs_frame(batch, as_of or now, told)
    gated = gate_applies(session, plan.playbook)
    judged = judge_batch(context, plan, tally.bench, inputs, as_of or now, require_enrichment=gated)
    judged = _reasoned(session, seat, judged, inputs, as_of or now, now)
    header = judged.header(plan, as_of=as_of or now, scored_at=now, trigger=trigger)
    if batch.height <= FEW and seat is None and judged.bench.trial is None:
        tally.changed = write_few(session, header, batch, judged, tally.room, tally.needs)
    else:
        _write(session, header, batch, judged, tally, tell_all=True)
    give_places(session, plan.playbook, trigger=trigger)
    return tally.changed


@dataclass
class _Tally:
    """What a run has come to.

    Attributes:
        bench: who scores the next batch; a first that failed scores no more.
        room: the tiers that hold only so many leads.
        seat: of the reasoner; None: rules and models score.
        needs: fields without which a lead is marked as not enriched, where it is scored all the same.
        waiting: leads the reasoner is still to be asked about; they keep the score they have.
    """

    bench: Bench
    room: Room
    seat: Seat | None = None
    needs: tuple[str, ...] = ()
    changed: int = 0
    waiting: int = 0


def _bench(context: Context, plan: Plan, seat: Seat | None, session: Session | None = None) -> Bench:
    """The models that take part; where the reasoner scores, they only stand beside it."""
    bench = bench_of(context, plan, session)
    return bench if seat is None else replace(bench, first=None, fallback=None, trial=None)


def _reasoned(
    session: Session, seat: Seat | None, judged: Judged, inputs: pl.DataFrame, as_of: datetime, now: datetime
) -> Judged:
    """The batch with the reasoner's scores in place of the rules', where it has a seat."""
    if seat is None:
        return judged
    settled = settle_batch(session, seat, judged.found, inputs, as_of, now)
    return replace(judged, found=settled.found, reasonings=settled.told)


def _take_up(session: Session, plan: Plan, now: datetime, as_of: datetime | None, trigger: str) -> ScoreRun:
    """The run to go on with: one that was cut off and asked for the same, else a new one.

    A run about "now" is taken up within the hour, when nothing was imported since it began; what came later would
    otherwise be missed among the leads it has passed.
    """
    newest = imports.list_(session, limit=1)
    for old in score_runs.list_(session, statuses=("running", "interrupted")):
        is_recent = now - old.started_at < RESUMED_WITHIN
        is_untouched = not newest or newest[0].started_at <= old.started_at
        asks_same = old.as_of == as_of if as_of else is_recent and is_untouched
        if asks_same and (old.revision_id, old.trigger) == (plan.revision.id, trigger):
            return score_runs.resume(session, old.id)
        score_runs.fail(session, old.id, at=now, error="Given up for a newer run.")
    return score_runs.open_(
        session, new_id(), as_of=as_of or now, revision_id=plan.revision.id, trigger=trigger, started_at=now
    )


def _batches(
    context: Context, plan: Plan, run: ScoreRun, tally: _Tally, require_enrichment: bool
) -> Iterator[tuple[pl.DataFrame, Judged]]:
    """The leads after the run's checkpoint, batch by batch in order of their ids, with what was computed."""
    after = run.checkpoint_lead_id or leads.FIRST
    while True:
        with context.session() as session:
            batch = leads_frame(leads.read_batch(session, after=after, limit=BATCH), plan.playbook)
            if batch.is_empty():
                return
            told = signals_frame(signals.read_range(session, after=after, upto=_last(batch)))
        inputs = plan.features.inputs_frame(batch, run.as_of, told)
        judged = judge_batch(
            context, plan, tally.bench, inputs, run.as_of, require_enrichment=require_enrichment
        )
        tally.bench = judged.bench
        with context.session() as session:
            judged = _reasoned(session, tally.seat, judged, inputs, run.as_of, context.clock())
        yield batch, judged
        after = _last(batch)


def _last(batch: pl.DataFrame) -> UUID:
    return UUID(batch["lead_id"][-1])


def _write(
    session: Session,
    header: ScoreHeader,
    batch: pl.DataFrame,
    judged: Judged,
    tally: _Tally,
    *,
    tell_all: bool = False,
) -> RunCounts:
    """Writes what was found of a batch; `tell_all`: scores that changed within their tier are events, too."""
    found = judged.found.with_columns(
        batch["previous_tier"],
        batch["previous_temperature"],
        batch["previous_micropoints"],
        batch["standing_tier"],
        batch["placed_tier"],
    )
    # Since the batch was read, an import may have been taken back; during its turn nothing else vanishes.
    projections.take_turn(session)
    gone = leads.list_gone(session, batch["lead_id"].to_list())
    if gone:
        still_there = ~batch["lead_id"].is_in(gone)
        batch, found = batch.filter(still_there), found.filter(still_there)
    scored = found.filter(pl.col("status") == "scored")
    if tally.seat is not None:
        tally.waiting += scored["method"].null_count()
        scored = scored.filter(pl.col("method").is_not_null())
    others = found.filter(pl.col("status") != "scored")
    write_layout(session, header, judged.bench)
    new = scored.filter(pl.col("contributions").is_not_null())
    for by_whom, part in [
        each for shared, mine in judged.apart(header, new) for each in headers_of(shared, mine)
    ]:
        tally.changed += scores.record_csv(session, by_whom, [score_lines(part)], room=tally.room)
    for reasoning in judged.reasonings:
        if str(reasoning.lead_id) not in gone:
            reasoner_answers.stand(session, reasoning)
    write_said(session, judged, header, gone=gone)
    write_standings(session, batch, found, tally.needs)
    unscored = [UUID(lead_id) for lead_id in others["id"]]
    scores.withdraw(session, unscored)
    if judged.champions:
        head_scores.withdraw(session, unscored)
    stands = _standing(scored, tally.room)
    is_moved = pl.col("tier").ne_missing(pl.col("standing_tier"))
    is_told = is_moved | (pl.col("micropoints") != pl.col("previous_micropoints")) if tell_all else is_moved
    moved = stands.filter(is_moved)
    outbox.append_csv(session, [score_events(stands.filter(is_told), header)])
    return RunCounts(
        scored=scored.height,
        discarded=others.filter(pl.col("status") == "discarded").height,
        needs_enrichment=others.filter(pl.col("status") == "needs_enrichment").height,
        moved=moved.filter(pl.col("standing_tier").is_not_null()).height,
    )


def _standing(scored: pl.DataFrame, room: Room) -> pl.DataFrame:
    """The same with the tier that stands until places are given: a lead keeps its place, and takes none by itself."""
    limited = list(room.tiers)
    placed, ruled = pl.col("placed_tier"), pl.col("tier")
    tier = (
        pl.when(placed.is_in(limited)).then(placed).when(ruled.is_in(limited)).then(pl.lit(room.beyond))
    ).otherwise(ruled)
    return scored.with_columns(tier.alias("tier"))
