"""What reviewers' answers move, by arithmetic one can redo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.engines.identity.answers import MOST_BITS, moved_model, moved_probability, shift_of
from galena.engines.identity.layout import Kind, layout_of
from galena.engines.identity.model import untrained_model
from galena.engines.identity.weighing import weigh

HALF = [(0.5, True), (0.5, False)]


def test_no_answers_and_answers_as_expected_move_nothing() -> None:
    assert shift_of([]) == pytest.approx(0, abs=1e-9)
    assert shift_of(HALF * 10) == pytest.approx(0, abs=1e-9)


def test_one_yes_moves_a_little_and_many_move_more() -> None:
    # One yes at 0.5: the slope 0.693 * (1 - p) - bits is zero where p = 0.5553: odds 1.249, bits 0.3 and a bit.
    shift = shift_of([(0.5, True)])
    assert 0.6931 * (1 - moved_probability(0.5, shift)) == pytest.approx(shift, abs=1e-3)
    assert 0.2 < shift < shift_of([(0.5, True)] * 5) < shift_of([(0.5, True)] * 50) < MOST_BITS


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.booleans()), max_size=20))
def test_opposite_answers_move_the_opposite_way(answers: list[tuple[float, bool]]) -> None:
    mirrored = [(1 - probability, not same) for probability, same in answers]
    assert shift_of(mirrored) == pytest.approx(-shift_of(answers), abs=1e-6)


def test_three_in_four_said_no_is_learned() -> None:
    shift = shift_of(([(0.5, True)] + [(0.5, False)] * 3) * 100)
    assert moved_probability(0.5, shift) == pytest.approx(0.25, abs=0.02)


def test_a_moved_model_gives_moved_odds() -> None:
    model = untrained_model(layout_of({"mail": Kind.EMAIL}), rows=1_000)
    record = model.record({"mail": "kim@borealis.com"})
    before = weigh(record, record, model).probability
    after = weigh(record, record, moved_model(model, -2)).probability
    assert after == pytest.approx(moved_probability(before, -2))
