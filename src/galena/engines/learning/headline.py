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
        title: the first line: what the best leads hold, as a range where few leads were judged.
        sentences: the same in plain words.
        few: whether so few leads were judged that ranges say more than figures.
        caveats: what to keep in mind beside them, in sentences.
    """

    model_config = ConfigDict(frozen=True)
    share_flagged: float
    recall: Estimate
    times: Estimate
    tiers: tuple[TierLine, ...]
    title: str = ""
    sentences: tuple[str, ...]
    few: bool = False
    caveats: tuple[str, ...] = ()


def headline_of(
    usable: bool,
    reason: str,
    gains: Sequence[GainRow],
    figures: Mapping[str, Estimate],
    base_rate: float,
    *,
    leads: int,
    few: bool = False,
    caveats: Sequence[str] = (),
) -> Headline:
    """The headline from the gains table (it must hold the shares 20 % and 50 %) and the figures.

    Args:
        leads: how many were judged.
        few: whether those are few.
        caveats: what to keep in mind beside it.
    """
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
    title = f"The best 20 % of the leads hold {held(recall, few)} of the wins"
    sentences = (
        (
            f"{title}: {percent(recall.value)} among the {leads:,} leads judged."
            if few
            else f"{title}{_likely(recall)}.",
            _times(times, tiers, few),
            f"Working half of the list, best first, reaches {percent(half)} of the wins{_likely(figures['gain_50'])}.",
        )
        if usable
        else (reason,)
    )
    return Headline(
        share_flagged=SHARE_FLAGGED,
        recall=recall,
        times=times,
        tiers=tiers,
        title=title,
        sentences=sentences,
        few=few,
        caveats=tuple(caveats),
    )


def held(share: Estimate, few: bool) -> str:
    """A share in per cent; its range alone where few leads were judged."""
    if few and share.low is not None and share.high is not None:
        return f"roughly {percent(share.low)} to {percent(share.high)}"
    return percent(share.value)


def times_held(times: Estimate, few: bool) -> str:
    """How many times as often, such as 8.3 or 15; the range alone where few leads were judged."""
    if times.value is None:
        return "–"
    if few and times.low is not None and times.high is not None:
        return f"{_number(times.low)} to {_number(times.high)}"
    return _number(times.value)


def percent(share: float | None) -> str:
    """A share in per cent: whole ones, with a decimal below ten; a dash where it is not known."""
    if share is None:
        return "–"
    if 0 < share < 0.0005:
        return "under 0.1 %"
    return f"{share * 100:.1f} %" if 0 < share < 0.0995 else f"{share * 100:.0f} %"


def _times(times: Estimate, tiers: tuple[TierLine, ...], few: bool) -> str:
    best, worst = tiers[0].rate or 0.0, tiers[2].rate or 0.0
    if times.value is None:
        return f"A leads won in {percent(best)} of cases; none of the C leads did."
    ranged = times.low is not None and times.high is not None
    if few and ranged:
        return (
            f"A leads win roughly {times_held(times, few)} times as often as C leads: {percent(best)} against"
            f" {percent(worst)} among those judged."
        )
    likely = f" (likely between {_number(times.low)} and {_number(times.high)})" if ranged else ""
    often = f"A leads win {_number(times.value)} times as often as C leads{likely}"
    return f"{often}: {percent(best)} against {percent(worst)}."


def _number(times: float | None) -> str:
    if times is None:
        return "–"
    return f"{times:.1f}" if times < 9.95 else f"{times:,.0f}"


def _likely(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f" (likely between {percent(estimate.low)} and {percent(estimate.high)})"
