"""Whether a model can be trusted, in words a sales manager understands, and what to keep in mind beside its figures."""

from collections.abc import Sequence
from typing import Final

from galena.engines.learning.curves import shared_end
from galena.engines.learning.metrics import Estimate
from galena.engines.learning.outcome import value_key
from galena.engines.learning.ranks import Floats
from galena.engines.learning.signal_test import FALSE_ALARM_RATE, LEVEL, SMALLEST_AREA, SignalTest

FEW_LEADS: Final = 100
FEW_OF_AN_OUTCOME: Final = 30
"""With fewer leads judged than these, figures move much from one table to the next."""

SHARED: Final = 0.02
"""Leads of one score at the end of a tier are worth a word from this share of all."""

_AVERAGE: Final = "Every lead gets the same score, about the average of the past leads."
_SAID_BY_THE_COLUMN: Final = frozenset({"1", "yes", "y", "true", "t", "on", "x"})


def are_few(leads: int, wins: int) -> bool:
    """Whether so few leads were judged that their figures are not to be relied on as they stand."""
    return leads < FEW_LEADS or min(wins, leads - wins) < FEW_OF_AN_OUTCOME


def in_words(outcome: str, positive: str) -> str:
    """What the good outcome is called: “Closed Won”, or “Converted = 1” where the value says too little."""
    return f"“{outcome} = {positive}”" if value_key(positive) in _SAID_BY_THE_COLUMN else f"“{positive}”"


def verdict_of(signal: SignalTest, target: Floats, won: str, auc: Estimate) -> str:
    """Whether the model is usable, and how well it orders leads.

    Args:
        signal: the test of its predictions.
        target: what happened to the leads it was judged on, 0 or 1.
        won: what the good outcome is called.
        auc: the area under the ROC curve over all of them at once; the test's own is within the parts judged apart.
    """
    leads, wins = len(target), int(target.sum())
    tried = f"{leads:,} past leads ({wins:,} of them {won})"
    within, pooled = signal.auc.value, auc.value
    if within is None or pooled is None:
        return "No usable signal: all leads that could be judged ended in the same way."
    if signal.usable:
        start = "Probably usable" if are_few(leads, wins) else "Usable"
        return (
            f"{start}: in {tried}, none of which it had seen, the model puts the better lead first in"
            f" {_pairs(pooled)} (50 is a coin){_apart(pooled, within)}."
        )
    if signal.calendar_only is not None or signal.p_value is None:
        return signal.reason
    pairs = f"the model puts the better lead first in {_pairs(within)}{_together(within, pooled)}"
    if signal.auc.high is not None and signal.auc.high < 0.5:
        return (
            f"No usable signal: in {tried} {pairs}, worse than a coin (50): what told leads apart among those it had"
            f" learned from did not hold for these. {_AVERAGE} Newer leads to learn from may change that."
        )
    if signal.p_value > FALSE_ALARM_RATE:
        return (
            f"No usable signal: in {tried} {pairs}, which chance alone can explain (50 is a coin). {_AVERAGE} More"
            " leads, or columns that tell leads apart, may change that."
        )
    if signal.auc.low is not None and within - LEVEL * (within - signal.auc.low) / 1.96 <= SMALLEST_AREA:
        return (
            f"No usable signal: in {tried} {pairs} (50 is a coin), too few to be sure of a difference a team would"
            f" notice. {_AVERAGE}"
        )
    return signal.reason


def caveats_of(target: Floats, probability: Floats, won: str, shares: Sequence[float]) -> tuple[str, ...]:
    """What to keep in mind beside the figures: few leads, and leads the model cannot tell apart where a tier ends.

    Args:
        shares: where tiers A and B end, best first.
    """
    leads, wins = len(target), int(target.sum())
    found = []
    if are_few(leads, wins):
        found.append(
            f"Few leads: {leads:,} could be judged, {wins:,} of them {won}. Expect all figures to move as much as their"
            " ranges say, and train again when more leads have ended."
        )
    for tier, share in zip("AB", shares, strict=False):
        shared = shared_end(probability, max(1, round(share * leads)))
        if shared is not None and shared[1] >= max(5, SHARED * leads):
            score, equal, _ = shared
            found.append(
                f"{equal:,} of the {leads:,} past leads share the score {100 * score:.1f} at the end of tier {tier}:"
                " the model cannot tell them apart, and which of them are in it is a matter of order."
            )
    return tuple(found)


def _pairs(area: float) -> str:
    return f"{100 * area:.0f} of 100 pairs"


def _apart(pooled: float, within: float) -> str:
    if abs(round(100 * pooled) - round(100 * within)) <= 1:
        return ""
    return f"; in {100 * within:.0f} of 100 where both were judged in the same part"


def _together(within: float, pooled: float) -> str:
    if abs(round(100 * pooled) - round(100 * within)) <= 1:
        return ""
    return (
        f" of leads judged in the same part ({100 * pooled:.0f} over all parts, which differ for other reasons than"
        " their leads)"
    )
