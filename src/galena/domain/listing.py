"""Lists of leads: what is asked, and what a row shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.lead import Lead, LeadStatus
from galena.domain.scored import Override


@dataclass(frozen=True, slots=True)
class LeadQuery:
    """Filters (all must hold; an empty one does not filter) and the order of a list of leads.

    Scores and tiers are those in force: a person's word where one holds, else the machine's.

    Attributes:
        min_points, max_points: of the score, inclusive.
        search: words that must all occur in title, subtitle or key.
        statuses: leads that are part of another one (`merged`) are left out unless asked for.
        source: a source that told something of the lead.
        import_id: an import that told something of the lead.
        sale: `new` (given to no buyer), or a state in which the lead is with some buyer.
        sort: `score`, `title`, `updated`, `created`, `data_quality`, or the name of a field.
        descending: greatest first. Leads without the value come last either way.
    """

    tiers: tuple[str, ...] = ()
    temperatures: tuple[str, ...] = ()
    statuses: tuple[LeadStatus, ...] = ()
    categories: tuple[str, ...] = ()
    trade_groups: tuple[str, ...] = ()
    min_points: float | None = None
    max_points: float | None = None
    search: str = ""
    source: str | None = None
    import_id: UUID | None = None
    sale: str = ""
    sort: str = "score"
    descending: bool = True

    @property
    def needs_score(self) -> bool:
        """Whether a filter leaves out leads without a score."""
        return bool(
            self.tiers or self.temperatures or self.min_points is not None or self.max_points is not None
        )


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead in a list.

    Attributes:
        micropoints ... scored_at: of its current score, the machine's; None without one.
        revision_id: whose contribution names the reasons point into.
        reasons: places in the revision's contribution names, strongest first.
        override: what a person says of the score; None: nobody says otherwise.
    """

    id: UUID
    key: str
    title: str
    subtitle: str | None
    status: LeadStatus
    status_reason: str | None
    category: str | None
    trade_group: str | None
    data_quality: float
    updated_at: datetime
    fields: Mapping[str, Any]
    micropoints: int | None
    tier: str | None
    temperature: str | None
    confidence: float | None
    fit: float | None
    engagement: float | None
    revision_id: UUID | None
    reasons: tuple[int, ...]
    scored_at: datetime | None
    override: Override | None = None

    @property
    def micropoints_in_force(self) -> int | None:
        """A person's word where one holds, else the machine's."""
        said = self.override.micropoints if self.override else None
        return self.micropoints if said is None else said

    @property
    def tier_in_force(self) -> str | None:
        """A person's word where one holds, else the machine's."""
        return (self.override.tier if self.override else None) or self.tier


@dataclass(frozen=True, slots=True)
class LeadPage:
    """A page of a list; `next_cursor` is given back to read on, None at the end."""

    rows: tuple[LeadRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many; `exact` is false when it is an estimate of the database."""

    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class LeadEntry:
    """A lead as written: with what lists show of it.

    Attributes:
        title, subtitle: the two lines of its row.
        tenant_id: to whom it is assigned; changed by assigning, never by writing the lead.
        founded_by_import: the import whose record made it; kept from its first writing.
        updated_at: when its fields last changed.
        merged_into: the visible lead that it is part of; None where it is visible. Changed by decisions alone.
    """

    lead: Lead
    title: str
    subtitle: str | None
    category: str | None
    trade_group: str | None
    updated_at: datetime
    founded_by_import: UUID | None = None
    tenant_id: UUID | None = None
    merged_into: UUID | None = None
