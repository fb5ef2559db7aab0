"""What scores say of leads, as a simulation notes it beside the truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from galena.domain.score import MICROPOINTS
from galena.engines.learning.rules_member import fitted_line
from galena.simulator.diary import Week
from galena.stores import head_scores, leads, scores
from galena.workflows.context import Context

FEWEST = 50
"""Leads from which on a line through the rules' points is fitted."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A lead's standing score; `probability` is None where rules alone scored."""

    points: float
    probability: float | None


def sight_of(context: Context, head: str, keys: Sequence[str]) -> dict[str, Sight]:
    """Lead key -> what is said of it; leads without a score are left out."""
    with context.session() as session:
        found = leads.load_many_by_key(session, keys)
        ids = [entry.lead.id for entry in found.values()]
        current = scores.load_current(session, ids)
        said = head_scores.load_many(session, head, ids)
    return {
        key: Sight(
            current[entry.lead.id].micropoints / MICROPOINTS,
            said[entry.lead.id].probability if entry.lead.id in said else None,
        )
        for key, entry in found.items()
        if entry.lead.id in current
    }


def rule_line(weeks: Sequence[Week]) -> Callable[[float], float]:
    """The probability that rules' points stand for, by what became of earlier leads that rules scored."""
    seen = [lead for week in weeks for lead in week.leads if not lead.by_model]
    if len(seen) < FEWEST or len({lead.meets for lead in seen}) < 2:
        return lambda _points: 0.3
    line = fitted_line(
        np.array([lead.points for lead in seen]), np.array([float(lead.meets) for lead in seen])
    )
    return lambda points: float(1 / (1 + np.exp(-line.log_odds(np.array(points)))))
