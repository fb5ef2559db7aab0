"""Points of factors, caps and the limit, each with the sum beside it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from galena.domain.score import Score
from galena.engines.scoring import Scorer

ScorerOf = Callable[..., Scorer]
Make = Callable[..., dict[str, Any]]


@pytest.fixture
def scored(scorer_of: ScorerOf, as_of: datetime) -> Callable[..., Score]:
    def score(factors: list[dict[str, Any]], inputs: dict[str, Any], **changes: Any) -> Score:
        result = scorer_of(factors, **changes).score_one(inputs, as_of)
        assert isinstance(result, Score)
        return result

    return score


def parts(score: Score) -> dict[str, float]:
    return {part.name: part.points for part in score.contributions if part.micropoints}


def test_conditions_that_hold_earn_their_points(scored: Callable[..., Score], make_factor: Make) -> None:
    # 20 + 14 + 5 = 39; revenue is unknown and earns nothing.
    factors = [
        make_factor("old", 14, "age > 65"),
        make_factor("young", 9, "age < 30"),
        make_factor("rich", 7, "revenue > 1000"),
        make_factor("always", 5),
    ]
    score = scored(factors, {"age": 71}, start=20)
    assert parts(score) == {"start": 20, "old": 14, "always": 5}
    assert score.micropoints == 39_000_000


@pytest.mark.parametrize(
    ("scale", "opens", "points"),
    [
        ("opens / 10", 4, 4.8),  # 12 x 0.4
        ("opens / 10", 25, 12.0),  # a scale above 1 counts as 1
        ("opens / 10", -3, 0.0),
        ("opens / 10", None, 0.0),
        ("opens / 3", 1, 4.0),
        ("opens / 7", 1, 1.714286),  # 12 / 7 = 1.7142857 to the millionth
    ],
)
def test_scale(
    scored: Callable[..., Score], make_factor: Make, scale: str, opens: float | None, points: float
) -> None:
    for sign in (1, -1):
        score = scored([make_factor("mail", 12 * sign, scale=scale)], {"opens": opens}, start=50)
        assert parts(score).get("mail", 0.0) == sign * points


def test_negative_points_round_as_the_mirror_image(scored: Callable[..., Score], make_factor: Make) -> None:
    # 0.000001 x 0.5 = half a micropoint, rounded away from zero on both sides.
    factors = [make_factor("up", 0.000001, scale="0.5"), make_factor("down", -0.000001, scale="0.5")]
    assert parts(scored(factors, {})) == {"up": 0.000001, "down": -0.000001}


@pytest.mark.parametrize(
    ("kind", "filed_on", "points"),
    [
        ("exponential", "2026-11-17", 16.0),
        ("exponential", "2026-11-07", 8.0),  # one half-life of 10 days
        ("exponential", "2026-10-18", 2.0),  # 30 days, three half-lives: 16 / 8
        ("linear", "2026-11-13", 9.6),  # 4 of 10 days gone: 16 x 0.6
        ("linear", "2026-11-07", 0.0),
        ("step", "2026-11-07", 16.0),
        ("step", "2026-11-06", 0.0),
        ("exponential", "2027-01-01", 16.0),  # a date in the future counts as today
        ("linear", "2027-01-01", 16.0),
        ("step", "2027-01-01", 16.0),
        ("exponential", None, 0.0),
        ("linear", None, 0.0),
        ("step", None, 0.0),
    ],
)
def test_decay(
    scored: Callable[..., Score], make_factor: Make, kind: str, filed_on: str | None, points: float
) -> None:
    decay = {"since": "filed_on", "days": 10, "kind": kind}
    score = scored([make_factor("lien", 16, decay=decay)], {"filed_on": filed_on})
    assert parts(score).get("lien", 0.0) == points


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "counts"),
    [
        (None, None, True),
        ("2026-11-17", None, True),
        ("2026-11-18", None, False),
        (None, "2026-11-17", True),
        (None, "2026-11-16", False),
        ("2026-01-01", "2026-12-31", True),
    ],
)
def test_validity_dates_are_inclusive(
    scored: Callable[..., Score],
    make_factor: Make,
    valid_from: str | None,
    valid_to: str | None,
    counts: bool,
) -> None:
    score = scored([make_factor("seasonal", 9, valid_from=valid_from, valid_to=valid_to)], {})
    assert score.points == (9 if counts else 0)
    # A factor out of season cannot be earned, so it does not lower fit either.
    assert score.fit == (100 if counts else 0)


def test_caps_both_ways_are_parts_of_their_own(scored: Callable[..., Score], make_factor: Make) -> None:
    caps = [
        {"name": "who", "label": "Who", "cap": 20},
        {"name": "does", "label": "Does", "side": "engagement", "cap": 10},
    ]
    factors = [
        make_factor("one", 15),
        make_factor("two", 12.5),
        make_factor("three", -8, category="does"),
        make_factor("four", -6, category="does"),
    ]
    score = scored(factors, {}, caps=caps, start=50)
    # who: 15 + 12.5 = 27.5, capped to 20: -7.5; does: -14, held at -10: +4; 50 + 20 - 10 = 60.
    assert parts(score)["cap:who"] == -7.5
    assert parts(score)["cap:does"] == 4
    assert score.points == 60


def test_the_limit_is_a_part_of_its_own(scored: Callable[..., Score], make_factor: Make) -> None:
    high = scored([make_factor("much", 60)], {}, start=70)
    assert (parts(high)["clamp"], high.points) == (-30, 100)
    low = scored([make_factor("little", -60)], {}, start=20)
    assert (parts(low)["clamp"], low.points) == (40, 0)


def test_fit_and_engagement_are_shares_of_what_can_be_earned(
    scored: Callable[..., Score], make_factor: Make
) -> None:
    caps = [
        {"name": "who", "label": "Who", "cap": 20},
        {"name": "does", "label": "Does", "side": "engagement"},
    ]
    factors = [
        make_factor("old", 14, "age > 65"),
        make_factor("rich", 26, "revenue > 0"),
        make_factor("poor", -4, "revenue < 0"),
        make_factor("mail", 8, "opens > 0", category="does"),
        make_factor("click", 32, "opens > 9", category="does"),
        make_factor("off", 50, on=False),
    ]
    score = scored(factors, {"age": 70, "opens": 3}, caps=caps)
    assert score.fit == 70  # 14 of at most 20
    assert score.engagement == 20  # 8 of 40
    assert scored(factors, {"revenue": -1}, caps=caps).fit == 0  # -4 counts as none
    assert scored([], {}).fit == 0


def test_factors_switched_off_are_left_out(scored: Callable[..., Score], make_factor: Make) -> None:
    score = scored([make_factor("on", 5), make_factor("off", 7, on=False)], {})
    assert [part.name for part in score.contributions] == ["start", "on", "clamp"]
    assert score.points == 5


def test_confidence_is_the_share_of_points_with_known_inputs(
    scored: Callable[..., Score], make_factor: Make
) -> None:
    factors = [
        make_factor("old", 14, "age > 65 AND NOT named"),  # 7 points on age, 7 on named
        make_factor("rich", 10, "revenue > 0"),
        make_factor("plain", -4),  # reads nothing
        make_factor("later", 50, "opens > 0", valid_from="2027-01-01"),  # not at stake yet
    ]
    assert scored(factors, {}).confidence == round(4 / 28, 4)
    assert scored(factors, {"age": 40}).confidence == round(11 / 28, 4)
    assert scored(factors, {"age": 40, "named": False, "revenue": 0}).confidence == 1
    assert scored([], {}).confidence == 1


def test_confidence_looks_through_features(scored: Callable[..., Score], make_factor: Make) -> None:
    feature = {"name": "is_old", "group": "x", "label": "Old", "sql": "coalesce(age, 0) > 65 AND opens > 1"}
    factors = [make_factor("old", 10, "is_old")]
    assert scored(factors, {"opens": 3}, features=[feature]).confidence == 0.5
