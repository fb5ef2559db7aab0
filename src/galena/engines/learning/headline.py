"""What a sales manager reads first: how much of the wins a part of the work brings, and A against C."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from galena.engines.learning.curves import GainRow
from galena.engines.learning.metrics import Estimate, Number

SHARE_FLAGGED = 0.2
SHARE_WORTH_A_LOOK = 0.5


class TierLine(BaseModel):
    """A tier by share of leads: which leads, the rate they won at, and their share of all wins."""

    model_config = ConfigDict(frozen=True)
    tier: str
    leads_in_words: str
    share: float
    rate: Number
    share_of_wins: Number


class Headline(BaseModel):
    """The first lines of a report.

    Attributes:
        share_flagged: share of leads flagged, best first.
        recall: share of all wins among them.
        times: how often tier A (the best 20 %) wins beside tier C (the worst half); null if C never won.
        tiers: A, B and C.
        sentences: the same in plain words.
    """

    model_config = ConfigDict(frozen=True)
    share_flagged: float
    recall: Estimate
    times: Estimate
    tiers: tuple[TierLine, ...]
    sentences: tuple[str, ...]


def headline_of(
    usable: bool, reason: str, gains: Sequence[GainRow], figures: Mapping[str, Estimate], base_rate: float
) -> Headline:
    """The headline from the gains table (it must hold the shares 20 % and 50 %) and the figures."""
    at = {round(row.share, 3): row.found or 0.0 for row in gains}
    top, half = at[SHARE_FLAGGED], at[SHARE_WORTH_A_LOOK]
    tiers = tuple(
        TierLine(
            tier=tier,
            leads_in_words=words,
            share=share,
            rate=found * base_rate / share,
            share_of_wins=found,
        )
        for tier, words, share, found in (
            ("A", "the best 20 %", SHARE_FLAGGED, top),
            ("B", "the next 30 %", SHARE_WORTH_A_LOOK - SHARE_FLAGGED, half - top),
            ("C", "the other half", 1 - SHARE_WORTH_A_LOOK, 1 - half),
        )
    )
    recall, times = figures["gain_20"], figures["top_to_bottom"]
    sentences = _sentences(recall, times, tiers, half) if usable else (reason,)
    return Headline(share_flagged=SHARE_FLAGGED, recall=recall, times=times, tiers=tiers, sentences=sentences)


def _sentences(
    recall: Estimate, times: Estimate, tiers: tuple[TierLine, ...], half: float
) -> tuple[str, ...]:
    best, worst = tiers[0].rate or 0.0, tiers[2].rate or 0.0
    first = f"The best 20 % of the leads hold {percent(recall.value)} of the wins{_between(recall)}."
    if times.value is None:
        second = f"A leads won in {percent(best)} of cases; none of the C leads did."
    else:
        second = f"A leads win {times.value:.1f} times as often as C leads: {percent(best)} against {percent(worst)}."
    third = f"Working half of the list, best first, reaches {percent(half)} of the wins."
    return first, second, third


def percent(share: float | None) -> str:
    """A share in per cent: whole ones, with a decimal below ten; a dash where it is not known."""
    if share is None:
        return "–"
    if 0 < share < 0.0005:
        return "under 0.1 %"
    return f"{share * 100:.1f} %" if 0 < share < 0.0995 else f"{share * 100:.0f} %"


def _between(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f" (likely between {percent(estimate.low)} and {percent(estimate.high)})"
