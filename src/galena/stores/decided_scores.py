"""Scores that leads had before anybody told what became of them: what a model in use is judged by."""

from collections.abc import Sequence
from datetime import datetime

from galena.stores.bulk import copy_out
from galena.stores.door import Session


def read(session: Session, outcomes: Sequence[str], *, since: datetime, limit: int) -> bytes:
    """Leads whose outcome was told after `since`, with the last score from before that, as CSV with a header.

    Columns: lead_id, lead_key, fields (JSON text, outcome fields too), told_at_us (when the first of the `outcomes` was
    observed), revision_id and values (JSON text, in the order of the revision's value names).

    Args:
        limit: of more leads, those told last.
    """
    return copy_out(session, _READ, {"outcomes": list(outcomes), "since": since, "limit": limit})


_READ = """
    SELECT l.id AS lead_id, l.lead_key, l.fields::text AS fields,
        (extract(epoch FROM told.at) * 1000000)::bigint AS told_at_us, had.revision_id, had."values"::text AS values
    FROM (SELECT * FROM leads
        WHERE provenance -> 'fields' ?| {outcomes}::text[] AND status <> 'merged') l
    CROSS JOIN LATERAL (SELECT min((l.provenance -> 'from' -> place.value::int ->> 1)::timestamptz) AS at
        FROM jsonb_each_text(l.provenance -> 'fields') AS place WHERE place.key = ANY({outcomes}::text[])) told
    CROSS JOIN LATERAL (
        SELECT s.revision_id, s."values" FROM scores s
        WHERE s.workspace_id = l.workspace_id AND s.lead_id = l.id AND s.scored_at < told.at
            AND s.method IN ('rules', 'model')
        ORDER BY s.id DESC LIMIT 1
    ) had
    WHERE told.at > {since}::timestamptz ORDER BY told.at DESC, l.id LIMIT {limit}
"""
