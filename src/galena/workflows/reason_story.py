"""One run of the reasoner under way: leads are read ahead, asked about many at once, and written as answers come."""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import polars as pl

from galena.connectors.openai_compatible import Pace, Patience
from galena.domain.reasoner import POSSIBLE_INJECTION, KeptAnswer, ReasonerCounts, ReasonerSetup
from galena.engines.scoring.reasoner_doubt import is_doubtful, settle
from galena.engines.scoring.reasoner_prompt import Question
from galena.stores import leads, reasoner_answers, signals
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.enrichment_sources import gate_applies
from galena.workflows.lead_frames import leads_frame, signals_frame
from galena.workflows.lead_reasoning import Asking, Seat, Verdict, kept_answers, verdict_of
from galena.workflows.plans import Plan
from galena.workflows.reason_calls import Asker, Endpoint, RunEndedError, Sleep, UnansweredError, settled
from galena.workflows.reason_money import Purse
from galena.workflows.reason_options import Advance, Connect, ReasonOptions
from galena.workflows.reason_writing import Due, Pen

BATCH = 500
"""Leads read and judged at once; ahead of the calls there is never more than a batch and what is under way."""

WRITERS = 3
OUTAGE_LEADS = 20
"""So many leads in a row without an answer, and the endpoint is taken to be down: nothing more is asked in this run."""


