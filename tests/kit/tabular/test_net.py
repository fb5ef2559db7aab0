"""Nets: what they compute, and contributions that sum to it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galena.kit.tabular.net import Layer, Net, NetError, Preparation

NAN = float("nan")
NONE, NO_CURVES = np.zeros(0), np.zeros(0, dtype=np.int32)


def prepared(**changes: Any) -> Preparation:
    """Input 0 standardised and its missing flag; input 1 as two pieces, 0 to 1 and 1 to 3."""
    given = {
        "origin": np.array([0, 0, 1, 1], dtype=np.int32),
        "shift": np.array([5.0, 0.0, 0.0, 1.0]),
        "scale": np.array([0.5, 1.0, 1.0, 0.5]),
        "low": np.array([-2.0, 0.0, 0.0, 0.0]),
        "high": np.array([2.0, 0.0, 1.0, 1.0]),
        "missing": np.array([0.25, 1.0, 0.0, 0.0]),
        "curve_starts": NO_CURVES,
        "knots": NONE,
        "levels": NONE,
    }
    return Preparation(**{**given, **changes})


def random_net(seed: int, inputs: int = 5, nets: int = 2) -> tuple[Net, NDArray[np.float32]]:
    """Nets of random layers and activations over a flag and a value per input, and rows with missing values."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(24, inputs)).astype(np.float32)
    x[rng.random(x.shape) < 0.2] = np.nan
    both = np.tile(np.arange(inputs, dtype=np.int32), 2)
    flags, values = np.zeros(inputs), np.ones(inputs)
    preparation = Preparation(
        both,
        np.concatenate([flags, rng.normal(size=inputs)]),
        np.ones(2 * inputs),
        np.concatenate([flags, values * -2]),
        np.concatenate([flags, values * 2]),
        np.concatenate([values, flags]),
        NO_CURVES,
        NONE,
        NONE,
    )
    made = []
    for _ in range(nets):
        width, layers = 2 * inputs, []
        for units in (*rng.integers(1, 9, rng.integers(0, 3)), 1):
            weight, bias = rng.normal(size=(width, units)) / np.sqrt(width), rng.normal(size=units)
            layers.append(Layer(weight, bias, rng.choice(["relu", "silu", "selu", "identity"])))
            width = units
        made.append(tuple(layers))
    net = Net(preparation, tuple(made), preparation.apply(x[:7]), inputs)
    net.check()
    return net, x


def test_preparation_by_hand() -> None:
    x = np.array([[6, 0.5], [NAN, 2], [100, NAN], [-100, 9]], dtype=np.float32)
    assert prepared().apply(x).tolist() == [
        [0.5, 0, 0.5, 0],
        [0.25, 1, 1, 0.5],
        [2, 0, 0, 0],
        [-2, 0, 1, 1],
    ]


def test_a_curve_is_read_off_between_its_knots() -> None:
    curve = prepared(
        curve_starts=np.array([0, 3, 3, 3, 3], dtype=np.int32),
        knots=np.array([0.0, 2.0, 4.0]),
        levels=np.array([-1.0, 1.0, 5.0]),
    )
    x = np.array([[-9, 0], [1, 0], [3, 0], [9, 0], [NAN, 0]], dtype=np.float32)
    assert curve.apply(x)[:, 0].tolist() == [-1, 0, 3, 5, 0.25]


def test_forward_by_hand() -> None:
    """relu(0.5 + 0.5 - 0.4) x 2 + 1 = 2.2; a second net says 0.2, so the mean is 1.2."""
    first = Layer(np.array([[1.0], [0], [1], [0]]), np.array([-0.4]), "relu")
    net = Net(
        prepared(),
        (
            (first, Layer(np.array([[2.0]]), np.array([1.0]), "identity")),
            (Layer(np.zeros((4, 1)), np.array([0.2]), "identity"),),
        ),
        np.zeros((2, 4)),
        2,
    )
    net.check()
    x = np.array([[6, 0.5]], dtype=np.float32)
    assert net.raw(x).tolist() == pytest.approx([1.2])
    assert net.raw_one(x[0]) == pytest.approx(1.2)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_contributions_are_complete(seed: int) -> None:
    net, x = random_net(seed)
    found, expected = net.contributions(x)
    assert np.abs(found.sum(axis=1) + expected - net.raw(x)).max() < 1e-9
    assert np.abs(net.contributions(x[:1])[0] - found[:1]).max() < 1e-9
    assert expected == pytest.approx(np.mean([net._forward(row[None])[0] for row in net.background]))


def test_a_linear_net_is_explained_exactly() -> None:
    """Weight x (value - mean of the background): 3 x (0.5 - 0.1) and -1 x (0.5 - 0.3)."""
    weight = np.array([[3.0], [0], [-1], [0]])
    background = np.array([[0.0, 0, 0.2, 0], [0.2, 0, 0.4, 0]])
    net = Net(prepared(), ((Layer(weight, np.zeros(1), "identity"),),), background, 2)
    found, expected = net.contributions(np.array([[6, 0.5]], dtype=np.float32))
    assert found[0].tolist() == pytest.approx([1.2, -0.2])
    assert expected == pytest.approx(0.0)


def test_an_input_that_is_not_read_contributes_nothing() -> None:
    net, x = random_net(3)
    deaf = [
        tuple(
            replace(layer, weight=layer.weight * np.r_[0, 1, 1, 1, 1, 0, 1, 1, 1, 1][:, None])
            if at == 0
            else layer
            for at, layer in enumerate(layers)
        )
        for layers in net.nets
    ]
    found, _ = replace(net, nets=tuple(deaf)).contributions(x)
    assert not found[:, 0].any()
    assert found[:, 1:].any()


@pytest.mark.parametrize(
    "change",
    [
        {"nets": ()},
        {"nets": ((Layer(np.zeros((3, 1)), np.zeros(1), "relu"),),)},
        {"nets": ((Layer(np.zeros((4, 2)), np.zeros(2), "relu"),),)},
        {"nets": ((Layer(np.full((4, 1), NAN), np.zeros(1), "relu"),),)},
        {"nets": ((Layer(np.zeros((4, 1)), np.zeros(1), "tanh"),),)},  # type: ignore[arg-type]
        {"background": np.zeros((0, 4))},
        {"background": np.zeros((3, 5))},
        {"preparation": prepared(origin=np.array([0, 0, 1, 2], dtype=np.int32))},
        {"preparation": prepared(missing=np.full(4, NAN))},
        {"preparation": prepared(low=np.full(4, 3.0))},
        {"preparation": prepared(curve_starts=np.array([0, 9, 9, 9, 9], dtype=np.int32))},
    ],
)
def test_arrays_that_are_no_net_are_refused(change: dict[str, Any]) -> None:
    good = Net(prepared(), ((Layer(np.ones((4, 1)), np.zeros(1), "identity"),),), np.zeros((2, 4)), 2)
    good.check()
    with pytest.raises(NetError):
        replace(good, **change).check()


def test_rows_of_another_width_are_refused() -> None:
    net, _ = random_net(1)
    with pytest.raises(NetError, match="inputs"):
        net.raw(np.zeros((2, 3), dtype=np.float32))
