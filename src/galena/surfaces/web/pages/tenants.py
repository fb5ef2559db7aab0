"""Tenants: who receives leads, what each wants, what that leaves of this week's leads, and every change of it."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.domain.gates import LABELS
from galena.domain.playbook import Playbook
from galena.domain.tenancy import ROLE_WORDS
from galena.domain.tenant_parameters import PERIODS, TenantParameters, with_changes
from galena.kit.errors import GalenaError, InputError
from galena.stores import tenants
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.gate_fields import gate_form, parameters_of_texts, texts_of_parameters
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import Notice, page
from galena.surfaces.web.visitors import Editor, Operator, Visitor, entered, galena_of
from galena.surfaces.web.words import moment_words, nouns_of
from galena.workflows.context import Context
from galena.workflows.gate_preview import GatePreview, preview_gates
from galena.workflows.routing_pool import routing_of
from galena.workflows.tenant_choices import capacity_words, concierge_words
from galena.workflows.tenants import TenantCard, add_tenant, change_tenant, tenant_card, top_up

router = APIRouter()

FACT_SHOWN = 60
"""So much of a value that cannot be set is told."""

STANDINGS = {"active": "receives leads", "paused": "paused", "cancelled": "cancelled"}
STANDING_COLOURS = {"active": "green", "paused": "yellow", "cancelled": "red"}
CHANGED = {
    "standing": "whether it receives leads",
    "time_zone": "time zone",
    "gates": "gates",
    "quotas": "places",
    "caps": "caps",
    "weight": "weight",
    "bids_minor": "bids",
    "pays": "whether it pays",
    "capacity": "leads it can work",
    "concierge": "the calling concierge",
}


@router.get("/tenants", response_class=HTMLResponse)
def show_all(request: Request, visitor: Operator) -> HTMLResponse:
    """Every tenant with what it wants."""
    galena, context = galena_of(request), context_of(request, visitor)
    now = galena.clock()
    with entered(galena, visitor) as session:
        found = tenants.list_wants(session, now)
    return page(
        request,
        "tenants.html",
        visitor,
        here="tenants",
        words=nouns_of(context.playbook),
        tenants=[
            {
                "id": each.tenant.id,
                "name": each.tenant.name,
                "standing": STANDINGS[each.parameters.standing],
                "colour": STANDING_COLOURS[each.parameters.standing],
                "zone": each.parameters.time_zone.replace("_", " "),
                "weight": f"{each.parameters.weight:g}",
                "gates": ", ".join(LABELS[gate.name] for gate in each.parameters.gates) or "none: all fit",
                "places": _places(each.parameters, context.playbook),
            }
            for each in found
        ],
    )


def _places(parameters: TenantParameters, playbook: Playbook) -> str:
    routing = playbook.routing
    asked = parameters.quotas if parameters.quotas is not None else routing.drop.quotas if routing else {}
    return f"{sum(asked.values()):,}" + ("" if parameters.quotas is not None else " (usual)")


@router.post("/tenants")
def add(
    request: Request, visitor: Editor, name: Annotated[str, Form(max_length=300)] = ""
) -> RedirectResponse:
    """Make a tenant."""
    made = add_tenant(context_of(request, visitor), name)
    return onward(
        f"/tenants/{made.tenant.id}", f"{made.tenant.name} is a tenant now. Say below what it wants."
    )


@router.post("/tenants/area", response_class=HTMLResponse)
def draw_area(
    request: Request,
    visitor: Editor,
    tenant_id: Annotated[UUID | None, Form()] = None,
    shape: Annotated[str, Form(max_length=100_000)] = "",
) -> HTMLResponse:
    """The tenant's form with an area that was drawn on the map in it; nothing is saved yet."""
    context = context_of(request, visitor)
    if tenant_id is None or not shape.strip():
        raise InputError("Draw an area and choose a tenant.", remedy="Both are on the map of the home page.")
    with entered(galena_of(request), visitor) as session:
        held = tenants.load_wants(session, tenant_id, context.clock()).parameters
    typed = {**texts_of_parameters(held), "gate.area.shape": shape}
    said = Notice("The area stands below under Drawn area. See what it leaves, then save it.")
    return _page(request, visitor, context, tenant_id, typed=typed, said=said)


@router.get("/tenants/{tenant_id}", response_class=HTMLResponse)
def show(request: Request, visitor: Operator, tenant_id: UUID) -> HTMLResponse:
    """One tenant: its wishes as a form, what they leave, its people, and every change."""
    context = context_of(request, visitor)
    return _page(request, visitor, context, tenant_id)


@router.post("/tenants/{tenant_id}")
def change(request: Request, visitor: Editor, tenant_id: UUID, texts: Texts) -> Response:
    """Set what a tenant wants, from now on."""
    context = context_of(request, visitor)
    try:
        wanted = parameters_of_texts(texts, context.playbook)
        changed = change_tenant(
            context, str(tenant_id), wanted, why=texts.get("why", "").strip()[:500] or None
        )
    except InputError as fault:
        return _page(request, visitor, context, tenant_id, typed=texts, fault=fault)
    return onward(f"/tenants/{tenant_id}", f"{changed.tenant.name}: this holds from now on.")


@router.get("/tenants/{tenant_id}/preview", response_class=HTMLResponse)
def preview(request: Request, visitor: Operator, tenant_id: UUID) -> HTMLResponse:
    """What the tenant's own gates leave of the leads that can be given now."""
    context = context_of(request, visitor)
    with entered(galena_of(request), visitor) as session:
        held = tenants.load_wants(session, tenant_id, context.clock()).parameters
        told = preview_of(preview_gates(session, context.playbook, held.gates, context.clock()), context)
    return page(request, "tenant_preview.html", visitor, preview=told)


