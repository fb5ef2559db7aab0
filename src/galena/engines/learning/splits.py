"""How past leads are divided into those a model learns from and those it is judged on.

A split must be as hard as the day the model is used:

- **Time.** Where rows have times (or are in time order), a model learns from the past and is judged on what came
  later: forward chaining. Rows of one and the same instant never stand on both sides of a border.
- **Groups.** Rows of one group (a company, an agent) stand on one side only. With times as well, rows of a group that
  is judged are taken out of the training side; where that would cost most of the training rows (groups that go on
  through all times), a seeded coin puts each such group wholly on one side, and its other rows sit the fold out.
- **Neither.** Repeated stratified folds: every row is judged once per repeat, by a model that never saw it.

A fold whose training side would hold one class only is left out; too few rows of the rarer class mean fewer folds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from galena.kit.errors import InputError

Rows = NDArray[np.int64]
"""Row numbers of a data set, ascending."""

FIRST_WINDOW_SHARE = 1 / 3
"""Share of the rows with a time that the first training window holds; they are never judged."""

KEPT_BY_PURGE = 0.5
"""Below this share of training rows left by the purge of judged groups, a coin decides each group's side."""


class Splittable(Protocol):
    """What a split needs to know of a data set; `Dataset` has it."""

    @property
    def target(self) -> NDArray[np.float64]:
        """The outcome of each row, 0 or 1."""

    @property
    def times(self) -> NDArray[Any] | None:
        """When each row happened (numbers or datetime64; NaN or NaT where unknown)."""

    @property
    def groups(self) -> NDArray[Any] | None:
        """The group of each row; None, NaN or an empty text is a group of its own."""

    @property
    def in_time_order(self) -> bool:
        """Whether the rows are in time order although no column tells the time."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to learn from and rows to be judged on; they share no row, and no group where there are groups.

    `in_time` says that every row to be judged on is later than every row (of known time) to learn from.
    """

    train: Rows
    test: Rows
    repeat: int = 0
    in_time: bool = False


def folds_of(dataset: Splittable, seed: int, folds: int = 5, repeats: int = 1) -> list[Fold]:
    """The folds of an honest evaluation, earliest judged rows first.

    With times each row after the first window is judged once, by a model of the rows before its block; `repeats`
    is then of no effect. Without times each row is judged once per repeat.

    Raises InputError where no fold can be made: fewer than two rows of a class, or a single group.
    """
    rarer = _rows_of_rarer_class(dataset.target)
    wanted = max(2, min(folds, rarer))
    group = _group_codes(dataset.groups)
    if group is not None and len(np.unique(group)) < 2:
        raise InputError(
            "All rows belong to one group, so no row can be judged by a model that has not seen its group.",
            remedy="Train without the group column.",
        )
    order = _time_codes(dataset)
    if order is not None:
        chained = list(_chained(dataset.target, order, group, wanted, np.random.default_rng(seed)))
        if chained:
            return chained
    return _drawn(dataset.target, group, wanted, repeats, seed)


def kind_of(dataset: Splittable, folds: list[Fold]) -> str:
    """How the folds came about: `time`, `time and group`, `group` or `random`."""
    named = (["time"] if all(fold.in_time for fold in folds) else []) + (
        ["group"] if dataset.groups is not None else []
    )
    return " and ".join(named) or "random"


def describe_folds(dataset: Splittable, folds: list[Fold]) -> str:
    """One or two sentences that say how the model was judged."""
    repeats = 1 + max(fold.repeat for fold in folds)
    count = sum(fold.repeat == folds[0].repeat for fold in folds)
    sentences = {
        "time": f"Judged on later leads: {count} times the model learned from the past and was judged on what came "
        "next.",
        "time and group": f"Judged on later leads of groups it had not seen: {count} times the model learned from "
        "the past and was judged on what came next.",
        "group": f"Judged on groups the model had not seen: they were dealt into {count} parts, and the leads of each "
        "part were scored by a model that had learned from the other parts only.",
        "random": f"Judged on leads the model had not seen: they were dealt into {count} parts at random, and the "
        "leads of each part were scored by a model that had learned from the other parts only.",
    }
    sentence = sentences[kind_of(dataset, folds)]
    return sentence + (f" This was done {repeats} times, with other parts each time." if repeats > 1 else "")


def _rows_of_rarer_class(target: NDArray[np.float64]) -> int:
    positives = int((target > 0.5).sum())
    rarer = min(positives, len(target) - positives)
    if rarer < 2:
        raise InputError(
            "Too few outcomes of one kind to judge a model: each kind is needed at least twice.",
            facts={"rows": len(target), "positive": positives},
            remedy="Add past leads with the missing outcome.",
        )
    return rarer


def _group_codes(groups: NDArray[Any] | None) -> NDArray[np.int64] | None:
    """Whole numbers, equal for equal groups; each row of an unknown group is a group of its own."""
    if groups is None:
        return None
    seen: dict[object, int] = {}
    codes = np.empty(len(groups), np.int64)
    for row, value in enumerate(groups.tolist()):
        unknown = value is None or value == "" or value != value
        codes[row] = seen.setdefault(("unknown", row) if unknown else value, len(seen))
    return codes