@dataclass
class Story:
    """One run under way.

    Attributes:
        passed: leads that had an answer, or wait for a later try.
        asked, left: leads the reasoner was asked about; leads that were due and not reached.
    """

    context: Context
    seat: Seat
    options: ReasonOptions
    pen: Pen
    advance: Advance | None
    total: int | None = None
    counts: ReasonerCounts = field(default_factory=ReasonerCounts)
    passed: int = 0
    due: int = 0
    asked: int = 0
    left: int = 0
    calls: int = 0
    ended: str | None = None
    _asker: Asker | None = None
    _failures_in_a_row: int = 0
    _under_way: dict[str, list[Due]] = field(default_factory=dict)
    _failed: dict[str, str] = field(default_factory=dict)

    def stop(self) -> None:
        """No further call is begun; those under way are waited for."""
        if self._asker is not None:
            self._asker.end("it was stopped")

    async def go(self, key: str | None, connect: Connect, sleep: Sleep, spent_today: int) -> None:
        """Read, ask, write, until nothing is due or the run has to end."""
        setup = self.seat.setup
        concurrency = self.options.concurrency or setup.concurrency
        setup = replace(setup, concurrency=concurrency)
        queue: asyncio.Queue[Due | None] = asyncio.Queue(maxsize=2 * concurrency)
        with ThreadPoolExecutor(WRITERS, thread_name_prefix="reason") as threads:
            async with connect(setup, key) as endpoint:
                asker = self._asker = self._make_asker(setup, endpoint, threads, sleep, spent_today)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._read(queue, asker, threads, concurrency))
                    for _ in range(concurrency):
                        tasks.create_task(self._work(queue, asker))
        self.ended, self.calls = asker.ended, asker.calls

    def _make_asker(
        self,
        setup: ReasonerSetup,
        endpoint: Endpoint,
        threads: ThreadPoolExecutor,
        sleep: Sleep,
        spent_today: int,
    ) -> Asker:
        async def keep(work: Callable[[Session], Any]) -> Any:
            return await asyncio.get_running_loop().run_in_executor(threads, self._in_session, work)

        ceiling = self.options.ceiling_micros
        return Asker(
            replace(self.seat, setup=setup),
            endpoint,
            Pace(
                concurrency=setup.concurrency,
                requests_per_minute=setup.requests_per_minute,
                tokens_per_minute=setup.tokens_per_minute,
                sleep=sleep,
            ),
            Patience(attempts=setup.attempts, chance=random.Random(self.options.seed)),  # noqa: S311 - pauses
            Purse(
                setup,
                ceiling_micros=setup.run_ceiling_micros if ceiling is None else ceiling,
                spent_today=spent_today,
                clock=self.context.clock,
            ),
            keep,
            self.context.clock,
            self.pen.run_id,
            sleep,
        )

    def _in_session(self, work: Callable[[Session], Any]) -> Any:
        with self.context.session() as session:
            return work(session)

    async def _read(
        self,
        queue: "asyncio.Queue[Due | None]",
        asker: Asker,
        threads: ThreadPoolExecutor,
        concurrency: int,
    ) -> None:
        """Puts what is due into the queue, batch by batch."""
        loop = asyncio.get_running_loop()
        after: UUID | None = leads.FIRST
        while after is not None and not asker.ended:
            found, passed, after = await loop.run_in_executor(threads, self._batch, after)
            self.passed += passed
            for due in found:
                if self.options.limit is not None and self.due >= self.options.limit:
                    after = None
                    break
                self.due += 1
                if asker.ended:
                    self.left += 1
                    continue
                await queue.put(due)
        for _ in range(concurrency):
            await queue.put(None)

    def _batch(self, after: UUID) -> tuple[list[Due], int, UUID | None]:
        """The leads of the next batch that are due, how many are not, and where the batch ends."""
        plan = self.seat.plan
        with self.context.session() as session:
            batch = leads_frame(leads.read_batch(session, after=after, limit=BATCH), plan.playbook)
            if batch.is_empty():
                return [], 0, None
            last = UUID(batch["lead_id"][-1])
            told = signals_frame(signals.read_range(session, after=after, upto=last))
            gated = gate_applies(session, plan.playbook)
            rows, inputs = _judged(plan, batch, told, self.pen.as_of, gated=gated)
            askings = self.seat.ask_all(inputs, self.pen.as_of) if rows else []
            kept = kept_answers(session, askings)
            ids = [UUID(row["id"]) for row in rows]
            entries = leads.load_many(session, ids)
            said = reasoner_answers.load_for_leads(session, ids)
        due = []
        now = self.context.clock()
        for lead_id, row, asking in zip(ids, rows, askings, strict=True):
            before = said.get(lead_id)
            waits = before is not None and before.answer is None
            same = before is not None and before.content_hash == asking.first.content_hash
            if verdict_of(asking, kept) is not None and same and not waits:
                continue
            if self.options.only_waiting and not waits:
                continue
            too_early = waits and same and before is not None and (before.next_try_at or now) > now
            if too_early and not self.options.retry_now:
                continue
            if lead_id in entries:
                attempts = before.attempts if before is not None and waits and same else 0
                due.append(Due(lead_id, row, asking, entries[lead_id].updated_at, attempts))
        return due, len(rows) - len(due), last

    async def _work(self, queue: "asyncio.Queue[Due | None]", asker: Asker) -> None:
        while (due := await queue.get()) is not None:
            if asker.ended:
                self.left += 1
                continue
            same = self._under_way.get(due.asking.first.content_hash)
            if same is not None:
                same.append(due)
                continue
            await self._lead(due, asker)

    async def _lead(self, due: Due, asker: Asker) -> None:
        """One content asked about, and what comes of it written for every lead that has it."""
        content = due.asking.first.content_hash
        group = self._under_way[content] = [due]
        try:
            write = await self._outcome(due, asker)
        except RunEndedError:
            self.left += len(self._under_way.pop(content))
            return
        written = 0
        while written < len(group):
            part = group[written:]
            written = len(group)
            counted = await asker.keep(write(part))
            self._count(counted, len(part))
        del self._under_way[content]

    async def _outcome(
        self, due: Due, asker: Asker
    ) -> Callable[[list[Due]], Callable[[Session], ReasonerCounts]]:
        closings: list[Callable[[Session], None]] = []
        content = due.asking.first.content_hash
        try:
            if content in self._failed:
                raise UnansweredError(self._failed[content])
            verdict = await self._verdict(due, asker, closings)
        except UnansweredError as fault:
            self._failed[content] = fault.because
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= max(OUTAGE_LEADS, 2 * asker.seat.setup.concurrency):
                asker.end("the endpoint answers nobody")
            because = fault.because
            return lambda part: self.pen.unanswered(part, because, self.context.clock())
        self._failures_in_a_row = 0

        def close(session: Session) -> None:
            while closings:
                closings.pop(0)(session)

        return lambda part: self.pen.answered(part, verdict, self.context.clock(), close=close)

    async def _verdict(self, due: Due, asker: Asker, closings: list[Callable[[Session], None]]) -> Verdict:
        """The answer that stands; `closings` are what its transaction has to write besides."""
        asking = due.asking
        kept: dict[str, KeptAnswer] = await asker.keep(lambda session: kept_answers(session, [asking]))
        known = verdict_of(asking, kept)
        if known is not None:
            return known
        first = kept.get(asking.first.content_hash)
        if first is None:
            first = await self._paid(asking.first, due, asker, closings)
        if asking.second is None or not is_doubtful(
            first.answer, due.row["micropoints"], self.seat.reasoner.doubt
        ):
            return _settle(asking, first, None, None, closings)
        if closings:
            # It is paid: it must outlive a kill while the second question is under way.
            await asker.keep(_all([*closings, _keeping(first)]))
            closings.clear()
        second = kept.get(asking.second.content_hash)
        if second is None:
            second = await self._paid(asking.second, due, asker, closings)
        stands = settle(first.answer, second.answer, self.seat.reasoner.doubt)
        return _settle(asking, first, None if stands.with_texts else second, stands.review, closings, second)

    async def _paid(
        self, asked: Question, due: Due, asker: Asker, closings: list[Callable[[Session], None]]
    ) -> KeptAnswer:
        paid = await asker.ask(asked, due.lead_id)
        closings.append(paid.close)
        return paid.kept

    def _count(self, more: ReasonerCounts, leads_written: int) -> None:
        self.asked += leads_written
        self.counts = ReasonerCounts(
            self.counts.created + more.created,
            self.counts.updated + more.updated,
            self.counts.skipped + more.skipped,
            self.counts.errors + more.errors,
        )
        if self.advance:
            self.advance(self.passed + self.asked, self.total, "Asking the reasoner")


