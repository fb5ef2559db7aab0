"""Nets that read a table: an elementwise preparation, then layers; several nets are averaged.

The preparation turns one input into one or more columns (scaled value, missing flag, pieces of its range), so what a
column contributes goes back to the one input it came from.

Contributions are DeepSHAP with the rescale rule (Shrikumar, Greenside, Kundaje 2017, "Learning important features
through propagating activation differences"; Lundberg and Lee 2017): against each row of a stored background, a unit
passes on its change of output divided by its change of input; the mean over the background is reported. They are not
exact Shapley values, but complete: they sum to the prediction minus the mean prediction of the background, up to
rounding. All arithmetic is in 64 bits, so that this holds to 1e-9.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from galena.kit.errors import InputError
from galena.kit.tabular.compiled import compiled
from galena.kit.tabular.curves import read_curve
from galena.kit.tabular.row_blocks import in_blocks, one_matrix_thread

Activation = Literal["identity", "relu", "silu", "selu"]
Floats = NDArray[np.float64]

SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772
CHUNK_ROWS = 512
"""Rows that pass the layers together: what the units answer stays in the processor's caches."""
RELU, SILU, SELU = 1, 2, 3
_SLOPES = {"relu": RELU, "silu": SILU, "selu": SELU}
EXPLAINED_PAIRS = 1_024
"""Pairs of a lead and a background row that are worked on at once."""
FEW_ROWS = 8
"""Fewer rows are multiplied without the matrix library, whose threads cost one lead more than they save."""
SMALL = 1e-6
"""Where two inputs of a unit are closer than this, its slope stands for the quotient of the changes."""


class NetError(InputError):
    """The arrays do not fit together as a net."""


@dataclass(frozen=True, eq=False)
class Preparation:
    """What turns inputs into the columns of the first layer; all arrays have one entry per column.

    A column is `missing` where its input is NaN, and else the scaled value `(x - shift) * scale` kept between `low` and
    `high`: a standardised value with clipped ends, a piece of a piecewise-linear encoding (low 0, high 1), or, with
    low = high = 0 and missing = 1, the flag of a missing value. Columns with a curve (`curve_starts` not empty: one
    entry more than there are columns) are read off it instead: straight lines between (knots, levels), level ends;
    for instance the way from ranks to normal scores.

    Attributes:
        origin: the input each column is made of.
        shift, scale, low, high: the scaled value and its ends.
        missing: the column's value for a missing input.
        curve_starts, knots, levels: curves; a column whose start equals the next one's has none.
    """

    origin: NDArray[np.int32]
    shift: Floats
    scale: Floats
    low: Floats
    high: Floats
    missing: Floats
    curve_starts: NDArray[np.int32]
    knots: Floats
    levels: Floats

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.origin)

    def apply(self, x: NDArray[np.float32]) -> Floats:
        """The columns of rows `x` [rows, inputs]."""
        found = np.empty((len(x), self.width))
        _prepare(
            np.ascontiguousarray(x, dtype=np.float32),
            self.origin,
            self.shift,
            self.scale,
            self.low,
            self.high,
            self.missing,
            self.curve_starts if len(self.curve_starts) else np.zeros(self.width + 1, dtype=np.int32),
            self.knots,
            self.levels,
            found,
        )
        return found


@dataclass(frozen=True, eq=False)
class Layer:
    """`activation(x @ weight + bias)`; weight is [columns in, units out]."""

    weight: Floats
    bias: Floats
    activation: Activation


