"""Where settings begin: what can be set, each with where it stands."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from galena.domain.tenant_parameters import TenantWants
from galena.stores import api_keys, tenants, users
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import SignedIn, Visitor, entered, galena_of
from galena.workflows.tenant_choices import capacity_words, concierge_words

router = APIRouter(prefix="/settings")


@router.get("", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn) -> HTMLResponse:
    """What can be set."""
    galena = galena_of(request)
    now = galena.clock()
    with entered(galena, visitor) as session:
        people = [user for user in users.list_present(session) if user.tenant_id == visitor.user.tenant_id]
        keys = [key for key in api_keys.list_all(session) if key.is_good(now)]
        wants = tenants.list_wants(session, now)
    mine = [key for key in keys if visitor.can_manage or key.user_id == visitor.user.id]
    cards = [
        _card(
            "Members", "/settings/members", _count(len(people), "person", "people"), "Invite, roles, remove."
        ),
        _card(
            "API keys",
            "/settings/keys",
            _count(len(mine), "key opens", "keys open"),
            "For programs of yours.",
        ),
        _card("Your account", "/account", visitor.user.email, "Password, codes, dark or light, motion."),
        _card("Export all", "/settings/export", "one file", "Everything of yours as tables."),
    ]
    return page(request, "settings.html", visitor, here="settings", cards=[*_first(visitor, wants), *cards])


def _first(visitor: Visitor, wants: tuple[TenantWants, ...]) -> list[dict[str, str]]:
    """What comes first: a tenant's own wishes; for the operator, what tenants chose."""
    if visitor.user.tenant_id is None:
        calling = sum(each.parameters.concierge is True for each in wants)
        told = f"{calling} of {len(wants)} want the concierge" if wants else "no tenant yet"
        return [_card("Tenants' choices", "/settings/wishes", told, "What each set for itself.")]
    held = wants[0].parameters
    gates = f"{len(held.gates)} {'gate' if len(held.gates) == 1 else 'gates'}"
    told = ", ".join(filter(None, (gates, capacity_words(held))))
    return [
        _card("What you want", "/settings/wishes", told, "Which leads fit, how many, when to rest."),
        _card(
            "Calling concierge", "/settings/wishes#concierge", concierge_words(held), "Who calls your leads."
        ),
    ]


def _card(title: str, href: str, stands: str, line: str) -> dict[str, str]:
    return {"title": title, "href": href, "stands": stands, "line": line}


def _count(value: int, one: str, many: str) -> str:
    return f"{value:,} {one if value == 1 else many}"