def _settle(
    asking: Asking,
    first: KeptAnswer,
    instead: KeptAnswer | None,
    review: str | None,
    closings: list[Callable[[Session], None]],
    second: KeptAnswer | None = None,
) -> Verdict:
    """The verdict, and in `closings` what keeps it.

    Args:
        instead: the answer that stands in place of the first.
        second: an answer without the texts, which stands for such a record by itself.
    """
    if second is not None:
        closings.append(_keeping(settled(second, second.content_hash, None)))
    stands = instead or first
    closings.append(_keeping(settled(first, stands.content_hash, review)))
    return Verdict(stands.answer, POSSIBLE_INJECTION if asking.is_suspicious else review)


def _keeping(kept: KeptAnswer) -> Callable[[Session], None]:
    return lambda session: reasoner_answers.keep(session, kept)


def _all(works: list[Callable[[Session], None]]) -> Callable[[Session], None]:
    def write(session: Session) -> None:
        for work in works:
            work(session)

    return write


def _judged(
    plan: Plan, batch: pl.DataFrame, told: pl.DataFrame, as_of: datetime, *, gated: bool
) -> tuple[list[dict[str, Any]], pl.DataFrame]:
    """The leads of a batch that rules would score, as rows and as inputs.

    Args:
        gated: leads that lack what the playbook needs wait for it; nobody pays for a word on them before.
    """
    inputs = plan.features.inputs_frame(batch, as_of, told)
    found = plan.scorer.score_frame(
        inputs.rename({"lead_id": "id"}), as_of, require_enrichment=gated, packed=True
    )
    before = ["previous_tier", "previous_temperature", "previous_micropoints"]
    places = [place for place, status in enumerate(found["status"]) if status == "scored"]
    rows = found.with_columns(batch[name] for name in before)[places]
    return list(rows.iter_rows(named=True)), inputs[places]
