"""An experiment: part of the leads is scored in another way, and what becomes of them decides which way stays.

The arm of a lead follows from the experiment and the lead alone, so it never changes and nothing has to be kept. A lead
is judged once, when it is `window_days` old: booked by then or not; leads younger than that do not count, so that the
arm that answers faster has no advantage. One may look every day: the evidence keeps its error rate (see `peeking`).

It ends as `better` or `worse` when the evidence is strong enough, as `harmful` when a guardrail is: more leads of the
trial ask not to be contacted. Leads that are not split as agreed are a fault in how they are counted: `broken`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.engines.learning.headline import percent
from galena.engines.learning.peeking import (
    SIDES,
    Difference,
    blocks_of,
    difference_of,
    evidence_path,
    split_evidence,
)
from galena.engines.learning.ranks import Floats

Arm = Literal["control", "trial"]
State = Literal["undecided", "better", "worse", "harmful", "broken", "no_difference"]

SPLIT_ERROR_RATE: Final = 0.001
"""How seldom chance alone may say that leads are not split as agreed."""
_OF: Final = 2.0**64


@dataclass(frozen=True, slots=True)
class Design:
    """How an experiment is judged.

    Attributes:
        trial_share: the share of leads that are scored in the new way.
        error_rate: how often an experiment whose arms do not differ ends with one of them better, however often one
            looks; half of it for either side. Each guardrail has as much for itself.
        window_days: the age at which a lead is judged.
        most_leads: after so many judged leads it ends without a difference; None: never.
    """

    trial_share: float = 0.5
    error_rate: float = 0.05
    window_days: int = 21
    most_leads: int | None = None


@dataclass(frozen=True, eq=False)
class Observed:
    """Leads of an experiment that are old enough, in the order in which they were assigned.

    Attributes:
        is_trial: the arm of each.
        good: 1 where the good outcome came within the window, else 0.
        harm: guardrail (in words, what must not become more frequent) -> 1 where it happened, else 0.
        young: further leads that are not old enough yet.
    """

    is_trial: NDArray[np.bool_]
    good: Floats
    harm: Mapping[str, Floats]
    young: int = 0


class ArmReport(BaseModel):
    """What became of the leads of one arm."""

    model_config = ConfigDict(frozen=True)
    leads: int
    good: int
    rate: float | None


class ExperimentReport(BaseModel):
    """What an experiment says so far.

    Attributes:
        state: `undecided` goes on; anything else ends it.
        control, trial: leads that are old enough.
        young: leads that are not.
        difference, low, high: the trial's rate less the control's; the interval is true at all times at once.
        evidence: how many times likelier the outcomes are if the trial is better (or worse, the larger one) than if
            both are alike; `needed` ends it.
        better: whether that evidence is for better.
        guardrails: what must not become more frequent -> evidence that it did.
        sentence: all of it in words.
    """

    model_config = ConfigDict(frozen=True)
    state: State
    control: ArmReport
    trial: ArmReport
    young: int
    difference: float | None
    low: float | None
    high: float | None
    evidence: float
    needed: float
    better: bool
    guardrails: dict[str, float]
    sentence: str

    @property
    def is_over(self) -> bool:
        """Whether it has come to an end."""
        return self.state != "undecided"


def arm_of(experiment_id: UUID, lead_id: UUID | str, trial_share: float) -> Arm:
    """The arm of a lead: the same whenever it is asked."""
    digest = blake2b(f"{experiment_id}:{lead_id}".encode(), digest_size=8).digest()
    return "trial" if int.from_bytes(digest, "big") / _OF < trial_share else "control"


def judge(design: Design, seen: Observed) -> ExperimentReport:
    """What the experiment says, from the leads that are old enough."""
    blocks = blocks_of(design.trial_share)
    arms = seen.good[~seen.is_trial], seen.good[seen.is_trial]
    rise, fall = (_latest(evidence_path(*arms, blocks, side)) for side in SIDES)
    guards = {
        what: _latest(evidence_path(harm[~seen.is_trial], harm[seen.is_trial], blocks, "higher"))
        for what, harm in seen.harm.items()
    }
    difference = difference_of(*arms, blocks, design.error_rate)
    state = _state(design, arms, max(rise), max(fall), [max(each) for each in guards.values()])
    control, trial = (_arm(each) for each in arms)
    better = max(rise) >= max(fall)
    return ExperimentReport(
        state=state,
        control=control,
        trial=trial,
        young=seen.young,
        difference=difference.value,
        low=difference.low,
        high=difference.high,
        evidence=_times(max(rise if better else fall)),
        needed=2 / design.error_rate,
        better=better,
        guardrails={what: _times(max(each)) for what, each in guards.items()},
        sentence=_sentence(design, state, control, trial, difference, seen.young, guards),
    )


def _latest(path: Floats) -> tuple[float, float]:
    """The evidence now and the strongest there was: what was once enough stays enough."""
    return (float(path[-1]), float(path.max())) if len(path) else (0.0, 0.0)


def _state(
    design: Design, arms: tuple[Floats, Floats], rise: float, fall: float, harms: list[float]
) -> State:
    enough = np.log(2 / design.error_rate)
    controls, trials = len(arms[0]), len(arms[1])
    if split_evidence(controls, trials, design.trial_share) >= -np.log(SPLIT_ERROR_RATE):
        return "broken"
    if harms and max(harms) >= np.log(len(harms) / design.error_rate):
        return "harmful"
    if max(rise, fall) >= enough:
        return "better" if rise >= fall else "worse"
    if design.most_leads is not None and controls + trials >= design.most_leads:
        return "no_difference"
    return "undecided"


def _arm(good: Floats) -> ArmReport:
    leads, hits = len(good), int(good.sum())
    return ArmReport(leads=leads, good=hits, rate=hits / leads if leads else None)


def _times(log_evidence: float) -> float:
    return float(np.exp(min(log_evidence, 700.0)))


def _sentence(
    design: Design,
    state: State,
    control: ArmReport,
    trial: ArmReport,
    difference: Difference,
    young: int,
    guards: Mapping[str, tuple[float, float]],
) -> str:
    if control.rate is None or trial.rate is None:
        return f"No lead of both ways is {design.window_days} days old yet; {young:,} are younger."
    seen = (
        f"{trial.good:,} of {trial.leads:,} leads scored the new way came out well within {design.window_days} days"
        f" ({percent(trial.rate)}), {control.good:,} of {control.leads:,} the way of before ({percent(control.rate)})."
    )
    if difference.low is not None and difference.high is not None and difference.value is not None:
        seen += (
            f" That is {100 * difference.value:+.1f} points, between {100 * difference.low:+.1f} and"
            f" {100 * difference.high:+.1f}."
        )
    worst = max(guards, key=lambda what: guards[what][1], default="")
    return f"{_VERDICTS[state].format(worst=worst, share=percent(design.trial_share))} {seen}"


_VERDICTS: dict[State, str] = {
    "undecided": "Undecided, it goes on.",
    "better": "The new way is better.",
    "worse": "The new way is worse.",
    "harmful": "Stopped: with the new way there is more of this: {worst}.",
    "broken": "Stopped: leads are not split as agreed ({share} the new way), so nothing can be concluded.",
    "no_difference": "Ended without a difference that could be shown.",
}
