"""The leads a tenant has: where each stands, what is to be done next, and by when; offers to take or leave."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.assignment import Assignment
from galena.domain.dispositions import STAND_WORDS, STEP_WORDS, NextStep, Stand
from galena.domain.score import MICROPOINTS
from galena.domain.scored import CurrentScore
from galena.kit.errors import NotFoundError
from galena.stores import assignments, leads, scores, tenants
from galena.stores.workspaces import list_tenants
from galena.surfaces.web.answers import onward
from galena.surfaces.web.pages.views import views_of
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import SignedIn, Visitor, Worker, entered, galena_of
from galena.surfaces.web.words import day, moment_words, nouns_of
from galena.workflows.offers import accept, decline, return_lead
from galena.workflows.prospects import ProspectRow, list_prospects

router = APIRouter()

LOOKED_AT = 5_000
ON_A_PAGE = 50
STAND_COLOURS: Mapping[Stand, str] = {
    Stand.NEW: "accent",
    Stand.WORKING: "accent",
    Stand.PENDING: "yellow",
    Stand.GREY: "grey",
    Stand.REFUSED: "red",
    Stand.BANNED: "black",
    Stand.BOOKED: "green",
    Stand.DECIDING: "yellow",
    Stand.CLOSING: "green",
    Stand.WON: "green",
    Stand.LOST: "red",
}


@router.get("/prospects", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: SignedIn,
    tenant: Annotated[UUID | None, Query()] = None,
    stand: Annotated[Stand | None, Query()] = None,
    begin: Annotated[int, Query(ge=0, le=LOOKED_AT)] = 0,
) -> HTMLResponse:
    """What is due first, then what is new, then by score; of one tenant, or for the operator of all."""
    galena, playbook = galena_of(request), context_of(request, visitor).playbook
    now, who = galena.clock(), visitor.user.tenant_id or tenant
    with entered(galena, visitor) as session:
        rows = list_prospects(session, now, tenant_id=who, limit=LOOKED_AT)
        zones = tenants.list_zones(session, now, [who]) if who else {}
        today = now.astimezone(zones.get(who, UTC) if who else UTC).date()
        names = {each.id: each.name for each in list_tenants(session)}
        offers = [
            each for each in assignments.list_open(session, tenant_id=who, limit=LOOKED_AT) if each.is_offer
        ]
        titles = {
            id_: each.title for id_, each in leads.load_many(session, [o.lead_id for o in offers]).items()
        }
        chosen = [row for row in rows if stand is None or row.stand == stand]
        shown = chosen[begin : begin + ON_A_PAGE]
        current = scores.load_current(session, [row.entry.lead.id for row in shown])
        asked = {"stand": stand.value if stand else "", "tenant": str(tenant or "")}
        query = urlencode({name: value for name, value in asked.items() if value})
        kept = views_of(session, visitor, "prospects", query)
    if tenant is not None and tenant not in names:
        raise NotFoundError("There is no such tenant.")
    counts = Counter(row.stand for row in rows)
    tiers = {tier.name: tier for tier in playbook.rules.tiers}
    return page(
        request,
        "prospects.html",
        visitor,
        here="prospects",
        words=nouns_of(playbook),
        whose=names.get(who, "") if who and not visitor.user.tenant_id else "",
        tenant=tenant if not visitor.user.tenant_id else None,
        of_all=visitor.user.tenant_id is None,
        tenants=[] if visitor.user.tenant_id else [{"id": id_, "name": name} for id_, name in names.items()],
        all_count=len(rows),
        views=kept,
        query=query,
        stands=[
            {"name": each.value, "words": STAND_WORDS[each], "count": counts[each], "on": each == stand}
            for each in Stand
            if counts[each]
        ],
        stand=stand.value if stand else "",
        due=sum(1 for row in rows if row.task and row.task.due_on <= today),
        rows=[_row(row, current, tiers, names, today) for row in shown],
        begin=begin,
        end=begin + len(shown),
        chosen=len(chosen),
        earlier=max(0, begin - ON_A_PAGE) if begin else None,
        later=begin + ON_A_PAGE if begin + ON_A_PAGE < len(chosen) else None,
        offers=[_offer(each, titles, tiers, names, now) for each in offers if each.lead_id in titles],
        can_answer=visitor.user.tenant_id is not None and visitor.can_work,
    )


def _row(
    row: ProspectRow,
    current: Mapping[UUID, CurrentScore],
    tiers: Mapping[str, Any],
    names: Mapping[UUID, str],
    today: date,
) -> dict[str, Any]:
    lead_id, given = row.entry.lead.id, row.assignment
    score = current.get(lead_id)
    tier = tiers.get(given.tier)
    task = row.task
    return {
        "lead_id": lead_id,
        "title": row.entry.title or row.entry.lead.key,
        "subtitle": row.entry.subtitle or row.entry.lead.key,
        "tenant": names.get(given.tenant_id, ""),
        "tier": tier.label if tier else given.tier,
        "colour": tier.colour if tier else "grey",
        "points": round((score.micropoints if score else given.micropoints) / MICROPOINTS),
        "stand": STAND_WORDS[row.stand],
        "stand_colour": STAND_COLOURS[row.stand],
        "step": STEP_WORDS[NextStep(task.step)] if task else "",
        "due": due_words(task.due_on, today) if task else "",
        "overdue": row.is_overdue(today),
        "given": day(given.visible_at),
    }


def due_words(due: date, today: date) -> str:
    """today; tomorrow; 3 Nov 2026."""
    days = (due - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return near.get(days, day(due))


def _offer(
    each: Assignment,
    titles: Mapping[UUID, str],
    tiers: Mapping[str, Any],
    names: Mapping[UUID, str],
    now: Any,
) -> dict[str, Any]:
    tier = tiers.get(each.tier)
    return {
        "lead_id": each.lead_id,
        "title": titles[each.lead_id],
        "tenant": names.get(each.tenant_id, ""),
        "tier": tier.label if tier else each.tier,
        "colour": tier.colour if tier else "grey",
        "price": "" if each.price is None else f"{each.price:,.2f}",
        "until": moment_words(each.accept_by, now) if each.accept_by else "",
        "why": str(each.why.get("words", "")),
    }


@router.post("/leads/{lead_id}/accept")
def take(request: Request, visitor: Worker, lead_id: UUID) -> RedirectResponse:
    """The tenant takes a lead that it was offered."""
    accept(context_of(request, visitor), lead_id, tenant_of(visitor))
    return onward(f"/leads/{lead_id}", "It is yours.")


@router.post("/leads/{lead_id}/decline")
def leave(
    request: Request, visitor: Worker, lead_id: UUID, why: Annotated[str, Form(max_length=500)] = ""
) -> RedirectResponse:
    """The tenant does not take it; the next one is asked."""
    if not why.strip():
        return onward("/prospects", "Say why you do not take it.", "bad")
    decline(context_of(request, visitor), lead_id, tenant_of(visitor), why.strip())
    return onward("/prospects", "Declined: somebody else is asked now.")


@router.post("/leads/{lead_id}/return")
def give_back(
    request: Request,
    visitor: Worker,
    lead_id: UUID,
    code: Annotated[str, Form(max_length=100)] = "",
    note: Annotated[str, Form(max_length=1_000)] = "",
) -> RedirectResponse:
    """The tenant gives a paid lead back, for a reason of the playbook."""
    return_lead(context_of(request, visitor), lead_id, tenant_of(visitor), code, note.strip())
    return onward("/prospects", "Returned; what it cost is back on your balance.")


def tenant_of(visitor: Visitor) -> UUID:
    """The visitor's tenant.

    Raises:
        NotFoundError: the visitor has none: the operator gives and takes leads at the desk.
    """
    if visitor.user.tenant_id is None:
        raise NotFoundError(
            "Only the tenant who was offered a lead can answer.", remedy="Use the claw-back desk."
        )
    return visitor.user.tenant_id
