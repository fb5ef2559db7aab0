"""One's own account: password, codes, sessions, and what happened to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.sign_in import MEANS_WORDS
from galena.domain.tenancy import ROLE_WORDS
from galena.kit.errors import InputError
from galena.stores import audit, second_factors, sign_in
from galena.stores.door import OPERATOR
from galena.surfaces.web.answers import onward
from galena.surfaces.web.entrance import agent_words, set_session_cookie
from galena.surfaces.web.passwords import LEAST_LENGTH, fits, hashed
from galena.surfaces.web.rendering import page
from galena.surfaces.web.throttle import Throttle
from galena.surfaces.web.visitors import Sender, SignedIn, Visitor, galena_of, open_session
from galena.workflows import second_factor
from galena.workflows.people import SIGN_IN_ACTIONS, set_password, sign_in_history
from galena.workflows.sealing import box_of

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of what happened to an account."""

    at: datetime
    words: str


@router.get("/account", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn) -> HTMLResponse:
    """One's own account."""
    galena = galena_of(request)
    user_id, now = visitor.user.id, galena.clock()
    with _own(request, visitor) as session:
        open_ = sign_in.list_sessions(session, user_id, now=now)
        mine = sign_in.find_own_session(session, visitor.token)
        factor = second_factors.find(session, user_id)
        history = sign_in_history(session, user_id)
    return page(
        request,
        "account.html",
        visitor,
        here="account",
        least=LEAST_LENGTH,
        role=ROLE_WORDS[visitor.user.role],
        sessions=open_,
        mine=mine,
        means=MEANS_WORDS,
        factor=factor if factor and factor.confirmed_at else None,
        history=[Happening(entry.at, _words(entry.action, entry.detail)) for entry in history],
    )


@router.post("/account")
def change_password(
    request: Request,
    visitor: Sender,
    password: Annotated[str, Form(max_length=1000)],
    current: Annotated[str, Form(max_length=1000)] = "",
) -> RedirectResponse:
    """Set the password to sign in with."""
    new = hashed(password)
    if visitor.user.password_hash:
        _check_current(request, visitor, current)
    with _own(request, visitor) as session:
        set_password(session, visitor.user.id, new)
    answer = onward("/account", "Your password is set. Other sessions were signed out.")
    agent = agent_words(request.headers.get("user-agent", ""))
    token = open_session(
        galena_of(request), visitor.workspace.id, visitor.user.id, agent=agent, means="password"
    )
    set_session_cookie(request, answer, token)
    return answer


@router.post("/account/sessions/close")
def sign_out_elsewhere(
    request: Request, visitor: Sender, session_id: Annotated[UUID | None, Form()] = None
) -> RedirectResponse:
    """End one session, or all but this one."""
    user_id = visitor.user.id
    with _own(request, visitor) as session:
        mine = sign_in.find_own_session(session, visitor.token)
        known = sign_in.list_sessions(session, user_id, now=galena_of(request).clock())
        wanted = [each.id for each in known if each.id != mine and session_id in (None, each.id)]
        closed = sum(sign_in.close_one_of(session, user_id, each) for each in wanted)
        if closed:
            audit.record(session, "close_sessions", f"user:{user_id}", {"sessions": closed})
    return onward("/account", f"{closed} session{'s were' if closed != 1 else ' was'} signed out.")


@router.get("/account/code", response_class=HTMLResponse, response_model=None)
def set_up_code(request: Request, visitor: SignedIn) -> HTMLResponse | RedirectResponse:
    """The QR code for an authenticator app."""
    galena = galena_of(request)
    with _own(request, visitor) as session:
        if second_factor.is_asked(session, visitor.user.id):
            return RedirectResponse("/account", 303)
        setup = second_factor.begin_setup(session, box_of(galena.settings), visitor.user)
    picture = segno.make(setup.address, error="m").svg_data_uri(scale=5, border=3, light="white")
    return page(
        request,
        "account_code.html",
        visitor,
        here="account",
        picture=picture,
        secret=" ".join(setup.secret[at : at + 4] for at in range(0, len(setup.secret), 4)),
    )


@router.post("/account/code", response_class=HTMLResponse)
def confirm_code(
    request: Request, visitor: Sender, code: Annotated[str, Form(max_length=60)] = ""
) -> HTMLResponse:
    """Turn codes on with a first one, and show the recovery codes, this once."""
    galena = galena_of(request)
    _check_tries(request, visitor)
    try:
        with _own(request, visitor) as session:
            box = box_of(galena.settings)
            codes = second_factor.confirm_setup(session, box, visitor.user.id, code, galena.clock())
    except InputError:
        _count_failure(request, visitor)
        raise
    return page(request, "account_recovery.html", visitor, here="account", codes=codes)


@router.post("/account/code/off")
def turn_off_code(
    request: Request, visitor: Sender, code: Annotated[str, Form(max_length=60)] = ""
) -> RedirectResponse:
    """Ask for no code any more; a last code says that it is really you."""
    galena = galena_of(request)
    _check_tries(request, visitor)
    with _own(request, visitor) as session:
        box = box_of(galena.settings)
        is_right = second_factor.check_code(session, box, visitor.user.id, code, galena.clock())
        if is_right:
            second_factor.turn_off(session, visitor.user.id)
    if not is_right:
        _count_failure(request, visitor)
        raise InputError("This code does not fit.", remedy="Type the code that the app shows now.")
    return onward("/account", "Codes are off. Your password or link is enough to sign in.")


def _check_current(request: Request, visitor: Visitor, current: str) -> None:
    _check_tries(request, visitor)
    if not fits(visitor.user.password_hash, current):
        _count_failure(request, visitor)
        raise InputError(
            "This is not your password.", remedy="Type the password you have now, then the new one."
        )


def _check_tries(request: Request, visitor: Visitor) -> None:
    throttle: Throttle = request.app.state.throttle
    if throttle.is_closed(f"account:{visitor.user.id}", galena_of(request).clock()):
        raise InputError("Too many tries.", remedy="Wait five minutes.")


def _count_failure(request: Request, visitor: Visitor) -> None:
    throttle: Throttle = request.app.state.throttle
    throttle.failed(f"account:{visitor.user.id}", galena_of(request).clock())


def _own(request: Request, visitor: Visitor) -> Any:
    """A transaction on one's own account, which tenants' people cannot reach by themselves."""
    return galena_of(request).door.enter(visitor.workspace.id, tenant_id=OPERATOR, actor=str(visitor.user.id))


def _words(action: str, detail: Any) -> str:
    words = SIGN_IN_ACTIONS.get(action, action.replace("_", " ").capitalize())
    means = MEANS_WORDS.get(detail.get("means", ""), "")
    if action == "sign_in":
        return f"{words} {means}{', with a code' if detail.get('code') else ''}"
    if action == "fail_sign_in":
        why = {"password": "a wrong password", "code": "a wrong code"}.get(
            detail.get("why", ""), "another account there"
        )
        return f"{words}: {why}"
    if action == "change_role":
        return f"{words} from {detail.get('before')} to {detail.get('after')}"
    return words
