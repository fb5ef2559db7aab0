"""Decayed intensity of tracked behaviours: kept as (value, time), updated in O(1), or recomputed from signals."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from galena.domain.playbook import Behaviour
from galena.domain.signal import Signal
from galena.engines.features.timeline import DAY_US, Moment, instant, microseconds
from galena.kit.errors import GalenaError

KEPT_DECAYS = ("exponential", "none")
"""The kinds of decay whose intensity follows from (value, time) alone."""


class StateAheadError(GalenaError):
    """A kept state is newer than the moment asked for: what it was then must be recomputed from the signals."""


@dataclass(frozen=True, slots=True)
class DecayedState:
    """What is kept per lead and behaviour: the uncapped intensity at the newest signal.

    Attributes:
        value: the intensity at `at`, in the behaviour's weight.
        at: the time of the newest signal counted.
    """

    value: float
    at: datetime


def half_life_days(behaviour: Behaviour) -> float:
    """The half-life in days; infinite for decay `none`."""
    return math.inf if behaviour.decay == "none" else behaviour.half_life_days


def keeps_state(behaviour: Behaviour) -> bool:
    """Whether (value, time) is enough; linear and step decay need the signals themselves."""
    return behaviour.decay in KEPT_DECAYS


def add(state: DecayedState | None, at: datetime, weight: float, half_life_days: float) -> DecayedState:
    """The state with one more signal. Signals may come in any order: a late one adds what is left of its weight.

    Args:
        state: None before the first signal.
        half_life_days: `math.inf` for weights that never fade.
    """
    if state is None:
        return DecayedState(weight, at)
    if at > state.at:
        return DecayedState(state.value * _left(state.at, at, half_life_days) + weight, at)
    return DecayedState(state.value + weight * _left(at, state.at, half_life_days), state.at)


def read(
    state: DecayedState | None, as_of: datetime, half_life_days: float, cap: float | None = None
) -> float:
    """The intensity at as_of, at most `cap`; 0 without signals.

    Raises:
        StateAheadError: the state counts a signal after as_of.
    """
    if state is None:
        return 0.0
    if state.at > as_of:
        raise StateAheadError(
            "A behaviour's intensity was asked for a time before its latest signal",
            facts={"as_of": as_of.isoformat(), "latest_signal": state.at.isoformat()},
            remedy="Compute it from the lead's signals.",
        )
    return _capped(state.value * _left(state.at, as_of, half_life_days), cap)


def absorb(
    behaviours: Sequence[Behaviour], states: Mapping[str, DecayedState], signal: Signal
) -> dict[str, DecayedState]:
    """The states that a new signal changes, by behaviour name; save these.

    Each signal must be given once: the state does not know which it has counted.
    """
    return {
        behaviour.name: add(
            states.get(behaviour.name), signal.at, behaviour.weight, half_life_days(behaviour)
        )
        for behaviour in behaviours
        if keeps_state(behaviour) and signal.kind in behaviour.signals
    }


def intensity(behaviour: Behaviour, moments: Sequence[Moment], as_of: datetime) -> float:
    """The intensity at as_of, computed from the lead's signals up to as_of (see `timeline`)."""
    as_of_us = microseconds(as_of)
    left = [
        remaining(behaviour.decay, as_of_us - moment.at_us, behaviour.half_life_days)
        for moment in moments
        if moment.kind in behaviour.signals
    ]
    return _capped(math.fsum(behaviour.weight * share for share in left), behaviour.cap)


def last_at(behaviour: Behaviour, moments: Sequence[Moment]) -> datetime | None:
    """When the newest signal of a behaviour happened."""
    times = [moment.at_us for moment in moments if moment.kind in behaviour.signals]
    return instant(times[-1]) if times else None


def remaining(decay: str, age_us: int, half_life_days: float) -> float:
    """The share of a weight, 0-1, that is left at an age of 0 or more microseconds."""
    if decay == "step":
        return 1.0 if age_us < step_us(half_life_days) else 0.0
    age_days = age_us / DAY_US
    if decay == "exponential":
        return float(2.0 ** (-age_days / half_life_days))
    if decay == "linear":
        return max(0.0, 1.0 - age_days / (2.0 * half_life_days))
    return 1.0


def step_us(half_life_days: float) -> int:
    """The age in microseconds from which a step decay leaves nothing; whole, so that all sides agree at the edge."""
    return round(half_life_days * DAY_US)


def _left(earlier: datetime, later: datetime, half_life_days: float) -> float:
    age_days = (microseconds(later) - microseconds(earlier)) / DAY_US
    return float(2.0 ** (-age_days / half_life_days))


def _capped(value: float, cap: float | None) -> float:
    return value if cap is None else min(value, cap)
