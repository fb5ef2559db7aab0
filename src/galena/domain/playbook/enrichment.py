"""What a playbook says of enrichment: which facts are looked up, of whom in which order, and how long they hold."""

from typing import Literal

from pydantic import Field as Limit

from galena.domain.playbook.part import Name, Part

LocalKind = Literal["email", "phone", "name", "title", "company", "domain", "address", "reviews"]
"""What can be said of a value without asking anybody."""


class Wanted(Part):
    """A field that is looked up where a lead lacks it.

    Attributes:
        providers: connectors in the order they are asked; the next one only when the one before gave nothing good
            enough. One that is not connected is passed over. Empty: every connected look-up that gives the field.
        days: how long an answer holds; after that it is stale and asked for again.
        least_confidence: 0-1; an answer that matches the lead less surely is not taken.
    """

    providers: tuple[Name, ...] = ()
    days: int = Limit(default=180, ge=1, le=3_650)
    least_confidence: float = Limit(default=0.6, ge=0, le=1)


class LocalReading(Part):
    """A value that a local provider reads.

    Attributes:
        kind: which provider.
        reads: the field with the value.
        beside: what else it is told -> the field with it (an address: city, state, zip; a domain: company).
        fills: lead field -> the provider's value that fills it where nobody else knows it.
        least_confidence: 0-1; what is less sure fills nothing.
    """

    kind: LocalKind
    reads: Name
    beside: dict[str, Name] = {}
    fills: dict[Name, str] = {}
    least_confidence: float = Limit(default=0.7, ge=0, le=1)


class Enrichment(Part):
    """How leads of a playbook are enriched.

    Attributes:
        wants: field -> of whom it is asked.
        local: what is read off the lead's own values, at no cost, always.
        daily_budget: in the playbook's currency, for all providers together on one day (UTC); left out: no limit.
        budgets: connector -> the same for one provider.
    """

    wants: dict[Name, Wanted] = {}
    local: tuple[LocalReading, ...] = ()
    daily_budget: float | None = Limit(default=None, ge=0)
    budgets: dict[Name, float] = {}
