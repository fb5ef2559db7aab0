"""What the reasoner says of leads, as columns of an export."""

from collections.abc import Sequence

import polars as pl

from galena.domain.listing import LeadRow
from galena.domain.reasoner import LeadReasoning
from galena.domain.scored import CurrentScore
from galena.stores import reasoner_answers, reasoner_setups, scores
from galena.stores.door import Session
from galena.workflows.lead_reasoning import METHODS

_NAMES = ("method", "contact_priority", "ideal_contractor", "flags", "reasoning", "review")


def asks_reasoner(session: Session) -> bool:
    """Whether a reasoner was ever set up, so that exports have its columns."""
    return reasoner_setups.find(session) is not None


def reasoning_columns(session: Session, rows: Sequence[LeadRow]) -> list[pl.Series]:
    """A column for each thing it says; empty where it was not asked about the lead."""
    said = reasoner_answers.load_for_leads(session, [row.id for row in rows])
    standing = scores.load_current(session, [row.id for row in rows])
    values = [_values(said.get(row.id), standing.get(row.id)) for row in rows]
    return [
        pl.Series(name, [value[place] for value in values], dtype=pl.String)
        for place, name in enumerate(_NAMES)
    ]


def _values(told: LeadReasoning | None, stands: CurrentScore | None) -> tuple[str | None, ...]:
    if stands is None:
        return (None,) * len(_NAMES)
    if told is None or stands.method not in METHODS:
        return (stands.method, *(None,) * (len(_NAMES) - 1))
    flags = ", ".join(told.flags) or None
    if told.answer is None:
        return (told.method, None, None, flags, told.failure, told.review)
    answer = told.answer
    return (
        told.method,
        answer.contact_priority,
        answer.ideal_contractor,
        flags,
        answer.reasoning,
        told.review,
    )
