"""What would change a model's score: other values in one column, each tried by scoring the lead again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, str | None]
Rescore = Callable[[Sequence[Row]], Sequence[float]]
"""The scores (0-100) of rows."""

MOST_CHANGES = 5
LEAST_POINTS = 1.0


@dataclass(frozen=True, slots=True)
class Change:
    """One value changed and the score the lead would have, all else equal.

    Attributes:
        before, after: the value as the table holds it; `before` is empty when unknown.
        score: 0-100, with the change.
        points: the difference to the score as it is.
    """

    column: str
    before: str
    after: str
    score: float
    points: float

    @property
    def sentence(self) -> str:
        """ "Lead Source were 'Reference' instead of 'Google': 71 (+12)"."""
        before = f"instead of '{self.before}'" if self.before else "instead of unknown"
        return f"If {self.column} were '{self.after}' {before}: {self.score:.0f} ({self.points:+.0f})"


def what_would_change(
    row: Row,
    alternatives: Mapping[str, Sequence[str]],
    rescore: Rescore,
    *,
    most: int = MOST_CHANGES,
    least_points: float = LEAST_POINTS,
) -> tuple[Change, ...]:
    """The changes of one column that would raise the score most, one per column, best first.

    Every alternative is tried and scored; nothing is estimated.

    Args:
        row: the lead as the table holds it.
        alternatives: the columns that may change, with values that other leads have.
    """
    tried = [
        (column, value)
        for column, values in alternatives.items()
        for value in values
        if value != (row.get(column) or "")
    ]
    scores = list(rescore([row, *({**row, column: value} for column, value in tried)]))
    now = scores[0]
    best: dict[str, Change] = {}
    for (column, value), score in zip(tried, scores[1:], strict=True):
        if score - now >= least_points and (column not in best or score > best[column].score):
            best[column] = Change(column, row.get(column) or "", value, score, score - now)
    return tuple(sorted(best.values(), key=lambda change: -change.points)[:most])
