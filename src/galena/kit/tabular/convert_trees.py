"""Trees of the training libraries as `Trees`: the same decisions, the same numbers.

Each converter reads what the library itself writes down, so no library is imported here.
"""

import json
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.trees import Trees, TreesError, joined

Scale = Literal["probability", "log_odds"]

NOTHING = 1e-35
"""LightGBM takes numbers no farther from zero than this for zero."""


def trees_of_lightgbm(booster: Any) -> Trees:
    """The trees of a LightGBM booster (or of a fitted classifier); raw is its raw score.

    Cover is the number of training rows, as in LightGBM's own contributions.

    Raises:
        TreesError: a categorical split, several classes, linear leaves, or zeros taken for missing where that changes
            a decision.
    """
    booster = getattr(booster, "booster_", booster)
    dump = booster.dump_model()
    if dump.get("num_tree_per_iteration", 1) != 1:
        raise TreesError("The LightGBM model has several classes.", remedy="Train it on a 0/1 target.")
    parts = [_lightgbm_tree(tree) for tree in dump["tree_info"]]
    if not parts:
        raise TreesError("The LightGBM model has no trees.")
    share = 1 / len(parts) if dump.get("average_output") else 1.0
    scaled = [_scaled(part, share) for part in parts] if share != 1.0 else parts
    return joined(scaled, 0.0)


def _scaled(tree: Trees, share: float) -> Trees:
    return Trees(**{**vars(tree), "value": tree.value * share})


def _lightgbm_tree(tree: dict[str, Any]) -> Trees:
    nodes = _Nodes()
    waiting = [(tree["tree_structure"], nodes.add())]
    while waiting:
        given, at = waiting.pop()
        if "split_feature" not in given:
            if "leaf_coeff" in given:
                raise TreesError("The LightGBM model has linear leaves.", remedy="Train without linear_tree.")
            nodes.leaf(at, given["leaf_value"], given.get("leaf_count", 1))
            continue
        if given["decision_type"] != "<=":
            raise TreesError("The LightGBM model has a categorical split.", remedy="Train on numbers only.")
        left, right = nodes.add(), nodes.add()
        nodes.split(
            at,
            given["split_feature"],
            float(given["threshold"]),
            _lightgbm_missing_left(given),
            left,
            right,
            given["internal_count"],
        )
        waiting += [(given["left_child"], left), (given["right_child"], right)]
    return nodes.trees(0.0)


def _lightgbm_missing_left(node: dict[str, Any]) -> bool:
    """Where a missing input goes: by the default only where missing values were seen, else as a zero does."""
    zero_left = bool(node["threshold"] >= 0)
    if node["missing_type"] == "NaN":
        return bool(node["default_left"])
    if node["missing_type"] == "Zero" and bool(node["default_left"]) != zero_left:
        raise TreesError(
            "The LightGBM model takes zeros for missing.", remedy="Train without zero_as_missing."
        )
    return zero_left


def trees_of_catboost(model: Any) -> Trees:
    """The trees of a CatBoost model on numbers only; raw is its raw value ("RawFormulaVal").

    Symmetric trees become ordinary ones. Cover is the weight of the training rows in each leaf, as in CatBoost's own
    Shapley values.

    Raises:
        TreesError: categorical or text inputs, or several classes.
    """
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        model.save_model(str(file), format="json")
        document = json.loads(file.read_bytes())
    features = document["features_info"]
    if features.get("categorical_features") or features.get("text_features"):
        raise TreesError(
            "The CatBoost model has inputs that are not numbers.", remedy="Train on numbers only."
        )
    scale, biases = document.get("scale_and_bias", [1.0, [0.0]])
    bias = biases[0] if isinstance(biases, list) else biases
    inputs = features["float_features"]
    flat = {f["feature_index"]: f.get("flat_feature_index", f["feature_index"]) for f in inputs}
    modes = {f["feature_index"]: f.get("nan_value_treatment", "AsIs") for f in inputs}
    parts = []
    for tree in document.get("oblivious_trees", []):
        parts.append(_catboost_symmetric(tree, flat, modes, scale))
    for tree in document.get("trees", []):
        parts.append(_catboost_ordinary(tree, flat, modes, scale))
    if not parts:
        raise TreesError("The CatBoost model has no trees.")
    return joined(parts, float(bias))


def _catboost_missing_left(mode: str) -> bool:
    # Missing is taken as the least number (AsFalse, also AsIs: NaN > border is false) or as the greatest one.
    return mode != "AsTrue"


