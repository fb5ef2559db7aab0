"""Scoring the leads of a workspace: batch by batch, each in one transaction, resumable at the last one.

The story: open a run (or take up the one that was interrupted) -> load the models that take part -> read a batch of
leads in order of their ids, with their signals -> compute features, rules and models in one frame -> append the scores
that changed to the history and make them stand, write what models say of each head, statuses and categories, put tier
changes into the outbox, move the checkpoint -> next batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import polars as pl

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
    score_runs,
    scores,
    signals,
    statistics,
)
from galena.stores.door import Session
from galena.stores.holds import hold
from galena.stores.leads import Standing
from galena.workflows.context import Context, context_of
from galena.workflows.lead_frames import leads_frame, signals_frame
from galena.workflows.lead_judging import Judged, judge_batch, write_layout, write_said
from galena.workflows.lead_models import Bench, bench_of
from galena.workflows.plans import Plan, active_plan

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
        require_enrichment: leads that lack what the playbook needs wait and are listed, not scored.

    Raises:
        ConflictError: another process is scoring this workspace.
    """
    with hold(context.door, context.workspace_id, doing="scoring this workspace"):
        with context.session() as session:
            plan = active_plan(session)
            run = _take_up(session, plan, context.clock(), as_of, trigger)
            total = lead_lists.count(session, LeadQuery()).value
        tally = _Tally(bench_of(context, plan))
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
            score_runs.finish(session, run.id, at=context.clock())
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
        counts.scored + counts.discarded + counts.needs_enrichment,
        counts.scored,
        counts.discarded,
        counts.needs_enrichment,
        tally.changed,
        counts.moved,
        tiers,
        {labels.get(name, f"lacks {name}"): count for name, count in reasons.items()},
        tuple(each.model.name for each in tally.bench.champions),
        FALLBACK_WORDS.get(tally.bench.fallback or ""),
    )


def rescore_leads(
    session: Session, ids: Sequence[UUID], now: datetime, *, as_of: datetime | None = None, trigger: str
) -> int:
    """Score these leads in the session's transaction, and say of how many any part changed."""
    plan = active_plan(session)
    batch = leads_frame(leads.read_some(session, ids), plan.playbook)
    if batch.is_empty():
        return 0
    told = signals_frame(signals.read_some(session, ids))
    context = context_of(session, plan.playbook)
    tally = _Tally(bench_of(context, plan))
    judged = judge_batch(
        context, plan, tally.bench, plan.features.inputs_frame(batch, as_of or now, told), as_of or now
    )
    header = judged.header(plan, as_of=as_of or now, scored_at=now, trigger=trigger)
    _write(session, header, batch, judged, tally)
    return tally.changed


@dataclass
class _Tally:
    """What a run has come to.

    Attributes:
        bench: who scores the next batch; a first that failed scores no more.
    """

    bench: Bench
    changed: int = 0


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
        yield batch, judged
        after = _last(batch)


def _last(batch: pl.DataFrame) -> UUID:
    return UUID(batch["lead_id"][-1])


def _write(
    session: Session, header: ScoreHeader, batch: pl.DataFrame, judged: Judged, tally: _Tally
) -> RunCounts:
    found = judged.found.with_columns(
        batch["previous_tier"], batch["previous_temperature"], batch["previous_micropoints"]
    )
    # Since the batch was read, an import may have been taken back; during its turn nothing else vanishes.
    projections.take_turn(session)
    gone = leads.list_gone(session, batch["lead_id"].to_list())
    if gone:
        still_there = ~batch["lead_id"].is_in(gone)
        batch, found = batch.filter(still_there), found.filter(still_there)
    scored = found.filter(pl.col("status") == "scored")
    others = found.filter(pl.col("status") != "scored")
    write_layout(session, header, judged.bench)
    new = scored.filter(pl.col("contributions").is_not_null())
    tally.changed += scores.record_csv(session, header, [_lines(new)])
    write_said(session, judged, header, gone=gone)
    _write_standings(session, batch, found)
    unscored = [UUID(lead_id) for lead_id in others["id"]]
    scores.withdraw(session, unscored)
    if judged.champions:
        head_scores.withdraw(session, unscored)
    moved = scored.filter(pl.col("tier").ne_missing(pl.col("previous_tier")))
    outbox.append_csv(session, [_events(moved, header)])
    return RunCounts(
        scored=scored.height,
        discarded=others.filter(pl.col("status") == "discarded").height,
        needs_enrichment=others.filter(pl.col("status") == "needs_enrichment").height,
        moved=moved.filter(pl.col("previous_tier").is_not_null()).height,
    )


def _lines(scored: pl.DataFrame) -> bytes:
    reasons = pl.concat_str(
        pl.lit("{"), pl.col("reasons").cast(pl.List(pl.String)).list.join(","), pl.lit("}")
    ).alias("reasons")
    columns = [pl.col("id") if name == "lead_id" else pl.col(name) for name, _ in scores.CSV_COLUMNS[:-1]]
    return scored.select(*columns, reasons).write_csv(include_header=False).encode()


def _write_standings(session: Session, batch: pl.DataFrame, found: pl.DataFrame) -> None:
    """Statuses and categories, of the leads where something may differ."""
    written = found.select(
        pl.col("id"),
        pl.when(pl.col("status") == "scored").then(pl.lit("active")).otherwise("status").alias("status"),
        "reason",
        "category",
        "trade_group",
    )
    before = batch.select("lead_status", "lead_status_reason", "lead_category", "lead_trade_group")
    differs = [
        written[new].ne_missing(before[old])
        for new, old in zip(written.columns[1:], before.columns, strict=True)
    ]
    differing = written.filter(pl.any_horizontal(differs))
    if differing.is_empty():
        return
    leads.set_standings(
        session,
        (
            Standing(UUID(lead_id), status, reason, category, group)
            for lead_id, status, reason, category, group in differing.iter_rows()
        ),
    )


def _events(moved: pl.DataFrame, header: ScoreHeader) -> bytes:
    """An event per lead whose tier is new, as the outbox reads them."""
    payload = pl.struct(
        "tier",
        pl.col("previous_tier").alias("tier_before"),
        "micropoints",
        pl.col("previous_micropoints").alias("micropoints_before"),
        pl.lit(header.trigger).alias("trigger"),
    ).struct.json_encode()
    kind = pl.when(pl.col("previous_tier").is_null()).then(pl.lit("scored")).otherwise(pl.lit("tier_changed"))
    events = moved.select(kind.alias("kind"), pl.col("id"), payload.alias("payload"))
    return events.write_csv(include_header=False).encode()
