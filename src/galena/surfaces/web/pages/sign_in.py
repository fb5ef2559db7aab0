"""Signing in by password or link, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.sign_in import Means
from galena.stores import sign_in, users
from galena.stores.door import OPERATOR
from galena.surfaces.web.entrance import let_in, own_page
from galena.surfaces.web.passwords import find_person, hasher
from galena.surfaces.web.rendering import page
from galena.surfaces.web.security import SESSION_COOKIE
from galena.surfaces.web.throttle import Throttle
from galena.surfaces.web.visitors import Sender, entered, galena_of
from galena.surfaces.web.words import plain
from galena.workflows.oidc import is_set_up

__all__ = ["hasher", "router", "sign_in_form"]

router = APIRouter()


@router.get("/sign-in", response_class=HTMLResponse)
def show(request: Request, next: str = "/") -> HTMLResponse:  # noqa: A002 - the address says next
    """The sign-in page."""
    return sign_in_form(request, next)


@router.post("/sign-in", response_model=None)
def by_password(
    request: Request,
    email: Annotated[str, Form(max_length=320)],
    password: Annotated[str, Form(max_length=1000)],
    next_page: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> HTMLResponse | RedirectResponse:
    """Sign in with e-mail and password."""
    galena = galena_of(request)
    now = galena.clock()
    throttle: Throttle = request.app.state.throttle
    keys = (f"email:{email.lower()}", f"address:{request.client.host if request.client else ''}")
    if any(throttle.is_closed(key, now) for key in keys):
        problem = "Too many tries. Wait five minutes, or use the link that `galena up` prints."
        return sign_in_form(request, next_page, email, problem, 429)
    found = find_person(galena, plain(email), password)
    if found is None:
        for key in keys:
            throttle.failed(key, now)
        return sign_in_form(request, next_page, email, "E-mail and password do not fit together.", 401)
    workspace_id, user = found
    return let_in(request, workspace_id, user.id, Means.PASSWORD, own_page(next_page))


@router.get("/sign-in/{token}", response_model=None)
def by_link(request: Request, token: str) -> HTMLResponse | RedirectResponse:
    """Sign in with a link that works once."""
    return _in_by(request, token)


@router.get("/invited/{token}", response_class=HTMLResponse)
def show_invitation(request: Request, token: str) -> HTMLResponse:
    """What a link that was sent to somebody shows; chats and mail filters look at links too, and use none up."""
    galena = galena_of(request)
    with galena.door.lobby() as lobby:
        found = sign_in.find_link(lobby, token, now=galena.clock())
    if found is None:
        return _spent(request)
    with galena.door.enter(found.workspace_id, tenant_id=OPERATOR, actor=str(found.user_id)) as session:
        user = users.load(session, found.user_id)
    return page(request, "invited.html", token=token, name=user.name, email=user.email)


@router.post("/invited/{token}", response_model=None)
def accept_invitation(request: Request, token: str) -> HTMLResponse | RedirectResponse:
    """Sign in with a link that was sent."""
    return _in_by(request, token)


def _in_by(request: Request, token: str) -> HTMLResponse | RedirectResponse:
    galena = galena_of(request)
    now = galena.clock()
    with galena.door.lobby() as lobby:
        found = sign_in.find_link(lobby, token, now=now)
    if found is None:
        return _spent(request)
    with galena.door.enter(found.workspace_id, tenant_id=OPERATOR, actor=str(found.user_id)) as session:
        if not sign_in.use_link(session, token, now=now):
            return _spent(request)
        user = users.load(session, found.user_id)
        next_page = "/" if user.tenant_id is None or user.password_hash else "/welcome"
    return let_in(request, found.workspace_id, found.user_id, Means.LINK, next_page)


def _spent(request: Request) -> HTMLResponse:
    problem = (
        "This link has been used or is too old. Ask whoever invited you for a new one; on the machine itself "
        "`galena up` prints one each time it starts."
    )
    return sign_in_form(request, "/", "", problem, 401)


@router.post("/sign-out")
def sign_out(request: Request, visitor: Sender) -> RedirectResponse:
    """End the session."""
    with entered(galena_of(request), visitor) as session:
        sign_in.close_session(session, visitor.token)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


def sign_in_form(
    request: Request, next_page: str, email: str = "", problem: str = "", status: int = 200
) -> HTMLResponse:
    """The page to sign in on, with what went wrong."""
    settings = galena_of(request).settings
    return page(
        request,
        "sign_in.html",
        next_page=own_page(next_page),
        email=email,
        problem=problem,
        status=status,
        provider=settings.oidc_name if is_set_up(settings) else "",
    )