def _catboost_symmetric(
    tree: dict[str, Any], flat: dict[int, int], modes: dict[int, str], scale: float
) -> Trees:
    splits = tree.get("splits") or []
    values, weights = tree["leaf_values"], tree["leaf_weights"]
    if len(values) != 1 << len(splits):
        raise TreesError("The CatBoost model has several classes.", remedy="Train it on a 0/1 target.")
    nodes = _Nodes()
    waiting = [(len(splits) - 1, 0, nodes.add())]  # the last split is the highest bit of a leaf's number
    while waiting:
        bit, leaf, at = waiting.pop()
        if bit < 0:
            nodes.leaf(at, scale * values[leaf], weights[leaf])
            continue
        split, left, right = splits[bit], nodes.add(), nodes.add()
        feature = split["float_feature_index"]
        below = sum(weights[leaf + other] for other in range(2 << bit))
        nodes.split(
            at, flat[feature], split["border"], _catboost_missing_left(modes[feature]), left, right, below
        )
        waiting += [(bit - 1, leaf, left), (bit - 1, leaf | 1 << bit, right)]
    return nodes.trees(0.0)


def _catboost_ordinary(
    tree: dict[str, Any], flat: dict[int, int], modes: dict[int, str], scale: float
) -> Trees:
    nodes = _Nodes()

    def add(given: dict[str, Any]) -> tuple[int, float]:
        at = nodes.add()
        if "split" not in given:
            value, weight = given["value"], given["weight"]
            value = value[0] if isinstance(value, list) else value
            nodes.leaf(at, scale * value, weight)
            return at, weight
        split = given["split"]
        feature = split["float_feature_index"]
        (left, below), (right, above) = add(given["left"]), add(given["right"])
        missing = _catboost_missing_left(modes[feature])
        nodes.split(at, flat[feature], split["border"], missing, left, right, below + above)
        return at, below + above

    add(tree)
    return nodes.trees(0.0)


def trees_of_forest(forest: Any, *, scale: Scale = "probability") -> Trees:
    """The trees of a scikit-learn RandomForest or ExtraTrees, classifier (two classes) or regressor.

    The result is the forest's probability of the second class (a regressor's prediction): each leaf's share divided by
    the number of trees. With `scale="log_odds"`, which classifiers only have, each leaf gives its smoothed log-odds,
    (share x rows + 1/2) against its complement, divided by the number of trees.

    Raises:
        TreesError: not exactly two classes.
    """
    classes = getattr(forest, "classes_", None)
    if classes is not None and len(classes) != 2:
        raise TreesError("The forest does not have two classes.", facts={"classes": len(classes)})
    grown = [tree.tree_ for tree in forest.estimators_]
    return joined([_forest_tree(tree, len(grown), classes is not None, scale) for tree in grown], 0.0)


def _forest_tree(tree: Any, trees: int, classifier: bool, scale: Scale) -> Trees:
    leaf = tree.children_left < 0
    value = tree.value[:, 0, :]
    share = value[:, 1] / value.sum(axis=1) if classifier else value[:, 0]
    weight = tree.weighted_n_node_samples
    if scale == "log_odds":
        share = np.log((share * weight + 0.5) / ((1 - share) * weight + 0.5))
    return Trees(
        feature=np.where(leaf, -1, tree.feature).astype(np.int32),
        threshold=np.where(leaf, 0.0, tree.threshold),
        left=tree.children_left.astype(np.int32),
        right=tree.children_right.astype(np.int32),
        missing_left=tree.missing_go_to_left.astype(bool),
        value=share / trees,
        cover=weight.astype(np.float64),
        roots=np.zeros(1, dtype=np.int32),
        base=0.0,
    )


class _Nodes:
    """Nodes collected one at a time; the first one is the root."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, float, int, int, bool, float, float]] = []

    def add(self) -> int:
        """Room for one node."""
        self.rows.append((-1, 0.0, -1, -1, False, 0.0, 0.0))
        return len(self.rows) - 1

    def leaf(self, at: int, value: float, cover: float) -> None:
        """Make a node a leaf."""
        self.rows[at] = (-1, 0.0, -1, -1, False, value, cover)

    def split(
        self, at: int, feature: int, threshold: float, missing_left: bool, left: int, right: int, cover: float
    ) -> None:
        """Make a node ask."""
        self.rows[at] = (feature, threshold, left, right, missing_left, 0.0, cover)

    def trees(self, base: float) -> Trees:
        """One tree."""
        feature, threshold, left, right, missing_left, value, cover = zip(*self.rows, strict=True)

        def whole(numbers: tuple[int, ...]) -> NDArray[np.int32]:
            return np.array(numbers, dtype=np.int32)

        return Trees(
            feature=whole(feature),
            threshold=np.array(threshold, dtype=np.float64),
            left=whole(left),
            right=whole(right),
            missing_left=np.array(missing_left, dtype=bool),
            value=np.array(value, dtype=np.float64),
            cover=np.array(cover, dtype=np.float64),
            roots=np.zeros(1, dtype=np.int32),
            base=base,
        )
