"""Trees of the training libraries predict and explain as the libraries do."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from galena.kit.tabular.convert_trees import trees_of_catboost, trees_of_forest, trees_of_lightgbm
from galena.kit.tabular.trees import Trees, TreesError

Table = tuple[NDArray[np.float32], NDArray[np.float64]]


@pytest.fixture(scope="module")
def table() -> Table:
    """600 rows of 6 inputs; input 5 never misses a value in training."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(600, 6)).astype(np.float32)
    x[:, 4] = rng.integers(0, 3, 600)
    y = (x[:, 0] + x[:, 1] * x[:, 2] + rng.normal(size=600) > 0).astype(np.float64)
    holes = rng.random(x.shape) < 0.15
    holes[:, 5] = False
    x[holes] = np.nan
    return x, y


@pytest.fixture(scope="module")
def others() -> NDArray[np.float32]:
    """Rows no model has seen: missing in every input, zeros, and values far outside."""
    rng = np.random.default_rng(6)
    x = (rng.normal(size=(400, 6)) * 2).astype(np.float32)
    x[rng.random(x.shape) < 0.2] = np.nan
    x[rng.random(x.shape) < 0.1] = 0.0
    x[rng.random(x.shape) < 0.02] = 1e30
    return x


def lightgbm(table: Table, rounds: int = 40, **options: Any) -> Any:
    import lightgbm as library

    x, y = table
    chosen = {"objective": "binary", "verbose": -1, "num_threads": 1, "num_leaves": 15, **options}
    return library.train(chosen, library.Dataset(x, y), rounds)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"use_missing": False},
        {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
        {"monotone_constraints": [1, 0, 0, 0, 0, 0]},
        {"linear_tree": False, "extra_trees": True, "max_depth": 3},
        {"boost_from_average": False, "bagging_freq": 1, "bagging_fraction": 0.5},
    ],
)
def test_lightgbm(table: Table, others: NDArray[np.float32], options: dict[str, Any]) -> None:
    booster = lightgbm(table, **options)
    trees = trees_of_lightgbm(booster)
    # Its forests are averaged in predictions, but neither in raw scores nor in contributions.
    share = 1 / 40 if options.get("boosting") == "rf" else 1.0
    assert np.abs(trees.raw(others) - booster.predict(others, raw_score=True) * share).max() < 1e-9
    theirs = booster.predict(others, pred_contrib=True) * share
    ours, expected = trees.contributions(others)
    assert np.abs(ours - theirs[:, :-1]).max() < 1e-9
    assert abs(expected - theirs[0, -1]) < 1e-9


def test_lightgbm_that_cannot_be_converted_says_why(table: Table) -> None:
    import lightgbm as library

    x, y = table
    data = library.Dataset(np.nan_to_num(x), y, categorical_feature=[4])
    booster = library.train({"objective": "binary", "verbose": -1, "num_threads": 1}, data, 20)
    with pytest.raises(TreesError, match="categorical"):
        trees_of_lightgbm(booster)
    with pytest.raises(TreesError, match="several classes"):
        trees_of_lightgbm(
            lightgbm((x, x[:, 4] * 0 + (y + (x[:, 5] > 0))), objective="multiclass", num_class=3)
        )
    with pytest.raises(TreesError, match="linear"):
        trees_of_lightgbm(lightgbm((np.nan_to_num(x), y), linear_tree=True))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"nan_mode": "Max"},
        {"grow_policy": "Lossguide", "max_leaves": 9},
        {"grow_policy": "Depthwise", "depth": 3},
        {"boost_from_average": True, "loss_function": "RMSE"},
    ],
)
def test_catboost(table: Table, others: NDArray[np.float32], options: dict[str, Any]) -> None:
    import catboost

    x, y = table
    settings = {"iterations": 30, "depth": 4, "verbose": 0, "thread_count": 1, "allow_writing_files": False}
    model = catboost.CatBoost({"loss_function": "Logloss", **settings, **options}).fit(x, y)
    trees = trees_of_catboost(model)
    assert np.abs(trees.raw(others) - model.predict(others, prediction_type="RawFormulaVal")).max() < 1e-9
    ours, expected = trees.contributions(others[:50])
    assert np.abs(ours.sum(axis=1) + expected - trees.raw(others[:50])).max() < 1e-10


