"""A fold's rows cross-fitted in several ways: the same inputs, in the same places."""

import numpy as np
import polars as pl

from galena.engines.learning.train_folds import Material, encoded
from galena.kit.tabular.infer import infer_reading


def test_all_ways_of_cross_fitting_have_the_pairs_that_the_first_found():
    draw = np.random.default_rng(0)
    region, product = draw.integers(0, 6, 3_000), draw.integers(0, 5, 3_000)
    z = draw.normal(size=(6, 5))[region, product]
    target = (draw.random(3_000) < 1 / (1 + np.exp(-z))).astype(float)
    frame = pl.DataFrame(
        {"region": [f"region {at}" for at in region], "product": [f"product {at}" for at in product]}
    )
    reading = infer_reading(frame)
    material = Material(reading.read(frame).frame, reading, target, None, None, {}, 0)
    encoding, matrices = encoded(material, np.arange(3_000), 0, versions=2)
    assert len(encoding.pairs) == 1
    assert [matrix.shape for matrix in matrices] == [(3_000, len(encoding.inputs))] * 2
    numbers = [matrix[:, -1] for matrix in matrices]
    assert not np.array_equal(*numbers)
    assert np.corrcoef(*numbers)[0, 1] > 0.9
