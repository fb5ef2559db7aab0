"""What might have been chosen instead: other members, other encodings, other blends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from members_tables import Case
from numpy.typing import NDArray

from galena.engines.learning.blend import FLOOR, onto_simplex, shares_of
from galena.engines.learning.members.additive import Additive
from galena.engines.learning.members.boosting import LeafWise, Symmetric
from galena.engines.learning.members.recipe import Lesson, Matrix, Recipe
from galena.engines.learning.train_folds import telling
from galena.engines.learning.weights import SHARPNESS, floored, softmax
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.fit_encoding import fit_encoding
from galena.kit.tabular.odds import base_rate, log_odds
from galena.kit.tabular.parts import CategoryPart

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Path = Callable[[Lesson, Matrix], Floats]
CONVERSION = ": conversion so far"
STRENGTH = 10.0


def of_recipe(recipe: Recipe) -> Path:
    """A member of the product."""

    def path(lesson: Lesson, judged: Matrix) -> Floats:
        return recipe.grow(lesson, recipe.efforts(len(lesson.y))).path(judged)

    return path


def xgboost(lesson: Lesson, judged: Matrix) -> Floats:
    """XGBoost with settings like those of the other boosting members."""
    import xgboost as library

    settings = {
        "objective": "binary:logistic",
        "eta": 0.04,
        "max_depth": 4,
        "lambda": 5.0,
        "subsample": 0.8,
        "colsample_bynode": 0.5,
        "min_child_weight": 3.0,
        "nthread": 1,
        "seed": lesson.seed,
    }
    rounds = [int(effort) for effort in LeafWise().efforts(len(lesson.y))]
    model = library.train(settings, library.DMatrix(lesson.x, lesson.y), rounds[-1])
    asked = library.DMatrix(judged)
    return np.array(
        [model.predict(asked, output_margin=True, iteration_range=(0, r)).astype(float) for r in rounds]
    )


def plain_net(lesson: Lesson, judged: Matrix) -> Floats:
    """scikit-learn's net on standardised inputs, several strengths of penalty."""
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    found = []
    for penalty in (1.0, 0.01):
        net = MLPClassifier((64, 32), alpha=penalty, early_stopping=True, random_state=lesson.seed)
        model = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler(), net)
        model.fit(lesson.x, lesson.y)
        found.append(_log_odds(model.predict_proba(judged)[:, 1]))
    return np.array(found)


MEMBERS: dict[str, tuple[str, Path]] = {
    "XGBoost": ("trees", xgboost),
    "scikit-learn's net": ("net", plain_net),
    "linear": ("additive", of_recipe(Additive(pieces=0))),
}
"""Rivals: which inputs they read, and how they learn."""


def _log_odds(p: Any) -> Floats:
    found: Floats = np.log(np.clip(p, 1e-6, 1 - 1e-6)) - np.log(1 - np.clip(p, 1e-6, 1 - 1e-6))
    return found


