"""Imagined changes, tried by scoring again: here with a scorer small enough to do in the head."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from galena.domain.playbook import Playbook
from galena.domain.score import MICROPOINTS, NotScored, Previous, Score
from galena.engines.explanation import (
    Explainer,
    confidence_short_of_next_tier,
    points_short_of_next_tier,
    what_would_change,
)

ScoreOf = Callable[..., Score]


def tier_at(score: Score, micropoints: int) -> str:
    """75 and more is green, 40 and more is yellow, the rest red."""
    return "green" if micropoints >= 75_000_000 else "yellow" if micropoints >= 40_000_000 else "red"


def evaluate(sql: str, inputs: Mapping[str, Any], as_of: datetime) -> Any:
    answers = {"TRUE": True, "FALSE": False, "owner_age > 65": inputs["owner_age"] > 65}
    return answers[sql]


class Rescorer:
    """40 points, 37 more without a successor, 1 more when open now; nobody under 18 is scored."""

    def __init__(self, score_of: ScoreOf) -> None:
        self.score_of = score_of
        self.previous: list[Previous] = []

    def __call__(self, inputs: Mapping[str, Any], as_of: datetime, previous: Previous) -> Score | NotScored:
        self.previous.append(previous)
        if inputs["owner_age"] < 18:
            return NotScored("discarded", "child")
        points = {"start": 39, "succession": 0 if inputs["has_successor"] else 37, "open": 0}
        points["open"] = 1 if inputs.get("open_now") else 0
        whole = sum(points.values()) * MICROPOINTS
        return self.score_of(points, tier=tier_at(self.score_of({}), whole))


@pytest.fixture
def rescore(score_of: ScoreOf) -> Rescorer:
    return Rescorer(score_of)


def tried(playbook: Playbook, rescore: Rescorer, inputs: Mapping[str, Any]) -> list[str]:
    score = rescore(inputs, datetime(2026, 11, 17), Previous())
    assert isinstance(score, Score)
    found = what_would_change(
        inputs, score, Explainer(playbook), rescore=rescore, evaluate=evaluate, tier_at=tier_at
    )
    return [result.sentence for result in found]


def test_a_declared_change_that_applies(playbook: Playbook, rescore: Rescorer) -> None:
    # 39 + 37 = 76, green; without the 37 it is 39, red; no tier lies above green.
    assert tried(playbook, rescore, {"owner_age": 71, "has_successor": False}) == [
        "A named successor: 39, red"
    ]
    assert rescore.previous[-1] == Previous("green", "cold")


def test_a_flip_that_moves_the_tier_and_the_points_missing(playbook: Playbook, rescore: Rescorer) -> None:
    # 39 is red; open now gives 40, which is yellow by the narrowest margin.
    assert tried(playbook, rescore, {"owner_age": 60, "has_successor": True}) == [
        "If “open now” were yes: 40, only just yellow",
        "1 point more: yellow",
    ]


def test_a_change_without_effect_is_not_offered(playbook: Playbook, rescore: Rescorer) -> None:
    sentences = tried(playbook, rescore, {"owner_age": 71, "has_successor": True})
    assert not any(sentence.startswith("A named successor") for sentence in sentences)


def test_a_lead_that_would_no_longer_be_scored(
    playbook: Playbook, rescore: Rescorer, score_of: ScoreOf
) -> None:
    score = score_of({"start": 76}, tier="green")

    def never(inputs: Mapping[str, Any], as_of: datetime, previous: Previous) -> NotScored:
        return NotScored("discarded", "junk")

    found = what_would_change(
        {"owner_age": 71, "open_now": True},
        score,
        Explainer(playbook),
        rescore=never,
        evaluate=evaluate,
        tier_at=tier_at,
    )
    # The declared change says so; a field turned round at random is not worth a line then.
    assert [result.sentence for result in found] == ["A named successor: no longer scored"]


@pytest.mark.parametrize(
    ("points", "tier", "sentence"),
    [
        (63, "yellow", "12 points more: green"),
        (63.4, "yellow", "12 points more: green"),
        (39.999999, "red", "1 point more: yellow"),
        (0, "red", "40 points more: yellow"),
        (80, "green", None),
    ],
)
def test_points_short(
    playbook: Playbook, score_of: ScoreOf, points: float, tier: str, sentence: str | None
) -> None:
    found = points_short_of_next_tier(score_of({"start": points}, tier=tier), Explainer(playbook), tier_at)
    assert (found.sentence if found else None) == sentence


def test_points_that_could_not_help_are_not_promised(playbook: Playbook, score_of: ScoreOf) -> None:
    score = score_of({"start": 63}, tier="yellow")
    assert points_short_of_next_tier(score, Explainer(playbook), lambda score, points: "yellow") is None


def test_confidence_that_is_missing_is_named(playbook: Playbook, score_of: ScoreOf) -> None:
    def green_when_sure(score: Score, micropoints: int) -> str:
        return "green" if score.confidence > 0.7 else "yellow"

    score = replace(score_of({"start": 80}, {"confidence": 0.6143}, tier="yellow"), confidence=0.6143)
    explainer = Explainer(playbook)
    found = confidence_short_of_next_tier(score, explainer, green_when_sure)
    assert found is not None
    assert found.sentence == "With 71 % of what counts known, not 61 %: green"
    assert confidence_short_of_next_tier(score, explainer, lambda score, points: "red") is None
