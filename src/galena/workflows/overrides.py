"""A person's word on a score: kept beside the machine's with its reason, until a day or for good, and taken back.

Each story takes the session of who acts: its row-level security decides which leads are there at all.
"""

from datetime import datetime, timedelta
from uuid import UUID

from galena.domain.score import MICROPOINTS
from galena.domain.scored import Feedback, Override
from galena.kit.errors import ConflictError, InputError
from galena.stores import audit, leads, sameness, scores, verdicts
from galena.stores.door import Session
from galena.workflows.lead_models import restored
from galena.workflows.lead_reasoning import contribution_names
from galena.workflows.plans import active_plan, plan_with

LONGEST_REASON = 2_000
LONGEST = timedelta(days=730)
"""So long an override may hold; who wants more says so again, or gives no end."""


def override_score(
    session: Session,
    lead_id: UUID,
    *,
    points: float | None = None,
    tier: str | None = None,
    reason: str,
    expires_at: datetime | None = None,
    now: datetime,
) -> Override:
    """Say what a lead's score or tier is, above what the machine says; it takes the place of what was said before.

    Args:
        points: 0 to 100; with them alone, the tier is the one that the rules give so many points.
        expires_at: when the machine's word stands again; None: until somebody takes this back.

    Raises:
        NotFoundError: there is no such lead that this session sees.
        InputError: neither points nor tier are given or one of them cannot be, there is no reason, or its end is past
            or too far.
        ConflictError: the lead has no score by rules from which its tier could follow.
    """
    why = reason.strip()
    _check(points, why, expires_at, now)
    lead = leads.load(session, sameness.visible_of(session, lead_id)).lead
    known = [each.name for each in active_plan(session).playbook.rules.tiers]
    if tier is not None and tier not in known:
        raise InputError(
            f"There is no tier {tier[:60]!r}.", facts={"tiers": known}, remedy="Choose one of them."
        )
    micropoints = None if points is None else round(points * MICROPOINTS)
    if micropoints is None and tier is None:
        raise InputError("Neither a score nor a tier is given.", remedy="Give one of them, or both.")
    said = tier or _tier_of(session, lead.id, micropoints or 0)
    kept = verdicts.override(
        session, lead.id, reason=why, micropoints=micropoints, tier=said, expires_at=expires_at, at=now
    )
    # The reason is kept with the word alone: it may be about a person, and the trail is never changed.
    audit.record(session, "override_score", f"lead:{lead.id}", {"points": points, "tier": said})
    return kept


def end_override(session: Session, override_id: UUID, now: datetime) -> Override:
    """Take a person's word back: the machine's stands again. Doing it twice is no fault.

    Raises:
        NotFoundError: there is none that this session sees.
    """
    found = verdicts.load_override(session, override_id)
    if found.ended_at is None:
        verdicts.end_override(session, override_id, at=now)
        audit.record(session, "end_override", f"lead:{found.lead_id}", {"override": str(override_id)})
    return verdicts.load_override(session, override_id)


def resume_override(session: Session, override_id: UUID, now: datetime) -> Override:
    """Let a person's word stand again that was taken back, in place of any since.

    Raises:
        NotFoundError: there is none that this session sees.
        ConflictError: its time is over.
    """
    found = verdicts.load_override(session, override_id)
    if found.expires_at is not None and found.expires_at <= now:
        raise ConflictError("The time it was to hold is over.", remedy="Say it anew.")
    if found.ended_at is not None:
        verdicts.resume_override(session, found)
        audit.record(session, "resume_override", f"lead:{found.lead_id}", {"override": str(override_id)})
    return verdicts.load_override(session, override_id)


def say_wrong(session: Session, lead_id: UUID, reason: str) -> Feedback:
    """Keep what somebody says is wrong with the score that stands, for whoever revises the rules.

    Raises:
        NotFoundError: there is no such lead that this session sees.
        InputError: there are no words, or too many.
    """
    why = reason.strip()
    _check_reason(why)
    lead = leads.load(session, sameness.visible_of(session, lead_id)).lead
    current = scores.load_current(session, (lead.id,)).get(lead.id)
    return verdicts.add_feedback(session, lead.id, why, score_id=current.score_id if current else None)


def find_override(session: Session, lead_id: UUID, now: datetime) -> Override | None:
    """What a person says of a lead's score at this moment; None: the machine's word stands."""
    return verdicts.load_overrides(session, [lead_id], now=now).get(lead_id)


def _check(points: float | None, why: str, expires_at: datetime | None, now: datetime) -> None:
    _check_reason(why)
    if points is not None and not 0 <= points <= 100:
        raise InputError(f"{points:g} is no score.", remedy="Give a number from 0 to 100.")
    if expires_at is not None and not now < expires_at <= now + LONGEST:
        raise InputError(
            f"It cannot hold until {expires_at:%Y-%m-%d}.",
            remedy="Give a day from tomorrow on and within two years, or none: then it holds until it is taken back.",
        )


def _check_reason(why: str) -> None:
    if not why:
        raise InputError("A reason is needed.", remedy="Say what the machine does not know.")
    if len(why) > LONGEST_REASON:
        raise InputError(f"The reason has {len(why):,} characters; {LONGEST_REASON:,} fit.")


def _tier_of(session: Session, lead_id: UUID, micropoints: int) -> str:
    stored = scores.find_standing(session, lead_id)
    if stored is None or contribution_names(stored.method) is not None:
        raise ConflictError(
            "The rules cannot say which tier this score is, for they did not score the lead.",
            remedy="Say the tier, too.",
        )
    plan = plan_with(session, stored.revision_id)
    return plan.scorer.tier_at(restored(session, plan, stored), micropoints)
