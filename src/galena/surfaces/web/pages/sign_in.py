"""Signing in by password or link, signing out, one's own account."""

from typing import Annotated
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.bootstrap import Galena
from galena.domain.tenancy import User
from galena.kit.errors import InputError
from galena.stores import sign_in, users
from galena.stores.door import OPERATOR
from galena.surfaces.web.answers import onward
from galena.surfaces.web.rendering import page
from galena.surfaces.web.security import SESSION_COOKIE
from galena.surfaces.web.throttle import Throttle
from galena.surfaces.web.visitors import Sender, SignedIn, entered, galena_of, open_session
from galena.surfaces.web.words import plain

router = APIRouter()
hasher = PasswordHasher()

LEAST_PASSWORD_LENGTH = 10
_NOBODY = hasher.hash("nobody has this password")


@router.get("/sign-in", response_class=HTMLResponse)
def show(request: Request, next: str = "/leads") -> HTMLResponse:  # noqa: A002 - the address says next
    """The sign-in page."""
    return _form(request, next)


@router.post("/sign-in", response_model=None)
def by_password(
    request: Request,
    email: Annotated[str, Form(max_length=320)],
    password: Annotated[str, Form(max_length=1000)],
    next_page: Annotated[str, Form(alias="next", max_length=2000)] = "/leads",
) -> HTMLResponse | RedirectResponse:
    """Sign in with e-mail and password."""
    galena = galena_of(request)
    now = galena.clock()
    throttle: Throttle = request.app.state.throttle
    keys = (f"email:{email.lower()}", f"address:{request.client.host if request.client else ''}")
    if any(throttle.is_closed(key, now) for key in keys):
        problem = "Too many tries. Wait five minutes, or use the link that `galena up` prints."
        return _form(request, next_page, email, problem, 429)
    user = _user_with(galena, plain(email), password)
    if user is None:
        for key in keys:
            throttle.failed(key, now)
        return _form(request, next_page, email, "E-mail and password do not fit together.", 401)
    return _signed_in(galena, user, next_page)


@router.get("/sign-in/{token}", response_model=None)
def by_link(request: Request, token: str) -> HTMLResponse | RedirectResponse:
    """Sign in with a link that works once."""
    galena = galena_of(request)
    now = galena.clock()
    with galena.door.lobby() as lobby:
        found = sign_in.find_link(lobby, token, now=now)
    if found is not None:
        with galena.door.enter(found.workspace_id, tenant_id=OPERATOR, actor=str(found.user_id)) as session:
            if sign_in.use_link(session, token, now=now):
                user = (found.workspace_id, users.load(session, found.user_id))
            else:
                found = None
    if found is None:
        problem = "This link has been used or is too old. `galena up` prints a new one each time it starts."
        return _form(request, "/leads", "", problem, 401)
    return _signed_in(galena, user, "/leads")


@router.post("/sign-out")
def sign_out(request: Request, visitor: Sender) -> RedirectResponse:
    """End the session."""
    with entered(galena_of(request), visitor) as session:
        sign_in.close_session(session, visitor.token)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@router.get("/account", response_class=HTMLResponse)
def account(request: Request, visitor: SignedIn) -> HTMLResponse:
    """One's own account."""
    return page(request, "account.html", visitor, here="account", least=LEAST_PASSWORD_LENGTH)


@router.post("/account")
def set_password(
    request: Request, visitor: Sender, password: Annotated[str, Form(max_length=1000)]
) -> RedirectResponse:
    """Set the password to sign in with."""
    if len(password) < LEAST_PASSWORD_LENGTH:
        raise InputError(
            "The password is too short.", remedy=f"Use {LEAST_PASSWORD_LENGTH} characters or more."
        )
    galena = galena_of(request)
    with galena.door.enter(visitor.workspace.id, tenant_id=OPERATOR, actor=str(visitor.user.id)) as session:
        users.set_password(session, visitor.user.id, hasher.hash(password))
        sign_in.close_sessions_of(session, visitor.user.id)
    answer = onward("/leads", "Your password is set. Other sessions were signed out.")
    _set_cookie(answer, open_session(galena, visitor.workspace.id, visitor.user.id), galena)
    return answer


def _user_with(galena: Galena, email: str, password: str) -> tuple[UUID, User] | None:
    with galena.door.lobby() as lobby:
        places = users.list_workspaces_of(lobby, email)
    for workspace_id in places:
        with galena.door.enter(workspace_id, tenant_id=OPERATOR, actor="sign-in") as session:
            user = users.find(session, email)
        if user and user.password_hash and _fits(user.password_hash, password):
            return workspace_id, user
    # As slow for an unknown e-mail as for a known one, so that the time tells nothing.
    _fits(_NOBODY, password)
    return None


def _fits(password_hash: str, password: str) -> bool:
    try:
        return hasher.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


def _signed_in(galena: Galena, who: tuple[UUID, User], next_page: str) -> RedirectResponse:
    workspace_id, user = who
    answer = RedirectResponse(_own_page(next_page), 303)
    _set_cookie(answer, open_session(galena, workspace_id, user.id), galena)
    return answer


def _set_cookie(answer: RedirectResponse, token: str, galena: Galena) -> None:
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=galena.settings.session_lifetime_hours * 3600,
        httponly=True,
        samesite="lax",
    )


def _own_page(address: str) -> str:
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_ours else "/leads"


def _form(
    request: Request, next_page: str, email: str = "", problem: str = "", status: int = 200
) -> HTMLResponse:
    return page(
        request, "sign_in.html", next_page=_own_page(next_page), email=email, problem=problem, status=status
    )
