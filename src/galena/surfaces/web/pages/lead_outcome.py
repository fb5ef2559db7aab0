"""What became of a lead: the card on its page, the form of each outcome, and taking a mistake back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.domain.disposing import Choice
from galena.domain.dispositions import (
    BOOKED_BY,
    STAND_WORDS,
    STEP_WORDS,
    UNDONE,
    Disposition,
    NextStep,
    rule_of,
)
from galena.domain.outcome_entry import read_entry, read_happened
from galena.domain.playbook import Playbook
from galena.engines.insight.reasons import ReasonReader
from galena.kit.errors import GalenaError, NotFoundError
from galena.stores import tenants
from galena.stores.door import Session
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.pages.prospects import STAND_COLOURS
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import Notice, page
from galena.surfaces.web.visitors import SignedIn, Visitor, Worker, entered, galena_of
from galena.surfaces.web.words import day, moment_words, nouns_of
from galena.workflows.dispose import Prospect, dispose, prospect, undo
from galena.workflows.dispose_desk import Saying

router = APIRouter()

STAGES = {1: "After reaching out", 2: "After the meeting"}
BOOKED_BY_WORDS = dict(
    zip(BOOKED_BY, ("the calling concierge", "the link in an e-mail", "a person"), strict=True)
)
_LOCAL_LENGTH = len("2026-03-13T14:30")


def outcome_of(
    session: Session, visitor: Visitor, playbook: Playbook, lead_id: UUID, now: datetime
) -> dict[str, Any] | None:
    """What the lead's page shows of it; None where the visitor has no say and nothing was said."""
    try:
        found = prospect(session, playbook, lead_id, now, tenant_id=visitor.user.tenant_id)
    except NotFoundError:
        return None
    if found.held is None and not found.rows:
        return None
    people, held = names_of_people(session), found.held
    newest = found.standing.newest
    labels = {reason.code: reason.label for reason in playbook.outcomes.reasons}
    is_paid = held is not None and held.return_until is not None and held.price is not None
    returns = playbook.routing.returns.reasons if playbook.routing else {}
    return {
        "stand": STAND_WORDS[found.standing.stand],
        "colour": STAND_COLOURS[found.standing.stand],
        "next": _next(newest),
        "why": str(held.why.get("words", "")) if held else "",
        "tenant": tenants.load_wants(session, held.tenant_id, now).tenant.name if held else "",
        "given": moment_words(held.visible_at, now) if held else "",
        "is_offer": held.is_offer if held else False,
        "returns": returns
        if is_paid and held and held.return_until and held.return_until > now and visitor.user.tenant_id
        else {},
        "can_say": visitor.can_work and not (held and held.is_offer),
        "stages": _stages(found.choices),
        "rows": _history(found.rows, people, labels, now),
    }


def _next(newest: Disposition | None) -> str:
    if newest is None or newest.next_step is None:
        return ""
    on = f", on {day(newest.next_on)}" if newest.next_on else ""
    return f"{STEP_WORDS[NextStep(newest.next_step)]}{on}"


def _stages(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "choices": [
                {
                    "outcome": each.rule.outcome,
                    "label": each.rule.label,
                    "needs": ", ".join(each.needs),
                    "refused": each.refused or "",
                }
                for each in choices
                if each.rule.stage == stage
            ],
        }
        for stage, label in STAGES.items()
    ]


def _history(
    rows: Sequence[Disposition], people: Mapping[str, str], labels: Mapping[str, str], now: datetime
) -> list[dict[str, Any]]:
    gone = {row.corrects for row in rows if row.outcome == UNDONE}
    found = []
    for row in sorted(rows, key=lambda each: (each.at, each.id), reverse=True):
        reason = labels.get(row.reason_code or "", "")
        told = [part for part in (reason, row.reason_text and f"“{row.reason_text}”", row.note) if part]
        dates = [
            f"meeting {moment_words(row.booked_for, now)} (UTC)" if row.booked_for else "",
            f"call back {day(row.callback_on)}" if row.callback_on else "",
            f"signed {day(row.signed_on)}" if row.signed_on else "",
            f"commission {row.commission:,.2f}" if row.commission is not None else "",
        ]
        found.append(
            {
                "id": row.id,
                "when": moment_words(row.at, now),
                "label": row.rule.label if row.rule else "An outcome taken back",
                "told": "; ".join([*told, *(each for each in dates if each)]),
                "who": author_words(row.author, people),
                "gone": row.id in gone,
                "can_undo": row.outcome != UNDONE and row.id not in gone,
            }
        )
    return found


