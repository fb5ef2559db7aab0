"""Drift: nothing is said where nothing moved, and a shock is seen within weeks."""

import numpy as np
import polars as pl
import pytest

from galena.engines.learning.drift import (
    MONTHLY_ERROR_RATE,
    DriftReport,
    Stretch,
    drift_between,
    expected_area,
)
from galena.engines.learning.drift_inputs import stability


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-z)))


def _leads(
    draw, count: int, *, shift=0.0, concept=1.0, rate=-1.5, missing=0.1, trade=("a", "b", "c")
) -> Stretch:
    """Leads of a market; the model knows concept 1 and rate -1.5."""
    x = draw.normal(shift, 1, (count, 5))
    said = _sigmoid(-1.5 + x[:, 0] + 0.6 * x[:, 1])
    came = (draw.random(count) < _sigmoid(rate + concept * x[:, 0] + 0.6 * x[:, 1])).astype(float)
    columns = {f"x{n}": x[:, n] for n in range(5)} | {"trade": draw.choice(list(trade), count)}
    hidden = pl.Series(draw.random(count) < missing)
    frame = pl.DataFrame(columns).with_columns(pl.when(~hidden).then("x4").alias("x4"))
    members = np.column_stack([said, _sigmoid(np.log(said / (1 - said)) + draw.normal(0, 0.2, count))])
    return Stretch(frame, said, members, said, came, np.ones(count))


def _compared(seed: int, **moved) -> DriftReport:
    draw = np.random.default_rng(seed)
    return drift_between("Books a meeting", _leads(draw, 1500), _leads(draw, 300, **moved))


def test_the_index_by_hand() -> None:
    # 50 and 50 against 80 and 20, half a lead added to each: shares 0.5, 0.5 and 80.5/101, 20.5/101.
    index, p_value = stability(np.array([50.0, 50.0]), np.array([80.0, 20.0]))
    shares = np.array([80.5, 20.5]) / 101
    assert index == pytest.approx(((shares - 0.5) * np.log(shares / 0.5)).sum())
    assert p_value < 1e-4
    assert stability(np.array([50.0, 50.0]), np.array([50.0, 50.0])) == (0.0, 1.0)


def test_the_order_to_expect_by_hand() -> None:
    # 0.2 and 0.6: good above bad in 0.6 x 0.8 = 0.48 cases, the other way round in 0.2 x 0.4 = 0.08.
    assert expected_area(np.array([0.6, 0.2])) == pytest.approx(0.48 / 0.56)
    assert expected_area(np.full(9, 0.3)) == pytest.approx(0.5)


def test_months_without_drift_raise_no_more_alarms_than_stated() -> None:
    months = 40
    alarmed = 0
    for seed in range(months):
        draw = np.random.default_rng(seed)
        before = _leads(draw, 1500)
        looks = [drift_between("it", before, _leads(draw, 200)) for _ in range(5)]
        alarmed += any(look.alarms for look in looks)
    # 40 months at 5 % would be 2; 6 or more would have a probability of 1 %.
    assert alarmed <= 5
    assert looks[0].error_rate == MONTHLY_ERROR_RATE
    assert looks[0].sentence.startswith("Nothing moved that matters")


@pytest.mark.parametrize(
    ("moved", "kind", "words"),
    [
        ({"shift": 0.8}, "feature", "in the middle now"),
        ({"missing": 0.6}, "missing", "is not known of"),
        ({"trade": ("a", "b", "c", "kiosks")}, "new_values", "“kiosks”"),
        ({"shift": 0.8}, "predictions", "on average now"),
        ({"rate": -0.3}, "promises", "was promised of"),
        ({"concept": -0.5}, "order", "of 100 pairs now"),
    ],
)
def test_what_moved_is_named(moved: dict[str, object], kind: str, words: str) -> None:
    report = _compared(0, **moved)
    told = [each for each in report.alarms if each.kind == kind]
    assert told
    assert words in told[0].sentence
    assert report.findings[0].alarm


def test_members_that_come_apart() -> None:
    draw = np.random.default_rng(0)
    before, now = _leads(draw, 1500), _leads(draw, 300)
    assert now.members is not None
    apart = np.column_stack([now.members[:, 0], np.clip(now.members[:, 0] + draw.normal(0, 0.2, 300), 0, 1)])
    report = drift_between("it", before, Stretch(now.values, now.probability, apart))
    assert [each.kind for each in report.alarms] == ["disagreement"]


def test_a_shock_is_seen_within_weeks() -> None:
    """In week 1 the market turns over; each week 100 more outcomes come in, and the last four weeks are looked at."""
    weeks = []
    for seed in range(12):
        draw = np.random.default_rng(seed)
        before, parts = _leads(draw, 1500), []
        week = 0
        while week < 8:
            week += 1
            parts = [*parts, _leads(draw, 100, concept=-0.3)][-4:]
            now = Stretch(
                pl.concat([part.values for part in parts]),
                *(np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS),
            )
            if drift_between("it", before, now).alarms:
                break
        weeks.append(week)
    assert np.median(weeks) <= 2
    assert max(weeks) <= 4


_ARRAYS = ("probability", "members", "judged", "came", "weight")


def test_too_little_says_so() -> None:
    draw = np.random.default_rng(0)
    report = drift_between("it", _leads(draw, 30), _leads(draw, 10))
    assert report.findings == ()
    assert report.sentence == "Too little to compare: 10 leads of now against 30 of before."
