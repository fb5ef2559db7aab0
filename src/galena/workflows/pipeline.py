"""The pipeline of a tenant: its leads by stage, with their worth and how long they have been there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median

from galena.domain.disposing import Choice
from galena.domain.pipeline import STAGES, Stage, stage_of
from galena.stores.door import Session
from galena.workflows.prospects import ProspectRow, list_prospects


@dataclass(frozen=True, slots=True)
class Card:
    """A lead in the pipeline.

    Attributes:
        value: of the deal, as recorded; None: nobody said.
        days: since it came into its stage.
    """

    row: ProspectRow
    value: Decimal | None
    days: int


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its leads, what is due first."""

    stage: Stage
    cards: tuple[Card, ...]

    @property
    def value(self) -> Decimal:
        """What the deals in it are worth together, as far as that was recorded."""
        return sum((card.value for card in self.cards if card.value is not None), Decimal())

    @property
    def valued(self) -> int:
        """How many of them have a recorded worth."""
        return sum(card.value is not None for card in self.cards)

    @property
    def median_days(self) -> float | None:
        """Half of the leads have been in the stage for longer; None where there is none."""
        return median(card.days for card in self.cards) if self.cards else None


def list_pipeline(
    session: Session, now: datetime, *, search: str = "", tier: str = "", limit: int = 5_000
) -> tuple[Column, ...]:
    """Every stage with the leads that brokers of this session have and see.

    Args:
        search: words that must all stand in a lead's title, subtitle or key; `tier`: as it was when it was given.
        limit: of the leads that are looked at, the newest.
    """
    words = search.lower().split()
    rows = [
        row
        for row in list_prospects(session, now, limit=limit)
        if (not tier or row.assignment.tier == tier) and all(word in _text(row) for word in words)
    ]
    found: dict[str, list[Card]] = {name: [] for name in STAGES}
    for row in rows:
        found[stage_of(row.stand).name].append(_card(row, now))
    return tuple(Column(stage, tuple(found[name])) for name, stage in STAGES.items())


def choices_into(stage: Stage, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Of what can be said of a lead that which brings it into a stage, also what is refused now."""
    by_outcome = {each.rule.outcome: each for each in choices}
    return tuple(by_outcome[outcome] for outcome in stage.outcomes)


def _card(row: ProspectRow, now: datetime) -> Card:
    newest, second = row.standing.newest, row.standing.second
    since = newest.at if newest is not None else row.assignment.visible_at
    return Card(row, second.deal_value if second else None, max(0, (now - since).days))


def _text(row: ProspectRow) -> str:
    return f"{row.entry.title} {row.entry.subtitle or ''} {row.entry.lead.key}".lower()
