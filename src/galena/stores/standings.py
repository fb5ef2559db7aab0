"""What stands for a lead besides its facts (status, assignment, scores), put aside while it is part of another."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from galena.stores.door import Session

STANDING_TABLES = ("current_scores", "head_scores", "lead_reasonings")
"""Tables that say what holds for a lead now, one or a few rows each; histories stay where they are."""

_LEAD_COLUMNS = ("status", "status_reason", "category", "trade_group", "tenant_id")

Place = tuple[UUID, str]
"""A node, and the mark of the group of nodes it led at the time."""


def keep(session: Session, places: Collection[Place], at: datetime) -> None:
    """Puts a copy aside of what stands for these nodes."""
    lead = ", ".join(f"'{name}', l.{name}" for name in _LEAD_COLUMNS)
    parts = ", ".join(
        f"'{table}', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM {table} t WHERE t.lead_id = l.id)"  # noqa: S608
        for table in STANDING_TABLES
    )
    session.connection.execute(
        text(
            "INSERT INTO kept_standings (node_id, members, standing, kept_at)"  # noqa: S608
            f" SELECT l.id, n.members, jsonb_build_object('lead', jsonb_build_object({lead}), {parts}), :at"
            f" FROM {_PLACES} JOIN leads l ON l.id = n.node_id"
            " ON CONFLICT (workspace_id, node_id, members)"
            " DO UPDATE SET standing = excluded.standing, kept_at = excluded.kept_at"
        ),
        {"at": at, **_given(places)},
    )


def withdraw(session: Session, nodes: Collection[UUID]) -> None:
    """Takes away what stands for these nodes; `keep` it before."""
    *others, last = (
        f"DELETE FROM {table} WHERE lead_id = ANY(CAST(:nodes AS uuid[]))"  # noqa: S608
        for table in STANDING_TABLES
    )
    named = ", ".join(f"gone_{at} AS ({statement})" for at, statement in enumerate(others))
    session.connection.execute(text(f"WITH {named} {last}"), {"nodes": list(nodes)})


def restore(session: Session, places: Collection[Place], appearing: Collection[UUID]) -> None:
    """Gives nodes back what stood for them when they led the same group; where they never did, nothing changes.

    Args:
        appearing: nodes that were part of another lead until now: they get back what stood for them last.
    """
    found = session.connection.execute(
        text(
            "SELECT DISTINCT ON (k.node_id) k.node_id, k.members, k.members = n.members"  # noqa: S608
            f" FROM kept_standings k JOIN {_PLACES} ON n.node_id = k.node_id"
            " WHERE k.members = n.members OR k.node_id = ANY(CAST(:appearing AS uuid[]))"
            " ORDER BY k.node_id, (k.members = n.members) DESC, k.kept_at DESC"
        ),
        {"appearing": list(appearing), **_given(places)},
    ).all()
    if not found:
        return
    _give_back(session, [(node, members) for node, members, _ in found])
    session.connection.execute(
        text(
            f"DELETE FROM kept_standings k USING {_PLACES}"  # noqa: S608
            " WHERE k.node_id = n.node_id AND k.members = n.members"
        ),
        _given([(node, members) for node, members, is_same in found if is_same]),
    )


def _give_back(session: Session, chosen: Collection[Place]) -> None:
    kept = f"{_PLACES} JOIN kept_standings c ON c.node_id = n.node_id AND c.members = n.members"
    values = ", ".join(f"{name} = s.{name}" for name in _LEAD_COLUMNS)
    given = _given(chosen)
    session.connection.execute(
        text(
            f"UPDATE leads l SET {values} FROM {kept}"  # noqa: S608
            " CROSS JOIN LATERAL jsonb_populate_record(NULL::leads, c.standing -> 'lead') s"
            " WHERE l.id = c.node_id AND l.merged_into IS NULL"
        ),
        given,
    )
    withdraw(session, [node for node, _ in chosen])
    for table in STANDING_TABLES:
        session.connection.execute(
            text(
                f"INSERT INTO {table} SELECT s.* FROM {kept}"  # noqa: S608
                f" CROSS JOIN LATERAL jsonb_populate_recordset(NULL::{table}, c.standing -> '{table}') s"
            ),
            given,
        )


_PLACES = "unnest(CAST(:nodes AS uuid[]), CAST(:members AS text[])) AS n(node_id, members)"


def _given(places: Collection[Place]) -> dict[str, list[object]]:
    return {"nodes": [node for node, _ in places], "members": [members for _, members in places]}
