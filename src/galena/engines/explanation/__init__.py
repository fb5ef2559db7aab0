"""Scores in words: why, what moved them, and what would change them."""

from galena.engines.explanation.diff import Change, ScoreDiff, score_diff, whole_diff
from galena.engines.explanation.explainer import Explainer, Explanation, Part, Unknown, explain
from galena.engines.explanation.integers import shown_parts, shown_points, signed
from galena.engines.explanation.what_if import (
    WhatIfResult,
    confidence_short_of_next_tier,
    points_short_of_next_tier,
    what_would_change,
)

__all__ = [
    "Change",
    "Explainer",
    "Explanation",
    "Part",
    "ScoreDiff",
    "Unknown",
    "WhatIfResult",
    "confidence_short_of_next_tier",
    "explain",
    "points_short_of_next_tier",
    "score_diff",
    "shown_parts",
    "shown_points",
    "signed",
    "what_would_change",
    "whole_diff",
]
