"""When the loop learns, how sure a takeover must be, and how long a model stays on trial.

A workspace learns every week, after so many new outcomes, when something drifted, or when somebody asks. Each time it
looks at the model on trial with what came in since; a model that is not decided by then stays, so that its evidence
grows, until it has had its time.

**However often one looks and however many models are tried, chance wins seldom.** The evidence of one trial keeps its
error rate at any time (see `promotion`). The k-th model tried against the same champion must be surer than the one
before: of the whole error rate it may use 1 / (k (k + 1)), and these sum to 1. So a champion is ever displaced by a
model that is not better with a probability of at most the error rate, in weeks as in years.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

TriggerKind = Literal["schedule", "labels", "drift", "hand"]

EVERY: Final = timedelta(days=7)
NEW_LABELS: Final = 100
TAKEOVER_ERROR_RATE: Final = 0.05
"""How often, at most, a champion is ever displaced by models that are not better."""
TRIAL_TIME: Final = timedelta(days=42)
"""A model on trial that is not decided by then gives way to a newer one."""
DRIFTED_TRIAL_TIME: Final = timedelta(days=21)
"""So does one of this age when the world has moved: a newer one knows more of the world as it is."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When to learn by itself."""

    every: timedelta = EVERY
    new_labels: int = NEW_LABELS


@dataclass(frozen=True, slots=True)
class LoopState:
    """What has happened since the loop ran last.

    Attributes:
        last_at: when that was; None: never.
        decided, decided_then: outcomes known now and then.
        needed: outcomes from which on a model can take part.
        alarms: what drifted since, in words.
    """

    last_at: datetime | None
    decided: int
    decided_then: int
    needed: int
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trigger:
    """Why the loop runs."""

    kind: TriggerKind
    sentence: str


def trigger_of(state: LoopState, now: datetime, policy: Policy = Policy()) -> Trigger | None:
    """Why the loop is to run now; None: there is no reason to."""
    new = state.decided - state.decided_then
    if state.alarms:
        return Trigger("drift", f"Something moved: {state.alarms[0]}")
    if state.last_at is None:
        return Trigger("schedule", "It has not learned here before.")
    if state.decided >= state.needed and new >= policy.new_labels:
        return Trigger("labels", f"{new:,} outcomes came in since it learned last.")
    if now - state.last_at >= policy.every:
        return Trigger("schedule", f"It learns every {policy.every.days} days.")
    return None


def waiting_sentence(state: LoopState, policy: Policy = Policy()) -> str:
    """What the loop waits for, in words."""
    if state.last_at is None:
        return "It has not learned here before."
    due = state.last_at + policy.every
    left = max(0, policy.new_labels - (state.decided - state.decided_then))
    short = state.needed - state.decided
    if short > 0:
        return (
            f"Rules score: {state.decided:,} of the {state.needed:,} outcomes that a model needs are known. It looks"
            f" again on {_day(due)}."
        )
    return f"It learns again on {_day(due)}, or after {left:,} more outcomes."


def needed_certainty(tried_before: int, error_rate: float = TAKEOVER_ERROR_RATE) -> float:
    """How sure the test must be of the next model, when so many were tried against this champion already."""
    return 1 - error_rate / ((tried_before + 1) * (tried_before + 2))


def makes_room(trial_began: datetime, now: datetime, *, is_worse: bool, drifted: bool) -> bool:
    """Whether the model on trial gives way to a newer one: it is worse, had its time, or learned another world."""
    return is_worse or now - trial_began >= (DRIFTED_TRIAL_TIME if drifted else TRIAL_TIME)


def _day(due: datetime) -> str:
    return f"{due.day} {due:%b %Y}"
