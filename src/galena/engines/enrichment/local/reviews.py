"""Reviews: how content the people are who wrote them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from galena.domain.enrichment import Finding

POSITIVE_FROM = 0.05
NEGATIVE_FROM = -0.05
"""The bounds that VADER's authors give for its compound value."""


def review_finding(texts: Sequence[str]) -> Finding:
    """How content reviews are, by the words they use (VADER, English).

    Values: sentiment (-1 to 1, the mean), label (positive, neutral, negative), negative_share (0-1), review_count.
    """
    values = [_compound(text) for text in texts if text and text.strip()]
    if not values:
        return Finding("reviews", {}, 0.0, "There is no text.", None)
    mean = sum(values) / len(values)
    label = "positive" if mean >= POSITIVE_FROM else "negative" if mean <= NEGATIVE_FROM else "neutral"
    found = {
        "sentiment": round(mean, 4),
        "label": label,
        "negative_share": round(sum(each <= NEGATIVE_FROM for each in values) / len(values), 4),
        "review_count": len(values),
    }
    sure = min(0.9, 0.5 + abs(mean) * 0.3 + min(len(values), 20) * 0.01)
    return Finding(
        "reviews", found, round(sure, 2), f"The words of {len(values)} reviews are {label} on average.", None
    )


@lru_cache(maxsize=20_000)
def _compound(text: str) -> float:
    return float(_analyzer().polarity_scores(text)["compound"])


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import (  # type: ignore[import-untyped]
        SentimentIntensityAnalyzer,
    )

    return SentimentIntensityAnalyzer()
