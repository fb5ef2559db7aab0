"""Whether the world moved away from what a model learned: what comes in, what it says, and what becomes of it.

Five questions share one error rate, so that without any drift a month of weekly looks raises an alarm with that
probability at most (each look at each thing has its part of it: Bonferroni; a simulation in the tests checks the sum):

- **What comes in**: spread of each column (population stability index), values never seen, missing values.
- **What the model says**: the spread of its probabilities.
- **Whether its members agree** as much as they did.
- **Whether it keeps its promises**: mean probability against outcomes. Outcomes that are still waited for do not count
  as bad ones: each known lead counts for those like it of its age (see `waiting`).
- **Whether it still orders**: the area under the ROC curve against the one to be expected of these very leads if its
  probabilities are right, so that giving out only the best of them, which are hard to tell apart, is no drift.

Nothing is an alarm that would not matter, however sure: each has a size from which it does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from galena.engines.learning.drift_findings import Finding, percent_of
from galena.engines.learning.drift_inputs import (
    FEWEST_ROWS,
    MOVED_STABILITY,
    binned,
    bins_of,
    findings_of,
    stability,
)
from galena.engines.learning.ranks import Floats, area_of

MONTHLY_ERROR_RATE: Final = 0.05
"""How often a month without any drift raises an alarm, at most."""
LOOKS_A_MONTH: Final = 5
QUESTIONS: Final = 5
PROMISE_MARGIN: Final = 0.02
"""Promises that are off by less are kept: no model is calibrated to the last point."""
ORDER_MARGIN: Final = 0.03
MORE_DISAGREEMENT: Final = 1.25
FEWEST_OUTCOMES: Final = 40
FEWEST_OF_AN_OUTCOME: Final = 5


@dataclass(frozen=True, eq=False)
class Stretch:
    """Leads of a stretch of time, as they were scored.

    Attributes:
        values: what the model reads of them.
        probability: what it said; `members`: each member's own, [leads, members].
        judged, came, weight: of leads whose outcome is known: what was said, 1 or 0, and how many leads each stands
            for (see `waiting.evened`).
    """

    values: pl.DataFrame
    probability: Floats
    members: Floats | None = None
    judged: Floats = field(default_factory=lambda: np.zeros(0))
    came: Floats = field(default_factory=lambda: np.zeros(0))
    weight: Floats = field(default_factory=lambda: np.zeros(0))


class DriftReport(BaseModel):
    """What moved.

    Attributes:
        leads_before, leads_now: scored leads compared; `outcomes`: of those now, with a known outcome.
        findings: all that was compared, alarms first, then by how far they moved.
        error_rate: how often a month without drift raises an alarm, at most.
        sentence: the report in one paragraph.
    """

    model_config = ConfigDict(frozen=True)
    leads_before: int
    leads_now: int
    outcomes: int
    findings: tuple[Finding, ...]
    error_rate: float
    sentence: str

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings that are alarms."""
        return tuple(each for each in self.findings if each.alarm)


def drift_between(
    what: str,
    before: Stretch,
    now: Stretch,
    *,
    error_rate: float = MONTHLY_ERROR_RATE,
    looks: int = LOOKS_A_MONTH,
) -> DriftReport:
    """Compare leads of now with those a model was trained on, or scored first.

    Args:
        what: what the model predicts, in words.
        error_rate: how often all looks together may raise an alarm by chance.
        looks: how many there are in that time.
    """
    each = error_rate / looks / QUESTIONS
    found: list[Finding] = list(findings_of(before.values, now.values, each))
    found += _of_the_model(what, before, now, each)
    found += _of_outcomes(what, now, each)
    found.sort(key=lambda one: (not one.alarm, -one.size / one.limit, one.kind, one.name))
    return DriftReport(
        leads_before=before.values.height,
        leads_now=now.values.height,
        outcomes=len(now.came),
        findings=tuple(found),
        error_rate=error_rate,
        sentence=_sentence(found, before, now, error_rate),
    )


def _of_the_model(what: str, before: Stretch, now: Stretch, error_rate: float) -> Iterable[Finding]:
    if min(len(before.probability), len(now.probability)) < FEWEST_ROWS:
        return
    edges = bins_of(before.probability, min(len(before.probability), len(now.probability)))
    index, p_value = stability(binned(before.probability, edges), binned(now.probability, edges))
    was, is_now = float(before.probability.mean()), float(now.probability.mean())
    yield Finding(
        kind="predictions",
        name=what,
        size=index,
        limit=MOVED_STABILITY,
        p_value=p_value,
        alarm=index >= MOVED_STABILITY and p_value < error_rate,
        sentence=f"“{what}”: the model gives leads {percent_of(is_now)} on average now, {percent_of(was)} before.",
    )
    if before.members is not None and now.members is not None and before.members.shape[1] > 1:
        yield _disagreement(what, before.members.std(axis=1), now.members.std(axis=1), error_rate)


