"""What choosing leads by their score is worth in money: the best leads by score against leads taken as they come.

Only decided leads count: lost, won and paid, or given up. By score at the moment a lead was given, the best half, fifth
and tenth are held against the average of all; the difference times their number is the money that choosing brought.
The interval comes from drawing the leads anew a thousand times.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.report import Column, Table

DRAWS = 1_000
SHARES = (0.5, 0.2, 0.1)
FEWEST = 20
_Row = tuple[str, int, int, float | None, float | None, float | None, float | None]
_COLUMNS = (
    Column("part", "Leads by score", "text"),
    Column("leads", "Leads"),
    Column("won", "Won"),
    Column("per_lead", "Commission per lead", "money"),
    Column("gain", "Gain over the average", "money"),
    Column("low", "at least", "money"),
    Column("high", "at most", "money"),
)


@dataclass(frozen=True, slots=True)
class Valued:
    """The table, and how many leads were drawn outside the order of scores (they are what chance alone brings)."""

    table: Table
    decided: int
    explored: int
    explored_per_lead: float | None
    chosen_per_lead: float | None


def model_value(leads: pl.DataFrame, *, seed: int = 0) -> Valued:
    """What the score is worth on decided leads; `leads` as `worked.worked` gives them, `points` at assignment."""
    decided = leads.filter(_DECIDED & pl.col("points").is_not_null())
    decided = decided.sort("points", "lead_id", descending=[True, False])
    money = decided["commission"].fill_null(0.0).to_numpy()
    rng = np.random.default_rng(seed)
    rows: list[_Row] = [
        ("all decided leads", len(money), int(decided["won"].sum()), _mean(money), None, None, None)
    ]
    if len(money) >= FEWEST:
        rows += [_part(decided, money, share, rng) for share in SHARES]
    explored = decided.filter(pl.col("explored"))
    chosen = decided.filter(~pl.col("explored"))
    return Valued(
        Table("model_value", "What choosing by score is worth", _COLUMNS, tuple(rows)),
        decided.height,
        explored.height,
        _mean(explored["commission"].fill_null(0.0).to_numpy()),
        _mean(chosen["commission"].fill_null(0.0).to_numpy()),
    )


_DECIDED = (
    pl.col("closing").is_in(["closed_lost"]).fill_null(False)
    | (pl.col("won") & pl.col("commission").is_not_null())
    | (
        pl.col("closing").is_null()
        & pl.col("outcome").is_in(["not_interested", "do_not_contact", "no_answer"]).fill_null(False)
    )
)


def _part(decided: pl.DataFrame, money: NDArray[np.float64], share: float, rng: np.random.Generator) -> _Row:
    count = max(1, round(share * len(money)))
    gain = (money[:count].mean() - money.mean()) * count
    gains = np.empty(DRAWS)
    for draw in range(DRAWS):
        sample = money[np.sort(rng.integers(0, len(money), len(money)))]
        gains[draw] = (sample[:count].mean() - sample.mean()) * count
    low, high = np.quantile(gains, [0.025, 0.975])
    won = int(decided["won"].head(count).sum())
    return (f"the best {share:.0%}", count, won, _mean(money[:count]), float(gain), float(low), float(high))


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) else None