@dataclass(frozen=True, eq=False)
class Net:
    """The mean of several nets over one preparation.

    Attributes:
        preparation: inputs to columns.
        nets: the layers of each; the last layer has one unit.
        background: prepared rows (16 to 100 typical leads, [rows, columns]) that explanations compare with.
        input_count: how many inputs a row has.
    """

    preparation: Preparation
    nets: tuple[tuple[Layer, ...], ...]
    background: Floats
    input_count: int

    def check(self) -> None:
        """Raises NetError where the arrays do not fit together, or hold a value that is not a number."""
        if not self.nets or any(not layers for layers in self.nets) or not len(self.background):
            raise NetError("The net has no layers or no background rows.")
        _check_preparation(self.preparation, self.input_count)
        if self.background.ndim != 2 or self.background.shape[1] != self.preparation.width:
            raise NetError("The net's background does not fit its columns.")
        arrays = [self.background]
        for layers in self.nets:
            width = self.preparation.width
            for layer in layers:
                if layer.weight.shape != (width, *layer.bias.shape) or layer.activation not in _ACTIVATIONS:
                    raise NetError("The layers of the net do not fit together.", facts={"columns": width})
                width = len(layer.bias)
                arrays += [layer.weight, layer.bias]
            if width != 1:
                raise NetError("The last layer of the net does not have one unit.", facts={"units": width})
        if not all(np.isfinite(array).all() for array in arrays):
            raise NetError("The net holds a weight that is not a number.")

    @cached_property
    def expected(self) -> float:
        """The mean prediction of the background."""
        return float(self._forward(self.background).mean())

    def raw(self, x: NDArray[np.float32], *, threads: int = 1) -> Floats:
        """The prediction of each row of `x` [rows, inputs]."""
        self._check_rows(x)
        found = np.empty(len(x))

        def work(first: int, last: int) -> None:
            found[first:last] = self._forward(self.preparation.apply(x[first:last]))

        with one_matrix_thread():
            in_blocks(work, len(x), threads=threads, most=CHUNK_ROWS)
        return found

    def raw_one(self, x: NDArray[np.float32]) -> float:
        """The prediction of one row."""
        return float(self._forward(self.preparation.apply(x[None, :]))[0])

    def _check_rows(self, x: NDArray[np.float32]) -> None:
        if x.ndim != 2 or x.shape[1] != self.input_count:
            raise NetError(
                "The rows do not have the net's inputs.",
                facts={"shape": x.shape, "inputs": self.input_count},
            )

    def _forward(self, columns: Floats) -> Floats:
        total = np.zeros(len(columns))
        for layers in self.nets:
            here = columns
            for layer in layers:
                here = _ACTIVATIONS[layer.activation](_received(here, layer))
            total += here[:, 0]
        return total / len(self.nets)

    def contributions(self, x: NDArray[np.float32], *, threads: int = 1) -> tuple[Floats, float]:
        """What each input contributes [rows, inputs], and the expected value that they start from."""
        self._check_rows(x)
        passes = self._background_passes
        found = np.zeros((len(x), self.input_count))

        def work(first: int, last: int) -> None:
            columns = self.preparation.apply(x[first:last])
            by_column = np.zeros(columns.shape)
            for layers, others in zip(self.nets, passes, strict=True):
                by_column += _rescaled(layers, columns, self.background, others)
            np.add.at(found[first:last].T, self.preparation.origin, by_column.T / len(self.nets))

        most = max(1, EXPLAINED_PAIRS // len(self.background))
        with one_matrix_thread():
            in_blocks(work, len(x), threads=threads, most=most)
        return found, self.expected

    @cached_property
    def _background_passes(self) -> tuple[list[tuple[Floats, Floats]], ...]:
        return tuple(_passes(layers, self.background) for layers in self.nets)


def _received(columns: Floats, layer: Layer) -> Floats:
    """What the units of a layer receive."""
    if len(columns) < FEW_ROWS:
        found = np.empty((len(columns), len(layer.bias)))
        _dense(columns, layer.weight, layer.bias, found)
        return found
    product: Floats = columns @ layer.weight
    product += layer.bias
    return product


def _passed_back(share: Floats, weight: Floats, rows: int) -> Floats:
    """Shares of what a layer's units receive, as shares of its columns, for every pair: share @ weight.T."""
    if rows < FEW_ROWS:
        found = np.empty((len(share), len(weight)))
        _dense_back(share, weight, found)
        return found
    product: Floats = share @ weight.T
    return product


@compiled(fused=True)
def _dense(columns: Floats, weight: Floats, bias: Floats, found: Floats) -> None:
    for row in range(columns.shape[0]):
        for unit in range(len(bias)):
            found[row, unit] = bias[unit]
        for column in range(columns.shape[1]):
            given = columns[row, column]
            if given != 0.0:
                for unit in range(len(bias)):
                    found[row, unit] += given * weight[column, unit]


@compiled(fused=True)
def _dense_back(share: Floats, weight: Floats, found: Floats) -> None:
    for row in range(share.shape[0]):
        for column in range(weight.shape[0]):
            total = 0.0
            for unit in range(weight.shape[1]):
                total += share[row, unit] * weight[column, unit]
            found[row, column] = total


def _passes(layers: tuple[Layer, ...], columns: Floats) -> list[tuple[Floats, Floats]]:
    """Per layer, what its units receive and what they answer."""
    found, here = [], columns
    for layer in layers:
        received = _received(here, layer)
        here = _ACTIVATIONS[layer.activation](received)
        found.append((received, here))
    return found


def _rescaled(
    layers: tuple[Layer, ...],
    columns: Floats,
    background: Floats,
    passes: list[tuple[Floats, Floats]],
) -> Floats:
    """DeepSHAP contributions of prepared rows [rows, columns] against every background row, averaged."""
    rows, compared = len(columns), len(background)
    share = np.ones((rows * compared, 1))  # [pairs, units], of the layer at hand
    mine = _passes(layers, columns)
    for layer, (received, answered), (other_received, other_answered) in zip(
        reversed(layers), reversed(mine), reversed(passes), strict=True
    ):
        if layer.activation != "identity":
            middle_slope = _SLOPES[layer.activation]
            _rescale(share, received, answered, other_received, other_answered, middle_slope)
        share = _passed_back(share, layer.weight, rows)
    found = np.zeros(columns.shape)
    _differences(share.reshape(rows, compared, -1), columns, background, found)
    return found


@compiled(fused=True)
def _rescale(
    share: Floats,
    received: Floats,
    answered: Floats,
    other_received: Floats,
    other_answered: Floats,
    activation: int,
) -> None:
    """Shares of what units answer become shares of what they receive, for every pair of a row and a background row.

    By the change of the answer over the change received, or by the slope where nearly nothing changes.
    """
    for row in range(received.shape[0]):
        for other in range(other_received.shape[0]):
            pair = row * other_received.shape[0] + other
            near = 0
            for unit in range(received.shape[1]):
                change = received[row, unit] - other_received[other, unit]
                answer = answered[row, unit] - other_answered[other, unit]
                is_near = abs(change) < SMALL
                near += 1 if is_near else 0
                share[pair, unit] *= (1.0 if is_near else answer) / (1.0 if is_near else change)
            if near == 0:
                continue
            for unit in range(received.shape[1]):
                change = received[row, unit] - other_received[other, unit]
                if abs(change) < SMALL:
                    share[pair, unit] *= _slope(activation, received[row, unit] - change / 2)


@compiled()
def _slope(activation: int, x: float) -> float:
    if activation == RELU:
        return 1.0 if x > 0 else 0.0
    if activation == SELU:
        return SELU_SCALE * (1.0 if x > 0 else SELU_ALPHA * np.exp(x))
    gate = 1 / (1 + np.exp(-x))
    return float(gate * (1.0 + x * (1.0 - gate)))


@compiled(fused=True)
def _differences(share: Floats, columns: Floats, background: Floats, found: Floats) -> None:
    """The mean over the background of share x (row - background row)."""
    for row in range(columns.shape[0]):
        for other in range(background.shape[0]):
            for column in range(columns.shape[1]):
                found[row, column] += share[row, other, column] * (
                    columns[row, column] - background[other, column]
                )
        for column in range(columns.shape[1]):
            found[row, column] /= background.shape[0]


def _relu(x: Floats) -> Floats:
    return np.maximum(x, 0.0)


def _silu(x: Floats) -> Floats:
    return x * _sigmoid(x)


def _sigmoid(x: Floats) -> Floats:
    return 0.5 * (np.tanh(0.5 * x) + 1.0)


def _selu(x: Floats) -> Floats:
    return SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0.0)))