def _time_codes(dataset: Splittable) -> NDArray[np.int64] | None:
    """Whole numbers in time order, equal at equal times, -1 where the time is unknown; None without times."""
    if dataset.times is None:
        return np.arange(len(dataset.target), dtype=np.int64) if dataset.in_time_order else None
    times = np.asarray(dataset.times)
    unknown = np.isnat(times) if times.dtype.kind == "M" else np.isnan(times.astype(np.float64))
    codes = np.full(len(times), -1, np.int64)
    codes[~unknown] = np.unique(times[~unknown], return_inverse=True)[1]
    return codes


def _border(known: NDArray[np.int64], wanted: int) -> int:
    """The position nearest to `wanted` in the sorted times at which no tie is cut; 0 if there is none inside."""
    value = known[min(wanted, len(known) - 1)] if len(known) else 0
    places = [int(np.searchsorted(known, value, side)) for side in ("left", "right")]
    inside = [place for place in places if 0 < place < len(known)]
    return min(inside, key=lambda place: abs(place - wanted), default=0)


def _chained(
    target: NDArray[np.float64],
    order: NDArray[np.int64],
    group: NDArray[np.int64] | None,
    count: int,
    rng: np.random.Generator,
) -> Iterator[Fold]:
    known = np.sort(order[order >= 0])
    wanted = np.linspace(FIRST_WINDOW_SHARE, 1, count + 1)[:-1] * len(known)
    borders = sorted({_border(known, round(place)) for place in wanted} - {0})
    for start, end in pairwise([*borders, len(known)]):
        fold = _fold_between(target, order, group, start, end, rng)
        if fold is not None:
            yield fold


def _fold_between(
    target: NDArray[np.float64],
    order: NDArray[np.int64],
    group: NDArray[np.int64] | None,
    start: int,
    end: int,
    rng: np.random.Generator,
) -> Fold | None:
    """Learn from all before position `start` (and from rows without a time), be judged on `start` to `end`."""
    known = np.sort(order[order >= 0])
    before = order < known[start]
    judged = (order >= known[start]) & (order <= known[end - 1])
    if group is not None:
        before, judged = _apart(before, judged, group, rng)
    if not judged.any() or not _both_classes(target[before]):
        return None
    return Fold(np.flatnonzero(before), np.flatnonzero(judged), in_time=True)


def _apart(
    before: NDArray[np.bool_], judged: NDArray[np.bool_], group: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    on_both = np.intersect1d(group[before], group[judged])
    purged = before & ~np.isin(group, on_both)
    if purged.sum() >= KEPT_BY_PURGE * before.sum():
        return purged, judged
    heads = rng.permutation(on_both)
    learned, tested = heads[: len(heads) // 2], heads[len(heads) // 2 :]
    return before & ~np.isin(group, tested), judged & ~np.isin(group, learned)


def _drawn(
    target: NDArray[np.float64], group: NDArray[np.int64] | None, count: int, repeats: int, seed: int
) -> list[Fold]:
    drawn = []
    for repeat in range(max(1, repeats)):
        rng = np.random.default_rng((seed, repeat))
        part = _stratified(target, count, rng) if group is None else _grouped(target, group, count, rng)
        for number in range(count):
            test, train = np.flatnonzero(part == number), np.flatnonzero(part != number)
            if len(test) and _both_classes(target[train]):
                drawn.append(Fold(train, test, repeat))
    if not drawn:
        raise InputError(
            "Every outcome of one kind lies in a single group, so no model of the other groups can learn it.",
            remedy="Train without the group column, or add groups with both outcomes.",
        )
    return drawn


def _stratified(target: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal the shuffled rows of one class, then of the other, round the parts: sizes differ by one at most."""
    shuffled = rng.permutation(len(target))
    dealt = shuffled[np.argsort(target[shuffled], kind="stable")]
    part = np.empty(len(target), np.int64)
    part[dealt] = np.arange(len(target)) % count
    return part


def _grouped(
    target: NDArray[np.float64], group: NDArray[np.int64], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Give each group, largest first, to the part that has had the least of what the group brings."""
    positive = np.bincount(group, weights=target > 0.5)
    negative = np.bincount(group) - positive
    shuffled = rng.permutation(len(positive))
    largest_first = shuffled[np.argsort(-(positive + negative)[shuffled], kind="stable")]
    in_positive, in_negative = 1 / max(positive.sum(), 1) ** 2, 1 / max(negative.sum(), 1) ** 2
    had = [[0.0, 0.0] for _ in range(count)]
    part_of_group = np.empty(len(positive), np.int64)
    for number in largest_first.tolist():
        brings_positive, brings_negative = float(positive[number]), float(negative[number])
        worth_positive, worth_negative = brings_positive * in_positive, brings_negative * in_negative
        chosen = min(
            range(count),
            key=lambda place: had[place][0] * worth_positive + had[place][1] * worth_negative,
        )
        had[chosen][0] += brings_positive
        had[chosen][1] += brings_negative
        part_of_group[number] = chosen
    return part_of_group[group]


def _both_classes(target: NDArray[np.float64]) -> bool:
    return bool((target > 0.5).any() and (target <= 0.5).any())
