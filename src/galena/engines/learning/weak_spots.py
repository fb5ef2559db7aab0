"""Where the model in use is weak, what the next one is to look at harder, and whether that helped."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from galena.engines.learning.drift_findings import percent_of
from galena.engines.learning.metrics import loss_of
from galena.engines.learning.ranks import Floats
from galena.engines.learning.segments import MOST_LEVELS, Segment, segments_of

MORE_WEIGHT: Final = 2.0
"""Leads of weak segments count so much as others when the next model learns."""
MOST_SPOTS: Final = 5
FEWEST_LEADS: Final = 100
"""With fewer judged leads no segment is called weak."""


@dataclass(frozen=True, slots=True)
class WeakSpot:
    """A segment in which the model promises surely too much or too little, or cannot tell leads apart.

    Attributes:
        column, value: which leads; an empty value stands for "not known".
        rate: good among the decided; `said`: mean probability.
        sentence: in words.
    """

    column: str
    value: str
    leads: int
    rate: float
    said: float
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> "WeakSpot":
        """What `as_dict` wrote."""
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__})


def weak_spots_of(values: pl.DataFrame, probability: Floats, came: Floats) -> tuple[WeakSpot, ...]:
    """The weakest segments of leads that the model did not learn from, weakest first."""
    if len(came) < FEWEST_LEADS:
        return ()
    columns = {
        name: column.to_numpy() for name in values.columns if (column := _levels(values[name])) is not None
    }
    found = segments_of(came, probability, columns)
    return tuple(_spot(each) for each in found if each.weak)[:MOST_SPOTS]


def weights_on(values: pl.DataFrame, spots: Sequence[WeakSpot]) -> Floats:
    """How much each lead is to count: more in weak segments, 1 on average."""
    inside = np.zeros(values.height, dtype=np.bool_)
    for spot in spots:
        levels = _levels(values[spot.column]) if spot.column in values.columns else None
        if levels is not None:
            inside |= (levels.fill_null("") == spot.value).to_numpy()
    weight = np.where(inside, MORE_WEIGHT, 1.0)
    found: Floats = weight / weight.mean()
    return found


def measured_gain(target: Floats, plain: Floats, other_target: Floats, heavy: Floats) -> dict[str, Any]:
    """Whether more weight on weak segments saved log-loss on leads not seen, and how much, with its standard error."""
    if len(target) != len(other_target) or (target != other_target).any():
        # Fewer rounds of judging in one of the two: nothing can be laid side by side.
        return {"used": False, "gain": None, "error": None}
    saved = loss_of(target, plain) - loss_of(target, heavy)
    gain, error = float(saved.mean()), float(saved.std() / np.sqrt(len(saved)))
    return {"used": gain > error > 0, "gain": gain, "error": error}


def _levels(column: pl.Series) -> pl.Series | None:
    """The values of a column as texts where they are few."""
    if column.dtype not in (pl.String, pl.Boolean) or column.n_unique() > MOST_LEVELS:
        return None
    return column.cast(pl.String)


def _spot(segment: Segment) -> WeakSpot:
    rate = segment.positives / segment.leads
    value = f"“{segment.value}”" if segment.value else "not known"
    sentence = (
        f"Of {segment.leads:,} leads whose “{segment.column}” is {value}, {percent_of(rate)} came out well; the model"
        f" had said {percent_of(segment.said)}."
    )
    return WeakSpot(segment.column, segment.value, segment.leads, rate, segment.said, sentence)
