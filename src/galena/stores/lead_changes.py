"""Assignments when their leads change: joined into one, parted again, removed. The ledger of routing tells of it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import text

from galena.stores.door import Session


def pass_on(session: Session, roots: Mapping[UUID, UUID]) -> None:
    """A lead takes over the assignment of its parts; a part that stands alone again is nobody's.

    Args:
        roots: part -> the visible lead it is part of; itself where it stands alone.
    """
    told = {
        "nodes": list(roots),
        "roots": [None if node == root else root for node, root in roots.items()],
        "actor": session.actor,
        "correlation_id": session.correlation_id,
    }
    for statement in (_END_DOUBLES, _PASS_ON, _LET_GO):
        session.connection.execute(statement, told)


def note_removed(session: Session, lead_ids: Collection[UUID]) -> None:
    """Notes that leads about to be removed are nobody's any more, and held no more."""
    told = {"ids": list(lead_ids), "actor": session.actor, "correlation_id": session.correlation_id}
    session.connection.execute(_REMOVED, told)


# Of several parts with an assignment (all of one tenant) the one of the visible lead stays, else the oldest.
_END_DOUBLES = text("""
    WITH placed AS (
        SELECT n.id, n.root FROM unnest(CAST(:nodes AS uuid[]), CAST(:roots AS uuid[])) AS n(id, root)
        WHERE n.root IS NOT NULL
    ), ranked AS (
        SELECT a.id, row_number() OVER (
            PARTITION BY n.root ORDER BY a.lead_id <> n.root, a.assigned_at, a.id
        ) AS place
        FROM (SELECT id, root FROM placed UNION SELECT root, root FROM placed) n
        JOIN assignments a ON a.lead_id = n.id AND a.ended_at IS NULL
    ), ended AS (
        UPDATE assignments a
        SET state = 'released', ended_at = now(), ended_reason = 'It was joined with another lead.'
        FROM ranked r WHERE a.id = r.id AND r.place > 1 RETURNING a.id, a.lead_id, a.tenant_id
    )
    INSERT INTO assignment_changes
        (assignment_id, lead_id, tenant_id, step, state, why, author, correlation_id, at)
    SELECT id, lead_id, tenant_id, 'joined', 'released', 'It was joined with another lead.', :actor,
        :correlation_id, now() FROM ended
""")
_PASS_ON = text("""
    WITH passed AS (
        UPDATE assignments a SET lead_id = n.root
        FROM unnest(CAST(:nodes AS uuid[]), CAST(:roots AS uuid[])) AS n(id, root)
        WHERE a.lead_id = n.id AND n.root IS NOT NULL AND a.ended_at IS NULL
        RETURNING a.id, n.id AS part, a.lead_id, a.tenant_id, a.state
    )
    INSERT INTO assignment_changes
        (assignment_id, lead_id, tenant_id, step, state, why, author, correlation_id, at)
    SELECT id, part, tenant_id, 'joined', 'released', 'It became part of another lead.', :actor,
        :correlation_id, now() FROM passed
    UNION ALL
    SELECT id, lead_id, tenant_id, 'joined', state, 'A part of it was with this tenant.', :actor,
        :correlation_id, now() FROM passed
""")
_LET_GO = text("""
    UPDATE leads l SET tenant_id = NULL, visible_at = NULL
    FROM unnest(CAST(:nodes AS uuid[]), CAST(:roots AS uuid[])) AS n(id, root)
    WHERE l.id = n.id AND n.root IS NULL AND l.tenant_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM assignments a
        WHERE a.workspace_id = l.workspace_id AND a.lead_id = l.id AND a.ended_at IS NULL
    )
""")
_REMOVED = text("""
    INSERT INTO assignment_changes
        (assignment_id, lead_id, tenant_id, step, state, why, author, correlation_id, at)
    SELECT id, lead_id, tenant_id, 'lead_removed', 'released', 'The lead was removed.', :actor,
        :correlation_id, now()
    FROM assignments WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND ended_at IS NULL
    UNION ALL
    SELECT NULL, lead_id, NULL, 'hold_ended', NULL, 'The lead was removed.', :actor, :correlation_id, now()
    FROM lead_holds WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND ended_at IS NULL
""")
