"""From pairs to leads: records that are one, with guards against chains.

Pairs are taken from the surest down. Two groups are joined unless what is known of all their pairs speaks against it:
a record that fits one member and contradicts the others stays apart, so that a shared phone or a wrong address does
not chain strangers together. A table that has no duplicates of its own gives each lead one record at most.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_LOG_ODDS = 8.0
"""So much one pair can say for or against joining two groups, in bits."""


@dataclass(frozen=True)
class Guards:
    """What groups must keep to.

    Attributes:
        tables: the table of each row, by row.
        unique: tables without duplicates of their own.
    """

    tables: NDArray[np.int32]
    unique: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Clusters:
    """The groups.

    Attributes:
        of: row -> the smallest row of its group.
        refused: pairs (indices into the pairs given) that were sure enough, and were kept apart by a guard.
    """

    of: NDArray[np.int64]
    refused: tuple[int, ...]


def cluster(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    probability: NDArray[np.float64],
    rows: int,
    *,
    merge: float,
    guards: Guards,
    together: Sequence[tuple[int, int]] = (),
) -> Clusters:
    """Groups of records.

    Args:
        left, right, probability: the weighed pairs; pairs that are not there say nothing.
        merge: the least probability of a pair that joins.
        together: pairs that are one for certain, whatever the guards say.
    """
    order = np.lexsort((right, left, -probability))
    groups = _Groups(rows, left, right, probability, guards)
    for one, other in together:
        groups.unite(one, other)
    refused = []
    for at in order[: int((probability >= merge).sum())].tolist():
        if not groups.join(int(left[at]), int(right[at])):
            refused.append(at)
    return Clusters(groups.roots(), tuple(sorted(refused)))


class _Groups:
    """A forest of groups, each with what is known of it towards others."""

    def __init__(
        self,
        rows: int,
        left: NDArray[np.int64],
        right: NDArray[np.int64],
        probability: NDArray[np.float64],
        guards: Guards,
    ) -> None:
        self._parent = list(range(rows))
        self._unique = guards.unique
        self._members: dict[int, list[int]] = {}
        self._tables = guards.tables
        self._odds = _Odds(left, right, probability, rows)

    def join(self, one: int, other: int) -> bool:
        """Join the groups of two rows; False where a guard keeps them apart."""
        first, second = sorted((self._root(one), self._root(other)))
        if first == second:
            return True
        mine, theirs = self._members.get(first, [first]), self._members.get(second, [second])
        if self._unique and self._clashes(mine, theirs):
            return False
        if len(mine) + len(theirs) > 2 and self._said(mine, theirs) < 0:
            return False
        self._unite(first, second)
        return True

    def unite(self, one: int, other: int) -> None:
        """Join the groups of two rows without asking."""
        first, second = sorted((self._root(one), self._root(other)))
        if first != second:
            self._unite(first, second)

    def _unite(self, first: int, second: int) -> None:
        self._parent[second] = first
        self._members[first] = self._members.get(first, [first]) + self._members.pop(second, [second])

    def roots(self) -> NDArray[np.int64]:
        """Row -> the smallest row of its group."""
        return np.array([self._root(row) for row in range(len(self._parent))], dtype=np.int64)

    def _root(self, row: int) -> int:
        while self._parent[row] != row:
            self._parent[row] = self._parent[self._parent[row]]
            row = self._parent[row]
        return row

    def _clashes(self, mine: Sequence[int], theirs: Sequence[int]) -> bool:
        tables = {int(self._tables[row]) for row in mine} & self._unique
        return any(int(self._tables[row]) in tables for row in theirs)

    def _said(self, mine: Sequence[int], theirs: Sequence[int]) -> float:
        """The log-odds of all pairs between two groups, added."""
        if len(theirs) < len(mine):
            mine, theirs = theirs, mine
        others = set(theirs)
        return sum(odds for row in mine for neighbour, odds in self._odds.of(row) if neighbour in others)


class _Odds:
    """The log-odds of each pair, each within bounds, found by row. Arrays, since there are millions."""

    def __init__(
        self, left: NDArray[np.int64], right: NDArray[np.int64], probability: NDArray[np.float64], rows: int
    ) -> None:
        safe = np.clip(probability, 1e-9, 1 - 1e-9)
        odds = np.clip(np.log2(safe / (1 - safe)), -MOST_LOG_ODDS, MOST_LOG_ODDS)
        ones = np.concatenate([left, right])
        order = np.argsort(ones, kind="stable")
        self._others = np.concatenate([right, left])[order]
        self._odds = np.concatenate([odds, odds])[order]
        self._starts = np.searchsorted(ones[order], np.arange(rows + 1))

    def of(self, row: int) -> Iterator[tuple[int, float]]:
        """The rows that a row was weighed with, and what that said."""
        part = slice(self._starts[row], self._starts[row + 1])
        return zip(self._others[part].tolist(), self._odds[part].tolist(), strict=True)
