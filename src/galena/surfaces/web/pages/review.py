"""Pairs that may be one lead: both sides, what speaks for and against, and a person's answer."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.sameness import REASON_WORDS
from galena.engines.explanation import signed
from galena.engines.identity.layout import Kind
from galena.engines.identity.plan import IdentityPlan
from galena.stores import match_reviews, projections
from galena.surfaces.web.answers import onward
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import nouns_of
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.match_review import Question, Side, questions
from galena.workflows.match_review import answer as answer_pair
from galena.workflows.plans import Plan, active_plan
from galena.workflows.sameness import unmerge
from galena.workflows.touched import score_touched

router = APIRouter()

NEXT_SHOWN = 8
_SAID = {
    "same": "They are one now. If that was wrong, the lead's page takes them apart again.",
    "different": "They stay apart.",
    "not_sure": "Set aside.",
}


@router.get("/review", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """The pair whose answer is worth most, and those that come next."""
    with entered(galena_of(request), visitor) as session:
        plan = active_plan(session)
        found = questions(session, plan.playbook, limit=1 + NEXT_SHOWN)
        counts = match_reviews.count_by_state(session)
    return page(
        request,
        "review.html",
        visitor,
        here="review",
        words=nouns_of(plan.playbook),
        compares=plan.playbook.identity is not None,
        waiting=counts.get("open", 0),
        answered=counts.get("same", 0) + counts.get("different", 0),
        question=_question(found[0], plan) if found else None,
        coming=[_coming(each) for each in found[1:]],
    )


@router.post("/review/{review_id}")
def answer(
    request: Request,
    visitor: Editor,
    review_id: UUID,
    answer: Annotated[Literal["same", "different", "not_sure"], Form()],
) -> RedirectResponse:
    """Note the answer, make the leads follow, and go on to the next pair."""
    context = context_of(request, visitor)
    answer_pair(context, review_id, answer)
    score_touched(context)
    return onward("/review", _SAID[answer])


@router.post("/leads/{lead_id}/unmerge")
def take_apart(
    request: Request, visitor: Editor, lead_id: UUID, merge: Annotated[UUID, Form()]
) -> RedirectResponse:
    """Take a lead apart at one of its merges."""
    context = context_of(request, visitor)
    with context.session() as session:
        projections.take_turn(session)
        unmerge(session, assembly_for(session, context.playbook), merge, context.clock())
    score_touched(context)
    return onward(f"/leads/{lead_id}", "Taken apart: each has back what it had, and they stay apart.")


def _question(found: Question, plan: Plan) -> dict[str, Any]:
    review = found.review
    return {
        "id": review.id,
        "reason": REASON_WORDS[review.reason],
        "percent": min(max(round(100 * review.probability), 1), 99),
        "because": review.evidence.because,
        "against": review.evidence.against,
        "one": _side(found.one),
        "other": _side(found.other),
        "rows": _rows(found, plan),
    }


def _side(side: Side) -> dict[str, Any]:
    return {"lead_id": side.lead_id, "title": side.title, "key": side.key}


def _rows(found: Question, plan: Plan) -> list[dict[str, Any]]:
    """A row per field that is compared: both values, and what they say together; what says most comes first."""
    playbook = plan.playbook
    if playbook.identity is None:
        return []
    told = {each["field"]: each for each in found.review.evidence.fields}
    rows = []
    for role in IdentityPlan(playbook.identity).layout.roles:
        name = role.column
        values = [plan.explainer.show(name, side.values.get(name)) or "" for side in (found.one, found.other)]
        if any(values):
            # What was said once, as of the place that city and postal code make, is not said again.
            said = [told.pop(each) for each in _PARTS.get(role.kind, (role.field,)) if each in told]
            label = playbook.fields[name].label
            rows.append({"label": label, "one": values[0], "other": values[1], **_said(said)})
    return sorted(rows, key=lambda row: (not row["words"], -abs(row["bits"])))


_PARTS: dict[Kind, tuple[str, ...]] = {
    Kind.PERSON: ("given", "surname", "middle", "suffix"),
    Kind.CITY: ("place",),
    Kind.POSTCODE: ("place",),
}
"""Kinds of fields that are compared under other names than their own."""


def _said(told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    bits = sum(each["bits"] for each in told)
    return {
        "words": ", ".join(each["words"] for each in told),
        "side": "good" if bits > 0.5 else "bad" if bits < -0.5 else "",
        "points": signed(round(bits)) if told else "",
        "bits": bits,
    }


def _coming(found: Question) -> dict[str, Any]:
    return {"one": found.one.title, "other": found.other.title, "reason": REASON_WORDS[found.review.reason]}
