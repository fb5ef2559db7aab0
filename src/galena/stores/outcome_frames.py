"""Assignments and what was said of them, as CSV for reports: one read each, however many there are."""

from datetime import datetime

from galena.stores.bulk import copy_out
from galena.stores.door import Session

_GIVEN = """
    SELECT a.id AS assignment_id, coalesce(l.merged_into, l.id) AS lead_id, l.lead_key,
        t.name AS broker, a.tier, a.micropoints / 1e6 AS points,
        a.value, a.propensity, (a.why ->> 'chosen') IS NOT DISTINCT FROM 'explored' AS explored, a.how,
        coalesce(l.fields ->> {source}::text, split_part(l.lead_key, ':', 1)) AS source,
        l.fields ->> {industry}::text AS industry, l.fields ->> {segment}::text AS segment, a.state,
        (extract(epoch FROM a.visible_at) * 1000000)::bigint AS given_at,
        (extract(epoch FROM a.contacted_at) * 1000000)::bigint AS contacted_at
    FROM assignments a
    JOIN leads l ON l.workspace_id = a.workspace_id AND l.id = a.lead_id
    JOIN tenants t ON t.workspace_id = a.workspace_id AND t.id = a.tenant_id
    WHERE a.visible_at >= {since}::timestamptz AND a.visible_at < {until}::timestamptz
    UNION ALL
    SELECT d.lead_id, d.lead_id, min(l.lead_key), NULL, min(s.tier), min(s.micropoints) / 1e6, NULL, NULL, false,
        'own', min(coalesce(l.fields ->> {source}::text, split_part(l.lead_key, ':', 1))),
        min(l.fields ->> {industry}::text), min(l.fields ->> {segment}::text), 'active',
        (extract(epoch FROM min(d.at)) * 1000000)::bigint, NULL
    FROM dispositions d
    JOIN leads l ON l.workspace_id = d.workspace_id AND l.id = d.lead_id
    LEFT JOIN current_scores s ON s.workspace_id = d.workspace_id AND s.lead_id = d.lead_id
    WHERE d.assignment_id IS NULL
    GROUP BY d.lead_id
    HAVING min(d.at) >= {since}::timestamptz AND min(d.at) < {until}::timestamptz
"""
_SAID = """
    SELECT d.id, coalesce(d.assignment_id, d.lead_id) AS assignment_id, d.lead_id, d.stage, d.outcome, d.reason_code,
        d.booked_by, (extract(epoch FROM d.booked_for) * 1000000)::bigint AS booked_for, d.signed_on, d.closing_on,
        d.deal_value, d.commission, d.next_on, d.corrects, (extract(epoch FROM d.at) * 1000000)::bigint AS at
    FROM dispositions d
"""
_FIRST, _LAST = datetime(1, 1, 1), datetime(9999, 1, 1)


def read_given(
    session: Session,
    *,
    source: str,
    industry: str,
    segment: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> bytes:
    """Assignments that became visible from `since` on and before `until`, as CSV with a header.

    Leads that were worked without an assignment are in it, given when the first was said of them, without a broker.
    Columns: as `engines.insight.worked.GIVEN`; instants in microseconds since 1970.

    Args:
        source, industry, segment: the fields to group by.
    """
    values = {"source": source, "industry": industry, "segment": segment}
    return copy_out(session, _GIVEN, {**values, "since": since or _FIRST, "until": until or _LAST})


def read_said(session: Session) -> bytes:
    """Everything that was said of leads, as CSV with a header; as `engines.insight.worked.SAID`, without is_call."""
    return copy_out(session, _SAID, {})
