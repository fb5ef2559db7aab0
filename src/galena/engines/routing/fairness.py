"""How evenly a drop serves its tenants, and what it leaves owing to those who came off short."""

from collections.abc import Iterable

import numpy as np


def gini(values: Iterable[float]) -> float:
    """The Gini coefficient: 0 when everybody has the same, near 1 when one has all; 0 where nobody has anything.

    Half the mean difference between two of them, divided by the mean.
    """
    ordered = np.sort(np.asarray(list(values), dtype=np.float64))
    total = ordered.sum()
    if not len(ordered) or total <= 0:
        return 0.0
    ranks = np.arange(1, len(ordered) + 1)
    return float(max(0.0, (2 * ranks - len(ordered) - 1) @ ordered / (len(ordered) * total)))


def credit_after(credit: float, *, contested: int, filled: bool) -> float:
    """What is owed to a tenant after a drop.

    A tenant whose places were all filled is owed nothing any more. Any other keeps what it was owed, and is owed one
    lead more for each empty place that a lead given to somebody else would have fitted. Places that no lead fits are
    nobody's due.
    """
    return 0.0 if filled else credit + contested


def level(got: int, credit: float, weight: float) -> float:
    """How well served a tenant is: leads it got less leads owed to it, per unit of its weight. The lowest is next."""
    return (got - credit) / weight
