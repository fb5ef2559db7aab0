"""Compiles what models need at run time, so that the first scoring after an installation is as quick as any.

Run by the set-up: `python -m galena.kit.tabular.compile_all`. Later runs find the compiled code and do nothing.
"""

import numpy as np

from galena.kit.tabular.additive import Additive
from galena.kit.tabular.net import Layer, Net, Preparation
from galena.kit.tabular.trees import Trees

MANY_ROWS = 64


def compile_all() -> None:
    """Score and explain one row and many rows with a small predictor of each kind."""
    many = np.zeros((MANY_ROWS, 2), dtype=np.float32)
    for predictor in (_trees(), _net(), _curves()):
        predictor.raw_one(many[0])
        for rows in (many[:1], many):
            predictor.raw(rows)
            predictor.contributions(rows)


def _trees() -> Trees:
    """One question."""
    feature = np.array([1, -1, -1], dtype=np.int32)
    kids = np.array([[1, 2], [-1, -1], [-1, -1]], dtype=np.int32)
    zeros, cover = np.zeros(3), np.array([2.0, 1.0, 1.0])
    return Trees(
        feature,
        zeros,
        kids[:, 0].copy(),
        kids[:, 1].copy(),
        np.zeros(3, dtype=bool),
        zeros,
        cover,
        np.zeros(1, dtype=np.int32),
        0.0,
    )


def _net() -> Net:
    """One hidden unit."""
    zero, one = np.zeros(2), np.ones(2)
    origin, no_curves = np.arange(2, dtype=np.int32), np.zeros(0, dtype=np.int32)
    preparation = Preparation(origin, zero, one, -one, one, zero, no_curves, np.zeros(0), np.zeros(0))
    layers = (
        Layer(np.ones((2, 1)), np.zeros(1), "relu"),
        Layer(np.ones((1, 1)), np.zeros(1), "identity"),
    )
    return Net(preparation, (layers,), np.zeros((16, 2)), 2)


def _curves() -> Additive:
    """One straight line."""
    starts = np.array([0, 2, 2], dtype=np.int32)
    return Additive(starts, np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.zeros(2), np.zeros(2), 0.0)


if __name__ == "__main__":
    compile_all()