@router.post("/tenants/{tenant_id}/preview", response_class=HTMLResponse)
def preview_typed(request: Request, visitor: Editor, tenant_id: UUID, texts: Texts) -> HTMLResponse:
    """The same for what is typed and not saved yet."""
    context = context_of(request, visitor)
    try:
        wanted = parameters_of_texts(texts, context.playbook)
        with entered(galena_of(request), visitor) as session:
            held = tenants.load_wants(session, tenant_id, context.clock()).parameters
            gates = with_changes(held, wanted, routing_of(context.playbook).tiers).gates
            told = preview_of(preview_gates(session, context.playbook, gates, context.clock()), context)
    except InputError as fault:
        return page(request, "error_part.html", visitor, what=fault_words(fault), remedy=fault.remedy)
    return page(request, "tenant_preview.html", visitor, preview=told)


@router.post("/tenants/{tenant_id}/balance")
def balance(
    request: Request,
    visitor: Editor,
    tenant_id: UUID,
    amount: Annotated[str, Form(max_length=30)] = "",
    why: Annotated[str, Form(max_length=500)] = "",
) -> RedirectResponse:
    """Add money to a tenant's balance, for leads that have a price."""
    try:
        money = Decimal(amount.strip().replace(",", "").replace("$", ""))
    except InvalidOperation as error:
        raise InputError(f"{amount!r} is no amount.", remedy="Write an amount such as 500.") from error
    if not money.is_finite() or abs(money) >= 10**9:
        raise InputError(f"{amount!r} is no amount.", remedy="Write an amount such as 500.")
    if not why.strip():
        raise InputError("Say what the money is for.", remedy="The history shows it.")
    context = context_of(request, visitor)
    held = top_up(context, str(tenant_id), money, why.strip())
    return onward(f"/tenants/{tenant_id}", f"The balance is {held:,.2f} {context.playbook.currency} now.")


def _page(
    request: Request,
    visitor: Visitor,
    context: Context,
    tenant_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    fault: GalenaError | None = None,
    said: Notice | None = None,
) -> HTMLResponse:
    galena, routing = galena_of(request), routing_of(context.playbook)
    now = galena.clock()
    with entered(galena, visitor) as session:
        card, people = tenant_card(session, tenant_id, now), names_of_people(session)
    parameters = card.wants.parameters
    labels = {tier.name: tier.label for tier in context.playbook.rules.tiers}
    return page(
        request,
        "tenant.html",
        visitor,
        here="tenants",
        status=422 if fault else 200,
        notices=(Notice(f"{fault_words(fault)} {fault.remedy}", "bad"),)
        if fault
        else (said,)
        if said
        else (),
        words=nouns_of(context.playbook),
        tenant={
            "id": tenant_id,
            "name": card.wants.tenant.name,
            "standing": STANDINGS[parameters.standing],
            "colour": STANDING_COLOURS[parameters.standing],
            "owed": f"{card.owed:,.1f}" if card.owed else "",
            "concierge": concierge_words(parameters),
            "capacity": capacity_words(parameters),
            "balance": None
            if not routing.prices
            else f"{card.balance or 0:,.2f} {context.playbook.currency}",
        },
        typed=typed if typed is not None else texts_of_parameters(parameters),
        standings=STANDINGS,
        gates=gate_form(routing, parameters),
        tiers=[
            {"name": tier, "label": labels.get(tier, tier), "usual": routing.drop.quotas.get(tier, 0)}
            for tier in routing.tiers
        ],
        bidding=routing.arrival.policy == "highest_bid",
        priced=bool(routing.prices),
        periods=PERIODS,
        members=[
            {"name": user.name, "email": user.email, "role": ROLE_WORDS[user.role]} for user in card.members
        ],
        changes=change_lines(card, people, now),
        entries=[
            {"when": moment_words(each.at, now), "amount": f"{each.amount:+,.2f}", "why": each.why}
            for each in card.entries[:20]
        ],
    )


def change_lines(card: TenantCard, people: Mapping[str, str], now: Any) -> list[dict[str, str]]:
    """Every change, the newest first, with what became different."""
    found = []
    for place, each in enumerate(card.changes):
        after = each.parameters.as_dict()
        before = card.changes[place + 1].parameters.as_dict() if place + 1 < len(card.changes) else None
        what = (
            "made"
            if before is None
            else ", ".join(words for name, words in CHANGED.items() if after.get(name) != before.get(name))
        )
        found.append(
            {
                "when": moment_words(each.set_at, now),
                "what": what,
                "who": author_words(each.author, people),
                "why": each.why or "",
            }
        )
    return found


def preview_of(told: GatePreview, context: Context) -> dict[str, Any]:
    """What gates leave, as `tenant_preview.html` shows it."""
    tiers = {tier.name: tier for tier in context.playbook.rules.tiers}
    return {
        "sentence": told.sentence,
        "tiers": [
            {"label": f"{tiers[name].label}: {count:,}", "colour": tiers[name].colour}
            for name, count in told.tally.passing_by_tier.items()
            if name in tiers
        ],
        "gates": [
            {
                "label": LABELS[each.name],
                "alone": f"{each.alone:,}",
                "only": f"{each.only:,}",
                "unknown": f"{each.unknown:,}",
            }
            for each in sorted(told.tally.gates, key=lambda each: -each.alone)
        ],
    }


def fault_words(fault: GalenaError) -> str:
    """What is wrong, with where: `This cannot be set. (time_zone: Mars)`."""
    shown = ", ".join(f"{value}"[:FACT_SHOWN] for value in fault.facts.values())
    return f"{fault.what} ({shown})" if shown else fault.what
