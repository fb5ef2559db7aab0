"""Which members, encodings and blends predict best? Repeated cross-validation on parts of public tables and on invented
ones; one thread. Prints JSON.

Every figure is the log-loss of rows nobody had learned from: a fold's members learn from the other folds; how long each
trains, its line to log-odds and its share are decided on the predictions for the other folds. `apart` is the mean
difference to what the product does, as a share of the loss of knowing only the base rate, in per cent, with its
standard error over folds (corrected for folds that share rows: Nadeau and Bengio 2003); above 0 the product is better.

    .venv/bin/python benchmarks/members.py [--tables x_education,steps] [--rows 3000] [--repeats 2]
"""

import argparse
import json
import sys
import warnings
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import numpy as np
from members_rivals import LIBRARIES, MEMBERS, Encoded, blended, encodings, of_recipe
from members_tables import CASES, Case
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from galena.engines.learning.blend import best_effort, line_of, shares_of
from galena.engines.learning.members.additive import Additive
from galena.engines.learning.members.boosting import LeafWise, Symmetric
from galena.engines.learning.members.forest import Forest
from galena.engines.learning.members.net import Net
from galena.engines.learning.members.recipe import Lesson, Recipe

Floats = NDArray[np.float64]
FOLDS = 5
OWN: tuple[tuple[str, Recipe], ...] = (
    ("trees", LeafWise()),
    ("trees", Symmetric()),
    ("trees", Forest()),
    ("net", Net()),
    ("additive", Additive()),
)
JUDGES: tuple[tuple[str, Recipe], ...] = (
    ("trees", LeafWise()),
    ("trees", Symmetric()),
    ("additive", Additive()),
)
"""The members that encodings are compared with."""
OURS = "out of fold, with pairs (ours)"


@dataclass
class Told:
    """What one way of doing it said of every row: a path per fold, and the seconds its learning took."""

    paths: list[Floats] = field(default_factory=list)
    seconds: float = 0.0


def main() -> None:
    """Each table in turn."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--tables", default=",".join(CASES))
    given.add_argument("--rows", type=int, default=3_000, help="of a table, at most")
    given.add_argument("--repeats", type=int, default=2, help="of five folds")
    order = given.parse_args()
    warnings.simplefilter("ignore")
    found = {}
    with threadpool_limits(limits=1):
        for name in order.tables.split(","):
            found[name] = measured(CASES[name](order.rows), order.repeats)
            print(f"{name}: done", file=sys.stderr)
    print(json.dumps({"tables": found, "over_tables": over(found)}, indent=2))


def measured(case: Case, repeats: int) -> dict[str, Any]:
    """Everything about one table."""
    members: dict[str, Told] = {}
    ways: dict[str, Told] = {}
    y, tests = case.target, []
    for repeat in range(repeats):
        parts = StratifiedKFold(FOLDS, shuffle=True, random_state=repeat).split(y, y)
        for number, (rows, judged) in enumerate(parts):
            tests.append(judged)
            seed = 100 * repeat + number
            found = encodings(case, rows, judged, seed)
            for use, recipe in OWN:
                _learn(members, recipe.name, found[OURS], use, of_recipe(recipe), y[rows], seed)
            for name, (use, path) in MEMBERS.items():
                _learn(members, name, found[OURS], use, path, y[rows], seed)
            _learn_ways(case, ways, found, rows, judged, seed)
    rate = y.mean()
    base = float(-rate * np.log(rate) - (1 - rate) * np.log(1 - rate))
    decided = {name: _decided(told.paths, tests, y) for name, told in members.items()}
    own = [recipe.name for _, recipe in OWN]
    blends = _blends(decided, own, tests, y)
    ours = next(iter(blends))
    ways_z = {name: _decided(told.paths, tests, y) for name, told in ways.items()}
    return {
        "rows": len(y),
        "positive": round(float(rate), 3),
        "base_rate_log_loss": round(base, 4),
        "members": _compared({**decided, ours: blends[ours]}, ours, tests, y, base),
        "member_seconds": {name: round(told.seconds / len(tests), 2) for name, told in members.items()},
        "blends": _compared(blends, ours, tests, y, base),
        "one_member_less_or_more": _compared(_changed(decided, own, tests, y), "as it is", tests, y, base),
        "encodings": {
            judge: _compared(
                {name.split(" | ")[1]: z for name, z in ways_z.items() if name.startswith(f"{judge} | ")},
                OURS,
                tests,
                y,
                base,
            )
            for judge in dict.fromkeys(name.split(" | ")[0] for name in ways)
        },
    }


def _learn(
    told: dict[str, Told], name: str, encoded: Encoded, use: str, path: Any, target: Floats, seed: int
) -> None:
    train, judged = encoded.of(use, target)
    lesson = Lesson(train, target, None, np.zeros(train.shape[1], dtype=np.int8), seed)
    started, here = process_time(), told.setdefault(name, Told())
    here.paths.append(path(lesson, judged))
    here.seconds += process_time() - started


def _learn_ways(
    case: Case,
    ways: dict[str, Told],
    found: dict[str, Encoded],
    rows: NDArray[np.int64],
    judged: NDArray[np.int64],
    seed: int,
) -> None:
    for use, recipe in JUDGES:
        for name, encoded in found.items():
            _learn(ways, f"{recipe.name} | {name}", encoded, use, of_recipe(recipe), case.target[rows], seed)
    for name, library in LIBRARIES.items():
        judge = Symmetric().name if name.startswith("CatBoost") else LeafWise().name
        told = ways.setdefault(f"{judge} | {name}", Told())
        told.paths.append(library(case, rows, judged, seed))


def _decided(paths: list[Floats], tests: list[NDArray[np.int64]], y: Floats) -> list[Floats]:
    """Per fold the log-odds, effort and line decided on the other folds of the same repeat."""
    found = []
    for at, path in enumerate(paths):
        others = _others(at, len(paths))
        known = np.concatenate([y[tests[k]] for k in others])
        seen = np.concatenate([paths[k] for k in others], axis=1)
        effort = best_effort(seen, known)
        slope, intercept = line_of(seen[effort], known)
        found.append(intercept + slope * path[effort])
    return found


def _others(at: int, count: int) -> list[int]:
    first = at // FOLDS * FOLDS
    return [k for k in range(first, min(first + FOLDS, count)) if k != at]


def _blends(
    decided: dict[str, list[Floats]], own: list[str], tests: list[NDArray[np.int64]], y: Floats
) -> dict[str, list[Floats]]:
    found: dict[str, list[Floats]] = {}
    for z, known, asked in _lessons(decided, own, tests, y):
        for name, said in blended(z, known, asked).items():
            found.setdefault(name, []).append(said)
    return found


def _changed(
    decided: dict[str, list[Floats]], own: list[str], tests: list[NDArray[np.int64]], y: Floats
) -> dict[str, list[Floats]]:
    """The product's blend without one of its members, and with one more."""
    sets = {"as it is": own}
    sets |= {f"without {name}": [each for each in own if each != name] for name in own}
    sets |= {f"with {name}": [*own, name] for name in MEMBERS}
    return {
        said: [asked @ shares_of(z, known) for z, known, asked in _lessons(decided, names, tests, y)]
        for said, names in sets.items()
    }


