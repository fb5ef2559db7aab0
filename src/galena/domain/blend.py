"""How rules and a model become one probability of a head: kept with the model, enough to score and to replay."""

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limit

if TYPE_CHECKING:
    from galena.kit.tabular.calibration import Calibrator

BLEND = "blend"
"""The key of a model's `meta` under which its blend lies."""

_ARRAYS = ("knots", "levels", "slopes", "grid", "offset_low", "offset_high")


class Curve(BaseModel):
    """A calibrator as JSON; the attributes mean what they mean in `galena.kit.tabular.calibration.Calibrator`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["identity", "platt", "beta", "spline"] = "identity"
    numbers: tuple[float, ...] = ()
    knots: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    slopes: tuple[float, ...] = ()
    grid: tuple[float, ...] = (0.0,)
    offset_low: tuple[float, ...] = (0.0,)
    offset_high: tuple[float, ...] = (0.0,)
    spread: float = 0.0
    usual_disagreement: float = 0.0
    own_share: float = 0.0

    @classmethod
    def of(cls, calibrator: "Calibrator") -> "Curve":
        """The calibrator's numbers, each as it is."""
        given = {name: getattr(calibrator, name) for name in cls.model_fields}
        return cls(**{name: value.tolist() if name in _ARRAYS else value for name, value in given.items()})

    def calibrator(self) -> "Calibrator":
        """The calibrator again.

        Raises:
            CalibrationError: the numbers do not describe a rising curve.
        """
        import numpy as np

        from galena.kit.tabular.calibration import Calibrator

        given = self.model_dump()
        arrays = {name: np.array(given[name], dtype=np.float64) for name in _ARRAYS}
        found = Calibrator(**{**given, **arrays})
        found.check()
        return found


class Blend(BaseModel):
    """One head's probability from rules and model, in log-odds.

    z = (1 - weight) x (intercept + slope x rules points) + weight x log-odds of the model; the curve turns z into the
    probability. With weight 1 the rules have no say.

    Attributes:
        head: the head of the playbook.
        intercept, slope: what the rules' points say of the probability, fitted on decided leads.
        weight: the model's share, 0-1.
        labels: decided leads it rests on.
        rules: content hash of the rules whose points were fitted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    head: str
    intercept: float = 0.0
    slope: float = Limit(default=0.0, ge=0)
    weight: float = Limit(ge=0, le=1)
    curve: Curve = Curve()
    labels: int = Limit(default=0, ge=0)
    rules: str = ""
