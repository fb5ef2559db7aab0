"""What another way of choosing leads would have brought, from what was chosen and how likely that was.

Leads that were given out are the best ones by the way of then, so their outcomes flatter whatever agrees with it. A
share of each drop is drawn at random and every choice keeps how likely it was (its propensity); counting each outcome
by (how likely the other way would choose the lead) / (how likely it was chosen) takes the bias out:

- **inverse propensity** (Horvitz, Thompson 1952): free of bias, and scatters most;
- **self-normalised** (Hajek 1971): divided by the sum of the weights; a trace of bias, scatters less;
- **doubly robust** (Robins, Rotnitzky, Zhao 1994; Dudik, Langford, Li 2011): a model says what every lead would bring,
  the weighted outcomes correct it; right if either the propensities or the model are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from galena.engines.learning.ranks import Floats
from galena.kit.errors import InputError

SMALLEST_SHARE: Final = 0.1
"""With a smaller share of effective leads the two ways have too little in common to conclude anything."""
_WIDTH: Final = 1.96


@dataclass(frozen=True, eq=False)
class Logged:
    """The leads of past drops, row by row.

    Attributes:
        chosen: whether the lead was given out.
        propensity: how likely that was, above 0 for those chosen.
        outcome: what came of it, 0-1; of leads not chosen it is not read.
        said: what a model says would come of it, of every lead; 0 where there is none.
    """

    chosen: NDArray[np.bool_]
    propensity: Floats
    outcome: Floats
    said: Floats


@dataclass(frozen=True, slots=True)
class Value:
    """The mean outcome per lead given out, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """What another way of choosing is worth.

    Attributes:
        effective: how many independent leads the weighted ones are worth (Kish).
        enough: whether they are enough to conclude something.
    """

    inverse_propensity: Value
    self_normalised: Value
    doubly_robust: Value
    effective: float
    enough: bool


def value_of(logged: Logged, would_choose: Floats) -> PolicyValue:
    """The value of choosing each lead with another probability.

    Args:
        would_choose: how likely the other way would have chosen each lead.

    Raises:
        InputError: a lead was chosen that could not be, or nothing would be chosen.
    """
    chosen = logged.chosen
    if (logged.propensity[chosen] <= 0).any() or not np.isfinite(logged.propensity[chosen]).all():
        raise InputError(
            "A lead was given out whose probability of that is not above 0.",
            remedy="Only assignments that kept their probability can be compared.",
        )
    total = float(would_choose.sum())
    if not total:
        raise InputError("The other way would have given out none of these leads.")
    weight = np.zeros(len(chosen))
    weight[chosen] = would_choose[chosen] / logged.propensity[chosen]
    outcome = np.where(chosen, logged.outcome, 0.0)
    plain = weight * outcome
    ratio = float(plain.sum() / weight.sum()) if weight.sum() else 0.0
    left = weight * (outcome - logged.said)
    robust = float((would_choose * logged.said).sum() + left.sum()) / total
    effective = float(weight.sum() ** 2 / max((weight**2).sum(), 1e-300))
    return PolicyValue(
        _with_interval(float(plain.sum()) / total, plain / total, logged),
        _with_interval(ratio, weight * (outcome - ratio) / max(weight.sum(), 1e-300), logged),
        _with_interval(robust, left / total, logged),
        effective,
        effective >= SMALLEST_SHARE * max(int((chosen & (would_choose > 0)).sum()), 1) and effective >= 30,
    )


def _with_interval(value: float, parts: Floats, logged: Logged) -> Value:
    """The interval from what each chosen lead adds: leads are drawn one by one, each with its propensity, and its
    outcome is drawn, too."""
    added = parts[logged.chosen]
    # The variance of a sum over leads drawn independently is at most the sum of squares; it is that of the outcome
    # alone where a lead was sure to be chosen.
    likely = logged.propensity[logged.chosen]
    surely = np.where(likely >= 1, (added - added.mean()) ** 2 if len(added) else 0.0, added**2)
    error = _WIDTH * float(np.sqrt(surely.sum()))
    return Value(value, value - error, value + error)
