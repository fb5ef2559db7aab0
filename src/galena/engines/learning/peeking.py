"""Tests one may look at every day and stop whenever they say so: evidence that keeps its error rate at any time.

**Two rates.** An e-process for two streams of yes and no (Turner, Ly, Grünwald 2024, "Generic E-variables for exact
sequential k-sample tests that allow for optional stopping"): leads of both arms come in blocks; before each block both
rates are estimated from the blocks before (Beta prior of 0.18, theirs), and the block's likelihood under these rates is
divided by that under one common rate. Whatever the common rate is, and however it moves with time, the evidence is
multiplied by at most 1 on average; so it ever reaches 1/a with probability a at most (Ville's inequality), exactly and
from the first lead on. One-sided evidence for "higher" holds against every pair of rates that is not.

**A share.** Whether leads are split as agreed: the likelihood under a share drawn from a uniform prior, divided by that
under the agreed share.

**A difference with its interval.** The normal mixture's confidence sequence (Robbins 1970; Waudby-Smith, Arbour, Sinha,
Kennedy, Ramdas 2024, "Time-uniform central limit theory and asymptotic confidence sequences"): true at all times at
once, for many leads.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

import numpy as np

from galena.engines.learning.ranks import Floats

PRIOR: Final = 0.18
LARGEST_BLOCK: Final = 20
TUNED_FOR_BLOCKS: Final = 300
"""The number of blocks at which the interval is narrowest for what is known."""
_END: Final = 1e-9

Side = Literal["higher", "lower"]
SIDES: Final[tuple[Side, Side]] = ("higher", "lower")


@dataclass(frozen=True, slots=True)
class Blocks:
    """How leads of two arms are taken together: so many of the control with so many of the trial."""

    control: int
    trial: int

    def count(self, controls: int, trials: int) -> int:
        """How many whole blocks there are."""
        return min(controls // self.control, trials // self.trial)


def blocks_of(trial_share: float) -> Blocks:
    """The blocks for a share of leads in the trial: one of the rarer arm with its fellows."""
    if trial_share <= 0.5:
        return Blocks(min(LARGEST_BLOCK, max(1, ceil((1 - trial_share) / trial_share - 0.5))), 1)
    swapped = blocks_of(1 - trial_share)
    return Blocks(swapped.trial, swapped.control)


def evidence_path(control: Floats, trial: Floats, blocks: Blocks, side: Side) -> Floats:
    """The logarithm of the evidence that the trial's rate is `higher` (or `lower`), after each block.

    Args:
        control, trial: 1 or 0 per lead, in the order in which the leads came.
    """
    count = blocks.count(len(control), len(trial))
    won = [
        arm[: count * size].reshape(count, size).sum(axis=1)
        for arm, size in ((control, blocks.control), (trial, blocks.trial))
    ]
    rate = [_rate_before(hits, size) for hits, size in zip(won, (blocks.control, blocks.trial), strict=True)]
    size = blocks.control + blocks.trial
    common = (blocks.control * rate[0] + blocks.trial * rate[1]) / size
    speaks = rate[1] > rate[0] if side == "higher" else rate[1] < rate[0]
    gains = (
        _said(won[0], blocks.control, rate[0])
        + _said(won[1], blocks.trial, rate[1])
        - _said(won[0] + won[1], size, common)
    )
    path: Floats = np.cumsum(np.where(speaks, gains, 0.0))
    return path


def _rate_before(won: Floats, size: int) -> Floats:
    """The rate as estimated before each block."""
    hits = np.concatenate([[0.0], np.cumsum(won)[:-1]]) if len(won) else won
    seen = size * np.arange(len(won))
    rate: Floats = np.clip((hits + PRIOR) / (seen + 2 * PRIOR), _END, 1 - _END)
    return rate


def _said(won: Floats, size: int, rate: Floats) -> Floats:
    found: Floats = won * np.log(rate) + (size - won) * np.log1p(-rate)
    return found


def split_evidence(controls: int, trials: int, trial_share: float) -> float:
    """The logarithm of the evidence that leads are not split as agreed."""
    from scipy.special import betaln

    agreed = trials * np.log(trial_share) + controls * np.log1p(-trial_share)
    return float(betaln(trials + 1, controls + 1) - agreed)


@dataclass(frozen=True, slots=True)
class Difference:
    """The trial's rate less the control's, with an interval that holds at all times at once; None: too few leads."""

    value: float | None
    low: float | None = None
    high: float | None = None


def difference_of(control: Floats, trial: Floats, blocks: Blocks, error_rate: float) -> Difference:
    """The difference of the rates by the blocks so far."""
    count = blocks.count(len(control), len(trial))
    if count < 2:
        return Difference(None)
    means = [
        arm[: count * size].reshape(count, size).mean(axis=1)
        for arm, size in ((control, blocks.control), (trial, blocks.trial))
    ]
    apart = means[1] - means[0]
    value, spread = float(apart.mean()), float(apart.std())
    if not spread:
        return Difference(value)
    mixing = _mixing(error_rate)
    grown = count * mixing + 1
    margin = spread * np.sqrt(2 * grown / (count**2 * mixing) * np.log(np.sqrt(grown) / error_rate))
    return Difference(value, float(max(-1.0, value - margin)), float(min(1.0, value + margin)))


def _mixing(error_rate: float) -> float:
    """The mixture's variance that makes the interval narrowest at the block it is tuned for."""
    return float((-2 * np.log(error_rate) + np.log(-2 * np.log(error_rate) + 1)) / TUNED_FOR_BLOCKS)
