"""What becomes of leads once the reasoner has answered, or has not: written together with the call that brought it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import orjson

from galena.domain.events import NewEvent
from galena.domain.reasoner import RETRY_MICROPOINTS, LeadReasoning, ReasonerCounts
from galena.domain.score import Previous
from galena.domain.scored import StoredScore
from galena.stores import leads, outbox, reasoner_answers, reasoner_ledger, scores
from galena.stores.door import Session
from galena.workflows.lead_reasoning import Asking, Seat, Verdict, reasoning_of, tier_by

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=24)
LONGEST_FAILURE = 300
Became = Literal["created", "updated", "skipped"]


@dataclass(frozen=True, slots=True)
class Due:
    """A lead the reasoner is to be asked about, as it was judged by rules.

    Attributes:
        row: of `Scorer.score_frame`, packed, with what stood before (`previous_...`).
        updated_at: when the lead last changed; an answer about what it was then is not made its score later.
        attempts: runs that failed for this content before.
    """

    lead_id: UUID
    row: dict[str, Any]
    asking: Asking
    updated_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes what comes of leads in a run.

    Attributes:
        as_of: the moment the scores speak of.
    """

    seat: Seat
    run_id: UUID
    as_of: datetime
    trigger: str

    def answered(
        self, due: Sequence[Due], verdict: Verdict, now: datetime, *, close: Callable[[Session], None]
    ) -> Callable[[Session], ReasonerCounts]:
        """The transaction that makes an answer the score of these leads; `close` goes with it."""

        def write(session: Session) -> ReasonerCounts:
            close(session)
            counts = {"created": 0, "updated": 0, "skipped": 0}
            for each in self._unchanged(session, due):
                points = verdict.answer.micropoints
                told = reasoning_of(self.seat, each.lead_id, each.asking, verdict, now)
                counts[self._score(session, each, points, told, now)] += 1
            counted = ReasonerCounts(**counts)
            reasoner_ledger.count_in_run(session, self.run_id, more=counted)
            return counted

        return write

    def unanswered(
        self, due: Sequence[Due], because: str, now: datetime
    ) -> Callable[[Session], ReasonerCounts]:
        """The transaction that lets these leads wait: score -1, tier RETRY, asked again later."""

        def write(session: Session) -> ReasonerCounts:
            for each in self._unchanged(session, due):
                told = self._waiting(each, because, now)
                self._score(session, each, RETRY_MICROPOINTS, told, now)
            counted = ReasonerCounts(errors=len(due))
            reasoner_ledger.count_in_run(session, self.run_id, more=counted)
            return counted

        return write

    def _waiting(self, due: Due, because: str, now: datetime) -> LeadReasoning:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(due.attempts, 20))
        return LeadReasoning(
            due.lead_id,
            due.asking.first.content_hash,
            "pending_retry",
            self.seat.setup.model,
            self.seat.reasoner.version,
            None,
            (),
            None,
            now,
            attempts=due.attempts + 1,
            next_try_at=now + wait,
            failure=because[:LONGEST_FAILURE],
        )

    def _unchanged(self, session: Session, due: Sequence[Due]) -> list[Due]:
        """Those that are still what was asked about; the others are due again in the next run."""
        # Locked, a lead neither vanishes nor is rebuilt until its score is written.
        found = leads.load_many(session, [each.lead_id for each in due], lock=True)
        return [
            each
            for each in due
            if each.lead_id in found and found[each.lead_id].updated_at == each.updated_at
        ]

    def _score(
        self, session: Session, due: Due, micropoints: int, told: LeadReasoning, now: datetime
    ) -> Became:
        row = due.row
        tier = tier_by(self.seat.plan.scorer, row, micropoints, self.as_of)
        stored = StoredScore(
            lead_id=due.lead_id,
            revision_id=self.seat.plan.revision.id,
            as_of=self.as_of,
            scored_at=now,
            micropoints=micropoints,
            tier=tier,
            temperature=row["temperature"],
            confidence=row["confidence"] if micropoints >= 0 else 0.0,
            fit=row["fit"],
            engagement=row["engagement"],
            previous=Previous(row["previous_tier"], row["previous_temperature"]),
            values=tuple(orjson.loads(row["values"])),
            contributions=(micropoints,),
            trigger=self.trigger,
            method=told.method,
        )
        appended = scores.record_many(session, [stored])
        reasoner_answers.stand(session, told)
        if tier != row["previous_tier"]:
            outbox.append(session, [_event(due, micropoints, tier, self.trigger)])
        if row["previous_micropoints"] is None:
            return "created"
        return "updated" if appended else "skipped"


def _event(due: Due, micropoints: int, tier: str, trigger: str) -> NewEvent:
    before = due.row["previous_tier"]
    payload = {
        "tier": tier,
        "tier_before": before,
        "micropoints": micropoints,
        "micropoints_before": due.row["previous_micropoints"],
        "trigger": trigger,
    }
    return NewEvent("scored" if before is None else "tier_changed", due.lead_id, payload)
