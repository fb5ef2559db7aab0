"""Decisions that nodes are one or are not, and where each node stands: on its own, or as part of another lead."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, delete, insert, or_, select, text

from galena.domain.sameness import Decision, Evidence
from galena.stores import lead_changes, tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, find_one

_DECISIONS = tables.sameness_decisions
_LEADS = tables.leads
_COLUMNS = (
    "id", "one", "other", "verdict", "decided_by", "probability", "evidence", "undoes", "author", "decided_at",
)  # fmt: skip


def add_many(session: Session, decisions: Sequence[Decision]) -> None:
    """Writes decisions."""
    if decisions:
        session.connection.execute(
            insert(_DECISIONS),
            [
                {
                    name: asdict(each.evidence) if name == "evidence" else getattr(each, name)
                    for name in _COLUMNS
                }
                for each in decisions
            ],
        )


def find(session: Session, decision_id: UUID) -> Decision | None:
    """One decision."""
    return find_one(session, select(_DECISIONS).where(_DECISIONS.c.id == decision_id), _decision)


def list_standing(session: Session, nodes: Collection[UUID]) -> tuple[Decision, ...]:
    """Merges and keepings apart that concern these nodes and that nobody undid, the oldest first."""
    undoing = _DECISIONS.alias()
    undone = select(undoing.c.id).where(undoing.c.undoes == _DECISIONS.c.id).exists()
    query = select(_DECISIONS).where(_concerning(nodes), _DECISIONS.c.verdict != "undo", ~undone)
    return find_all(session, query.order_by(_DECISIONS.c.id), _decision)


def list_all(session: Session, nodes: Collection[UUID]) -> tuple[Decision, ...]:
    """Every decision that concerns these nodes, the oldest first."""
    query = select(_DECISIONS).where(_concerning(nodes)).order_by(_DECISIONS.c.id)
    return find_all(session, query, _decision)


def forget(session: Session, nodes: Collection[UUID]) -> tuple[UUID, ...]:
    """Deletes the decisions about nodes that never came, and gives the other nodes of these."""
    gone = set(nodes)
    found = list_standing(session, nodes)
    session.connection.execute(delete(_DECISIONS).where(_concerning(nodes)))
    others = {each.one for each in found} | {each.other for each in found}
    return tuple(sorted(others - gone))


def groups_of(session: Session, nodes: Collection[UUID]) -> dict[UUID, UUID]:
    """For these nodes and all that are one with them: node -> the visible lead it is part of (itself, when visible)."""
    query = text(
        "WITH roots AS (SELECT DISTINCT coalesce(merged_into, id) AS root FROM leads"
        " WHERE id = ANY(CAST(:nodes AS uuid[])))"
        " SELECT root, root FROM roots UNION ALL"
        " SELECT m.id, r.root FROM roots r JOIN leads m ON m.merged_into = r.root"
    )
    return {row[0]: row[1] for row in session.connection.execute(query, {"nodes": list(nodes)})}


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a node stands.

    Attributes:
        root: the visible lead it is part of; itself, when visible.
        tenant: to whom it is assigned.
    """

    root: UUID
    tenant: UUID | None


def places_of(session: Session, nodes: Collection[UUID]) -> dict[UUID, Placed]:
    """Where these nodes stand, and all that are one with them."""
    query = text(
        "WITH roots AS (SELECT DISTINCT coalesce(merged_into, id) AS root FROM leads"
        " WHERE id = ANY(CAST(:nodes AS uuid[])))"
        " SELECT r.root, r.root, l.tenant_id FROM roots r JOIN leads l ON l.id = r.root UNION ALL"
        " SELECT m.id, r.root, m.tenant_id FROM roots r JOIN leads m ON m.merged_into = r.root"
    )
    found = session.connection.execute(query, {"nodes": list(nodes)})
    return {row[0]: Placed(row[1], row[2]) for row in found}


def apart_among(session: Session, nodes: Collection[UUID]) -> frozenset[frozenset[UUID]]:
    """Pairs of these nodes that a person keeps apart."""
    query = text(
        "SELECT d.one, d.other FROM sameness_decisions d WHERE d.one = ANY(CAST(:nodes AS uuid[]))"
        " AND d.other = ANY(CAST(:nodes AS uuid[])) AND d.verdict = 'apart' AND NOT EXISTS"
        " (SELECT FROM sameness_decisions u WHERE u.workspace_id = d.workspace_id AND u.undoes = d.id)"
    )
    found = session.connection.execute(query, {"nodes": list(nodes)})
    return frozenset(frozenset((row[0], row[1])) for row in found)


def members_of(session: Session, roots: Collection[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    """The nodes merged into these visible leads, by lead; leads that stand alone are left out."""
    query = select(_LEADS.c.merged_into, _LEADS.c.id).where(among(_LEADS.c.merged_into, roots))
    found: dict[UUID, list[UUID]] = {}
    for root, node in session.connection.execute(query.order_by(_LEADS.c.id)):
        found.setdefault(root, []).append(node)
    return {root: tuple(nodes) for root, nodes in found.items()}


def visible_of(session: Session, node: UUID) -> UUID:
    """The visible lead that a node is part of; itself where it stands alone, or is not known."""
    query = select(_LEADS.c.merged_into).where(_LEADS.c.id == node)
    return session.connection.execute(query).scalar() or node


def place(session: Session, roots: Mapping[UUID, UUID]) -> None:
    """Makes each node part of a visible lead, or (given itself) visible."""
    placed = {"nodes": list(roots), "roots": [None if node == root else root for node, root in roots.items()]}
    given = "unnest(CAST(:nodes AS uuid[]), CAST(:roots AS uuid[])) AS n(id, merged_into)"
    session.connection.execute(
        text(
            "UPDATE leads l SET merged_into = n.merged_into, status ="  # noqa: S608
            " CASE WHEN n.merged_into IS NOT NULL THEN 'merged'"
            " WHEN l.status = 'merged' THEN 'active' ELSE l.status END"
            f" FROM {given} WHERE l.id = n.id AND l.merged_into IS DISTINCT FROM n.merged_into"
        ),
        placed,
    )
    # A lead of which a part is assigned is assigned.
    session.connection.execute(
        text(
            f"UPDATE leads r SET tenant_id = m.tenant_id FROM {given} JOIN leads m ON m.id = n.id"  # noqa: S608
            " WHERE r.id = n.merged_into AND r.tenant_id IS NULL AND m.tenant_id IS NOT NULL"
        ),
        placed,
    )
    lead_changes.pass_on(session, roots)


def _concerning(nodes: Collection[UUID]) -> ColumnElement[bool]:
    return or_(among(_DECISIONS.c.one, nodes), among(_DECISIONS.c.other, nodes))


def _decision(row: RowMapping) -> Decision:
    plain: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    return Decision(**{**plain, "evidence": evidence_of(row["evidence"])})


def evidence_of(kept: Mapping[str, Any]) -> Evidence:
    """Evidence from its JSON."""
    return Evidence(
        kept.get("because", ""),
        kept.get("against", ""),
        tuple(kept.get("fields", ())),
        tuple(kept.get("key", ())),
    )
