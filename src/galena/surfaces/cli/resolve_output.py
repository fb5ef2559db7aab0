"""What `galena resolve` and `galena review` say."""

from collections.abc import Iterator
from typing import Any

from galena.domain.sameness import REASON_WORDS
from galena.workflows.explain_match import Joint, MatchStory, joint_words
from galena.workflows.match_review import Question
from galena.workflows.resolve import ResolveReport
from galena.workflows.resolving import ALARM_WORDS, Resolved


def resolve_words(report: ResolveReport) -> Iterator[str]:
    """What resolving a workspace did."""
    done = report.resolved
    if report.dry_run:
        yield f"{report.leads:,} leads compared in {report.pairs:,} pairs; nothing was decided."
        yield f"Up to {done.merged:,} would become part of another lead; {done.asked:,} pairs would be asked about."
        return
    pairs = f" in {report.pairs:,} pairs" if report.pairs else ""
    learned = ", by weights learned from themselves" if report.learned else ""
    yield f"{report.leads:,} leads compared{pairs}{learned}."
    yield from resolved_words(done)


def resolved_words(done: Resolved) -> Iterator[str]:
    """What comparing did: "3 became part of another lead; 2 questions wait: galena review"."""
    if done.merged:
        yield f"{done.merged:,} became part of another lead."
    if done.asked:
        yield f"{done.asked:,} pairs are unsure: `galena review list` shows them, and so does the page /review."
    for kind, count in sorted(done.alarms.items()):
        yield f"Held back {count:,} times: {ALARM_WORDS[kind]}."
    if done.waiting:
        yield f"{done.waiting:,} leads wait to be compared: run `galena resolve`."


def story_words(story: MatchStory) -> Iterator[str]:
    """What a lead is made of, and why."""
    if len(story.parts) == 1:
        yield f"{story.parts[0].title} ({story.parts[0].key}) stands alone."
    else:
        yield f"{story.parts[0].title} is made of {len(story.parts)} leads:"
        yield from (f"  {part.key}: {part.title}" for part in story.parts)
    for joint in story.joints:
        yield f"- {joint_words(joint)}"
        if joint.decision.evidence.against:
            yield f"  Against it: {joint.decision.evidence.against}."
        if joint.decision.verdict == "merge":
            yield f"  To take them apart: galena resolve undo {joint.decision.id}"
    for joint in story.past:
        yield f"- Not any more: {joint_words(joint)}"


def story_as_dict(story: MatchStory) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "lead_id": str(story.lead_id),
        "parts": [{"node": str(part.node), "key": part.key, "title": part.title} for part in story.parts],
        "decisions": [_joint(joint) for joint in (*story.joints, *story.past)],
    }


def _joint(joint: Joint) -> dict[str, Any]:
    decision = joint.decision
    return {
        "id": str(decision.id),
        "verdict": decision.verdict,
        "decided_by": decision.decided_by,
        "one": joint.one.key,
        "other": joint.other.key,
        "probability": decision.probability,
        "because": decision.evidence.because,
        "against": decision.evidence.against,
        "fields": [dict(each) for each in decision.evidence.fields],
        "author": decision.author,
        "decided_at": decision.decided_at.isoformat(),
        "undone": joint.is_undone,
    }


def question_words(question: Question) -> Iterator[str]:
    """One pair of the queue."""
    review = question.review
    chance = f"{min(max(round(100 * review.probability), 1), 99)} % sure that they are one"
    yield f"{review.id}  {REASON_WORDS[review.reason]}, {chance}"
    for side in (question.one, question.other):
        told = ", ".join(str(value) for value in side.values.values())
        yield f"  {side.key}: {told}"
    if review.evidence.because:
        yield f"  For: {review.evidence.because}."
    if review.evidence.against:
        yield f"  Against: {review.evidence.against}."


def question_as_dict(question: Question) -> dict[str, Any]:
    """The same as JSON."""
    review = question.review
    return {
        "id": str(review.id),
        "probability": review.probability,
        "reason": review.reason,
        "because": review.evidence.because,
        "against": review.evidence.against,
        "one": {"lead_id": str(question.one.lead_id), "key": question.one.key, **question.one.values},
        "other": {"lead_id": str(question.other.lead_id), "key": question.other.key, **question.other.values},
    }
