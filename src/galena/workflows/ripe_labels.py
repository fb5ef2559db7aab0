"""Outcomes of assigned leads that are old enough to count."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.labels import HeadLabels, Labels
from galena.engines.learning.waiting import Known, ripe

_DAY_S = 86_400.0


def ripened(
    labels: Labels, assigned_at: Sequence[datetime | None], told_at: Sequence[datetime | None], now: datetime
) -> tuple[Labels, Mapping[str, int]]:
    """The labels with those of assigned leads open that are too young, and how many these are, by head.

    A lead of last week whose outcome is known answered fast; counted at once, it would make the last weeks look like
    whatever comes fast.

    Args:
        assigned_at: of each lead; None where it never was.
        told_at: when its outcome was told, for where the playbook does not say when it was decided.
    """
    given = np.array([each is not None for each in assigned_at], dtype=np.bool_)
    if not given.any():
        return labels, {}
    heads: dict[str, HeadLabels] = {}
    young: dict[str, int] = {}
    for name, head in labels.heads.items():
        known = known_of_head(head, assigned_at, told_at, now)
        counts = np.ones(len(given), dtype=np.bool_)
        counts[given] = ripe(known) | ~known.is_told
        heads[name] = HeadLabels(head.label.set(pl.Series(~counts), None), head.decided_at)
        young[name] = int((~counts).sum())
    return Labels(labels.as_of, labels.arrived_at, heads), young


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
