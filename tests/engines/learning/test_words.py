"""What people say: part of a yes and part of a no, for less than an outcome, and never from the future."""

import numpy as np
import polars as pl
import pytest

from galena.engines.learning.members.additive import Additive
from galena.engines.learning.train_folds import Material, beside_of, encoded, lesson_of
from galena.engines.learning.words import Words, notes_of_words, rows_of, weight_of_each
from galena.kit.tabular.infer import infer_reading


def _days(*days: int) -> np.ndarray:
    return np.array(days, dtype="datetime64[D]").astype("datetime64[us]")


@pytest.mark.parametrize(
    ("words", "outcomes", "each"),
    # All together count half of the outcomes at most: 50 for 100, which is 0.25 each for 200 words.
    [(1, 100, 0.3), (100, 100, 0.3), (200, 100, 0.25), (1_000, 100, 0.05), (0, 100, 0.0)],
)
def test_a_word_counts_less_than_an_outcome(words: int, outcomes: int, each: float) -> None:
    assert weight_of_each(words, outcomes) == pytest.approx(each)


def test_a_word_is_part_of_a_yes_and_part_of_a_no() -> None:
    words = Words(pl.DataFrame({"x": [1, 2, 3]}), np.array([0.9, 0.0, 1.0]), _days(1, 2, 3))
    of, is_yes, weight = rows_of(words, 10)
    assert of.tolist() == [0, 0, 1, 2]
    assert is_yes.tolist() == [1.0, 0.0, 0.0, 1.0]
    assert weight.tolist() == pytest.approx([0.27, 0.03, 0.3, 0.3])


def test_members_learn_from_words_said_before_what_they_are_judged_by() -> None:
    draw = np.random.default_rng(0)
    frame = pl.DataFrame({"x": draw.normal(size=400)})
    target = np.tile([0.0, 1.0], 200)  # Nothing in x tells the outcome.
    reading = infer_reading(frame)
    x = np.tile([-2.0, 2.0], 100)
    words = Words(pl.DataFrame({"x": x}), (x > 0).astype(float), np.repeat(_days(5, 9), 100))
    material = Material(reading.read(frame).frame, reading, target, None, None, {}, 0, None, words)
    rows = np.arange(400)
    encoding, train = encoded(material, rows, 0)
    inputs = np.arange(train[0].shape[1], dtype=np.int32)
    assert beside_of(material, encoding, 400, _days(5)[0]) is None
    half = beside_of(material, encoding, 400, _days(7)[0])
    assert half is not None
    assert half.weight.tolist() == [pytest.approx(0.3)] * 100
    both = beside_of(material, encoding, 400)
    lesson = lesson_of(material, encoding, train, rows, inputs, 0, both)
    assert (len(lesson.y), lesson.weight.sum()) == (600, pytest.approx(400 + 200 * 0.3))
    assert lesson_of(material, encoding, train, rows, inputs, 0, None).weight is None
    asked = encoding.transform(pl.DataFrame({"x": [-2.0, 2.0]}))
    low, high = Additive().grow(lesson, Additive().efforts(400)).path(asked[:, inputs])[-1]
    assert high > low + 0.5


def test_the_report_says_that_words_were_learned_from() -> None:
    words = Words(pl.DataFrame({"x": [1, 2]}), np.array([0.9, 0.1]), _days(1, 2))
    (note,) = notes_of_words(words, 100)
    assert note.startswith(
        "What people said of 2 leads whose outcomes are open was learned from, too: a word counts 0.3"
    )
    assert notes_of_words(None, 100) == []
