"""How a run of the reasoner is made, whom it asks, and what it reports."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from galena.connectors.openai_compatible import ChatClient, ChatEndpoint
from galena.domain.reasoner import ReasonerSetup
from galena.workflows.reason_calls import Endpoint


class Advance(Protocol):
    """Called as work goes on."""

    def __call__(self, done: int, total: int | None = None, doing: str | None = None) -> None: ...


Connect = Callable[[ReasonerSetup, str | None], AbstractAsyncContextManager[Endpoint]]


def connect_by_web(setup: ReasonerSetup, key: str | None) -> AbstractAsyncContextManager[Endpoint]:
    """The client of the endpoint that is set up."""
    return ChatClient(
        ChatEndpoint(
            setup.base_url,
            setup.model,
            key=key,
            json_mode=setup.json_mode,
            timeout_s=setup.timeout_s,
            private_ok=setup.allow_private,
            connections=setup.concurrency,
        )
    )


@dataclass(frozen=True, slots=True)
class ReasonOptions:
    """How a run is made.

    Attributes:
        limit: ask about so many leads at most; None: about all.
        ceiling_micros: money for this run, in millionths; None: as the endpoint was set up.
        retry_now: leads that wait for a later try are tried at once.
        only_waiting: no others than those.
        concurrency: calls at once; None: as the endpoint was set up.
        seed: of the chance in pauses; None: any.
    """

    limit: int | None = None
    ceiling_micros: int | None = None
    retry_now: bool = False
    only_waiting: bool = False
    concurrency: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class ReasonReport:
    """What a run of the reasoner did.

    Attributes:
        asked: leads it was asked about; created + updated + errors of them have another score now.
        skipped: leads it had answered for before, or whose time for another try has not come.
        left: leads that were not reached, because the run ended early.
        lost: calls that an earlier run left open when it was killed; they count as paid.
        ended_because: why it ended early; None when it did not.
        spent: money, in the playbook's currency.
        to_review: leads at which a person should look.
    """

    run_id: UUID
    model: str
    asked: int
    created: int
    updated: int
    skipped: int
    errors: int
    left: int
    calls: int
    lost: int
    spent: float
    seconds: float
    to_review: int
    ended_because: str | None = None

    @property
    def sentence(self) -> str:
        """What it came to, for a page."""
        if not self.asked and not self.ended_because:
            return "The reasoner had answered for all of them."
        waiting = f", {self.errors:,} wait for another try" if self.errors else ""
        ended = f" It ended early: {self.ended_because}." if self.ended_because else ""
        return f"The reasoner was asked about {self.asked:,}{waiting}.{ended}"

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "run_id": str(self.run_id),
            "model": self.model,
            "asked": self.asked,
            "created": self.created,
            "updated": self.updated,
            "skipped": self.skipped,
            "errors": self.errors,
            "left": self.left,
            "calls": self.calls,
            "lost_calls": self.lost,
            "spent": round(self.spent, 6),
            "seconds": round(self.seconds, 1),
            "to_review": self.to_review,
            "ended_because": self.ended_because,
        }
