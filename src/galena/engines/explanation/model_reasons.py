"""Why a model gave a lead its score, in sentences: "Lead Source is 'Reference': +12 points"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from galena.engines.explanation.formats import show_number

REASONS = 5
SMALLEST_POINTS = 0.05
"""Effects below this many points are no reason."""

NO_SIGNAL = "The model found no usable signal in the past leads: every lead gets the same score"
_TEXT_LIMIT = 60
_SHORT_NUMBER = 9


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """How the columns of a table are worded.

    Attributes:
        kinds: of each column the model reads: number, date, boolean, category or text.
        absent: columns the model reads and the table lacks.
    """

    kinds: Mapping[str, str]
    absent: frozenset[str] = field(default_factory=frozenset)

    def sentence(self, column: str, value: str | None) -> str:
        """What the lead has in a column: "Total Visits is 5", "City is not known"."""
        name = _one_line(column)
        if column in self.absent:
            return f"{name} is not in this file"
        text = _one_line(value or "")
        if not text:
            return f"{name} is not known"
        kind = self.kinds.get(column, "text")
        if kind == "number":
            return f"{name} is {_number(text)}"
        return f"{name} is {text}" if kind in ("boolean", "date") else f"{name} is '{text}'"

    def reason(self, column: str, value: str | None, points: float) -> str:
        """The same with what it adds or takes: "Total Visits is 5: +4 points"."""
        return f"{self.sentence(column, value)}: {points_words(points)}"


def points_words(points: float) -> str:
    """Points with their sign: "+12 points", "-1 point"; one decimal below one point."""
    shown = round(points) if abs(points) >= 0.95 else round(points, 1)
    if shown == 0:
        return "+0 points"
    return f"{shown:+,} point{'' if abs(shown) == 1 else 's'}"


def top_columns(points: NDArray[np.float64], limit: int = REASONS) -> NDArray[np.int64]:
    """For each lead the places of the columns with the largest effects, up or down, largest first; equal ones in the
    order of the columns. [leads, at most `limit`]"""
    size = np.abs(points)
    if points.shape[1] > 4 * limit:
        # Only the columns as large as the limit-th largest can be among the first.
        least = -np.partition(-size, limit - 1, axis=1)[:, limit - 1 : limit]
        size = np.where(size >= least, size, -1.0)
    return np.argsort(-size, axis=1, kind="stable")[:, :limit].astype(np.int64)


def reasons_of(
    words: ColumnWords,
    columns: Sequence[str],
    values: Mapping[str, Sequence[str | None]],
    points: NDArray[np.float64],
    limit: int = REASONS,
) -> list[list[str]]:
    """The largest effects of each lead in words, at most `limit`; effects under `SMALLEST_POINTS` are left out.

    Args:
        columns: of `points`, in order.
        values: what the table holds in each column, as text, for the same leads.
        points: what each column adds to each lead's score. [leads, columns]
    """
    if not points.shape[1]:
        return [[] for _ in range(points.shape[0])]
    best = top_columns(points, limit)
    sizes = np.take_along_axis(points, best, axis=1)
    nothing: Sequence[str | None] = [None] * points.shape[0]
    cells = [values.get(column, nothing) for column in columns]
    return [
        [
            words.reason(columns[place], cells[place][row], size)
            for place, size in zip(places, effects, strict=True)
            if abs(size) >= SMALLEST_POINTS
        ]
        for row, (places, effects) in enumerate(zip(best.tolist(), sizes.tolist(), strict=True))
    ]


def _one_line(text: str) -> str:
    line = " ".join(text.split()) if len(text) < 10 * _TEXT_LIMIT else " ".join(text[:600].split())
    return line if len(line) <= _TEXT_LIMIT else line[: _TEXT_LIMIT - 1].rstrip() + "…"


def _number(text: str) -> str:
    """As it stands where it is short; else rounded."""
    if len(text) <= _SHORT_NUMBER:
        return text
    try:
        return show_number(float(text)).replace("−", "-")
    except ValueError:
        return text
