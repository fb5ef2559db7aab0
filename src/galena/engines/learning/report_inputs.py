"""What a report reads of a trained model; training's records have these shapes."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.ranks import Floats


class JudgedPredictions(Protocol):
    """Predictions for leads the model had not seen; `OutOfFold` has it."""

    @property
    def probability(self) -> Floats:
        """Of the ensemble."""

    @property
    def members(self) -> Floats:
        """Of each member alone [rows, members]."""

    @property
    def target(self) -> Floats:
        """What happened, 0 or 1."""

    @property
    def rows(self) -> NDArray[np.int64]:
        """Which rows of the data set these are; each at most once."""

    @property
    def fold(self) -> NDArray[np.int64]:
        """The number of the fold that judged each of them."""


class NamedMember(Protocol):
    """A member as the report names it."""

    @property
    def name(self) -> str:
        """Unique within the model."""

    @property
    def kind(self) -> Any:
        """What sort of predictor."""


class FinishedModel(Protocol):
    """A fitted model; `TabularModel` has it."""

    @property
    def members(self) -> Sequence[NamedMember]:
        """In the order of the weights."""

    @property
    def weights(self) -> Floats:
        """Shares of the blend."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of importance and points."""

    @property
    def importance(self) -> Floats:
        """Per column."""

    @property
    def usable_signal(self) -> bool:
        """Whether it answers with more than the base rate."""

    def explain(self, frame: pl.DataFrame) -> Any:
        """Contributions in points [rows, columns] as `.points`."""


class TrainedModel(Protocol):
    """What training gives; `Trained` has it."""

    @property
    def model(self) -> FinishedModel:
        """The fitted model."""

    @property
    def out_of_fold(self) -> JudgedPredictions:
        """Its honest predictions."""

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds per stage."""
