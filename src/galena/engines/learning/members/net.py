"""Small nets on pieces of the inputs, several trained side by side and averaged; plain numpy, no deep-learning library.

What makes a plain net good on tables (Holzmüller, Grinsztajn, Steinwart 2024, "Better by default"; Gorishniy and others
2022): piecewise-linear inputs, a scaled first layer, dropout, weight decay, a learning rate that rises and falls, and
several nets averaged. Their weights are averaged over the last steps, so training can stop at any epoch of its path.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.members.net_training import Bundle, Schedule, train_bundle
from galena.engines.learning.members.pieces import Pieces, pieces_of
from galena.engines.learning.members.recipe import Floats, Lesson, Matrix, inputs_for
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.net import Layer, Preparation
from galena.kit.tabular.net import Net as Nets

COLUMNS_WANTED: Final = 400
BACKGROUND: Final = 32


@dataclass(frozen=True)
class Net:
    """`nets` nets of two hidden layers, averaged."""

    nets: int = 4
    hidden: tuple[int, ...] = (64, 32)
    pieces: int = 8
    steps_most: int = 3000
    epochs_most: int = 16
    schedule: Schedule = field(default_factory=Schedule)
    name: str = "net"
    kind: Literal["net"] = "net"

    def inputs(self, encoding: Encoding) -> NDArray[np.int32]:
        """Those for nets, but for columns whose direction is given: a net cannot promise a direction."""
        found = inputs_for(encoding, "net")
        return found[[encoding.inputs[at].monotone == 0 for at in found.tolist()]]

    def efforts(self, rows: int) -> tuple[float, ...]:
        """Numbers of epochs."""
        size = self.schedule.batch_of(rows)
        epochs = int(max(3, min(self.epochs_most, self.steps_most * size // rows)))
        return tuple(sorted({float(max(1, round(epochs * share))) for share in (0.15, 0.3, 0.5, 0.75, 1.0)}))

    def grown_for(self, effort: float, share: float) -> float:  # noqa: ARG002
        """The same number of epochs."""
        return effort

    def grow(self, lesson: Lesson, efforts: Sequence[float]) -> "GrownNet":
        """Learn, and keep the averaged weights of each epoch asked for."""
        count = int(max(0, min(self.pieces, COLUMNS_WANTED // lesson.x.shape[1], len(lesson.y) // 50)))
        made = pieces_of(lesson.x, count)
        columns = made.apply(lesson.x)
        bundles = train_bundle(
            columns,
            lesson.y,
            lesson.weight,
            nets=self.nets,
            hidden=self.hidden,
            epochs=tuple(int(effort) for effort in efforts),
            schedule=self.schedule,
            seed=lesson.seed,
        )
        rng = np.random.default_rng(lesson.seed)
        background = columns[np.sort(rng.permutation(len(columns))[:BACKGROUND])]
        return GrownNet(made, tuple(bundles), background.astype(np.float64), lesson.x.shape[1])


@dataclass(frozen=True, eq=False)
class GrownNet:
    """The nets after each number of epochs."""

    pieces: Pieces
    bundles: tuple[Bundle, ...]
    background: Floats
    input_count: int

    def path(self, x: Matrix) -> Floats:
        """Log-odds after each number of epochs."""
        columns = self.pieces.apply(x)
        return np.array([bundle.raw(columns) for bundle in self.bundles])

    def model(self) -> Nets:
        """The nets of the last epoch."""
        made, bundle = self.pieces, self.bundles[-1]
        preparation = Preparation(
            origin=made.origin,
            shift=made.shift,
            scale=made.scale,
            low=made.low,
            high=made.high,
            missing=made.missing,
            curve_starts=np.zeros(0, dtype=np.int32),
            knots=np.zeros(0),
            levels=np.zeros(0),
        )
        last = len(bundle.weights) - 1
        nets = tuple(
            tuple(
                Layer(
                    bundle.weights[at][net].astype(np.float64),
                    bundle.biases[at][net, 0].astype(np.float64),
                    "identity" if at == last else bundle.activation,
                )
                for at in range(last + 1)
            )
            for net in range(len(bundle.weights[0]))
        )
        return Nets(preparation, nets, self.background, self.input_count)
