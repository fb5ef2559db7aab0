"""What stands for a lead besides its facts (status, assignment, scores), put aside while it is part of another."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from galena.stores import tables
from galena.stores.bulk import incoming
from galena.stores.door import Session

_KEPT = tables.kept_standings
STANDING_TABLES = ("current_scores", "head_scores", "lead_reasonings", "behaviour_states")
"""Tables that say what holds for a lead now, one or a few rows each; histories stay where they are."""

_LEAD_COLUMNS = ("status", "status_reason", "category", "trade_group", "tenant_id")

Place = tuple[UUID, str]
"""A node, and the mark of the group of nodes it led at the time."""


def keep(session: Session, places: Iterable[Place], at: datetime) -> None:
    """Puts a copy aside of what stands for these nodes."""
    lead = ", ".join(f"'{name}', l.{name}" for name in _LEAD_COLUMNS)
    parts = ", ".join(
        f"'{table}', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM {table} t WHERE t.lead_id = l.id)"  # noqa: S608
        for table in STANDING_TABLES
    )
    with incoming(session, _KEPT, ("node_id", "members"), places) as name:
        session.connection.execute(
            text(
                "INSERT INTO kept_standings (node_id, members, standing, kept_at)"  # noqa: S608
                f" SELECT l.id, n.members, jsonb_build_object('lead', jsonb_build_object({lead}), {parts}), :at"
                f" FROM {name} n JOIN leads l ON l.id = n.node_id"
                " ON CONFLICT (workspace_id, node_id, members)"
                " DO UPDATE SET standing = excluded.standing, kept_at = excluded.kept_at"
            ),
            {"at": at},
        )


def withdraw(session: Session, nodes: Collection[UUID]) -> None:
    """Takes away what stands for these nodes; `keep` it before."""
    for table in STANDING_TABLES:
        session.connection.execute(
            text(f"DELETE FROM {table} WHERE lead_id = ANY(CAST(:nodes AS uuid[]))"),  # noqa: S608
            {"nodes": list(nodes)},
        )


def restore(session: Session, places: Collection[Place], appearing: Collection[UUID]) -> None:
    """Gives nodes back what stood for them when they led the same group; where they never did, nothing changes.

    Args:
        appearing: nodes that were part of another lead until now: they get back what stood for them last.
    """
    wanted = [(node, members) for node, members in places]
    with incoming(session, _KEPT, ("node_id", "members"), wanted) as name:
        chosen = f"chosen_{name}"
        session.connection.execute(
            text(
                f"CREATE TEMP TABLE {chosen} ON COMMIT DROP AS"  # noqa: S608
                " SELECT DISTINCT ON (k.node_id) k.node_id, k.members, k.standing"
                f" FROM kept_standings k JOIN {name} n ON n.node_id = k.node_id"
                " WHERE k.members = n.members OR k.node_id = ANY(CAST(:appearing AS uuid[]))"
                " ORDER BY k.node_id, (k.members = n.members) DESC, k.kept_at DESC"
            ),
            {"appearing": list(appearing)},
        )
        _give_back(session, chosen)
        session.connection.execute(
            text(
                f"DELETE FROM kept_standings k USING {chosen} c, {name} n"  # noqa: S608
                " WHERE k.node_id = c.node_id AND k.members = c.members AND n.node_id = c.node_id"
                " AND n.members = c.members"
            )
        )
        session.connection.execute(text(f"DROP TABLE {chosen}"))


def _give_back(session: Session, chosen: str) -> None:
    values = ", ".join(f"{name} = s.{name}" for name in _LEAD_COLUMNS)
    session.connection.execute(
        text(
            f"UPDATE leads l SET {values} FROM {chosen} c,"  # noqa: S608
            " jsonb_populate_record(NULL::leads, c.standing -> 'lead') s"
            " WHERE l.id = c.node_id AND l.merged_into IS NULL"
        )
    )
    for table in STANDING_TABLES:
        session.connection.execute(
            text(f"DELETE FROM {table} t USING {chosen} c WHERE t.lead_id = c.node_id")  # noqa: S608
        )
        session.connection.execute(
            text(
                f"INSERT INTO {table} SELECT s.* FROM {chosen} c,"  # noqa: S608
                f" jsonb_populate_recordset(NULL::{table}, c.standing -> '{table}') s"
            )
        )
