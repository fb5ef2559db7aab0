"""Why a lead is made of what it is made of: its nodes, the decisions that join them, and who took them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from galena.domain.listing import LeadEntry
from galena.domain.sameness import Decision
from galena.stores import leads, sameness
from galena.stores.door import Session


@dataclass(frozen=True, slots=True)
class Part:
    """A node of a lead, as its source named it."""

    node: UUID
    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Joint:
    """A decision over two parts; `is_undone`: it does not stand any more."""

    decision: Decision
    one: Part
    other: Part
    is_undone: bool


@dataclass(frozen=True, slots=True)
class MatchStory:
    """How a lead came to be.

    Attributes:
        lead_id: the visible lead.
        parts: its nodes, the oldest first; one where it stands alone.
        joints: the merges that stand, and what keeps parts of it and others apart.
        past: what stood once.
    """

    lead_id: UUID
    parts: tuple[Part, ...]
    joints: tuple[Joint, ...]
    past: tuple[Joint, ...]


def explain_match(session: Session, lead_id: UUID) -> MatchStory:
    """How a lead came to be; a lead that is part of another is explained with it."""
    groups = sameness.groups_of(session, (lead_id,))
    root = groups.get(lead_id, lead_id)
    decisions = sameness.list_all(session, groups) if groups else ()
    undone = {each.undoes for each in decisions if each.undoes is not None}
    concerned = {*groups, *(node for each in decisions for node in (each.one, each.other))}
    parts = {node: _part(node, entry) for node, entry in leads.load_many(session, concerned).items()}
    joints = [
        Joint(each, parts[each.one], parts[each.other], each.id in undone)
        for each in decisions
        if each.verdict != "undo"
    ]
    return MatchStory(
        root,
        tuple(parts[node] for node in sorted(groups) if node in parts),
        _only(joints, undone=False),
        _only(joints, undone=True),
    )


def _only(joints: Sequence[Joint], *, undone: bool) -> tuple[Joint, ...]:
    return tuple(each for each in joints if each.is_undone == undone)


def _part(node: UUID, entry: LeadEntry) -> Part:
    return Part(node, entry.lead.key, entry.title)


WHO = {"key": "by a shared key", "model": "by what they have in common", "person": "by a person"}


def joint_words(joint: Joint) -> str:
    """A decision in a sentence."""
    decision = joint.decision
    # The older one shows what all its records make of it, which may be the other's title.
    same = joint.one.title == joint.other.title
    one, other = (part.key if same else part.title for part in (joint.one, joint.other))
    if decision.verdict == "apart":
        return f"{one} and {other} are kept apart {WHO[decision.decided_by]}."
    sure = f", {min(round(100 * decision.probability), 99)} % sure" if decision.probability else ""
    because = f": {decision.evidence.because}" if decision.evidence.because else ""
    return f"{one} and {other} are one {WHO[decision.decided_by]}{sure}{because}."
