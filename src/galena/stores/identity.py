"""What leads are found again and compared by: a normal record and keys for each node, and nodes yet to be compared."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, exists, func, select, text

from galena.stores import tables
from galena.stores.bulk import json_text
from galena.stores.door import Session
from galena.stores.rows import among

_NODES = tables.identity_nodes
_KEYS = tables.identity_keys
_PENDING = tables.identity_pending
_LEADS = tables.leads

FIRST = UUID(int=0)

FEW_NODES = 50
"""Of more nodes it is cheaper to delete whatever keys they have than to look out for each key that is there."""

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


def count_pending(session: Session, *, at_most: int | None = None) -> int:
    """How many nodes are still to be compared; no more than `at_most` are looked at."""
    nodes = select(_PENDING.c.node_id).limit(at_most).subquery()
    return session.connection.execute(select(func.count()).select_from(nodes)).scalar_one()


def settle_pending(session: Session, nodes: Collection[UUID]) -> None:
    """Notes that these nodes were compared."""
    session.connection.execute(delete(_PENDING).where(among(_PENDING.c.node_id, nodes)))


def count_nodes(session: Session) -> int:
    """How many nodes there are: those that were compared, and those that wait for it."""
    known = select(func.count()).select_from(_NODES).scalar_subquery()
    new = ~exists().where(
        _NODES.c.workspace_id == _PENDING.c.workspace_id, _NODES.c.node_id == _PENDING.c.node_id
    )
    waiting = select(func.count()).select_from(_PENDING).where(new).scalar_subquery()
    return int(session.connection.execute(select(known + waiting)).scalar_one())


def draw_nodes(session: Session, *, limit: int) -> list[UUID]:
    """Nodes drawn from all, those that wait among them: the same ones each time, in an order that says nothing."""
    query = text(
        "SELECT node_id FROM (SELECT node_id FROM identity_nodes UNION SELECT node_id FROM identity_pending) nodes"
        " ORDER BY hashtextextended(CAST(node_id AS text), 0), node_id LIMIT :limit"
    )
    return list(session.connection.execute(query, {"limit": limit}).scalars())


def save_many(session: Session, forms: Mapping[UUID, Form], keys: Mapping[UUID, Collection[int]]) -> None:
    """Writes the normal records and keys of nodes, in place of those they had."""
    # One text for all, and no temporary table: making one costs more than a single lead's keys do, and lists of
    # parameters are written out one by one.
    known = session.connection.execute(
        text(
            "WITH written AS (INSERT INTO identity_nodes (node_id, form)"
            " SELECT CAST(n.key AS uuid), n.value FROM json_each(CAST(:forms AS json)) n"
            " ON CONFLICT (workspace_id, node_id)"
            " DO UPDATE SET form = excluded.form RETURNING node_id, xmax <> 0 AS was_there)"
            " SELECT node_id FROM written WHERE was_there"
        ),
        {"forms": json_text({str(node): form for node, form in forms.items()})},
    ).scalars()
    many = len(forms) > FEW_NODES
    forget_keys(session, list(forms) if many else list(known))
    pairs = [(key, name) for name, each in zip(map(str, keys), keys.values(), strict=True) for key in each]
    statement = (
        "INSERT INTO identity_keys (key, node_id) SELECT key, node"
        " FROM unnest(CAST(:keys AS bigint[]), CAST(:nodes AS uuid[])) AS k(key, node) ORDER BY key, node"
    )
    session.connection.execute(
        text(statement if many else statement + " ON CONFLICT DO NOTHING"),
        {"keys": _array(key for key, _ in pairs), "nodes": _array(node for _, node in pairs)},
    )


def forget_keys(session: Session, nodes: Collection[UUID]) -> None:
    """Deletes the keys of these nodes, so that they are found no more."""
    if nodes:
        session.connection.execute(delete(_KEYS).where(among(_KEYS.c.node_id, nodes)))


def load_forms(session: Session, nodes: Collection[UUID]) -> dict[UUID, Form]:
    """The normal records of these nodes; those never compared are left out."""
    if not nodes:
        return {}
    query = text(
        "SELECT CAST(json_object_agg(node_id, form) AS text) FROM identity_nodes"
        " WHERE node_id = ANY(CAST(:nodes AS uuid[]))"
    )
    found = session.connection.execute(query, {"nodes": _array(nodes)}).scalar()
    return {UUID(node): form for node, form in orjson.loads(found or "{}").items()}


def read_forms(session: Session, *, after: UUID, limit: int) -> list[tuple[UUID, str, Form]]:
    """The next nodes in order of id, with the keys of their leads and their normal records."""
    query = text(
        "SELECT n.node_id, l.lead_key, n.form::text FROM identity_nodes n"
        " JOIN leads l ON l.workspace_id = n.workspace_id AND l.id = n.node_id"
        " WHERE n.node_id > :after ORDER BY n.node_id LIMIT :limit"
    )
    found = session.connection.execute(query, {"after": after, "limit": limit})
    return [(node, key, orjson.loads(form)) for node, key, form in found]


def find_by_keys(session: Session, keys: Collection[int], *, most: int) -> dict[int, list[str]]:
    """The nodes behind each of these keys that more than one node has, as texts, by key; of a key that many share,
    `most` + 1 of them."""
    # In their order, which is that of the index: of a workspace that statistics do not know yet the planner thinks so
    # small that it would read all of it, once per key.
    query = text(
        "SELECT string_agg(k.key || ',' || f.nodes, ';')"
        " FROM unnest(CAST(:keys AS bigint[])) AS k(key) CROSS JOIN LATERAL"
        " (SELECT string_agg(CAST(node_id AS text), ',') AS nodes, count(*) AS size FROM"
        "   (SELECT node_id FROM identity_keys i WHERE i.key = k.key"
        "    AND i.workspace_id = CAST(:workspace AS uuid) ORDER BY i.node_id LIMIT :most) few) f WHERE f.size > 1"
    )
    asked = {"keys": _array(keys), "most": most + 1, "workspace": str(session.workspace_id)}
    found = session.connection.execute(query, asked).scalar()
    lines = (line.split(",") for line in found.split(";")) if found else ()
    return {int(line[0]): line[1:] for line in lines}


def sources_of(session: Session, nodes: Collection[UUID]) -> dict[UUID, str]:
    """The source that founded each of these nodes."""
    query = select(_LEADS.c.id, func.split_part(_LEADS.c.lead_key, ":", 1)).where(among(_LEADS.c.id, nodes))
    return {row[0]: row[1] for row in session.connection.execute(query)}


def _array(values: Iterable[Any]) -> str:
    """Numbers or ids as PostgreSQL writes an array."""
    return "{" + ",".join(map(str, values)) + "}"
