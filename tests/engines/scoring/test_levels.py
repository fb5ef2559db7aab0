"""Discards, categories, needs, temperature and tiers, with their memory."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from galena.domain.score import NotScored, Previous, Score
from galena.engines.scoring import Scorer

ScorerOf = Callable[..., Scorer]
Make = Callable[..., dict[str, Any]]

TIERS = [
    {"name": "a", "label": "A", "when": "score >= 80", "keep": "score >= 77"},
    {"name": "b", "label": "B", "when": "score >= 50 AND confidence > 0.2", "keep": "score >= 47"},
    {"name": "c", "label": "C", "when": "TRUE"},
]
LEVELS = [
    {"name": "hot", "label": "Hot", "when": "engagement >= 60", "keep": "engagement >= 40", "points": 15},
    {"name": "warm", "label": "Warm", "when": "engagement >= 30", "points": 8},
    {"name": "cold", "label": "Cold", "when": "TRUE"},
]


@pytest.fixture
def by_opens(scorer_of: ScorerOf, make_factor: Make) -> Scorer:
    """Engagement is the number of opens; it earns as many points as well."""
    mail = make_factor("mail", 100, category="does", scale="opens / 100")
    return scorer_of([mail], temperature=LEVELS, tiers=TIERS)


def level(scorer: Scorer, as_of: datetime, opens: float, previous: Previous) -> tuple[str, str]:
    score = scorer.score_one({"opens": opens}, as_of, previous)
    assert isinstance(score, Score)
    return score.temperature, score.tier


@pytest.mark.parametrize(
    ("opens", "before", "after"),
    [
        (60, None, "hot"),
        (59, None, "warm"),
        (59, "hot", "hot"),
        (40, "hot", "hot"),
        (39, "hot", "warm"),
        (45, "warm", "warm"),
        (29, "warm", "cold"),
        (29, "unheard_of", "cold"),
    ],
)
def test_temperature_remembers(
    by_opens: Scorer, as_of: datetime, opens: float, before: str | None, after: str
) -> None:
    assert level(by_opens, as_of, opens, Previous(temperature=before))[0] == after


def test_temperature_is_decided_before_its_points(by_opens: Scorer, as_of: datetime) -> None:
    score = by_opens.score_one({"opens": 62}, as_of)
    assert isinstance(score, Score)
    # 62 + 15 for hot = 77; engagement stays 62.
    assert (score.points, score.engagement, score.temperature) == (77, 62, "hot")
    assert {part.name: part.points for part in score.contributions}["temperature:hot"] == 15


@pytest.mark.parametrize(
    ("opens", "before", "after"),
    [
        (65, None, "a"),  # 65 + 15 = 80
        (62, None, "b"),  # 62 + 15 = 77
        (62, "a", "a"),
        (61, "a", "b"),
        (40, None, "c"),  # 40 + 8 = 48
        (40, "b", "b"),
        (38, "b", "c"),
    ],
)
def test_tiers_remember(
    by_opens: Scorer, as_of: datetime, opens: float, before: str | None, after: str
) -> None:
    assert level(by_opens, as_of, opens, Previous(tier=before))[1] == after


def test_a_lead_between_two_tiers_does_not_flicker(by_opens: Scorer, as_of: datetime) -> None:
    previous, tiers = Previous(), []
    for opens in (64, 65, 63, 65, 62, 64, 61, 64):  # 79, 80, 78, 80, 77, 79, 76, 79 points
        score = by_opens.score_one({"opens": opens}, as_of, previous)
        assert isinstance(score, Score)
        previous = Previous(score.tier, score.temperature)
        tiers.append(score.tier)
    assert tiers == ["b", "a", "a", "a", "a", "a", "b", "b"]


def test_without_levels_there_is_no_temperature(
    scorer_of: ScorerOf, make_factor: Make, as_of: datetime
) -> None:
    score = scorer_of([make_factor("one", 1)]).score_one({}, as_of)
    assert isinstance(score, Score)
    assert score.temperature == ""


@pytest.fixture
def choosy(scorer_of: ScorerOf, make_factor: Make) -> Scorer:
    """Discards the young and the nowhere, knows two categories, needs revenue."""
    return scorer_of(
        [make_factor("shops", 30, "category = 'shop'"), make_factor("services", 20, "is_service")],
        discards=[
            {"name": "too_young", "label": "Too young", "when": "age < 18"},
            {"name": "no_city", "label": "No city", "when": "city IS NULL"},
        ],
        categories=[
            {"name": "shop", "label": "Shop", "group": "retail", "when": "city LIKE 'Shop%'"},
            {"name": "cleaner", "label": "Cleaner", "group": "services", "when": "city LIKE 'Clean%'"},
        ],
        features=[
            {"name": "is_service", "group": "x", "label": "Service", "sql": "trade_group = 'services'"}
        ],
        needs=["revenue"],
    )


def test_the_first_discard_that_holds_is_the_reason(choosy: Scorer, as_of: datetime) -> None:
    assert choosy.score_one({"age": 12}, as_of) == NotScored("discarded", "too_young")
    assert choosy.score_one({"age": 30}, as_of) == NotScored("discarded", "no_city")


def test_needs_count_only_when_enrichment_is_required(choosy: Scorer, as_of: datetime) -> None:
    inputs = {"city": "Shopville"}
    assert isinstance(choosy.score_one(inputs, as_of), Score)
    waiting = choosy.score_one(inputs, as_of, require_enrichment=True)
    assert waiting == NotScored("needs_enrichment", "revenue")
    assert isinstance(choosy.score_one({**inputs, "revenue": 0}, as_of, require_enrichment=True), Score)


@pytest.mark.parametrize(
    ("city", "category", "group", "points"),
    [
        ("Shopville", "shop", "retail", 30),
        ("Cleanton", "cleaner", "services", 20),
        ("Elsewhere", None, None, 0),
    ],
)
def test_categories_feed_features_and_factors(
    choosy: Scorer, as_of: datetime, city: str, category: str | None, group: str | None, points: float
) -> None:
    score = choosy.score_one({"city": city}, as_of)
    assert isinstance(score, Score)
    assert (score.values["category"], score.values["trade_group"], score.points) == (category, group, points)


def test_the_tier_of_other_points(by_opens: Scorer, as_of: datetime) -> None:
    score = by_opens.score_one({"opens": 40}, as_of, Previous())
    assert isinstance(score, Score)
    tiers = [by_opens.tier_at(score, points * 1_000_000) for points in (0, 49, 50, 79, 80, 100)]
    assert tiers == ["c", "c", "b", "b", "a", "a"]


def test_expressions_are_answered_over_features_and_fields(choosy: Scorer, as_of: datetime) -> None:
    inputs = {"city": "Cleanton", "age": 40}
    assert choosy.evaluate("is_service AND age > 30", inputs, as_of) is True
    assert choosy.evaluate("age + 2", inputs, as_of) == 42
