"""The reasoner: who is asked, what it answered, what that cost."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

ContactPriority = Literal["call", "email", "skip"]
AnswerMethod = Literal["ai", "ai-reasoner"]
CallStatus = Literal["sent", "answered", "invalid", "failed", "lost"]
RunStatus = Literal["running", "done", "stopped", "interrupted", "failed"]

RETRY_TIER = "RETRY"
RETRY_MICROPOINTS = -1_000_000
"""The score of a lead whose call failed: -1, which no lead can be given by anybody."""

METHOD_WORDS = {
    "ai": "by the reasoner",
    "ai-reasoner": "by the reasoner",
    "pending_retry": "waits for the reasoner",
}
"""Who scored, in words."""

POSSIBLE_INJECTION = "possible_injection"
TEXT_MOVED_SCORE = "text_moved_score"
GUARD_LABELS = {
    POSSIBLE_INJECTION: "A text reads like an instruction; it was not shown to the reasoner",
    TEXT_MOVED_SCORE: "A text moved the score further than the facts bear; it was scored without the text",
}
"""Why a person should look at a lead, in words. Only the guard sets these, never the reasoner."""


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """What a million tokens cost, in the playbook's currency. A millionth of that is what one token costs."""

    input: float
    cached_input: float
    output: float


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one call; `cached` are among `prompt`, `reasoning` among `completion`."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    reasoning: int = 0

    def cost_micros(self, prices: TokenPrices) -> int:
        """What they cost, in millionths of the currency, rounded up."""
        cached = min(self.cached, self.prompt)
        cost = (self.prompt - cached) * prices.input + cached * prices.cached_input
        return -int(-(cost + self.completion * prices.output) // 1)


@dataclass(frozen=True, slots=True)
class ReasonerSetup:
    """The endpoint of a workspace.

    Attributes:
        base_url: what `/chat/completions` is added to.
        json_mode: whether the endpoint is asked for a JSON object (`response_format`).
        key_sealed: the key, sealed; None: it is read from GALENA_REASONER_KEY, or none is needed.
        concurrency: calls under way at once.
        requests_per_minute, tokens_per_minute: never exceeded; None: no limit is known.
        timeout_s: a call that takes longer is given up.
        attempts: how often a call is tried before the lead has to wait.
        run_ceiling_micros, daily_ceiling_micros: money, in millionths of the currency.
        allow_private: whether the endpoint may have a private address, such as a model on this machine.
    """

    base_url: str
    model: str
    prices: TokenPrices
    json_mode: bool = True
    key_sealed: bytes | None = None
    concurrency: int = 16
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    timeout_s: float = 120.0
    attempts: int = 4
    run_ceiling_micros: int = 5_000_000
    daily_ceiling_micros: int = 10_000_000
    allow_private: bool = False
    enabled: bool = True
    author: str = ""
    changed_at: datetime | None = None
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReasonerAnswer:
    """A valid answer about one record.

    Attributes:
        micropoints: 0 to 100,000,000.
        tier: what the answer said; the tier that stands follows from the score by the playbook's thresholds.
        thinking: what the model thought, where the endpoint tells; else empty.
        flags: names of the playbook's flags.
    """

    micropoints: int
    tier: str
    reasoning: str
    flags: tuple[str, ...]
    ideal_contractor: str
    contact_priority: ContactPriority
    thinking: str = ""
    method: AnswerMethod = "ai"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer kept under the hash of what was asked.

    Attributes:
        settled_by: the hash of the answer that stands for this content; its own, or that of the answer without the
            free texts; None while the second question is still to be asked.
        review: why a person should look; None where there is no reason.
    """

    content_hash: str
    answer: ReasonerAnswer
    model: str
    prompt_version: int
    answered_at: datetime
    settled_by: str | None = None
    review: str | None = None


@dataclass(frozen=True, slots=True)
class LeadReasoning:
    """What the reasoner said of a lead, or that it is still to be asked.

    Attributes:
        answer: None while a call has failed and will be tried again.
        flags: the reasoner's, then the guard's.
        review: why a person should look at it; None where there is no reason, or somebody has.
        attempts: runs in which the calls for this content failed, since the last answer.
        next_try_at: when it will be tried again; None where there is an answer.
        failure: what went wrong, in words.
    """

    lead_id: UUID
    content_hash: str
    method: Literal["ai", "ai-reasoner", "pending_retry"]
    model: str
    prompt_version: int
    answer: ReasonerAnswer | None
    flags: tuple[str, ...]
    review: str | None
    changed_at: datetime
    attempts: int = 0
    next_try_at: datetime | None = None
    failure: str | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReasonerCall:
    """One line of the ledger: one request that was sent.

    Attributes:
        cost_micros: what it cost by the tokens told, or, where nothing was told, the most it can have cost.
        is_estimated: whether the latter.
        reserved_micros: the most it could cost, held back from the ceiling while it was under way.
    """

    id: UUID
    run_id: UUID | None
    lead_id: UUID | None
    content_hash: str
    attempt: int
    model: str
    prompt_version: int
    status: CallStatus
    sent_at: datetime
    reserved_micros: int
    ended_at: datetime | None = None
    http_status: int | None = None
    failure: str | None = None
    usage: Usage = field(default_factory=Usage)
    cost_micros: int = 0
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class ReasonerCounts:
    """What a run did: leads with a first score, with another score, as they were, that have to wait (RETRY)."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: int = 0
    calls: int = 0
    spent_micros: int = 0


@dataclass(frozen=True, slots=True)
class ReasonerRun:
    """One run of the reasoner over the leads of a workspace."""

    id: UUID
    status: RunStatus
    model: str
    prompt_version: int
    counts: ReasonerCounts
    ended_because: str | None
    author: str
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Spending:
    """What the calls of a time came to."""

    calls: int
    answered: int
    failed: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cost_micros: int
    estimated_micros: int
