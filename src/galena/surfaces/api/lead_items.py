"""A lead as the API tells it: with the score that is in force, the machine's, and what a person says."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from galena.domain.listing import LeadRow
from galena.domain.score import MICROPOINTS
from galena.domain.scored import Override
from galena.kit.errors import NotFoundError
from galena.stores import lead_lists
from galena.stores.door import Session


class LeadOverride(BaseModel):
    """What a person says of a lead's score."""

    score: float | None = Field(description="null: the tier alone was said.")
    tier: str | None
    reason: str
    author: str
    said_at: datetime
    expires_at: datetime | None = Field(
        description="When the machine's word stands again; null: when it is taken back."
    )


class LeadItem(BaseModel):
    """A lead of a list; a part that was not asked for is left out.

    Its score and tier are those in force: a person's word where one holds, else the machine's.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0195a3c0-0000-7000-8000-000000000000",
                    "key": "api:crm-4711",
                    "title": "Northwind Bakery",
                    "status": "active",
                    "category": "food",
                    "score": 90.0,
                    "tier": "green",
                    "machine_score": 74.25,
                    "machine_tier": "yellow",
                    "override": {
                        "score": 90.0,
                        "tier": "green",
                        "reason": "The owner told me she sells this year.",
                        "author": "api_key:0195a3c0-0000-7000-8000-000000000002",
                        "said_at": "2026-03-02T09:00:00Z",
                        "expires_at": None,
                    },
                    "temperature": "hot",
                    "confidence": 0.81,
                    "scored_at": "2026-03-02T09:00:00Z",
                    "fields": {"owner_age": 66},
                }
            ]
        }
    )

    id: UUID
    key: str | None = Field(None, description="Its source and the source's own id of it.")
    title: str | None = None
    subtitle: str | None = None
    status: str | None = Field(None, description="active, discarded, needs_enrichment or merged")
    status_reason: str | None = None
    category: str | None = None
    trade_group: str | None = None
    data_quality: float | None = Field(None, description="How much of what matters is known, 0 to 100.")
    score: float | None = Field(
        None, description="In force, 0 to 100, to six decimals; lists are sorted and filtered by it."
    )
    tier: str | None = Field(None, description="In force.")
    machine_score: float | None = Field(None, description="What the machine says, whatever people say.")
    machine_tier: str | None = None
    override: LeadOverride | None = Field(
        None, description="What a person says; null: the machine's word stands."
    )
    temperature: str | None = None
    confidence: float | None = Field(None, description="0 to 1")
    fit: float | None = Field(None, description="Who they are, 0 to 100.")
    engagement: float | None = Field(None, description="What they do, 0 to 100.")
    scored_at: datetime | None = None
    updated_at: datetime | None = None
    fields: dict[str, Any] | None = Field(None, description="The facts, by the names of the playbook.")


class LeadItems(BaseModel):
    """A page of leads; `next` is given back as `cursor` to read on, and null at the end."""

    items: list[LeadItem]
    next: str | None


def load_item(session: Session, lead_id: UUID) -> LeadItem:
    """A lead as it is told.

    Raises:
        NotFoundError: there is none that this session sees.
    """
    for row in lead_lists.rows_of(session, [lead_id]):
        return item_of(row, ())
    raise NotFoundError("there is no such lead", facts={"id": lead_id})


def item_of(row: LeadRow, wanted: Collection[str]) -> LeadItem:
    """A row of a list as it is told; `wanted` are the parts that were asked for, empty: all."""
    parts: dict[str, Any] = {
        "key": row.key,
        "title": row.title,
        "subtitle": row.subtitle,
        "status": row.status,
        "status_reason": row.status_reason,
        "category": row.category,
        "trade_group": row.trade_group,
        "data_quality": row.data_quality,
        "score": _points(row.micropoints_in_force),
        "tier": row.tier_in_force,
        "machine_score": _points(row.micropoints),
        "machine_tier": row.tier,
        "override": _override(row.override),
        "temperature": row.temperature,
        "confidence": row.confidence,
        "fit": row.fit,
        "engagement": row.engagement,
        "scored_at": row.scored_at,
        "updated_at": row.updated_at,
        "fields": dict(row.fields),
    }
    return LeadItem(
        id=row.id, **{name: value for name, value in parts.items() if not wanted or name in wanted}
    )


def _points(micropoints: int | None) -> float | None:
    return None if micropoints is None else micropoints / MICROPOINTS


def _override(said: Override | None) -> LeadOverride | None:
    if said is None:
        return None
    return LeadOverride(
        score=_points(said.micropoints),
        tier=said.tier,
        reason=said.reason,
        author=said.author,
        said_at=said.created_at,
        expires_at=said.expires_at,
    )
