"""What would change a score: imagined changes, tried on the lead by scoring it again exactly."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from galena.domain.playbook import FieldType, WhatIf
from galena.domain.score import MICROPOINTS, NotScored, Previous, Score
from galena.engines.explanation.explainer import Explainer
from galena.engines.explanation.integers import shown_points
from galena.engines.explanation.labels import in_words, within_sentence

Rescore = Callable[[Mapping[str, Any], datetime, Previous], Score | NotScored]
"""Scores a lead's inputs as of a moment, remembering the tier and temperature before."""

Evaluate = Callable[[str, Mapping[str, Any], datetime], Any]
"""The value of one expression over a lead's inputs and features as of a moment."""

TierAt = Callable[[Score, int], str]
"""The tier a score would have with that many micropoints and all else equal."""

_ONLY_JUST = 2 * MICROPOINTS
_SCALE_END = 100 * MICROPOINTS


@dataclass(frozen=True, slots=True)
class WhatIfResult:
    """One imagined change and where it leads.

    Attributes:
        label: "A signed lease renewal".
        outcome: "77, still green".
        kind: declared by the playbook, a flipped yes-or-no field, or the points or confidence a better tier asks.
        change: in micropoints; 0 when the lead would no longer be scored.
        tier: the tier it would have; None when it would no longer be scored.
    """

    label: str
    outcome: str
    kind: Literal["declared", "flip", "points", "confidence"]
    change: int
    tier: str | None

    @property
    def sentence(self) -> str:
        """The whole in one sentence: "A signed lease renewal: 77, still green"."""
        return f"{self.label}: {self.outcome}"


def what_would_change(
    inputs: Mapping[str, Any],
    score: Score,
    explainer: Explainer,
    *,
    rescore: Rescore,
    evaluate: Evaluate,
    tier_at: TierAt,
) -> tuple[WhatIfResult, ...]:
    """Each declared what-if that applies and changes the score; fields whose yes or no moves the tier; and how far
    the next better tier is.

    Every result is the lead scored again with the change, from the tier and temperature it has now.
    """
    now = _Imagined(inputs, score, explainer, rescore, tier_at)
    declared = [
        now.result(what_if.label, change, "declared")
        for what_if, change in _applicable(inputs, score.as_of, explainer.playbook.rules.what_ifs, evaluate)
    ]
    touched = {name for what_if in explainer.playbook.rules.what_ifs for name in what_if.change}
    flips = [
        now.result(label, change, "flip")
        for label, change in _flips(inputs, explainer)
        if not touched & set(change)
    ]
    found = [result for result in declared if result.change or result.tier != score.tier]
    found += [result for result in flips if result.tier not in (score.tier, None)]
    found.sort(key=lambda result: -abs(result.change))
    short = points_short_of_next_tier(score, explainer, tier_at) or confidence_short_of_next_tier(
        score, explainer, tier_at
    )
    return tuple(found) if short is None else (*found, short)


def points_short_of_next_tier(score: Score, explainer: Explainer, tier_at: TierAt) -> WhatIfResult | None:
    """How many points more would give a better tier, all else equal; None at the top or where points alone do not."""
    ranks = {tier.name: rank for rank, tier in enumerate(explainer.playbook.rules.tiers)}
    rank = ranks.get(score.tier)
    if rank is None:
        return None

    def better(points: int) -> bool:
        return ranks[tier_at(score, min(score.micropoints + points * MICROPOINTS, _SCALE_END))] < rank

    low, high = 0, -((score.micropoints - _SCALE_END) // MICROPOINTS)
    if not better(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if better(middle) else (middle, high)
    tier = tier_at(score, min(score.micropoints + high * MICROPOINTS, _SCALE_END))
    words = f"{high} point{'s' * (high != 1)} more"
    return WhatIfResult(words, tier_words(explainer, tier), "points", high * MICROPOINTS, tier)


def confidence_short_of_next_tier(score: Score, explainer: Explainer, tier_at: TierAt) -> WhatIfResult | None:
    """The confidence that would give a better tier with the same points; None where it would not."""
    ranks = {tier.name: rank for rank, tier in enumerate(explainer.playbook.rules.tiers)}
    for percent in range(int(score.confidence * 100) + 1, 101):
        surer = replace(score, confidence=percent / 100)
        tier = tier_at(surer, score.micropoints)
        if ranks.get(tier, 0) < ranks.get(score.tier, 0):
            words = f"With {percent} % of what counts known, not {score.confidence * 100:.0f} %"
            return WhatIfResult(words, tier_words(explainer, tier), "confidence", 0, tier)
    return None


def tier_words(explainer: Explainer, name: str) -> str:
    """A tier as it reads inside a sentence."""
    tier = explainer.tier(name)
    return within_sentence(tier.label if tier else in_words(name))


@dataclass(frozen=True, slots=True)
class _Imagined:
    """A lead and its score, ready to be tried with changes."""

    inputs: Mapping[str, Any]
    score: Score
    explainer: Explainer
    rescore: Rescore
    tier_at: TierAt

    def result(
        self, label: str, change: Mapping[str, Any], kind: Literal["declared", "flip"]
    ) -> WhatIfResult:
        previous = Previous(self.score.tier, self.score.temperature)
        new = self.rescore({**self.inputs, **change}, self.score.as_of, previous)
        if isinstance(new, NotScored):
            return WhatIfResult(label, "no longer scored", kind, 0, None)
        moved = new.micropoints - self.score.micropoints
        return WhatIfResult(label, self._outcome(new), kind, moved, new.tier)

    def _outcome(self, new: Score) -> str:
        lower = self.tier_at(new, max(new.micropoints - _ONLY_JUST, 0))
        just = new.micropoints >= _ONLY_JUST and lower != new.tier
        manner = "only just " if just else "still " if new.tier == self.score.tier else ""
        return f"{shown_points(new.micropoints)}, {manner}{tier_words(self.explainer, new.tier)}"


def _applicable(
    inputs: Mapping[str, Any], as_of: datetime, what_ifs: tuple[WhatIf, ...], evaluate: Evaluate
) -> Iterator[tuple[WhatIf, dict[str, Any]]]:
    for what_if in what_ifs:
        if evaluate(what_if.when, inputs, as_of) is True:
            yield what_if, {name: evaluate(sql, inputs, as_of) for name, sql in what_if.change.items()}


def _flips(inputs: Mapping[str, Any], explainer: Explainer) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in explainer.playbook.fields.items():
        if field.type is FieldType.BOOLEAN and not field.outcome:
            value = inputs.get(name)
            for other in (True, False) if value is None else (not value,):
                yield f"If “{within_sentence(field.label)}” were {'yes' if other else 'no'}", {name: other}
