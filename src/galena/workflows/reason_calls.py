"""One question asked until there is a valid answer, or until patience, money or the endpoint ends.

Every call is in the ledger before it is sent, and closed in the transaction that keeps what it brought.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from galena.connectors.openai_compatible import CallError, Completion, Pace, Patience
from galena.domain.reasoner import CallStatus, KeptAnswer, ReasonerCall, Usage
from galena.engines.scoring.reasoner_answer import AnswerError, read_answer
from galena.engines.scoring.reasoner_prompt import Question
from galena.kit.clock import Clock
from galena.kit.ids import new_id
from galena.stores import reasoner_ledger
from galena.stores.door import Session
from galena.workflows.lead_reasoning import Seat
from galena.workflows.reason_money import Purse

Sleep = Callable[[float], Awaitable[None]]
Keep = Callable[[Callable[[Session], Any]], Awaitable[Any]]
"""Runs a piece of work in one transaction, off the event loop."""

CODE_BYTES = 4
LONGEST_SLEEP_S = 1.0
STOPPING = frozenset((401, 402, 403, 404))
"""Refusals that hold for every lead: key, balance, rights, address or model."""


class Endpoint(Protocol):
    """Whoever answers: the client of an endpoint, or a stand-in."""

    async def complete(self, messages: Any, *, max_tokens: int) -> Completion: ...


class RunEndedError(Exception):
    """Nothing more is asked in this run; `because` says why, in words."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


class UnansweredError(Exception):
    """No valid answer about this lead for now; `because` says why, in words."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


@dataclass(frozen=True, slots=True)
class Paid:
    """A valid answer and the call that brought it, which is closed in the transaction that keeps it."""

    kept: KeptAnswer
    close: Callable[[Session], None]


@dataclass(slots=True)
class Asker:
    """Asks the questions of one run.

    Attributes:
        ended: why nothing more is asked; None while the run goes on.
    """

    seat: Seat
    endpoint: Endpoint
    pace: Pace
    patience: Patience
    purse: Purse
    keep: Keep
    clock: Clock
    run_id: UUID | None
    sleep: Sleep = asyncio.sleep
    ended: str | None = None
    calls: int = 0

    def end(self, because: str) -> None:
        """No further call is begun; those under way are waited for."""
        self.ended = self.ended or because

    async def ask(self, question: Question, lead_id: UUID | None) -> Paid:
        """A valid answer.

        Raises:
            UnansweredError: there is none for now.
            RunEndedError: the run is over before this question was asked.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._once(question, lead_id, attempt)
            except AnswerError as fault:
                failure, pause = fault.what, self.patience.pause_s(attempt, None)
                # The endpoint is well: it need not be left alone, only asked again.
                pause = None if pause is None else 0.0
            except CallError as fault:
                failure = fault.what
                pause = self.patience.pause_s(attempt, fault.retry_after_s) if fault.retriable else None
                if fault.status in STOPPING:
                    self.end(f"{fault.what} {fault.remedy}".strip())
                elif fault.status == 429 and (pause or fault.retry_after_s):
                    self.pace.quiet_for(min(pause or 60.0, 60.0))
            if pause is None or self.ended:
                raise UnansweredError(failure)
            await self._pause(pause)

    async def _pause(self, seconds: float) -> None:
        """Sleeps so long, or until the run ends."""
        while seconds > 0 and not self.ended:
            await self.sleep(min(seconds, LONGEST_SLEEP_S))
            seconds -= LONGEST_SLEEP_S

    async def _once(self, question: Question, lead_id: UUID | None, attempt: int) -> Paid:
        code = secrets.token_hex(CODE_BYTES)
        messages = question.messages(code)
        most_tokens = self.seat.reasoner.answer_tokens
        tokens, micros = self.purse.most_for(sum(len(each["content"]) for each in messages), most_tokens)
        if self.ended:
            raise RunEndedError(self.ended)
        if not await self.purse.hold(micros):
            self.end("the money ceiling is reached")
            raise RunEndedError("the money ceiling is reached")
        cost = 0
        try:
            async with self.pace.turn(tokens):
                if self.ended:
                    raise RunEndedError(self.ended)
                call = self._call(question, lead_id, attempt, micros)
                await self.keep(lambda session: reasoner_ledger.send(session, call))
                self.calls += 1
                cost = micros
                try:
                    completion = await self.endpoint.complete(messages, max_tokens=most_tokens)
                except CallError as fault:
                    cost = await self._failed(call, fault)
                    raise
                cost, usage = self._cost(completion.usage, micros)
                self.pace.settle(tokens, (usage.prompt + usage.completion) if usage else tokens)
                return await self._read(question, call, completion, code, cost)
        finally:
            await self.purse.pay(micros, cost)

    async def _read(
        self, question: Question, call: ReasonerCall, completion: Completion, code: str, cost: int
    ) -> Paid:
        now = self.clock()
        try:
            answer = read_answer(
                self.seat.plan.playbook,
                self.seat.reasoner,
                content=completion.text,
                thinking=completion.thinking,
                code=code,
            )
        except AnswerError as fault:
            closing = self._closing(call, "invalid", now, cost, completion.usage, fault.kind, 200)
            await self.keep(closing)
            raise
        kept = KeptAnswer(
            question.content_hash, answer, self.seat.setup.model, self.seat.reasoner.version, now
        )
        return Paid(kept, self._closing(call, "answered", now, cost, completion.usage, None, 200))

    async def _failed(self, call: ReasonerCall, fault: CallError) -> int:
        """Closes a call that brought nothing, and says what it cost: what was told, else the most where it may be
        paid, else nothing."""
        cost = 0
        if fault.usage is not None or fault.may_be_paid:
            cost, _ = self._cost(fault.usage, call.reserved_micros)
        closing = self._closing(
            call, "failed", self.clock(), cost, fault.usage, fault.kind, fault.status, fault.may_be_paid
        )
        await self.keep(closing)
        return cost

    def _closing(
        self,
        call: ReasonerCall,
        outcome: CallStatus,
        at: datetime,
        cost: int,
        usage: Usage | None,
        failure: str | None,
        status: int | None,
        may_be_paid: bool = True,
    ) -> Callable[[Session], None]:
        def close(session: Session) -> None:
            reasoner_ledger.close(
                session,
                call.id,
                outcome=outcome,
                at=at,
                cost_micros=cost,
                usage=usage,
                is_estimated=usage is None and may_be_paid,
                failure=failure,
                http_status=status,
            )

        return close

    def _cost(self, usage: Usage | None, most: int) -> tuple[int, Usage | None]:
        return (most, None) if usage is None else (usage.cost_micros(self.seat.setup.prices), usage)

    def _call(self, question: Question, lead_id: UUID | None, attempt: int, micros: int) -> ReasonerCall:
        return ReasonerCall(
            id=new_id(),
            run_id=self.run_id,
            lead_id=lead_id,
            content_hash=question.content_hash,
            attempt=attempt,
            model=self.seat.setup.model,
            prompt_version=self.seat.reasoner.version,
            status="sent",
            sent_at=self.clock(),
            reserved_micros=micros,
        )


def settled(kept: KeptAnswer, by: str, review: str | None) -> KeptAnswer:
    """The answer with what stands for its content."""
    return replace(kept, settled_by=by, review=review)
