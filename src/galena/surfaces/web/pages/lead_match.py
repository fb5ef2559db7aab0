"""What a lead is made of, and why, on its page."""

from typing import Any
from uuid import UUID

from galena.stores.door import Session
from galena.surfaces.web.visitors import Visitor
from galena.workflows.explain_match import Joint, explain_match, joint_words


def match_of(session: Session, visitor: Visitor, lead_id: UUID) -> dict[str, Any] | None:
    """The records that a lead is made of and the decisions that join them; None for a lead that stands alone.

    Tenants see leads, and not how they came to be.
    """
    if visitor.user.tenant_id is not None:
        return None
    story = explain_match(session, lead_id)
    if len(story.parts) == 1 and not story.joints:
        return None
    return {
        "parts": [{"key": part.key} for part in story.parts],
        "joints": [_joint(each) for each in story.joints],
    }


def _joint(joint: Joint) -> dict[str, Any]:
    return {
        "words": joint_words(joint),
        "against": joint.decision.evidence.against,
        "merge": str(joint.decision.id) if joint.decision.verdict == "merge" else "",
    }