@router.get("/leads/{lead_id}/outcome", response_class=HTMLResponse)
def show_form(
    request: Request,
    visitor: SignedIn,
    lead_id: UUID,
    outcome: Annotated[str, Query(max_length=40)],
    back: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """The form of one outcome: inside the lead's page or the pipeline, or as a page of its own."""
    return outcome_form(request, visitor, lead_id, {"outcome": outcome, "back": back})


@router.post("/leads/{lead_id}/outcome")
def record(request: Request, visitor: Worker, lead_id: UUID, texts: Texts) -> Response:
    """Record what became of a lead; what is missing is said beside what was typed."""
    context = context_of(request, visitor)
    now = context.clock()
    with entered(galena_of(request), visitor) as session:
        found = prospect(session, context.playbook, lead_id, now, tenant_id=visitor.user.tenant_id)
        zone = _zone(session, found, now)
    try:
        rule = rule_of(texts.get("outcome", ""))
        suggested = _suggested(context.playbook, texts)
        if "reason" in rule.needs and suggested and not texts.get("reason_code"):
            return outcome_form(request, visitor, lead_id, {**texts, "reason_code": suggested}, confirm=True)
        given = {**texts, "booked_for": _with_zone(texts.get("booked_for", ""), zone)}
        happened = read_happened(given, now)
        entry = read_entry(given, (happened or now).astimezone(ZoneInfo(zone)).date())
        done = dispose(context, Saying(lead_id, entry, happened), tenant_id=visitor.user.tenant_id)
    except GalenaError as fault:
        return outcome_form(request, visitor, lead_id, texts, fault=fault)
    then = _next(done.disposition)
    said = f"Recorded: {rule.label.lower()}." + (f" Next: {then}." if then else "")
    if rule.bans:
        others = (
            f" {len(done.others):,} others with the same contact were stopped, too." if done.others else ""
        )
        said += f" Nobody in the workspace contacts it again.{others}"
    if texts.get("back") == "pipeline":
        return onward(f"/pipeline?moved={done.disposition.id}", said)
    return onward(f"/leads/{lead_id}#outcome", said)


@router.post("/outcomes/reason", response_class=HTMLResponse)
def suggest(request: Request, visitor: Worker, texts: Texts) -> HTMLResponse:
    """The code that a reason's words suggest, chosen in the list of codes for the person to confirm."""
    playbook = context_of(request, visitor).playbook
    code = _suggested(playbook, texts)
    return page(
        request,
        "outcome_reason.html",
        visitor,
        reasons=_reasons(playbook, texts.get("outcome", "")),
        code=code or texts.get("reason_code", ""),
        suggested=bool(code),
    )


@router.post("/leads/{lead_id}/outcome/undo")
def take_back(
    request: Request,
    visitor: Worker,
    lead_id: UUID,
    row: Annotated[UUID, Form()],
    because: Annotated[str, Form(max_length=500)] = "",
) -> RedirectResponse:
    """Take a mistaken outcome back; what was recorded stays readable."""
    here = f"/leads/{lead_id}#outcome"
    if not because.strip():
        return onward(here, "Say why it was a mistake.", "bad")
    done = undo(context_of(request, visitor), row, because=because.strip(), tenant_id=visitor.user.tenant_id)
    return onward(here, f"Taken back. Now: {STAND_WORDS[done.standing.stand]}. A ban, if it was one, stays.")


def outcome_form(
    request: Request,
    visitor: Visitor,
    lead_id: UUID,
    texts: Mapping[str, str],
    *,
    fault: GalenaError | None = None,
    confirm: bool = False,
) -> HTMLResponse:
    """The fields of an outcome with what was typed, and what is wrong with it.

    Args:
        texts: what was typed, and `back`: `pipeline` where the form leads back to it.
    """
    context = context_of(request, visitor)
    now, rule = context.clock(), rule_of(texts.get("outcome", ""))
    with entered(galena_of(request), visitor) as session:
        found = prospect(session, context.playbook, lead_id, now, tenant_id=visitor.user.tenant_id)
        zone = _zone(session, found, now)
    is_part = request.headers.get("hx-target") in ("outcome-form", "move-form")
    choice = next(each for each in found.choices if each.rule.outcome == rule.outcome)
    wrong = f"{fault.what} {fault.remedy}".strip() if fault else ""
    said = (
        "This is what the words say. Confirm the reason, or choose another, and record it."
        if confirm
        else wrong
    )
    return page(
        request,
        "outcome_form.html" if is_part else "outcome.html",
        visitor,
        here="" if is_part else "prospects",
        status=422 if said else 200,
        notices=(Notice(said, "bad" if wrong else ""),) if said else (),
        words=nouns_of(context.playbook),
        lead={"id": lead_id, "title": found.entry.title or found.entry.lead.key},
        outcome={
            "name": rule.outcome,
            "label": rule.label,
            "refused": choice.refused or "",
            "needs": {str(need) for need in rule.needs},
            "may": set(rule.may),
            "bans": rule.bans,
        },
        attempts=found.standing.attempts,
        fewest=context.playbook.outcomes.attempts,
        typed=texts,
        back="/pipeline" if texts.get("back") == "pipeline" else "",
        needs_money=texts.get("to") == "won",
        zone=zone,
        currency=context.playbook.currency,
        booked_by=BOOKED_BY_WORDS,
        reasons=_reasons(context.playbook, rule.outcome),
        code=texts.get("reason_code", ""),
        suggested=confirm,
        today=now.astimezone(ZoneInfo(zone)).date().isoformat(),
    )


def _zone(session: Session, found: Prospect, now: datetime) -> str:
    """The time zone in which times are typed: that of the tenant who has the lead."""
    if found.held is None:
        return "UTC"
    return tenants.load_wants(session, found.held.tenant_id, now).parameters.time_zone


def _with_zone(text: str, zone: str) -> str:
    """A date and time as a browser gives it, with the zone it was typed in."""
    text = text.strip()
    if len(text) != _LOCAL_LENGTH:
        return text
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        return text
    return typed.replace(tzinfo=ZoneInfo(zone)).isoformat()


def _suggested(playbook: Playbook, texts: Mapping[str, str]) -> str:
    reason = texts.get("reason", "").strip()
    if not reason:
        return ""
    return (
        ReasonReader(playbook.outcomes.reasons)
        .suggest(reason, rule_of(texts.get("outcome", "")).outcome)
        .code
        or ""
    )


def _reasons(playbook: Playbook, outcome: str) -> list[dict[str, str]]:
    known = rule_of(outcome).outcome
    return [
        {"code": reason.code, "label": reason.label}
        for reason in playbook.outcomes.reasons
        if not reason.after or known in reason.after
    ]
