"""Outcomes of assigned leads that are old enough to count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.labels import HeadLabels, Labels
from galena.engines.learning.waiting import Known, evened, ripe

_DAY_S = 86_400.0


@dataclass(frozen=True, eq=False)
class Told:
    """What is known of a head's leads, young ones too, row by row.

    Attributes:
        label: 1 good, 0 bad, NaN open.
        weight: how many leads each known one stands for (see `engines.learning.waiting.evened`); 0 where open. Leads
            that were never given out have 1: nothing is known of how long they were waited for.
        given: which were given out.
    """

    label: NDArray[np.float64]
    weight: NDArray[np.float64]
    given: NDArray[np.bool_]

    def only(self, rows: Sequence[int]) -> "Told":
        """Of some of the leads."""
        return Told(self.label[list(rows)], self.weight[list(rows)], self.given[list(rows)])


def ripened(
    labels: Labels, assigned_at: Sequence[datetime | None], told_at: Sequence[datetime | None], now: datetime
) -> tuple[Labels, Mapping[str, Told]]:
    """The labels with those of assigned leads open that are too young; and all that is known, weighed by age, by head.

    A lead of last week whose outcome is known answered fast; counted at once, it would make the last weeks look like
    whatever comes fast.

    Args:
        assigned_at: of each lead; None where it never was.
        told_at: when its outcome was told, for where the playbook does not say when it was decided.
    """
    given = np.array([each is not None for each in assigned_at], dtype=np.bool_)
    heads: dict[str, HeadLabels] = {}
    told: dict[str, Told] = {}
    for name, head in labels.heads.items():
        label = head.label.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        counts, weight = np.ones(len(given), dtype=np.bool_), (~np.isnan(label)).astype(np.float64)
        if given.any():
            known = known_of_head(head, assigned_at, told_at, now)
            counts[given], weight[given] = ripe(known) | ~known.is_told, evened(known)
        heads[name] = HeadLabels(head.label.set(pl.Series(~counts), None), head.decided_at)
        told[name] = Told(label, weight, given)
    return Labels(labels.as_of, labels.arrived_at, heads), told


def known_of_head(
    head: HeadLabels,
    assigned_at: Sequence[datetime | None],
    told_at: Sequence[datetime | None],
    now: datetime,
) -> Known:
    """The assigned leads of a head, in order, with what is known of them and how long that took."""
    decided = head.decided_at.to_list()
    label: list[float] = []
    waited: list[float] = []
    age: list[float] = []
    for row, at in enumerate(assigned_at):
        if at is None:
            continue
        value = head.label[row]
        until = decided[row] or told_at[row] or now
        label.append(np.nan if value is None else float(value))
        waited.append(np.nan if value is None else _days(at, until))
        age.append(max(_days(at, now), 0.0 if value is None else waited[-1]))
    return Known(_array(label), _array(waited), _array(age))


def _days(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds() / _DAY_S)


def _array(values: list[float]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)