def test_catboost_shapley_values(table: Table) -> None:
    """On its training rows, whose leaf weights the library kept; path dependent as ours."""
    import catboost

    x, y = table
    model = catboost.CatBoost(
        {
            "iterations": 20,
            "depth": 3,
            "verbose": 0,
            "thread_count": 1,
            "loss_function": "Logloss",
            "allow_writing_files": False,
            "boosting_type": "Plain",
        }
    ).fit(x, y)
    theirs = model.get_feature_importance(
        catboost.Pool(x, y), type="ShapValues", shap_calc_type="Regular", thread_count=1
    )
    ours, expected = trees_of_catboost(model).contributions(x)
    assert np.abs(ours - theirs[:, :-1]).max() < 1e-6
    assert abs(expected - theirs[0, -1]) < 1e-6


@pytest.mark.parametrize("kind", ["RandomForestClassifier", "ExtraTreesClassifier", "RandomForestRegressor"])
def test_forests(table: Table, others: NDArray[np.float32], kind: str) -> None:
    from sklearn import ensemble

    x, y = table
    options = {"n_estimators": 12, "max_depth": 6, "random_state": 0}
    if kind.endswith("Classifier"):
        options["class_weight"] = "balanced"
    forest = getattr(ensemble, kind)(**options).fit(x, y)
    trees = trees_of_forest(forest)
    theirs = forest.predict_proba(others)[:, 1] if kind.endswith("Classifier") else forest.predict(others)
    assert np.abs(trees.raw(others) - theirs).max() < 1e-9
    ours, expected = trees.contributions(others)
    assert np.abs(ours.sum(axis=1) + expected - theirs).max() < 1e-9


def test_a_forest_of_log_odds(table: Table) -> None:
    """A leaf of 3 rows, 2 of them positive, says log(2.5 / 1.5)."""
    from sklearn.ensemble import RandomForestClassifier

    x = np.array([[0], [0], [0], [1]], dtype=np.float32)
    forest = RandomForestClassifier(1, bootstrap=False).fit(x, [1, 1, 0, 0])
    trees = trees_of_forest(forest, scale="log_odds")
    assert trees.raw(x[[0, 3]]).tolist() == pytest.approx([np.log(2.5 / 1.5), np.log(0.5 / 1.5)])
    with pytest.raises(TreesError, match="two classes"):
        trees_of_forest(RandomForestClassifier(2).fit(x, [0, 1, 2, 2]))


def test_xgboost_contributions_are_ours(table: Table) -> None:
    """The same method on a third library's trees (32-bit floats there)."""
    import json

    import xgboost

    x, y = table
    data = xgboost.DMatrix(x, y)
    options = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1, "base_score": 0.5}
    booster = xgboost.train(options, data, 15)
    trees = _trees_of_xgboost(json.loads(booster.save_raw("json")))
    theirs = booster.predict(data, pred_contribs=True)
    ours, expected = trees.contributions(x)
    assert np.abs(ours - theirs[:, :-1]).max() < 1e-5
    assert abs(expected - theirs[0, -1]) < 1e-5


def _trees_of_xgboost(document: dict[str, Any]) -> Trees:
    from galena.kit.tabular.trees import joined

    parts = []
    for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
        left, right = (np.array(tree[f"{side}_children"], dtype=np.int32) for side in ("left", "right"))
        leaf = left < 0
        condition = np.array(tree["split_conditions"], dtype=np.float32)
        below = np.nextafter(condition, np.float32(-np.inf)).astype(np.float64)  # there, only less goes left
        parts.append(
            Trees(
                np.where(leaf, -1, np.array(tree["split_indices"])).astype(np.int32),
                below,
                left,
                right,
                np.array(tree["default_left"]) > 0,
                condition.astype(np.float64),
                np.array(tree["sum_hessian"], dtype=np.float64),
                np.zeros(1, dtype=np.int32),
                0.0,
            )
        )
    return joined(parts, 0.0)
