"""Leads joined and taken apart: decisions are written, and the leads made to follow them.

Merges that stand connect nodes; each connected group is one visible lead, whose id is the oldest node's. No merge is
written between nodes that are connected already, so that the merges of a group are as few as can be, and undoing any of
them takes the group apart in two. Everything here happens inside the caller's transaction, which has taken its turn.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from galena.domain.events import NewEvent
from galena.domain.sameness import DecidedBy, Decision, Evidence
from galena.engines.identity.components import components, path_between
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import audit, leads, match_reviews, outbox, sameness, standings
from galena.stores.door import Session
from galena.workflows.lead_assembly import LeadAssembly

LEADS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Settled:
    """What following the decisions changed.

    Attributes:
        merged: nodes that became part of another lead.
        parted: nodes that are visible again.
    """

    merged: tuple[UUID, ...] = ()
    parted: tuple[UUID, ...] = ()


def merge_pairs(
    session: Session, assembly: LeadAssembly, decisions: Sequence[Decision], at: datetime
) -> Settled:
    """Write merges and make the leads follow; a merge of nodes that are one by then is left out."""
    if not decisions:
        return Settled()
    nodes = {node for each in decisions for node in (each.one, each.other)}
    before = visible = sameness.groups_of(session, nodes)
    needed = []
    for decision in decisions:
        one, other = visible[decision.one], visible[decision.other]
        if one != other:
            needed.append(decision)
            visible = {node: one if root == other else root for node, root in visible.items()}
    if not needed:
        return Settled()
    sameness.add_many(session, needed)
    concerned = {node for each in needed for node in (each.one, each.other)}
    roots = {before[node] for node in concerned}
    standing = {node: root for node, root in before.items() if root in roots}
    return settle(session, assembly, concerned, at, standing=standing)


def join(
    session: Session,
    assembly: LeadAssembly,
    one: UUID,
    other: UUID,
    at: datetime,
    *,
    evidence: Evidence | None = None,
) -> Settled:
    """A person says that two leads are one: merges them, and undoes what kept their parts apart.

    Args:
        evidence: what the person saw of it.

    Raises:
        NotFoundError: one of them does not exist.
    """
    groups = _groups(session, (one, other))
    if groups[one] == groups[other]:
        return Settled()
    mine = {node for node, root in groups.items() if root == groups[one]}
    theirs = {node for node, root in groups.items() if root == groups[other]}
    between = [
        each
        for each in sameness.list_standing(session, mine)
        if each.verdict == "apart" and {each.one, each.other} & mine and {each.one, each.other} & theirs
    ]
    sameness.add_many(session, [_undoing(session, each, at) for each in between])
    return merge_pairs(session, assembly, [decision(session, one, other, "merge", at, evidence=evidence)], at)


def keep_apart(session: Session, assembly: LeadAssembly, one: UUID, other: UUID, at: datetime) -> Settled:
    """A person says that two nodes are not one: no lead will hold both; where one does, its weakest merge between the
    two is undone.

    Raises:
        NotFoundError: one of them does not exist.
    """
    groups = _groups(session, (one, other))
    undone: list[Decision] = []
    if groups[one] == groups[other]:
        merges = [each for each in sameness.list_standing(session, groups) if each.verdict == "merge"]
        between = path_between([(each.one, each.other) for each in merges], one, other)
        on_path = [each for each in merges if frozenset((each.one, each.other)) in between]
        undone = [min(on_path, key=_sureness)]
    apart = decision(session, one, other, "apart", at)
    sameness.add_many(session, [*(_undoing(session, each, at) for each in undone), apart])
    return settle(session, assembly, groups, at) if undone else Settled()


def unmerge(session: Session, assembly: LeadAssembly, decision_id: UUID, at: datetime) -> Settled:
    """Take a lead apart at one of its merges: both sides get back what hung on them, and stay apart.

    Raises:
        NotFoundError: there is no such merge.
        ConflictError: it was undone before.
    """
    found = sameness.find(session, decision_id)
    if found is None or found.verdict != "merge":
        raise NotFoundError("There is no such merge.", facts={"id": decision_id})
    standing = sameness.list_standing(session, (found.one,))
    if all(each.id != found.id for each in standing):
        raise ConflictError("This merge was undone already.", facts={"id": decision_id})
    apart = decision(session, found.one, found.other, "apart", at)
    sameness.add_many(session, [_undoing(session, found, at), apart])
    result = settle(session, assembly, (found.one, found.other), at)
    audit.record(session, "unmerge", f"lead:{found.one}", {"other": str(found.other)})
    return result


def sever(
    session: Session, assembly: LeadAssembly, nodes: Collection[UUID], at: datetime
) -> tuple[UUID, ...]:
    """Take nodes out of everything, as if they had never come; gives the nodes that they were compared with."""
    others = sameness.forget(session, nodes)
    settle(session, assembly, (*nodes, *others), at)
    return others


def settle(
    session: Session,
    assembly: LeadAssembly,
    nodes: Collection[UUID],
    at: datetime,
    *,
    standing: Mapping[UUID, UUID] | None = None,
) -> Settled:
    """Make leads follow the decisions that concern these nodes, and say which changed their place.

    Nodes of a group that changes are put together anew from their records; what stood for a lead before (score, status,
    assignment) is put aside, and given back when the same group stands again.

    Args:
        standing: the nodes, and all that are one with them, and the visible lead of each, where that is known already.
    """
    before = sameness.groups_of(session, nodes) if standing is None else dict(standing)
    while True:
        merges = [each for each in sameness.list_standing(session, before) if each.verdict == "merge"]
        reached = {node for each in merges for node in (each.one, each.other)} - before.keys()
        if not reached:
            break
        before |= sameness.groups_of(session, reached)
    after = components(before, [(each.one, each.other) for each in merges])
    old, new = _gathered(before), _gathered(after)
    changed = {root: nodes for root, nodes in new.items() if old.get(root) != nodes}
    if not changed:
        return Settled()
    moved = {node: root for root, group in changed.items() for node in group}
    _place(session, old, changed, moved, at)
    _rebuild(session, assembly, moved, at)
    _settle_questions(session, moved)
    merged = tuple(sorted(node for node in moved if moved[node] != node and before[node] == node))
    parted = tuple(sorted(node for node in moved if moved[node] == node and before[node] != node))
    outbox.append(
        session,
        [
            *(NewEvent("lead_merged", node, {"into": str(moved[node])}) for node in merged),
            *(NewEvent("lead_parted", node, {"from": str(before[node])}) for node in parted),
            *(NewEvent("lead_updated", root, {"why": "identity"}) for root in sorted(changed)),
        ],
    )
    return Settled(merged, parted)


def decision(
    session: Session,
    one: UUID,
    other: UUID,
    verdict: str,
    at: datetime,
    *,
    decided_by: DecidedBy = "person",
    probability: float | None = None,
    evidence: Evidence | None = None,
) -> Decision:
    """A new decision of the session's actor; the older node first."""
    first, second = sorted((one, other))
    return Decision(
        id=new_id(),
        one=first,
        other=second,
        verdict=verdict,  # type: ignore[arg-type]
        decided_by=decided_by,
        decided_at=at,
        author=session.actor,
        probability=probability,
        evidence=evidence or Evidence(),
    )


