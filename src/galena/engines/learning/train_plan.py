"""What a training does within its budget: how many folds, which members of which size, on how many rows.

The plan comes from the size of the table and the budget alone, never from a measurement, so that the same table with
the same budget and seed gives the same model on any machine. The costs per row were measured on one core of a common
server; `train` watches the clock as well and leaves out folds where a machine is much slower.
"""

from dataclasses import dataclass, replace
from typing import Final

from galena.engines.learning.members.additive import Additive
from galena.engines.learning.members.boosting import LeafWise, Symmetric
from galena.engines.learning.members.forest import Forest
from galena.engines.learning.members.net import Net
from galena.engines.learning.members.recipe import Recipe
from galena.engines.learning.train_folds import FEWEST_INPUTS, MOST_INPUTS, ROWS_PER_INPUT

FOLDS: Final = 5
REPEATS_MOST: Final = 5
SHARE_FOR_FOLDS: Final = 0.55
SHARE_FOR_REFIT: Final = 0.25
FEWEST_ROWS: Final = 2_000
ASIDE_MOST: Final = 0.5
"""Of the budget, what reading and reporting may take from the training; a table that needs more exceeds the budget."""
SMALL: Final = 0.35
"""Members smaller than this tell less than the table holds."""
SIZES: Final = (2.0, 1.0, 0.6, 0.35, 0.2, 0.1)
"""Of the members, from full to small; at 2 each boosting member is two, averaged."""


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        folds, repeats: of the evaluation; with times repeats have no effect.
        recipes: the members.
        fold_rows: rows a fold learns from at most.
        final_rows: rows the model learns from at most.
        enough_s: the budget with which members of full size are judged five times; 0 where they are.
        cramped: whether the budget is too small for the table: less was learned than would do it justice.
    """

    folds: int
    repeats: int
    recipes: tuple[Recipe, ...]
    fold_rows: int
    final_rows: int
    enough_s: float = 0.0
    cramped: bool = False


def plan_of(rows: int, columns: int, budget_s: float, threads: int, *, in_time: bool = False) -> Plan:
    """The plan for a table of `rows` and `columns` within `budget_s` seconds on `threads` cores."""
    aside = min(aside_s(rows, columns), ASIDE_MOST * budget_s)
    speed = min(threads, 2) ** 0.9
    seconds = max(1.0, budget_s - aside) * speed
    enough = 0.0
    for size in SIZES:
        recipes = _recipes(size)
        final = seconds_for(recipes, rows, columns)
        for folds in (5,) if size > 1 else (5, 4, 3):
            fold = seconds_for(recipes, round(rows * (1 - 1 / folds)), columns) * (0.6 if in_time else 1)
            if folds * fold <= SHARE_FOR_FOLDS * seconds and final <= SHARE_FOR_REFIT * seconds:
                repeats = _repeats(rows, folds * fold, seconds)
                return Plan(folds, repeats, recipes, rows, rows, enough, size < SMALL)
            if size == 1 and folds == FOLDS:
                needed = max(folds * fold / SHARE_FOR_FOLDS, final / SHARE_FOR_REFIT)
                enough = needed / speed + aside_s(rows, columns)
    per_row = seconds_for(recipes, 10_000, columns) / 10_000
    fold_rows = max(FEWEST_ROWS, int(SHARE_FOR_FOLDS * seconds / 3 / per_row))
    final_rows = max(FEWEST_ROWS, int(SHARE_FOR_REFIT * seconds / per_row))
    return Plan(3, 1, recipes, min(rows, fold_rows), min(rows, final_rows), enough, True)


def aside_s(rows: int, columns: int) -> float:
    """What reading the table, looking for leaks and writing the report take, roughly, whatever is trained."""
    return 0.002 * columns + 5e-7 * rows * columns


def _repeats(rows: int, once_s: float, seconds: float) -> int:
    """Small tables are judged several times, with other parts, as far as time allows."""
    wanted = 1 if rows > 20_000 else 2 if rows > 5_000 else 3 if rows > 1_000 else REPEATS_MOST
    return max(1, min(wanted, int(SHARE_FOR_FOLDS * seconds / max(once_s, 1e-6))))


def _recipes(size: float) -> tuple[Recipe, ...]:
    """The members; a smaller `size` learns in fewer, larger steps."""
    leaf_wise, symmetric, forest, net = LeafWise(), Symmetric(), Forest(), Net()
    if size > 1:
        leaf_wise, symmetric = replace(leaf_wise, bags=int(size)), replace(symmetric, bags=int(size))
    if size < 1:
        fast = 0.5 + 0.5 * size
        leaf_wise = replace(
            leaf_wise,
            most_rounds=max(60, round(leaf_wise.most_rounds * size)),
            learning_rate=min(0.15, leaf_wise.learning_rate / size),
        )
        symmetric = replace(
            symmetric,
            most_rounds=max(60, round(symmetric.most_rounds * size)),
            learning_rate=min(0.2, symmetric.learning_rate / size),
        )
        forest = replace(forest, trees=max(30, round(forest.trees * fast * size**0.5)))
        net = replace(
            net, nets=max(1, round(net.nets * size)), epochs_most=max(3, round(net.epochs_most * size))
        )
    return leaf_wise, symmetric, forest, net, Additive()


def seconds_for(recipes: tuple[Recipe, ...], rows: int, columns: int) -> float:
    """What growing all the members once takes on one core, roughly; `columns` as in the table.

    Fitted to processor times on tables of 600 x 10, 2,000 x 10, 8,000 x 20, 30,000 x 40 and 3,000 x 400.
    """
    inputs = min(1.6 * columns, max(FEWEST_INPUTS, min(MOST_INPUTS, rows / ROWS_PER_INPUT)))
    pieces = min(400.0, 9.0 * columns)
    total = 0.1 + 1.1e-6 * rows * columns
    for recipe in recipes:
        if isinstance(recipe, LeafWise):
            total += recipe.bags * recipe.most_rounds * (2e-4 + 3.3e-9 * rows * inputs)
        elif isinstance(recipe, Symmetric):
            total += recipe.bags * recipe.most_rounds * (3e-4 + (3.5e-9 * rows + 8e-6) * inputs)
        elif isinstance(recipe, Forest):
            total += recipe.trees * (1e-3 + 4.2e-7 * min(rows, 20_000) * inputs**0.5)
        elif isinstance(recipe, Net):
            steps = min(recipe.steps_most, recipe.epochs_most * max(10.0, rows / 256))
            total += recipe.nets * steps * (1e-4 + 1.2e-6 * pieces)
        else:
            total += 0.02 + 9e-10 * min(rows, 30_000) * max(min(320.0, pieces), inputs) ** 2
    return total


def cramped_note(rows: int, columns: int, budget_s: float, enough_s: float) -> str:
    """What a person should know whose budget is too small for the table."""
    wanted = int(-(-enough_s // 10) * 10)
    return (
        f"{budget_s:g} seconds are few for {rows:,} leads with {columns:,} columns: the model learned less than it"
        f" could, and reading and reporting take their time besides. About {wanted:,} seconds (--budget {wanted})"
        " let it learn in full."
    )
