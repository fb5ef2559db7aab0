"""How a lead lies in its row: JSON columns, provenance in a short form, the text that search reads."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, Select, Text, cast, select

from galena.domain.lead import Lead, Provenance
from galena.domain.listing import LeadEntry
from galena.stores import tables
from galena.stores.bulk import json_text
from galena.stores.keys import bounded

_LEADS = tables.leads
WRITTEN = (
    "id",
    "lead_key",
    "title",
    "subtitle",
    "fields",
    "provenance",
    "data_quality",
    "data_quality_parts",
    "status",
    "status_reason",
    "category",
    "trade_group",
    "search",
    "founded_by_import",
    "created_at",
    "updated_at",
)
"""The columns that writing a lead fills."""

KEPT = ("id", "lead_key", "founded_by_import", "created_at")
"""Of these, what a second writing leaves as it is."""

_AS_TEXT = ("fields", "provenance", "data_quality_parts")


def row_of(entry: LeadEntry) -> tuple[Any, ...]:
    """The values of WRITTEN."""
    lead, key = entry.lead, bounded(entry.lead.key)
    return (
        lead.id,
        key,
        entry.title,
        entry.subtitle,
        json_text(lead.fields),
        json_text(short_provenance(lead.provenance)),
        lead.data_quality,
        json_text(lead.data_quality_parts),
        lead.status,
        lead.status_reason,
        entry.category,
        entry.trade_group,
        " ".join((entry.title, entry.subtitle or "", key)).lower(),
        entry.founded_by_import,
        lead.created_at or entry.updated_at,
        entry.updated_at,
    )


def read_entries() -> Select[Any]:
    """A query for whole leads; `entry_of` reads its rows."""
    # JSON comes as text: orjson reads it several times faster than the driver does.
    columns = (
        cast(_LEADS.c[name], Text).label(name) if name in _AS_TEXT else _LEADS.c[name]
        for name in (*WRITTEN, "tenant_id", "merged_into")
        if name != "search"
    )
    return select(*columns)


def entry_of(row: RowMapping) -> LeadEntry:
    """A row of `read_entries` as a record."""
    return LeadEntry(
        lead=Lead(
            id=row["id"],
            key=row["lead_key"],
            fields=orjson.loads(row["fields"]),
            provenance=provenance_of(orjson.loads(row["provenance"])),
            data_quality=row["data_quality"],
            status=row["status"],
            status_reason=row["status_reason"],
            created_at=row["created_at"],
            data_quality_parts=orjson.loads(row["data_quality_parts"]),
        ),
        title=row["title"],
        subtitle=row["subtitle"],
        category=row["category"],
        trade_group=row["trade_group"],
        updated_at=row["updated_at"],
        founded_by_import=row["founded_by_import"],
        tenant_id=row["tenant_id"],
        merged_into=row["merged_into"],
    )


def provenance_of(stored: Mapping[str, Any]) -> dict[str, Provenance]:
    """Provenance from its short form."""
    origins = [
        Provenance(trust, datetime.fromisoformat(at), UUID(record), source)
        for trust, at, record, source in stored["from"]
    ]
    return {name: origins[place] for name, place in stored["fields"].items()}


def short_provenance(provenance: Mapping[str, Provenance]) -> dict[str, Any]:
    """Each origin once, and for each field the place of its origin: most fields share a few."""
    places: dict[Provenance, int] = {}
    # Fields of one record share one origin object; knowing it again by identity spares hashing it for each field.
    seen: dict[int, int] = {}
    fields = {}
    for name, origin in provenance.items():
        place = seen.get(id(origin))
        if place is None:
            place = seen[id(origin)] = places.setdefault(origin, len(places))
        fields[name] = place
    return {"from": [(o.trust, o.observed_at, o.record_id, o.source) for o in places], "fields": fields}
