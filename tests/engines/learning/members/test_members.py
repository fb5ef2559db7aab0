"""The suite every kind of member passes."""

from dataclasses import replace

import numpy as np
import pytest

from galena.engines.learning.members.additive import Additive
from galena.engines.learning.members.boosting import LeafWise, Symmetric
from galena.engines.learning.members.forest import Forest
from galena.engines.learning.members.net import Net
from galena.engines.learning.members.recipe import Lesson, Recipe

ROWS = 400
RECIPES: list[Recipe] = [
    LeafWise(most_rounds=30),
    Symmetric(most_rounds=30),
    Forest(trees=10),
    Net(nets=2, hidden=(8, 4), epochs_most=6),
    Additive(),
]
DIRECTED = [recipe for recipe in RECIPES if recipe.kind != "net"]
pytestmark = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)


def lesson(rows: int = ROWS, *, seed: int = 0, directions: tuple[int, ...] = (0, 0, 0, 0)) -> Lesson:
    """Four inputs: one rising, one hump, one flag, one noise; a tenth of the values missing."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 4)).astype(np.float32)
    x[:, 2] = x[:, 2] > 0.5
    z = 1.5 * x[:, 0] - x[:, 1] ** 2 + x[:, 2]
    y = (draw.random(rows) < 1 / (1 + np.exp(-z))).astype(float)
    x[draw.random(x.shape) < 0.1] = np.nan
    return Lesson(x, y, None, np.array(directions, dtype=np.int8), seed=7)


def test_it_learns(recipe):
    grown = recipe.grow(lesson(), recipe.efforts(ROWS))
    later = lesson(seed=1)
    raw = grown.path(later.x)[-1]
    assert raw[later.y == 1].mean() > raw[later.y == 0].mean()


def test_its_arrays_say_what_the_library_says(recipe):
    given, later = lesson(), lesson(seed=2)
    grown = recipe.grow(given, recipe.efforts(ROWS)[-1:])
    assert grown.model().raw(later.x) == pytest.approx(grown.path(later.x)[-1], abs=1e-5)


def test_its_arrays_say_so_where_a_quantile_falls_a_rounding_error_past_a_value_that_many_share(recipe):
    given = lesson(501)  # three fifths of 500 is 300.00000000000006
    x = np.stack([np.r_[np.full(301, 2.0), np.linspace(3, 9, 200)], given.x[:, 0]], axis=1).astype(np.float32)
    grown = recipe.grow(Lesson(x, given.y, None, np.zeros(2, dtype=np.int8), 7), recipe.efforts(501)[-1:])
    assert grown.model().raw(x) == pytest.approx(grown.path(x)[-1], abs=1e-5)


def test_contributions_sum_to_the_prediction(recipe):
    grown = recipe.grow(lesson(), recipe.efforts(ROWS)[:1])
    x = lesson(20, seed=3).x
    found, start = grown.model().contributions(x)
    assert found.sum(axis=1) + start == pytest.approx(grown.model().raw(x), abs=1e-9)


def test_the_path_ends_where_the_last_effort_alone_ends(recipe):
    if recipe.kind == "net":
        pytest.skip("the learning rate of a net falls towards its last epoch, so a longer path differs")
    efforts = recipe.efforts(ROWS)
    x = lesson(50, seed=4).x
    path = recipe.grow(lesson(), efforts).path(x)
    assert path.shape == (len(efforts), 50)
    alone = recipe.grow(lesson(), efforts[-1:]).path(x)
    assert path[-1] == pytest.approx(alone[-1], abs=2e-2)


def test_the_same_seed_gives_the_same_member(recipe):
    x = lesson(50, seed=5).x
    first, second = (recipe.grow(lesson(), recipe.efforts(ROWS)[:2]).path(x) for _ in range(2))
    assert np.array_equal(first, second)


def test_weights_count_like_repeated_rows(recipe):
    given = lesson()
    heavy = replace(given, weight=np.where(given.y > 0.5, 3.0, 1.0))
    x = lesson(200, seed=6).x
    effort = recipe.efforts(ROWS)[-1:]
    plain, weighed = recipe.grow(given, effort).path(x)[-1], recipe.grow(heavy, effort).path(x)[-1]
    assert weighed.mean() > plain.mean()


def test_a_direction_given_is_kept(recipe):
    if recipe.kind == "net":
        pytest.skip("nets do not read columns with a direction")
    falling = lesson(directions=(-1, 0, 0, 0))  # against what the rows say: it must come out flat
    grown = recipe.grow(falling, recipe.efforts(ROWS)[-1:])
    x = np.repeat(lesson(20, seed=8).x, 9, axis=0)
    x[:, 0] = np.tile(np.linspace(-3, 3, 9), 20)
    raw = grown.model().raw(x).reshape(20, 9)
    assert (np.diff(raw, axis=1) <= 1e-9).all()


@pytest.mark.parametrize("rows", [24, 30])
def test_tiny_tables_are_learned(recipe, rows):
    given = lesson(rows)
    assert np.isfinite(recipe.grow(given, recipe.efforts(rows)).path(given.x)).all()


def test_inputs_that_never_vary_do_no_harm(recipe):
    given = lesson()
    x = np.concatenate(
        [given.x, np.full((ROWS, 1), np.nan, np.float32), np.ones((ROWS, 1), np.float32)], axis=1
    )
    wide = replace(given, x=x, monotone=np.zeros(6, dtype=np.int8))
    grown = recipe.grow(wide, recipe.efforts(ROWS)[:1])
    found, _ = grown.model().contributions(x[:10])
    assert np.isfinite(found).all()
    assert np.abs(found[:, 4:]).max(initial=0) == 0
