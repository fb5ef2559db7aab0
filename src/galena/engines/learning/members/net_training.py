"""Training several small nets at once: every step is one batched matrix product per layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.members.recipe import Floats, Matrix, prior_log_odds

MEAN_DECAY: Final = 0.9
SQUARE_DECAY: Final = 0.98
Tensor = NDArray[np.float32]


@dataclass(frozen=True)
class Schedule:
    """How the nets learn.

    Attributes:
        rate: the highest learning rate, reached after `warm_up` of all steps.
        decay: weight decay per step, times the rate.
        dropout: share of hidden units left out per step.
        batch: rows per step; fewer on small tables.
        averaged: the share of the past that averaged weights keep per step.
    """

    rate: float = 6e-3
    warm_up: float = 0.1
    decay: float = 0.02
    dropout: float = 0.1
    batch: int = 256
    averaged: float = 0.98
    activation: Literal["relu", "silu"] = "relu"

    def batch_of(self, rows: int) -> int:
        """Rows per step for a table of this size."""
        return int(max(16, min(self.batch, rows // 10)))


@dataclass(frozen=True, eq=False)
class Bundle:
    """Nets side by side: weights [nets, in, out] and biases [nets, 1, out] per layer."""

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    activation: Literal["relu", "silu"]

    def raw(self, columns: Matrix) -> Floats:
        """The mean log-odds of the nets, computed in the precision of the arrays."""
        total = np.zeros(len(columns))
        for net in range(len(self.weights[0])):
            here = columns
            for at, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
                here = here @ weight[net] + bias[net]
                if at < len(self.weights) - 1:
                    here = _activated(here, self.activation)[0]
            total += here[:, 0]
        return total / len(self.weights[0])


def train_bundle(
    columns: Matrix,
    y: Floats,
    weight: Floats | None,
    *,
    nets: int,
    hidden: Sequence[int],
    epochs: Sequence[int],
    schedule: Schedule,
    seed: int,
) -> list[Bundle]:
    """Train `nets` nets on their own orders of the rows; the averaged weights after each of `epochs`."""
    run = _Run(columns, y, weight, nets, tuple(hidden), schedule, seed)
    steps = max(epochs) * run.steps_per_epoch
    found = []
    for epoch in range(1, max(epochs) + 1):
        orders = [run.rng.permutation(len(y)) for _ in range(nets)]
        for at in range(run.steps_per_epoch):
            rows = np.stack([order[at * run.batch : (at + 1) * run.batch] for order in orders])
            run.step(rows, steps)
        if epoch in epochs:
            found.append(run.averaged())
    return found


class _Run:
    def __init__(
        self,
        columns: Matrix,
        y: Floats,
        weight: Floats | None,
        nets: int,
        hidden: tuple[int, ...],
        schedule: Schedule,
        seed: int,
    ) -> None:
        self.x, self.y = columns, y.astype(np.float32)
        self.weight = None if weight is None else weight.astype(np.float32)
        self.schedule, self.rng = schedule, np.random.default_rng(seed)
        self.batch = schedule.batch_of(len(y))
        self.steps_per_epoch = max(1, len(y) // self.batch)
        sizes = [columns.shape[1], *hidden, 1]
        self.layers = len(sizes) - 1
        weights = [self._drawn(nets, into, out, place) for place, (into, out) in enumerate(pairwise(sizes))]
        biases = [np.zeros((nets, 1, out), dtype=np.float32) for out in sizes[1:]]
        biases[-1][:] = prior_log_odds(y, weight)
        self.values = [*weights, *biases]
        self.means = [np.zeros_like(value) for value in self.values]
        self.squares = [np.zeros_like(value) for value in self.values]
        self.average = [value.copy() for value in self.values]
        self.done = 0

    def _drawn(self, nets: int, into: int, out: int, place: int) -> Tensor:
        share = 0.4 if place == 0 else 0.1 if place == self.layers - 1 else 1.0
        spread = share * (2 / into) ** 0.5
        return self.rng.normal(0.0, spread, (nets, into, out)).astype(np.float32)

    def step(self, rows: NDArray[np.int64], steps: int) -> None:
        """One step of all nets on their own rows [nets, batch]."""
        self.done += 1
        gradients = self._gradients(rows)
        share = self.done / steps
        warm, settings = self.schedule.warm_up, self.schedule
        height = min(1.0, share / warm) * (0.5 + 0.5 * np.cos(np.pi * max(0.0, share - warm) / (1 - warm)))
        rate = np.float32(settings.rate * height)
        first, second = 1 - MEAN_DECAY**self.done, 1 - SQUARE_DECAY**self.done
        kept = np.float32(min(settings.averaged, (1 + self.done) / (10 + self.done)))
        for at, gradient in enumerate(gradients):
            value, mean, square = self.values[at], self.means[at], self.squares[at]
            mean *= np.float32(MEAN_DECAY)
            mean += np.float32(1 - MEAN_DECAY) * gradient
            square *= np.float32(SQUARE_DECAY)
            square += np.float32(1 - SQUARE_DECAY) * gradient * gradient
            move = mean / np.float32(first) / (np.sqrt(square / np.float32(second)) + np.float32(1e-8))
            if at < self.layers:
                move += np.float32(settings.decay) * value
            value -= rate * move
            self.average[at] *= kept
            self.average[at] += (1 - kept) * value

    def _gradients(self, rows: NDArray[np.int64]) -> list[Tensor]:
        weights, biases = self.values[: self.layers], self.values[self.layers :]
        here: Any = self.x[rows]
        seen, slopes = [here], []
        for at in range(self.layers - 1):
            here, slope = _activated(here @ weights[at] + biases[at], self.schedule.activation)
            if self.schedule.dropout:
                kept = self.rng.random(here.shape, dtype=np.float32) >= self.schedule.dropout
                mask = kept.astype(np.float32) / np.float32(1 - self.schedule.dropout)
                here, slope = here * mask, slope * mask
            seen.append(here)
            slopes.append(slope)
        z = (here @ weights[-1] + biases[-1])[:, :, 0]
        wrong = (1 / (1 + np.exp(-np.clip(z, -30, 30)))) - self.y[rows]
        if self.weight is not None:
            wrong = wrong * self.weight[rows]
        back: Any = (wrong / np.float32(rows.shape[1])).astype(np.float32)[:, :, None]
        by_weight: list[Tensor] = [None] * self.layers  # type: ignore[list-item]
        by_bias: list[Tensor] = [None] * self.layers  # type: ignore[list-item]
        for at in range(self.layers - 1, -1, -1):
            by_weight[at] = seen[at].transpose(0, 2, 1) @ back
            by_bias[at] = back.sum(axis=1, keepdims=True)
            if at:
                back = (back @ weights[at].transpose(0, 2, 1)) * slopes[at - 1]
        return [*by_weight, *by_bias]

    def averaged(self) -> Bundle:
        """The averaged weights so far."""
        kept = [value.copy() for value in self.average]
        return Bundle(tuple(kept[: self.layers]), tuple(kept[self.layers :]), self.schedule.activation)


def _activated(x: Tensor, activation: str) -> tuple[Tensor, Tensor]:
    """The answers of hidden units and their slopes."""
    if activation == "relu":
        return np.maximum(x, 0), (x > 0).astype(np.float32)
    gate: Tensor = (1 / (1 + np.exp(-np.clip(x, -30, 30)))).astype(np.float32, copy=False)
    answer = x * gate
    return answer, gate + answer * (1 - gate)
