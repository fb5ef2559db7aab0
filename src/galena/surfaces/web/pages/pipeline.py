"""The pipeline: leads as cards in stages, dragged or moved by keys; a move is an outcome with what that needs."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.dispositions import STAND_WORDS, STEP_WORDS, NextStep
from galena.domain.pipeline import STAGES, stage_of
from galena.domain.score import MICROPOINTS
from galena.kit.errors import NotFoundError
from galena.stores import scores
from galena.stores.workspaces import list_tenants
from galena.surfaces.web.answers import onward
from galena.surfaces.web.pages.lead_outcome import outcome_form
from galena.surfaces.web.pages.prospects import due_words
from galena.surfaces.web.pages.views import saved_on
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import SignedIn, Worker, entered, galena_of
from galena.surfaces.web.whose import ForWhom
from galena.surfaces.web.words import nouns_of, plain
from galena.workflows.dispose import prospect, undo
from galena.workflows.pipeline import Card, Column, choices_into, list_pipeline

router = APIRouter()

CARDS_SHOWN = 30
UNDO_REASON = "moved by mistake in the pipeline"


@router.get("/pipeline", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: SignedIn,
    whose: ForWhom,
    q: Annotated[str, Query(max_length=200)] = "",
    tier: Annotated[str, Query(max_length=60)] = "",
    moved: Annotated[UUID | None, Query()] = None,
) -> HTMLResponse:
    """Every stage with its leads."""
    context = context_of(request, visitor)
    now, playbook = context.clock(), context.playbook
    with whose.entered(request, visitor) as session:
        columns = list_pipeline(session, now, search=plain(q), tier=tier)
        shown = [card.row.entry.lead.id for column in columns for card in column.cards[:CARDS_SHOWN]]
        current = scores.load_current(session, shown)
        names = {each.id: each.name for each in list_tenants(session)}
    tiers = {each.name: each for each in playbook.rules.tiers}
    of_all = visitor.user.tenant_id is None and whose.tenant is None
    return page(
        request,
        "pipeline.html",
        visitor,
        here="pipeline",
        words=nouns_of(playbook),
        whose=whose.choices(request, visitor),
        q=q,
        tier=tier,
        tiers=[{"name": each.name, "label": each.label} for each in playbook.rules.tiers],
        columns=[
            _column(each, current, tiers, names if of_all else {}, now.date(), playbook.currency)
            for each in columns
        ],
        count=sum(len(each.cards) for each in columns),
        saved=saved_on(request, visitor, "pipeline"),
        moved=moved,
        can_work=visitor.can_work,
    )


def _column(
    column: Column,
    current: Mapping[UUID, Any],
    tiers: Mapping[str, Any],
    names: Mapping[UUID, str],
    today: date,
    currency: str,
) -> dict[str, Any]:
    days, count = column.median_days, len(column.cards)
    return {
        "name": column.stage.name,
        "label": column.stage.label,
        "takes": bool(column.stage.outcomes),
        "count": count,
        "value": f"{money(column.value, currency)} in {column.valued} of {count}" if column.valued else "",
        "age": f"half longer than {days:.0f} day{'' if round(days) == 1 else 's'}"
        if days and days >= 1
        else "",
        "cards": [_card(card, current, tiers, names, today, currency) for card in column.cards[:CARDS_SHOWN]],
        "more": max(0, count - CARDS_SHOWN),
        "stand": column.stage.stands[0].value,
    }


def money(amount: Decimal, currency: str) -> str:
    """1.2 M USD; 850 k USD; 900 USD."""
    for size, sign in ((1_000_000, " M"), (1_000, " k")):
        if amount >= size:
            return f"{amount / size:.1f}".removesuffix(".0") + f"{sign} {currency}"
    return f"{amount:,.0f} {currency}"


def _card(
    card: Card,
    current: Mapping[UUID, Any],
    tiers: Mapping[str, Any],
    names: Mapping[UUID, str],
    today: date,
    currency: str,
) -> dict[str, Any]:
    row = card.row
    lead_id, score = row.entry.lead.id, current.get(row.entry.lead.id)
    tier, task = tiers.get(row.assignment.tier), row.task
    place = list(STAGES).index(stage_of(row.stand).name)
    order = [stage.name for stage in STAGES.values()]
    return {
        "id": lead_id,
        "title": row.entry.title or row.entry.lead.key,
        "colour": tier.colour if tier else "grey",
        "tier": tier.label if tier else row.assignment.tier,
        "points": round((score.micropoints if score else row.assignment.micropoints) / MICROPOINTS),
        "tenant": names.get(row.assignment.tenant_id, ""),
        "stand": STAND_WORDS[row.stand] if stage_of(row.stand).name == "out" else "",
        "value": money(card.value, currency) if card.value is not None else "",
        "days": "today" if card.days == 0 else f"{card.days} day{'' if card.days == 1 else 's'}",
        "next": f"{STEP_WORDS[NextStep(task.step)]}, {due_words(task.due_on, today)}" if task else "",
        "late": row.is_overdue(today),
        "before": next((name for name in reversed(order[:place]) if STAGES[name].outcomes), ""),
        "after": next((name for name in order[place + 1 :] if STAGES[name].outcomes), ""),
        "targets": [
            {"name": stage.name, "label": stage.label}
            for stage in STAGES.values()
            if stage.outcomes and (stage.name != order[place] or stage.name == "working")
        ],
    }


@router.get("/pipeline/move", response_class=HTMLResponse)
def ask(
    request: Request,
    visitor: SignedIn,
    lead: Annotated[UUID | None, Query()] = None,
    to: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """What must be said to bring a lead into a stage: the form of the outcome, or a choice of outcomes."""
    stage = STAGES.get(to)
    if stage is None or lead is None or not stage.outcomes:
        raise NotFoundError("There is no such move.", remedy="Choose a stage in the pipeline.")
    context = context_of(request, visitor)
    with entered(galena_of(request), visitor) as session:
        found = prospect(session, context.playbook, lead, context.clock(), tenant_id=visitor.user.tenant_id)
    choices = choices_into(stage, found.choices)
    ready = [each for each in choices if each.refused is None]
    if len(ready) == 1 and len(choices) == 1:
        return outcome_form(
            request, visitor, lead, {"outcome": ready[0].rule.outcome, "back": "pipeline", "to": to}
        )
    is_part = request.headers.get("hx-target") == "move-form"
    return page(
        request,
        "pipeline_choice.html" if is_part else "pipeline_move.html",
        visitor,
        here="" if is_part else "pipeline",
        lead={"id": lead, "title": found.entry.title or found.entry.lead.key},
        stage=stage.label,
        choices=[
            {
                "outcome": each.rule.outcome,
                "label": each.rule.label,
                "needs": ", ".join(each.needs),
                "refused": each.refused or "",
            }
            for each in choices
        ],
    )


@router.post("/pipeline/undo")
def take_back(request: Request, visitor: Worker, row: Annotated[UUID, Form()]) -> RedirectResponse:
    """Take a move back: the outcome that made it."""
    done = undo(context_of(request, visitor), row, because=UNDO_REASON, tenant_id=visitor.user.tenant_id)
    return onward("/pipeline", f"Taken back. Now: {STAND_WORDS[done.standing.stand]}.")
