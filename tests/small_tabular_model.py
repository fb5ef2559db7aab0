"""A small model for any table, made in no time: a forest that learns, and a net whose weights are drawn."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.kit.tabular.calibration import Calibrator
from galena.kit.tabular.model import Member, TabularModel

UNITS = 24
BACKGROUND = 20


def made(frame: pl.DataFrame, target: NDArray[np.float64], *, seed: int = 0, trees: int = 8) -> TabularModel:
    """The model; its probabilities lie between 0 and 1 and follow the forest."""
    from sklearn.ensemble import RandomForestClassifier

    from galena.kit.tabular.convert_trees import trees_of_forest
    from galena.kit.tabular.fit_encoding import fit_encoding
    from galena.kit.tabular.infer import infer_reading

    reading = infer_reading(frame)
    encoding, x = fit_encoding(reading.read(frame).frame, reading, target, seed=seed)
    forest = RandomForestClassifier(trees, max_depth=4, random_state=seed, n_jobs=1)
    forest.fit(x, target)
    every = np.arange(x.shape[1], dtype=np.int32)
    members = (
        Member("forest", "forest", trees_of_forest(forest), every, slope=4.0, intercept=-2.0),
        Member("net", "net", _net(x, seed), every, slope=1.0, intercept=-0.2),
    )
    columns = len(encoding.columns)
    return TabularModel(
        reading,
        encoding,
        members,
        np.array([0.6, 0.4]),
        Calibrator.identity(),
        base_rate=float(target.mean()),
        usable_signal=True,
        importance=np.full(columns, 1 / columns),
    )


def _net(x: NDArray[np.float32], seed: int) -> Any:
    from galena.kit.tabular.net import Layer, Net, Preparation

    draw = np.random.default_rng(seed)
    width = x.shape[1]
    known = np.where(np.isnan(x), 0.0, x).astype(np.float64)
    spread = known.std(axis=0) + 1e-6
    preparation = Preparation(
        origin=np.arange(width, dtype=np.int32),
        shift=known.mean(axis=0),
        scale=1 / spread,
        low=np.full(width, -3.0),
        high=np.full(width, 3.0),
        missing=np.zeros(width),
        curve_starts=np.zeros(0, dtype=np.int32),
        knots=np.zeros(0),
        levels=np.zeros(0),
    )
    layers = (
        Layer(draw.normal(size=(width, UNITS)) / np.sqrt(width), draw.normal(size=UNITS), "relu"),
        Layer(draw.normal(size=(UNITS, UNITS)) / np.sqrt(UNITS), draw.normal(size=UNITS), "silu"),
        Layer(draw.normal(size=(UNITS, 1)) / np.sqrt(UNITS), np.zeros(1), "identity"),
    )
    background = preparation.apply(x[draw.permutation(len(x))[:BACKGROUND]])
    return Net(preparation, (layers,), background, width)