@dataclass(frozen=True, eq=False)
class Encoded:
    """Inputs of training rows and judged rows, and who reads each."""

    train: Matrix
    judged: Matrix
    uses: tuple[frozenset[str], ...]

    def of(self, use: str, target: Floats) -> tuple[Matrix, Matrix]:
        """What one kind of member reads, bounded as in training."""
        own = np.array([at for at, uses in enumerate(self.uses) if use in uses], dtype=np.int64)
        most = max(40, min(400, len(target) // 8))
        if len(own) > most:
            own = np.sort(own[np.argsort(-telling(self.train[:, own], target), kind="stable")[:most]])
        return np.ascontiguousarray(self.train[:, own]), np.ascontiguousarray(self.judged[:, own])


def encodings(case: Case, rows: Rows, judged: Rows, seed: int) -> dict[str, Encoded]:
    """The same fold encoded in several ways."""
    target, frame = case.target[rows], case.frame[rows]
    with_pairs, own = fit_encoding(frame, case.reading, target, seed=seed)
    encoding, train = fit_encoding(frame, case.reading, target, seed=seed, pairs=())
    later = encoding.transform(case.frame[judged])
    uses = tuple(frozenset[str](each.use) for each in encoding.inputs)
    told = np.array([each.name.endswith(CONVERSION) for each in encoding.inputs])
    silent = tuple(use for use, is_told in zip(uses, told, strict=True) if not is_told)
    counted, counted_later = _categories(case.frame, encoding, rows, judged, frequency=True)
    flags, flags_later = _categories(case.frame, encoding, rows, judged, frequency=False)
    everyone = frozenset({"trees", "net", "additive"})

    def beside(first: Matrix, second: Matrix) -> Encoded:
        return Encoded(
            np.hstack([train[:, ~told], first]),
            np.hstack([later[:, ~told], second]),
            (*silent, *[everyone] * first.shape[1]),
        )

    return {
        "out of fold, with pairs (ours)": Encoded(
            own,
            with_pairs.transform(case.frame[judged]),
            tuple(frozenset[str](each.use) for each in with_pairs.inputs),
        ),
        "out of fold": Encoded(train, later, uses),
        "out of fold, every flag for trees too": Encoded(
            train, later, tuple(use | {"trees"} for use in uses)
        ),
        "ordered": Encoded(_ordered(frame, encoding, train, target, seed), later, uses),
        "from the same rows": Encoded(encoding.transform(frame), later, uses),
        "how common": beside(counted, counted_later),
        "a flag per answer": beside(flags, flags_later),
    }


def _ordered(frame: pl.DataFrame, encoding: Encoding, train: Matrix, target: Floats, seed: int) -> Matrix:
    """Each row's log-odds so far from the rows before it in a drawn order, as CatBoost does."""
    found = train.copy()
    rate, order = base_rate(target), np.random.default_rng(seed).permutation(len(target))
    names = [each.name for each in encoding.inputs]
    for part in encoding.parts:
        if not isinstance(part, CategoryPart) or part.column + CONVERSION not in names:
            continue
        codes = part.codes(frame.get_column(part.column))
        won, seen = np.zeros(len(part.levels) + 2), np.zeros(len(part.levels) + 2)
        before = np.zeros((len(target), 2))
        for row in order.tolist():
            code = codes[row]
            before[row] = won[code], seen[code]
            won[code] += target[row]
            seen[code] += 1
        place = names.index(part.column + CONVERSION)
        values = log_odds(before[:, 0], before[:, 1], rate, STRENGTH)
        found[:, place] = np.where(np.isnan(train[:, place]), np.nan, values)
    return found


def _categories(
    frame: pl.DataFrame, encoding: Encoding, rows: Rows, judged: Rows, *, frequency: bool
) -> tuple[Matrix, Matrix]:
    """Categories without a look at outcomes: how common each answer is, or a flag for each of the first sixty."""
    first: list[Any] = [np.zeros((len(rows), 0))]
    second: list[Any] = [np.zeros((len(judged), 0))]
    for part in encoding.parts:
        if not isinstance(part, CategoryPart):
            continue
        counts = np.array([*part.rows, 0, 0], dtype=float)
        for found, which in ((first, rows), (second, judged)):
            codes = part.codes(frame[which].get_column(part.column))
            levels = np.arange(min(60, len(part.levels)))
            found.append(np.log1p(counts)[codes][:, None] if frequency else codes[:, None] == levels[None, :])
    return np.hstack(first).astype(np.float32), np.hstack(second).astype(np.float32)


def catboost_itself(case: Case, rows: Rows, judged: Rows, seed: int) -> Floats:
    """CatBoost on the table as read: its own ordered statistics and its own combinations of categories."""
    from catboost import CatBoostClassifier, Pool

    words = [column.name for column in case.reading.used if column.kind in ("category", "text")]
    recipe = Symmetric()
    model = CatBoostClassifier(
        iterations=recipe.most_rounds,
        learning_rate=recipe.learning_rate,
        depth=4 if len(rows) < 1_000 else 6,
        l2_leaf_reg=5.0,
        random_seed=seed,
        thread_count=1,
        allow_writing_files=False,
        logging_level="Silent",
    )
    train, asked = (
        Pool(_plain(case.frame[which], words), label, cat_features=words)
        for which, label in ((rows, case.target[rows]), (judged, None))
    )
    model.fit(train)
    places = [int(effort) for effort in recipe.efforts(len(rows))]
    return np.array(
        [model.predict(asked, prediction_type="RawFormulaVal", ntree_end=r, thread_count=1) for r in places]
    )


def lightgbm_itself(case: Case, rows: Rows, judged: Rows, seed: int) -> Floats:
    """LightGBM on the table as read, with its own handling of categories."""
    import lightgbm

    words = [column.name for column in case.reading.used if column.kind in ("category", "text")]
    both = _plain(case.frame, words)
    for name in words:
        both[name] = both[name].astype("category")
    both.columns = [f"c{at}" for at in range(both.shape[1])]
    settings = {
        "objective": "binary",
        "learning_rate": 0.04,
        "num_leaves": 15,
        "lambda_l2": 5.0,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "num_threads": 1,
        "seed": seed,
        "verbose": -1,
    }
    places = [int(effort) for effort in LeafWise().efforts(len(rows))]
    model = lightgbm.train(settings, lightgbm.Dataset(both.iloc[rows], case.target[rows]), places[-1])
    return np.array([model.predict(both.iloc[judged], raw_score=True, num_iteration=r) for r in places])


LIBRARIES: dict[str, Callable[[Case, Rows, Rows, int], Floats]] = {
    "CatBoost's own": catboost_itself,
    "LightGBM's own": lightgbm_itself,
}


def _plain(frame: pl.DataFrame, words: Sequence[str]) -> Any:
    import pandas

    columns: dict[str, Any] = {}
    for name in frame.columns:
        series = frame.get_column(name)
        if name in words:
            columns[name] = np.array(series.fill_null("missing").to_list(), dtype=object)
        else:
            micros = series.cast(pl.Int64) if series.dtype == pl.Datetime else series
            columns[name] = micros.cast(pl.Float64).to_numpy()
    return pandas.DataFrame(columns)


def _greedy(z: Floats, y: Floats) -> Floats:
    """Add the member that helps most, again and again, thirty times."""
    count, total = np.zeros(z.shape[1]), np.zeros(len(y))
    for step in range(30):
        after = (total[:, None] + z) / (step + 1)
        losses = (np.logaddexp(0.0, after) - y[:, None] * after).mean(axis=0)
        best = int(np.argmin(losses))
        count[best] += 1
        total = total + z[:, best]
    return count / count.sum()


def _by_error(z: Floats, y: Floats) -> Floats:
    """The shares that follow recent outcomes: softmax of 5 x (1 - mean absolute error), with a floor."""
    error = np.abs(1 / (1 + np.exp(-z)) - y[:, None]).mean(axis=0)
    return floored(softmax(SHARPNESS * (1 - error)), FLOOR)


def _best(z: Floats, y: Floats) -> Floats:
    losses = (np.logaddexp(0.0, z) - y[:, None] * z).mean(axis=0)
    return np.eye(z.shape[1])[int(np.argmin(losses))]


def _stacked(z: Floats, y: Floats, asked: Floats) -> Floats:
    """Logistic regression on the members' log-odds, any slopes."""
    from sklearn.linear_model import LogisticRegression

    found: Floats = LogisticRegression(C=1.0).fit(z, y).decision_function(asked)
    return found


Shares = Callable[[Floats, Floats], Floats]
SHARES: dict[str, Shares] = {
    "drawn to equal shares, with a floor (ours)": shares_of,
    "equal shares": lambda z, _y: np.full(z.shape[1], 1 / z.shape[1]),
    "by mean error, with a floor": _by_error,
    "greedy selection": _greedy,
    "greedy selection, with a floor": lambda z, y: onto_simplex(_greedy(z, y), FLOOR),
    "the best member alone": _best,
}


def blended(z: Floats, y: Floats, asked: Floats) -> dict[str, Floats]:
    """Log-odds by every blend, decided on `z` and `y`."""
    found = {name: asked @ shares(z, y) for name, shares in SHARES.items()}
    found["equal shares of probabilities"] = _log_odds((1 / (1 + np.exp(-asked))).mean(axis=1))
    found["logistic stacking"] = _stacked(z, y, asked)
    return found
