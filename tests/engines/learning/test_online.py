"""The online learner: it follows a change within weeks, and does not take chance for signal."""

from dataclasses import replace
from math import log

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.domain.blend import BLEND, Blend
from galena.engines.learning import online
from galena.engines.learning.dataset import Dataset, dataset_of
from galena.engines.learning.online import MEMORIES_WEEKS, Course, Followed, follow, grown_on
from galena.engines.learning.online_model import memory_of, model_of
from galena.kit.clock import system_clock

NEEDED = log(40)


def _market(
    seed: int, weeks: int, shock: int | None = None, strength: float = 1.4, each: int = 40
) -> tuple[Course, Dataset]:
    """Rules tell of the first weeks' cause; from the shock on another column does; strength 0: nothing does."""
    draw = np.random.default_rng(seed)
    rows = weeks * each
    week = np.repeat(np.arange(weeks), each)
    old, new = draw.normal(size=rows), draw.normal(size=rows)
    after = week >= (weeks if shock is None else shock)
    z = -0.7 + strength * np.where(after, new, old)
    target = (draw.random(rows) < 1 / (1 + np.exp(-z))).astype(np.float64)
    trade = draw.choice(["bakery", "clinic", "garage"], rows)
    frame = pl.DataFrame({"old": old, "new": new, "trade": trade, "won": target})
    dataset = dataset_of(frame, target="won")
    points = np.clip(50 + 15 * old, 0, 100)
    return Course(dataset.table, dataset.reading, points, week * 7.0, target, np.ones(rows)), dataset


def _path(followed: Followed) -> list[float]:
    """The evidence after each week."""
    return [
        replace(followed, counts=followed.counts & (followed.week <= week)).evidence
        for week in np.unique(followed.week)
    ]


def test_a_change_is_followed_within_weeks() -> None:
    before = follow(_market(1, 20)[0])
    assert max(_path(before)) < NEEDED  # The rules know all there is to know.
    assert before.model_share < 0.7
    course, _ = _market(1, 30, shock=20)
    after = follow(course)
    crossed = next(week for week, evidence in enumerate(_path(after)) if evidence >= NEEDED)
    first = int(after.week.min())
    assert 20 < crossed + first <= 26
    assert after.model_share > 0.9
    assert "counts half" in memory_of(after)


def test_chance_does_not_take_over() -> None:
    # At an error rate of 1 in 40, three in sixteen come once in 150 times.
    wins = sum(max(_path(follow(_market(seed, 16, strength=0.0)[0]))) >= NEEDED for seed in range(16))
    assert wins <= 2


def test_what_came_later_changes_nothing_of_what_was_said() -> None:
    whole, _ = _market(3, 14, shock=7)
    first = np.flatnonzero(whole.given_day < 70)
    part = Course(
        whole.table[first],
        whole.reading,
        whole.points[first],
        whole.given_day[first],
        whole.target[first],
        whole.weight[first],
    )
    early, late = follow(part), follow(whole)
    assert early.online == pytest.approx(late.online[: len(early.online)])
    assert early.standing == pytest.approx(late.standing[: len(early.standing)])


def test_a_champion_is_judged_on_leads_it_did_not_learn_from() -> None:
    course, _ = _market(4, 16, shock=0)
    blind = np.full(len(course.points), -0.7)
    found = follow(course, champion=blind, since=49.0)
    assert found.counts.tolist() == (course.given_day[found.rows] > 49.0).tolist()
    assert found.evidence > NEEDED  # It knows what moves owners, and the champion does not.
    knowing = np.clip(-0.7 + 1.4 * course.table["new"].to_numpy(), -6, 6)
    assert follow(course, champion=knowing, since=49.0).evidence < NEEDED


def test_what_takes_over_is_what_was_judged() -> None:
    """A champion that knows more is not displaced by what it says itself, mixed with something else."""
    for seed in range(4):
        course, _ = _market(seed, 40)
        champion = np.clip(-0.7 + 1.4 * course.table["old"].to_numpy(), -6, 6)
        followed = follow(course, champion=champion, since=70.0)
        assert max(_path(followed)) < NEEDED
        assert followed.online == pytest.approx(
            follow(course).online[-len(followed.online) :]
        )  # The champion has no part in it.


