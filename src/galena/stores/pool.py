"""The pool: leads that drops and routing may give, and for all others what keeps them back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from galena.domain.drop import LeadStand
from galena.stores.bulk import copy_out
from galena.stores.door import Session


def read_ready(session: Session, rules: "PoolRules", fields: Sequence[str], at: datetime) -> bytes:
    """The leads that can be given, as CSV with a header, in order of their keys.

    Columns: lead_id, lead_key, lead_category, lead_trade_group, score_id, micropoints, confidence, fit, engagement,
    tier, temperature, and fields: JSON text of these fields alone.
    """
    given = {**rules.values(at), "names": list(fields), "standings": ["ready"]}
    return copy_out(session, f"{_READY} ORDER BY l.lead_key", given)


def read_some(
    session: Session,
    rules: "PoolRules",
    fields: Sequence[str],
    ids: Sequence[UUID],
    at: datetime,
    standings: Sequence[str] = ("ready",),
) -> bytes:
    """Of these leads those that stand so, as `read_ready` tells them."""
    given = {**rules.values(at), "names": list(fields), "ids": list(ids), "standings": list(standings)}
    return copy_out(session, f"{_READY} AND l.id = ANY({{ids}}::uuid[]) ORDER BY l.lead_key", given)


def count_standings(session: Session, rules: "PoolRules", at: datetime) -> dict[str, int]:
    """How many leads stand how: `ready`, or the first thing that keeps them back."""
    query = text(_COUNT)
    return {row[0]: row[1] for row in session.connection.execute(query, rules.values(at))}


def stand_of(
    session: Session, rules: "PoolRules", ids: Collection[UUID], at: datetime, *, lock: bool = False
) -> dict[UUID, LeadStand]:
    """How these leads stand; `lock` keeps others from changing or giving them. Leads that are gone are left out."""
    given = {**rules.values(at), "ids": sorted(ids)}
    if lock:
        session.connection.execute(_LOCK, {"ids": sorted(ids)})
    rows = session.connection.execute(_STAND, given)
    return {row.lead_id: LeadStand(*row) for row in rows}


class PoolRules:
    """What makes a lead ready: tiers that are given, fields of which one must be known, freshness."""

    def __init__(self, tiers: Sequence[str], contact: Sequence[str], fresh_days: int | None) -> None:
        self._values: dict[str, Any] = {
            "tiers": list(tiers),
            "contact": list(contact),
            "fresh_days": fresh_days or 0,
        }

    def values(self, at: datetime) -> dict[str, Any]:
        """As values of the queries."""
        return {**self._values, "at": at}


# The newest thing that any record told of the lead.
_TOLD_AT = "(SELECT max((told ->> 1)::timestamptz) FROM jsonb_array_elements(l.provenance -> 'from') AS told)"
# A person's word stands above the machine's.
_TIER, _POINTS = "coalesce(o.tier, s.tier)", "coalesce(o.micropoints, s.micropoints)"
_STANDING = f"""CASE
    WHEN l.status <> 'active' THEN 'not_active'
    WHEN l.tenant_id IS NOT NULL THEN 'assigned'
    WHEN s.lead_id IS NULL THEN 'not_scored'
    WHEN NOT {_TIER} = ANY({{tiers}}::text[]) THEN 'other_tier'
    WHEN EXISTS (SELECT FROM lead_holds h WHERE h.workspace_id = l.workspace_id AND h.lead_id = l.id
        AND h.ended_at IS NULL AND (h.until IS NULL OR h.until > {{at}}::timestamptz)) THEN 'held'
    WHEN (SELECT d.next_step = 'retry' AND d.next_on > {{at}}::timestamptz::date FROM dispositions d
        WHERE d.workspace_id = l.workspace_id AND d.lead_id = l.id ORDER BY d.id DESC LIMIT 1) THEN 'resting'
    WHEN cardinality({{contact}}::text[]) > 0 AND NOT EXISTS (SELECT FROM unnest({{contact}}::text[]) AS name
        WHERE l.fields ->> name <> '') THEN 'no_contact'
    WHEN {{fresh_days}}::int > 0
        AND {_TOLD_AT} < {{at}}::timestamptz - make_interval(days => {{fresh_days}}::int) THEN 'stale'
    ELSE 'ready' END"""  # noqa: S608
_SCORED = """LEFT JOIN current_scores s ON s.workspace_id = l.workspace_id AND s.lead_id = l.id
    LEFT JOIN overrides o ON o.workspace_id = l.workspace_id AND o.lead_id = l.id AND o.ended_at IS NULL
        AND (o.expires_at IS NULL OR o.expires_at > {at}::timestamptz)"""
_READY = f"""
    SELECT l.id AS lead_id, l.lead_key, l.category AS lead_category, l.trade_group AS lead_trade_group, s.score_id,
        {_POINTS} AS micropoints, s.confidence, s.fit, s.engagement, {_TIER} AS tier, s.temperature,
        (SELECT coalesce(jsonb_object_agg(name, l.fields -> name), '{{{{}}}}'::jsonb)
            FROM unnest({{names}}::text[]) AS name)::text AS fields
    FROM leads l {_SCORED}
    WHERE l.status = 'active' AND l.tenant_id IS NULL AND {_STANDING} = ANY({{standings}}::text[])
"""  # noqa: S608


def _bound(query: str) -> str:
    """The query for parameters by name."""
    for name in ("tiers", "contact", "fresh_days", "at", "ids"):
        query = query.replace(f"{{{name}}}::timestamptz", f"CAST(:{name} AS timestamptz)")
        query = query.replace(f"{{{name}}}::text[]", f"CAST(:{name} AS text[])")
        query = query.replace(f"{{{name}}}::int", f"CAST(:{name} AS int)")
        query = query.replace(f"{{{name}}}::uuid[]", f"CAST(:{name} AS uuid[])")
    return query


_COUNT = _bound(
    f"SELECT {_STANDING} AS standing, count(*) FROM leads l {_SCORED} WHERE l.status <> 'merged' GROUP BY 1"  # noqa: S608
)
_STAND: TextClause = text(
    _bound(
        f"SELECT l.id AS lead_id, {_STANDING} AS standing, {_TIER}, {_POINTS}, s.score_id"  # noqa: S608
        f" FROM leads l {_SCORED} WHERE l.id = ANY({{ids}}::uuid[])"
    )
)
_LOCK = text("SELECT FROM leads WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE")
