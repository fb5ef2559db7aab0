"""First steps of a tenant's people: the account, what they want, the calendar, a tour of the pages, what to do next."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.stores.door import OPERATOR
from galena.surfaces.web.answers import onward
from galena.surfaces.web.home_cards import steps_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Sender, Visitor, entered, galena_of
from galena.surfaces.web.words import nouns_of
from galena.workflows.dashboard import load_dashboard
from galena.workflows.plans import active_plan
from galena.workflows.tenant_start import LONGEST_NAME, TenantStart, call_oneself, note_tour, tenant_start

router = APIRouter(prefix="/welcome")


def show_tenant(request: Request, visitor: Visitor) -> HTMLResponse:
    """The steps, and how far this person is."""
    assert visitor.user.tenant_id is not None
    galena = galena_of(request)
    now = galena.clock()
    with _own(request, visitor) as session:
        start = tenant_start(session, visitor.user, visitor.user.tenant_id, now)
    with entered(galena, visitor) as session:
        playbook = active_plan(session).playbook
        board = load_dashboard(session, playbook, now)
    nouns = nouns_of(playbook)
    done = _done(start, visitor)
    return page(
        request,
        "welcome_tenant.html",
        visitor,
        here="welcome",
        words=nouns,
        start=start,
        name=visitor.user.name if start.is_named else "",
        longest=LONGEST_NAME,
        done=done,
        now_at=next((step for step, is_done in done.items() if not is_done), ""),
        steps=steps_of(board.steps, nouns),
        leads=board.leads,
    )


@router.post("/name")
def name(
    request: Request, visitor: Sender, name: Annotated[str, Form(max_length=1000)] = ""
) -> RedirectResponse:
    """Set one's own name."""
    with _own(request, visitor) as session:
        call_oneself(session, visitor.user.id, name)
    return onward("/welcome", "Your colleagues see this name from now on.")


@router.post("/tour")
def tour(request: Request, visitor: Sender) -> Response:
    """The tour was seen, or ended."""
    with _own(request, visitor) as session:
        note_tour(session, visitor.user.id)
    return Response(status_code=204)


def _done(start: TenantStart, visitor: Visitor) -> dict[str, bool]:
    """Step -> whether it is done; what only a tenant's admin can do is a step for admins alone."""
    own = {"account": start.is_named and start.has_password}
    if visitor.can_manage:
        own |= {"wishes": start.has_gates, "concierge": bool(start.concierge)}
    return own | {"calendar": start.has_calendar, "tour": start.has_toured}


def _own(request: Request, visitor: Visitor) -> Any:
    """A transaction on one's own account, which tenants' people cannot reach by themselves."""
    return galena_of(request).door.enter(visitor.workspace.id, tenant_id=OPERATOR, actor=str(visitor.user.id))
