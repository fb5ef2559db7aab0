"""What leads are found again and compared by: a normal record and keys for each node, and nodes yet to be compared."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, select, text

from galena.stores import tables
from galena.stores.bulk import json_text
from galena.stores.door import Session
from galena.stores.rows import among

_NODES = tables.identity_nodes
_KEYS = tables.identity_keys
_PENDING = tables.identity_pending
_LEADS = tables.leads

FIRST = UUID(int=0)

Form = Mapping[str, Any]
"""A normal record, as `galena.engines.identity.records` describes it."""


def await_comparing(session: Session, nodes: Iterable[UUID]) -> None:
    """Notes nodes that are to be compared; those noted already stay so."""
    session.connection.execute(
        text(
            "INSERT INTO identity_pending (node_id) SELECT unnest(CAST(:nodes AS uuid[])) ON CONFLICT DO NOTHING"
        ),
        {"nodes": list(nodes)},
    )


def await_unknown(session: Session) -> int:
    """Notes every lead that was never compared (from before there was anything to compare), and says how many."""
    return session.connection.execute(
        text(
            "INSERT INTO identity_pending (node_id) SELECT l.id FROM leads l WHERE NOT EXISTS"
            " (SELECT FROM identity_nodes n WHERE n.node_id = l.id) ON CONFLICT DO NOTHING"
        )
    ).rowcount


def list_pending(session: Session, *, limit: int, after: UUID = FIRST) -> list[UUID]:
    """The next nodes to be compared, the oldest first."""
    query = select(_PENDING.c.node_id).where(_PENDING.c.node_id > after)
    query = query.order_by(_PENDING.c.node_id).limit(limit)
    return list(session.connection.execute(query).scalars())


def count_pending(session: Session) -> int:
    """How many nodes are still to be compared."""
    return session.connection.execute(select(func.count()).select_from(_PENDING)).scalar_one()


def settle_pending(session: Session, nodes: Collection[UUID]) -> None:
    """Notes that these nodes were compared."""
    session.connection.execute(delete(_PENDING).where(among(_PENDING.c.node_id, nodes)))


def count_nodes(session: Session) -> int:
    """How many nodes can be found."""
    return session.connection.execute(select(func.count()).select_from(_NODES)).scalar_one()


def save_many(session: Session, forms: Mapping[UUID, Form], keys: Mapping[UUID, Collection[int]]) -> None:
    """Writes the normal records and keys of nodes, in place of those they had."""
    # Arrays, and no temporary table: making one costs more than a single lead's keys do.
    known = session.connection.execute(
        text(
            "WITH written AS (INSERT INTO identity_nodes (node_id, form)"
            " SELECT node, form::json FROM unnest(CAST(:nodes AS uuid[]), CAST(:forms AS text[])) AS n(node, form)"
            " ON CONFLICT (workspace_id, node_id)"
            " DO UPDATE SET form = excluded.form RETURNING node_id, xmax <> 0 AS was_there)"
            " SELECT node_id FROM written WHERE was_there"
        ),
        {"nodes": list(forms), "forms": [json_text(form) for form in forms.values()]},
    ).scalars()
    forget_keys(session, list(known))
    pairs = [(key, node) for node, each in keys.items() for key in each]
    session.connection.execute(
        text(
            "INSERT INTO identity_keys (key, node_id) SELECT key, node"
            " FROM unnest(CAST(:keys AS bigint[]), CAST(:nodes AS uuid[])) AS k(key, node)"
            " ORDER BY key, node ON CONFLICT DO NOTHING"
        ),
        {"keys": [key for key, _ in pairs], "nodes": [node for _, node in pairs]},
    )


def forget_keys(session: Session, nodes: Collection[UUID]) -> None:
    """Deletes the keys of these nodes, so that they are found no more."""
    if nodes:
        session.connection.execute(delete(_KEYS).where(among(_KEYS.c.node_id, nodes)))


def load_forms(session: Session, nodes: Collection[UUID]) -> dict[UUID, Form]:
    """The normal records of these nodes; those never compared are left out."""
    query = text("SELECT node_id, form::text FROM identity_nodes WHERE node_id = ANY(CAST(:nodes AS uuid[]))")
    found = session.connection.execute(query, {"nodes": list(nodes)})
    return {node: orjson.loads(form) for node, form in found}


def read_forms(session: Session, *, after: UUID, limit: int) -> list[tuple[UUID, str, Form]]:
    """The next nodes in order of id, with the keys of their leads and their normal records."""
    query = text(
        "SELECT n.node_id, l.lead_key, n.form::text FROM identity_nodes n"
        " JOIN leads l ON l.workspace_id = n.workspace_id AND l.id = n.node_id"
        " WHERE n.node_id > :after ORDER BY n.node_id LIMIT :limit"
    )
    found = session.connection.execute(query, {"after": after, "limit": limit})
    return [(node, key, orjson.loads(form)) for node, key, form in found]


def find_by_keys(session: Session, keys: Sequence[int], *, most: int) -> dict[int, tuple[UUID, ...]]:
    """The nodes behind each of these keys, by key; of a key that many share, `most` + 1 of them."""
    query = text(
        "SELECT k.key, f.node_id FROM unnest(CAST(:keys AS bigint[])) AS k(key) CROSS JOIN LATERAL"
        " (SELECT node_id FROM identity_keys i WHERE i.key = k.key"
        "  AND i.workspace_id = CAST(:workspace AS uuid) LIMIT :most) f"
    )
    asked = {"keys": list(keys), "most": most + 1, "workspace": str(session.workspace_id)}
    found: dict[int, list[UUID]] = {}
    for key, node in session.connection.execute(query, asked):
        found.setdefault(key, []).append(node)
    return {key: tuple(nodes) for key, nodes in found.items()}


def sources_of(session: Session, nodes: Collection[UUID]) -> dict[UUID, str]:
    """The source that founded each of these nodes."""
    query = select(_LEADS.c.id, func.split_part(_LEADS.c.lead_key, ":", 1)).where(among(_LEADS.c.id, nodes))
    return {row[0]: row[1] for row in session.connection.execute(query)}