def _lessons(
    decided: dict[str, list[Floats]], names: list[str], tests: list[NDArray[np.int64]], y: Floats
) -> list[tuple[Floats, Floats, Floats]]:
    """Per fold: the members' log-odds on the other folds, what came, and their log-odds on this fold."""
    found = []
    for at in range(len(tests)):
        others = _others(at, len(tests))
        z = np.column_stack([np.concatenate([decided[name][k] for k in others]) for name in names])
        known = np.concatenate([y[tests[k]] for k in others])
        found.append((z, known, np.column_stack([decided[name][at] for name in names])))
    return found


def _compared(
    said: dict[str, list[Floats]], ours: str, tests: list[NDArray[np.int64]], y: Floats, base: float
) -> dict[str, dict[str, Any]]:
    losses = {
        name: np.array(
            [np.mean(np.logaddexp(0.0, z) - y[test] * z) for z, test in zip(folds, tests, strict=True)]
        )
        for name, folds in said.items()
    }
    found = {}
    for name, loss in losses.items():
        apart = 100 * (loss - losses[ours]) / base
        error = float(np.sqrt(apart.var(ddof=1) * (1 / len(loss) + 1 / (FOLDS - 1))))
        found[name] = {
            "log_loss": round(float(loss.mean()), 4),
            "spread": round(float(loss.std(ddof=1)), 4),
            "apart": [round(float(apart.mean()), 2), round(error, 2)],
        }
    return found


def over(tables: dict[str, Any]) -> dict[str, Any]:
    """Per choice over all tables: the mean difference, and on how many tables it was surely better or worse."""
    found: dict[str, Any] = {}
    groups = [
        (kind, lambda table, kind=kind: table[kind])
        for kind in ("members", "blends", "one_member_less_or_more")
    ]
    judges = dict.fromkeys(judge for table in tables.values() for judge in table["encodings"])
    groups += [
        (f"encodings, {judge}", lambda table, judge=judge: table["encodings"][judge]) for judge in judges
    ]
    for kind, of in groups:
        found[kind] = {}
        for name in of(next(iter(tables.values()))):
            apart = np.array([of(table)[name]["apart"] for table in tables.values()])
            found[kind][name] = {
                "apart": round(float(apart[:, 0].mean()), 2),
                "surely_better": int((apart[:, 0] < -2 * apart[:, 1]).sum()),
                "surely_worse": int((apart[:, 0] > 2 * apart[:, 1]).sum()),
                "tables": len(apart),
            }
    return found


if __name__ == "__main__":
    main()
