"""How leads convert by score band, tier, source and segment; open leads are counted but never taken for lost."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.engines.learning.curves import wilson
from galena.engines.learning.metrics import Estimate
from galena.engines.learning.ranks import Floats

BAND_POINTS = 10
MOST_VALUES = 30


class ConversionLine(BaseModel):
    """Leads of one band, tier, source or segment.

    Attributes:
        value: which; empty for "not known".
        leads: all of them; `decided` have an outcome, `wins` a good one.
        mean_score: of all of them, 0-100.
        rate: wins among the decided, with Wilson's interval; null while none is decided.
    """

    model_config = ConfigDict(frozen=True)
    value: str
    leads: int
    decided: int
    wins: int
    mean_score: float
    rate: Estimate


class Conversion(BaseModel):
    """Conversion of a set of leads.

    Attributes:
        bands: by score, ten points each, lowest first; bands without leads are in it.
        by: per question ("tier", "source" ...) its values, most leads first.
        rises: whether no band converts surely less than a lower one.
    """

    model_config = ConfigDict(frozen=True)
    bands: tuple[ConversionLine, ...]
    by: dict[str, tuple[ConversionLine, ...]]
    rises: bool


def conversion_of(score: Floats, won: Floats, by: Mapping[str, NDArray[Any]]) -> Conversion:
    """Conversion of leads with a `score` (0-100) and an outcome (`won`: 1, 0, NaN while open).

    `by` holds the tier, source, segment ... of each lead (None: not known).
    """
    band = np.minimum((score // BAND_POINTS).astype(np.int64), 100 // BAND_POINTS - 1)
    bands = tuple(
        _line(f"{number * BAND_POINTS} to {(number + 1) * BAND_POINTS}", score, won, band == number)
        for number in range(100 // BAND_POINTS)
    )
    return Conversion(
        bands=bands,
        by={name: _lines(values, score, won) for name, values in by.items()},
        rises=_rises(bands),
    )


def _lines(values: NDArray[Any], score: Floats, won: Floats) -> tuple[ConversionLine, ...]:
    texts = np.array(["" if value is None else str(value) for value in values.tolist()], dtype=object).astype(
        str
    )
    names, codes = np.unique(texts, return_inverse=True)
    lines = [_line(str(name), score, won, codes == code) for code, name in enumerate(names)]
    lines.sort(key=lambda line: (-line.leads, line.value))
    return tuple(lines[:MOST_VALUES])


def _line(value: str, score: Floats, won: Floats, inside: NDArray[np.bool_]) -> ConversionLine:
    outcome = won[inside]
    decided = int(np.isfinite(outcome).sum())
    wins = int(np.nansum(outcome))
    low, high = wilson(wins, decided)
    rate = Estimate(value=wins / decided, low=low, high=high) if decided else Estimate(value=None)
    return ConversionLine(
        value=value,
        leads=int(inside.sum()),
        decided=decided,
        wins=wins,
        mean_score=float(score[inside].mean()) if inside.any() else 0.0,
        rate=rate,
    )


def _rises(bands: tuple[ConversionLine, ...]) -> bool:
    surely = 0.0
    for band in bands:
        if band.rate.high is not None and band.rate.high < surely:
            return False
        surely = max(surely, band.rate.low or 0.0)
    return True
