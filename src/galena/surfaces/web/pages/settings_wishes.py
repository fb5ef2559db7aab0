"""What a tenant wants, set by its own people: gates with what they leave, leads it can work, rest, the concierge."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.domain.tenant_parameters import PERIODS, TenantParameters
from galena.kit.errors import GalenaError, InputError
from galena.stores import tenants
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.gate_fields import asked_gates, gate_form, texts_of_parameters, wishes_of_texts
from galena.surfaces.web.pages.tenants import change_lines, fault_words, preview_of
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.people import names_of_people
from galena.surfaces.web.rendering import Notice, page
from galena.surfaces.web.visitors import ForbiddenError, Manager, SignedIn, Visitor, entered, galena_of
from galena.surfaces.web.words import nouns_of
from galena.workflows.context import Context
from galena.workflows.routing_pool import routing_of
from galena.workflows.tenant_choices import (
    CONCIERGE_LATER,
    CONCIERGE_SAYS,
    WITHOUT_CONCIERGE,
    capacity_words,
    choose_concierge,
    choose_wishes,
    concierge_words,
    preview_wishes,
    take_back_wishes,
)
from galena.workflows.tenants import TenantCard, tenant_card

router = APIRouter(prefix="/settings/wishes")

CHANGES_SHOWN = 12


@router.get("", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn) -> HTMLResponse:
    """What the visitor's tenant wants; for the operator, what each tenant chose."""
    if visitor.user.tenant_id is None:
        return _choices(request, visitor)
    return _page(request, visitor, visitor.user.tenant_id)


@router.post("")
def change(request: Request, visitor: Manager, texts: Texts) -> Response:
    """Set it, from now on."""
    tenant_id, context = _own(visitor), context_of(request, visitor)
    try:
        choose_wishes(
            context, tenant_id, wishes_of_texts(texts), why=texts.get("why", "").strip()[:500] or None
        )
    except InputError as fault:
        return _page(request, visitor, tenant_id, typed=texts, fault=fault)
    return onward("/settings/wishes", "This holds from now on.", undo="/settings/wishes/undo")


@router.post("/preview", response_class=HTMLResponse)
def preview(request: Request, visitor: Manager, texts: Texts) -> HTMLResponse:
    """What gates leave that are typed and not set yet."""
    context = context_of(request, visitor)
    try:
        told = preview_wishes(context, _own(visitor), wishes_of_texts(texts))
    except InputError as fault:
        return page(request, "error_part.html", visitor, what=fault_words(fault), remedy=fault.remedy)
    return page(request, "tenant_preview.html", visitor, preview=preview_of(told, context))


@router.post("/undo")
def take_back(request: Request, visitor: Manager) -> RedirectResponse:
    """Set it to what it was before the last change."""
    take_back_wishes(context_of(request, visitor), _own(visitor))
    return onward("/settings/wishes", "It is as it was before.")


@router.post("/concierge")
def concierge(
    request: Request,
    visitor: Manager,
    wanted: Annotated[str, Form(max_length=5)] = "",
    takes_over: Annotated[str, Form(max_length=5)] = "",
) -> RedirectResponse:
    """Choose whether Galena is to call leads."""
    if wanted not in ("yes", "no"):
        raise InputError("Choose yes or no.", remedy="It can be switched later.")
    choose_concierge(
        context_of(request, visitor), _own(visitor), wanted == "yes", takes_over=bool(takes_over)
    )
    told = "Your choice is kept." if wanted == "yes" else "Your choice is kept: you call and book yourselves."
    return onward("/settings/wishes", told, undo="/settings/wishes/undo")


def _own(visitor: Visitor) -> UUID:
    """The visitor's tenant.

    Raises:
        ForbiddenError: they belong to none.
    """
    if visitor.user.tenant_id is None:
        raise ForbiddenError(
            "This is for a tenant's own people.", remedy="You find each tenant's wishes on its page."
        )
    return visitor.user.tenant_id


def _choices(request: Request, visitor: Visitor) -> HTMLResponse:
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        found = tenants.list_wants(session, galena.clock())
    return page(
        request,
        "settings_choices.html",
        visitor,
        here="wishes",
        tenants=[
            {
                "id": each.tenant.id,
                "name": each.tenant.name,
                "concierge": concierge_words(each.parameters),
                "capacity": capacity_words(each.parameters) or "as many as it gets",
                "rests": each.parameters.standing != "active",
            }
            for each in found
        ],
        later=CONCIERGE_LATER,
    )


def _page(
    request: Request,
    visitor: Visitor,
    tenant_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    fault: GalenaError | None = None,
) -> HTMLResponse:
    galena, context = galena_of(request), context_of(request, visitor)
    routing, now = routing_of(context.playbook), galena.clock()
    with entered(galena, visitor) as session:
        card, people = tenant_card(session, tenant_id, now), names_of_people(session)
    held = card.wants.parameters
    return page(
        request,
        "settings_wishes.html",
        visitor,
        here="wishes",
        status=422 if fault else 200,
        notices=(Notice(f"{fault_words(fault)} {fault.remedy}", "bad"),) if fault else (),
        words=nouns_of(context.playbook),
        tenant=card.wants.tenant.name,
        typed=typed if typed is not None else texts_of_parameters(held),
        gates=[gate for gate in gate_form(routing, held) if gate["kind"] != "area"],
        has_map="area" in asked_gates(routing),
        tiers=[
            {"name": tier.name, "label": tier.label, "colour": tier.colour}
            for tier in context.playbook.rules.tiers
        ],
        periods=PERIODS,
        sold=_sold(held, context),
        concierge={"wanted": held.concierge, "says": CONCIERGE_SAYS, "without": WITHOUT_CONCIERGE},
        later=CONCIERGE_LATER,
        can_manage=visitor.can_manage,
        cancelled=held.standing == "cancelled",
        changes=_changes(card, people, now),
    )


def _changes(card: TenantCard, people: Mapping[str, str], now: Any) -> list[dict[str, str]]:
    return change_lines(card, people, now)[:CHANGES_SHOWN]


def _sold(held: TenantParameters, context: Context) -> list[str]:
    """What the tenant is given, which it cannot change itself, in words."""
    routing, labels = routing_of(context.playbook), {t.name: t.label for t in context.playbook.rules.tiers}
    quotas = held.quotas if held.quotas is not None else routing.drop.quotas
    told = [
        f"{labels.get(tier, tier)}: {quotas[tier]:,} in a drop" for tier in routing.tiers if quotas.get(tier)
    ]
    caps = {**routing.arrival.caps, **held.caps}
    return [
        *told,
        *(
            f"{leads:,} in {'an' if period == 'hour' else 'a'} {period} at most"
            for period, leads in caps.items()
        ),
    ]
