"""All likely pairs of a table weighed by a model that is there already."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.identity import candidates, learning, record_table
from galena.engines.identity.interruption import interruptible
from galena.engines.identity.linking import MEMORY_GB
from galena.engines.identity.model import MatchModel
from galena.engines.identity.pairs import weigh_pairs
from galena.engines.identity.splink_settings import SHARED_MASS


@dataclass(frozen=True)
class WeighedPairs:
    """Pairs of rows and the probability that each is one.

    Attributes:
        compared: how many pairs were looked at; those plainly different are not among the pairs.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    probability: NDArray[np.float64]
    compared: int

    def from_surest(self, least: float) -> list[tuple[int, int]]:
        """The pairs of at least this probability, the surest first."""
        order = np.lexsort((self.right, self.left, -self.probability))
        kept = order[: int((self.probability >= least).sum())]
        return list(zip(self.left[kept].tolist(), self.right[kept].tolist(), strict=True))


def weigh_table(
    frames: Sequence[pl.DataFrame],
    model: MatchModel,
    rows: int,
    *,
    folder: str,
    advance: learning.Advance = lambda _done, _total: None,
) -> WeighedPairs:
    """Weigh the pairs of a table that share a block key.

    Args:
        frames: normal records as `record_table.frame_of` makes them; rows count from 0.
        folder: where what does not fit into memory may be laid aside.
        advance: told how many pairs were weighed, and of how many.
    """
    with interruptible(), duckdb.connect() as database:
        database.execute(SHARED_MASS).fetchall()
        database.execute(f"SET temp_directory = '{folder}'").fetchall()
        database.execute(f"SET memory_limit = '{MEMORY_GB}GB'").fetchall()
        record_table.load(database, frames, np.zeros(rows, dtype=np.int32), model)
        chosen = candidates.choose_pairs(database, rows)
        pairs = learning.predict(database, model, advance=advance)
        weighed = weigh_pairs(pairs, model)
    return WeighedPairs(pairs.left, pairs.right, weighed.probability, chosen.pairs)