def test_a_change_of_the_usual_rate_is_no_evidence() -> None:
    draw = np.random.default_rng(2)
    for seed in range(3):
        course, _ = _market(seed, 30, strength=1.0)
        z = 1.0 * course.table["old"].to_numpy() - np.where(course.weeks < 15, 0.2, 1.5)
        came = (draw.random(len(z)) < 1 / (1 + np.exp(-z))).astype(np.float64)
        fallen = replace(course, target=came)
        champion = np.clip(course.table["old"].to_numpy() - 0.2, -6, 6)
        assert max(_path(follow(fallen, champion=champion, since=56.0))) < NEEDED
        assert max(_path(follow(fallen))) < NEEDED
        # Nor where the points tell nothing at all.
        for points in (np.full(len(z), 50.0), draw.uniform(0, 100, len(z))):
            rate = (draw.random(len(z)) < np.where(course.weeks < 15, 0.5, 0.22)).astype(np.float64)
            assert max(_path(follow(replace(course, target=rate, points=points)))) < NEEDED


def test_nothing_varies_at_first() -> None:
    course, _ = _market(5, 12)
    late = np.where(course.weeks < 6, None, course.table["new"].to_numpy())
    frame = pl.DataFrame({"new": pl.Series(late.tolist(), dtype=pl.Float64), "won": course.target})
    dataset = dataset_of(frame, target="won")
    odd = replace(course, table=dataset.table, reading=dataset.reading, monotone={"gone": 1})
    assert follow(odd).week.min() > 6
    # One lead of long ago moves no week of the others.
    old = replace(course, given_day=np.append(course.given_day[:-1], course.given_day[0] - 7000))
    assert len(follow(old).rows) >= len(follow(course).rows) - 1


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(-4, 4), min_size=3, max_size=3), st.lists(st.integers(0, 1), min_size=2, max_size=9)
)
def test_shares_stay_shares_and_go_to_the_better(z: list[float], came: list[int]) -> None:
    fresh = np.full(3, 1 / 3)
    target = np.array(came, dtype=np.float64)
    said = np.array([[each] * len(came) for each in z])
    found = online._followed(fresh, said, target, fresh)
    assert found.sum() == pytest.approx(1)
    assert found.min() >= online.DEALT_ANEW / 3 - 1e-12
    losses = [float(online._loss(each, target).sum()) for each in said]
    assert np.argsort(losses, kind="stable")[0] == np.argmax(found) or min(losses) == pytest.approx(
        losses[int(np.argmax(found))]
    )


def test_the_model_says_what_its_predictors_say_together() -> None:
    course, dataset = _market(5, 30, shock=15)
    followed = follow(course)
    trained = model_of(dataset, course, followed, head="won", rules="", meta={}, seed=0, clock=system_clock)
    assert trained is not None
    blend = Blend.model_validate(trained.model.meta[BLEND])
    probability = trained.model.predict(dataset.frame).probability
    by_model = np.log(probability / (1 - probability))
    z = (1 - blend.weight) * (blend.intercept + blend.slope * course.points) + blend.weight * by_model
    predictors = grown_on(course, 30, 0)
    assert predictors is not None
    assert z == pytest.approx(followed.shares @ predictors.log_odds(course.table, course.points), abs=1e-4)
    # Explained exactly: base and contributions give each lead's log-odds.
    points = trained.model.explain(dataset.frame[:20])
    assert points.points.sum(axis=1) + points.base_points == pytest.approx(100 * probability[:20], abs=1e-4)
    assert len(followed.shares) == len(MEMORIES_WEEKS) * (1 + len(online.PENALTIES))


def test_too_little_is_told_so() -> None:
    course, dataset = _market(6, 1)
    followed = follow(course)
    assert not len(followed.rows)
    assert followed.evidence == 0
    assert (
        model_of(dataset, course, followed, head="won", rules="", meta={}, seed=0, clock=system_clock) is None
    )


def test_what_is_remembered_is_what_would_be_said_again() -> None:
    course, _ = _market(7, 10, shock=5)
    first = follow(course)
    online._said.clear()
    again = follow(course)
    assert first.online.tolist() == again.online.tolist()
    told = np.where(course.given_day == 28, 1 - course.target, course.target)
    other = Course(course.table, course.reading, course.points, course.given_day, told, course.weight)
    changed = follow(other)
    online._said.clear()
    assert changed.online.tolist() == follow(other).online.tolist()
    assert changed.online.tolist() != first.online.tolist()