def _undoing(session: Session, earlier: Decision, at: datetime) -> Decision:
    return Decision(
        new_id(),
        earlier.one,
        earlier.other,
        "undo",
        "person",
        at,
        session.actor,
        undoes=earlier.id,
    )


def _sureness(merge: Decision) -> tuple[bool, float, UUID]:
    """A person's word is undone last, then what was surest."""
    return (merge.decided_by == "person", merge.probability or 1.0, merge.id)


def _groups(session: Session, nodes: Collection[UUID]) -> dict[UUID, UUID]:
    groups = sameness.groups_of(session, nodes)
    for node in nodes:
        if node not in groups:
            raise NotFoundError("there is no such lead", facts={"id": node})
    return groups


def _gathered(roots: Mapping[UUID, UUID]) -> dict[UUID, frozenset[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for node, root in roots.items():
        found.setdefault(root, set()).add(node)
    return {root: frozenset(nodes) for root, nodes in found.items()}


def _place(
    session: Session,
    old: Mapping[UUID, frozenset[UUID]],
    changed: Mapping[UUID, frozenset[UUID]],
    moved: Mapping[UUID, UUID],
    at: datetime,
) -> None:
    # Everybody in a group that changes was in a group that changed.
    leading = {root: nodes for root, nodes in old.items() if root in moved}
    standings.keep(session, [(root, group_mark(nodes)) for root, nodes in leading.items()], at)
    sameness.place(session, moved)
    standings.withdraw(session, [node for node, root in moved.items() if node != root])
    appearing = [root for root in changed if root not in leading]
    standings.restore(session, [(root, group_mark(nodes)) for root, nodes in changed.items()], appearing)


def group_mark(nodes: Iterable[UUID]) -> str:
    """The same for the same nodes, and for no others."""
    return sha256("".join(sorted(node.hex for node in nodes)).encode()).hexdigest()[:32]


def _rebuild(session: Session, assembly: LeadAssembly, moved: Collection[UUID], at: datetime) -> None:
    nodes = sorted(moved)
    for start in range(0, len(nodes), LEADS_AT_ONCE):
        before = leads.load_many(session, nodes[start : start + LEADS_AT_ONCE], lock=True)
        assembly.rebuild(session, before, at, quiet=True)


def _settle_questions(session: Session, moved: Mapping[UUID, UUID]) -> None:
    """Nobody is asked about leads that are one by now."""
    idle = [
        each.id
        for each in match_reviews.list_touching(session, moved.keys())
        if each.one in moved and moved.get(each.one) == moved.get(each.other)
    ]
    match_reviews.settle(session, idle)
