"""What the reasoner says of one lead: its reasons, what it thought, flags, whom the job suits, how to get in touch."""

from datetime import datetime
from typing import Any

from galena.domain.reasoner import GUARD_LABELS, METHOD_WORDS
from galena.surfaces.web.words import moment_words
from galena.workflows.lead_view import LeadView

PRIORITIES = {"call": "Call", "email": "Write an e-mail", "skip": "Leave it"}


def reasoning_of(view: LeadView, now: datetime) -> dict[str, Any] | None:
    """The card's contents; None where the score that stands is not the reasoner's."""
    said = view.reasoning
    if said is None or (view.standing and view.standing.score.method not in METHOD_WORDS):
        return None
    answer, reasoner = said.answer, view.plan.playbook.reasoner
    labels = {flag.name: flag.label for flag in reasoner.flags} if reasoner else {}
    reviewed = f"Looked at {moment_words(said.reviewed_at, now)}." if said.reviewed_at else ""
    when = moment_words(said.changed_at, now)
    return {
        "text": answer.reasoning if answer else "",
        "thinking": [line for line in answer.thinking.split("\n") if line.strip()] if answer else [],
        "flags": [
            labels.get(name, name.replace("_", " ")) for name in said.flags if name not in GUARD_LABELS
        ],
        "contractor": answer.ideal_contractor if answer else "",
        "priority": PRIORITIES.get(answer.contact_priority, "") if answer else "",
        "review": GUARD_LABELS.get(said.review, said.review) if said.review else "",
        "reviewed": reviewed,
        "waiting": "" if answer else (said.failure or "The call failed."),
        "next_try": f"It is asked again with the next scoring after {said.next_try_at:%H:%M UTC on %d %B}."
        if said.next_try_at
        else "",
        "maker": f"{said.model}, prompt version {said.prompt_version}, {when}",
    }
