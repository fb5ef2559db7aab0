"""What matching says of each row, in words: its lead, how sure, because of what; and which pairs are unsure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.identity.linking import Linked
from galena.engines.identity.model import MatchModel
from galena.engines.identity.record_table import records_of
from galena.engines.identity.records import Record
from galena.engines.identity.weighing import PairEvidence, weigh

MOST_UNSURE = 20_000
_AT_ONCE = 50_000
SAID_SO = "the same value in the column you named"


@dataclass(frozen=True)
class Sides:
    """Where rows come from.

    Attributes:
        names: of the files.
        first_rows: the number of each file's first row among all, from 0.
        tables: the file of each row.
    """

    names: tuple[str, ...]
    first_rows: tuple[int, ...]
    tables: NDArray[np.int32]

    def place(self, row: int) -> str:
        """ "row 17", with the file where there are several."""
        table = int(self.tables[row])
        number = row - self.first_rows[table] + 1
        return f"row {number:,}" if len(self.names) == 1 else f"row {number:,} of {self.names[table]}"


@dataclass(frozen=True, slots=True)
class Unsure:
    """A pair for a person to look at; rows count from 0 over all files."""

    left: int
    right: int
    probability: float
    because: str
    against: str


@dataclass(frozen=True)
class Judged:
    """What is written: per row its lead (numbered in the order of first rows), confidence and reason."""

    leads: NDArray[np.int64]
    confidence: list[str]
    because: list[str]
    unsure: list[Unsure]
    sides: Sides


def judged(linked: Linked, frames: Sequence[pl.DataFrame], sides: Sides) -> Judged:
    """Put what linking found into words."""
    of = linked.clusters.of
    evidence = _Evidence(linked, frames)
    best, best_chance = _best_partners(linked)
    grouped = np.bincount(of, minlength=len(of))[of] > 1
    words = evidence.because(
        [(row, int(best[row])) for row in np.flatnonzero(grouped & (best >= 0)).tolist()]
    )
    nearest = _nearest_apart(linked)
    confidence, because = [], []
    for row in range(len(of)):
        if not grouped[row]:
            confidence.append(f"{1.0 - nearest[row]:.4f}")
            because.append("")
        elif best[row] < 0:
            confidence.append("1.0000")
            because.append(SAID_SO)
        else:
            confidence.append(f"{best_chance[row]:.4f}")
            because.append(f"{words[row]} (as in {sides.place(int(best[row]))})")
    return Judged(_numbered(of), confidence, because, evidence.unsure(), sides)


def _numbered(of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leads counted from 1 in the order of their first rows; `of` names each lead by its first row."""
    return np.cumsum(of == np.arange(len(of)))[of]


def _best_partners(linked: Linked) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Per row the partner of its own lead that it is surest with, and the probability; -1 where none was weighed."""
    of, pairs = linked.clusters.of, linked.pairs
    best = np.full(len(of), -1, dtype=np.int64)
    chance = np.zeros(len(of))
    together = np.flatnonzero(of[pairs.left] == of[pairs.right])
    for at in together[np.argsort(linked.probability[together], kind="stable")].tolist():
        left, right, value = pairs.left[at], pairs.right[at], linked.probability[at]
        best[left], chance[left] = right, value
        best[right], chance[right] = left, value
    return best, chance


def _nearest_apart(linked: Linked) -> NDArray[np.float64]:
    """Per row the highest probability that it is one with a row of another lead."""
    of, pairs = linked.clusters.of, linked.pairs
    apart = of[pairs.left] != of[pairs.right]
    nearest = np.zeros(len(of))
    for rows in (pairs.left[apart], pairs.right[apart]):
        np.maximum.at(nearest, rows, linked.probability[apart])
    return nearest


class _Evidence:
    """Weighs single pairs again, for the words."""

    def __init__(self, linked: Linked, frames: Sequence[pl.DataFrame]) -> None:
        self._linked = linked
        self._model: MatchModel = linked.model
        self._frame = pl.concat(frames) if frames else pl.DataFrame()

    def because(self, wanted: Sequence[tuple[int, int]]) -> dict[int, str]:
        """For each (row, partner) why they are one."""
        found: dict[int, str] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            records = self._records(part)
            # A pair is told once for both of its rows.
            told: dict[tuple[int, int], str] = {}
            for row, partner in part:
                pair = (min(row, partner), max(row, partner))
                if pair not in told:
                    told[pair] = self._weighed(records, *pair).because or "alike in all that is known"
                found[row] = told[pair]
        return found

    def unsure(self) -> list[Unsure]:
        """Pairs that were left apart and may be one, the likeliest first."""
        linked, pairs = self._linked, self._linked.pairs
        apart = linked.clusters.of[pairs.left] != linked.clusters.of[pairs.right]
        wanted = np.flatnonzero(apart & (linked.probability >= self._model.thresholds.review))
        order = np.lexsort((pairs.right[wanted], pairs.left[wanted], -linked.probability[wanted]))
        chosen = wanted[order][:MOST_UNSURE]
        both = list(zip(pairs.left[chosen].tolist(), pairs.right[chosen].tolist(), strict=True))
        records = self._records(both)
        found = []
        for (left, right), at in zip(both, chosen.tolist(), strict=True):
            told = self._weighed(records, left, right)
            found.append(Unsure(left, right, float(linked.probability[at]), told.because, told.against))
        return found

    def _records(self, pairs: Sequence[tuple[int, int]]) -> dict[int, Record]:
        rows = sorted({row for pair in pairs for row in pair})
        if not rows:
            return {}
        part = self._frame[rows]
        weighted = (self._model.weighted(record) for record in records_of(part))
        return dict(zip(rows, weighted, strict=True))

    def _weighed(self, records: dict[int, Record], left: int, right: int) -> PairEvidence:
        return weigh(records[left], records[right], self._model)
