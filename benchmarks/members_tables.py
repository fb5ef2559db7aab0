"""The tables that members, encodings and blends are compared on: parts of public ones, and invented ones whose law is
known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from quality_tables import TABLES as PUBLIC

from galena.engines.learning.dataset import dataset_of
from galena.kit.tabular.reading import Reading

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Case:
    """A table as read (`ReadTable.frame`), and what came of each row."""

    frame: pl.DataFrame
    reading: Reading
    target: Floats


def public(name: str) -> Callable[[int], Case]:
    """Rows of the part that a public table's models learn from; what they are judged on elsewhere is not touched."""

    def case(rows: int) -> Case:
        table = PUBLIC[name]()
        drawn = np.random.default_rng(0).permutation(table.train)[:rows]
        dataset = dataset_of(table.frame[np.sort(drawn)], target=table.target, positive="1", **table.options)
        return Case(dataset.reading.read(dataset.frame).frame, dataset.reading, dataset.target)

    return case


def invented(
    law: Callable[[np.random.Generator, int], tuple[dict[str, object], Floats]],
) -> Callable[[int], Case]:
    """A table by a law that gives columns and the true log-odds."""

    def case(rows: int) -> Case:
        draw = np.random.default_rng(7)
        columns, z = law(draw, rows)
        won = (draw.random(len(z)) < 1 / (1 + np.exp(-z))).astype(np.int64)
        dataset = dataset_of(pl.DataFrame(columns).with_columns(won=pl.Series(won)), target="won")
        return Case(dataset.reading.read(dataset.frame).frame, dataset.reading, dataset.target)

    return case


def adding_up(draw: np.random.Generator, rows: int) -> tuple[dict[str, object], Floats]:
    """Curves of six numbers and effects of three categories, which simply add up; four columns say nothing."""
    numbers = draw.normal(size=(rows, 8))
    sizes = (6, 20, 80, 15)
    codes = [draw.integers(0, size, rows) for size in sizes]
    z = -1 + 0.6 * numbers[:, 0] + 0.5 * np.abs(numbers[:, 1]) + 0.5 * np.sin(2 * numbers[:, 2])
    z += 0.3 * numbers[:, 3] - 0.4 * np.minimum(numbers[:, 4], 0) + 0.2 * numbers[:, 5] ** 2
    for size, code in zip(sizes[:3], codes, strict=False):
        z += 0.5 * draw.normal(size=size)[code]
    return _named(numbers, codes), z


def two_together(draw: np.random.Generator, rows: int) -> tuple[dict[str, object], Floats]:
    """What sells depends on the region: 30 regions times 20 products, each pair with an effect of its own."""
    numbers = draw.normal(size=(rows, 4))
    codes = [draw.integers(0, size, rows) for size in (30, 20, 8, 5)]
    z = -0.8 + 1.0 * draw.normal(size=(30, 20))[codes[0], codes[1]] + 0.4 * draw.normal(size=8)[codes[2]]
    return _named(numbers, codes), z + 0.5 * numbers[:, 0] + 0.3 * numbers[:, 1]


def steps(draw: np.random.Generator, rows: int) -> tuple[dict[str, object], Floats]:
    """Thresholds and conditions of numbers, as trees like them."""
    numbers = draw.normal(size=(rows, 10))
    codes = [draw.integers(0, size, rows) for size in (4, 12)]
    z = -1 + 1.5 * ((numbers[:, 0] > 0.3) & (numbers[:, 1] > -0.2)) - 1.2 * (numbers[:, 2] > 1)
    z += np.where(codes[0] == 1, 0.9 * np.sign(numbers[:, 3]), -0.4 * np.sign(numbers[:, 4]))
    return _named(numbers, codes), z + 0.8 * (numbers[:, 5] * numbers[:, 6] > 0)


def few_rows(draw: np.random.Generator, rows: int) -> tuple[dict[str, object], Floats]:
    """Four hundred leads with twelve columns, a tenth of the values missing."""
    numbers = draw.normal(size=(min(rows, 400), 9))
    codes = [draw.integers(0, size, len(numbers)) for size in (5, 25, 3)]
    z = -0.5 + 0.7 * numbers[:, 0] - 0.5 * numbers[:, 1] + 0.8 * (numbers[:, 2] > 0)
    z += 0.7 * draw.normal(size=5)[codes[0]]
    return _named(np.where(draw.random(numbers.shape) < 0.1, np.nan, numbers), codes), z


def market(rows: int) -> Case:
    """The simulator's market of businesses, as a workspace's model sees its leads."""
    from evidence_curve import market_of

    found = market_of(0)
    frame, booked = found.values[:rows], found.booked[:rows].astype(np.int64)
    dataset = dataset_of(frame.with_columns(won=pl.Series(booked)), target="won")
    return Case(dataset.reading.read(dataset.frame).frame, dataset.reading, dataset.target)


def _named(numbers: Floats, codes: list[NDArray[np.int64]]) -> dict[str, object]:
    columns: dict[str, object] = {f"number {at}": numbers[:, at] for at in range(numbers.shape[1])}
    return columns | {f"choice {at}": [f"answer {one}" for one in code] for at, code in enumerate(codes)}


CASES: dict[str, Callable[[int], Case]] = {
    "x_education": public("x_education"),
    "olist": public("olist"),
    "bank": public("bank"),
    "hillstrom": public("hillstrom"),
    "market": market,
    "adding_up": invented(adding_up),
    "two_together": invented(two_together),
    "steps": invented(steps),
    "few_rows": invented(few_rows),
}