def _disagreement(what: str, before: Floats, now: Floats, error_rate: float) -> Finding:
    from scipy.stats import norm

    was, is_now = float(before.mean()), float(now.mean())
    error = float(np.sqrt(before.var() / len(before) + now.var() / len(now)))
    p_value = float(norm.sf((is_now - was) / error)) if error else 1.0
    times = is_now / was if was else 1.0
    return Finding(
        kind="disagreement",
        name=what,
        size=times - 1,
        limit=MORE_DISAGREEMENT - 1,
        p_value=p_value,
        alarm=times >= MORE_DISAGREEMENT and p_value < error_rate,
        sentence=f"“{what}”: the model's members are {100 * is_now:.1f} points apart on average now,"
        f" {100 * was:.1f} before.",
    )


def _of_outcomes(what: str, now: Stretch, error_rate: float) -> Iterable[Finding]:
    wins = int(now.came.sum())
    if (
        len(now.came) < FEWEST_OUTCOMES
        or min(wins, len(now.came) - wins) < FEWEST_OF_AN_OUTCOME
        or not now.weight.sum()
    ):
        return
    yield _promises(what, now, error_rate)
    area = area_of(now.came, now.judged)
    from scipy.stats import norm

    expected = expected_area(now.judged)
    fallen = expected - area.value
    error = area.variance() ** 0.5
    p_value = float(norm.sf((fallen - ORDER_MARGIN) / error)) if error else 1.0
    yield Finding(
        kind="order",
        name=what,
        size=fallen,
        limit=ORDER_MARGIN,
        p_value=p_value,
        alarm=fallen >= ORDER_MARGIN and p_value < error_rate,
        sentence=f"“{what}”: the better lead comes first in {100 * area.value:.0f} of 100 pairs now,"
        f" {100 * expected:.0f} were to be expected.",
    )


def expected_area(probability: Floats) -> float:
    """The area under the ROC curve to be expected if the probabilities are right.

    Of all pairs of a good and a bad lead, each as likely as they say, the share in order; equal ones count half.
    """
    p = np.sort(probability)
    lost = 1 - p
    _, first, size = np.unique(p, return_index=True, return_counts=True)
    before = np.concatenate([[0.0], np.cumsum(lost)])
    below = np.repeat(before[first], size)
    tied = np.repeat(before[first + size] - before[first], size) - lost
    pairs = float((p * (lost.sum() - lost)).sum())
    return float((p * (below + tied / 2)).sum() / pairs) if pairs else 0.5


def _promises(what: str, now: Stretch, error_rate: float) -> Finding:
    """The mean probability against the share of good outcomes, both by weight; two-sided, beyond the margin.

    Kept promises would scatter by p (1 - p) per lead; counts of weighted leads scatter by the squares of the weights.
    """
    from scipy.stats import norm

    weight = now.weight / now.weight.sum()
    said, came = float(weight @ now.judged), float(weight @ now.came)
    error = float(np.sqrt((weight**2 * now.judged * (1 - now.judged)).sum()))
    gap = came - said
    p_value = float(2 * norm.sf((abs(gap) - PROMISE_MARGIN) / error)) if error else 1.0
    return Finding(
        kind="promises",
        name=what,
        size=abs(gap),
        limit=PROMISE_MARGIN,
        p_value=min(1.0, p_value),
        alarm=abs(gap) >= PROMISE_MARGIN and p_value < error_rate,
        sentence=f"“{what}” was promised of {percent_of(said)} of the leads whose outcome is known, and came true for"
        f" {percent_of(came)}.",
    )


def _sentence(found: list[Finding], before: Stretch, now: Stretch, error_rate: float) -> str:
    seen = f"{now.values.height:,} leads of now against {before.values.height:,} of before"
    alarms = [each for each in found if each.alarm]
    if not found:
        return f"Too little to compare: {seen}."
    if not alarms:
        return f"Nothing moved that matters: {seen}, {len(now.came):,} outcomes."
    told = " ".join(each.sentence for each in alarms[:3])
    more = f" And {len(alarms) - 3} more." if len(alarms) > 3 else ""
    return (
        f"{len(alarms)} of {len(found)} things compared moved, {seen}: {told}{more} In a month without any drift there"
        f" is such an alarm with a probability of {100 * error_rate:.0f} % at most."
    )