def _identity(x: Floats) -> Floats:
    return x


_ACTIVATIONS = {"identity": _identity, "relu": _relu, "silu": _silu, "selu": _selu}


def _check_preparation(given: Preparation, inputs: int) -> None:
    width = given.width
    arrays = (given.shift, given.scale, given.low, given.high, given.missing)
    if any(array.shape != (width,) for array in arrays) or given.knots.shape != given.levels.shape:
        raise NetError(
            "The arrays of the net's preparation have different lengths.", facts={"columns": width}
        )
    if width == 0 or given.origin.min() < 0 or given.origin.max() >= inputs:
        raise NetError("The net's preparation names an input that does not exist.", facts={"inputs": inputs})
    starts = given.curve_starts
    wrong = len(starts) not in (0, width + 1) or (
        len(starts) and (starts[0] != 0 or starts[-1] != len(given.knots) or (np.diff(starts) < 0).any())
    )
    numbers = (given.shift, given.scale, given.missing, given.knots, given.levels)
    if wrong or not all(np.isfinite(array).all() for array in numbers):
        raise NetError("The net's preparation holds a value that is not a number, or a broken curve.")
    if np.isnan(given.low).any() or np.isnan(given.high).any() or (given.low > given.high).any():
        raise NetError("The net's preparation has a lower end above its upper end.")


@compiled()
def _prepare(
    x: NDArray[np.float32],
    origin: NDArray[np.int32],
    shift: Floats,
    scale: Floats,
    low: Floats,
    high: Floats,
    missing: Floats,
    starts: NDArray[np.int32],
    knots: Floats,
    levels: Floats,
    found: Floats,
) -> None:
    for row in range(x.shape[0]):
        for column in range(len(origin)):
            given = float(x[row, origin[column]])
            if given != given:
                found[row, column] = missing[column]
            elif starts[column + 1] > starts[column]:
                found[row, column] = read_curve(given, starts[column], starts[column + 1], knots, levels)
            else:
                found[row, column] = min(
                    max((given - shift[column]) * scale[column], low[column]), high[column]
                )
