"""Letting people in: from who they are to a session, with a code in between where they have a second factor."""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from fastapi import Request
from fastapi.responses import RedirectResponse

from galena.domain.sign_in import Means
from galena.kit.errors import GalenaError
from galena.stores.door import OPERATOR
from galena.surfaces.web.security import SESSION_COOKIE
from galena.surfaces.web.visitors import galena_of, open_session
from galena.workflows import second_factor
from galena.workflows.people import note_sign_in
from galena.workflows.sealing import box_of

HALF_COOKIE = "galena_half"
"""Somebody who still has to give a code."""

HALF_FOR = timedelta(minutes=10)

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def let_in(
    request: Request, workspace_id: UUID, user_id: UUID, means: Means, next_page: str
) -> RedirectResponse:
    """On to the page, or first to where the code is asked for."""
    galena = galena_of(request)
    with galena.door.enter(workspace_id, tenant_id=OPERATOR, actor=str(user_id)) as session:
        asked = second_factor.is_asked(session, user_id)
    if not asked:
        return admit(request, workspace_id, user_id, means, next_page, with_code=False)
    answer = RedirectResponse("/sign-in/code", 303)
    half = {"workspace": str(workspace_id), "user": str(user_id), "means": means.value, "next": next_page}
    keep_sealed(request, answer, HALF_COOKIE, half, HALF_FOR)
    return answer


def admit(
    request: Request, workspace_id: UUID, user_id: UUID, means: Means, next_page: str, *, with_code: bool
) -> RedirectResponse:
    """A session opened and written down, and on to the page."""
    galena = galena_of(request)
    agent = agent_words(request.headers.get("user-agent", ""))
    token = open_session(galena, workspace_id, user_id, agent=agent, means=means.value)
    with galena.door.enter(workspace_id, tenant_id=OPERATOR, actor=str(user_id)) as session:
        note_sign_in(session, user_id, means, with_code=with_code)
    answer = RedirectResponse(own_page(next_page), 303)
    answer.delete_cookie(HALF_COOKIE)
    set_session_cookie(request, answer, token)
    return answer


def set_session_cookie(request: Request, answer: RedirectResponse, token: str) -> None:
    """The cookie that carries a session."""
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=galena_of(request).settings.session_lifetime_hours * 3600,
        httponly=True,
        secure=is_https(request),
        samesite="lax",
    )


def is_https(request: Request) -> bool:
    """Whether people come by https, so that cookies go no other way."""
    public = galena_of(request).settings.public_url
    return (public or str(request.base_url)).startswith("https:")


def own_address(request: Request) -> str:
    """The address people open this installation by."""
    return galena_of(request).settings.public_url or str(request.base_url).rstrip("/")


def own_page(address: str) -> str:
    """The address, where it is one of our pages; else the first page."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_ours and address.isprintable() else "/"


def keep_sealed(
    request: Request, answer: RedirectResponse, name: str, what: dict[str, str], lasts: timedelta
) -> None:
    """Has the browser keep something that it can neither read nor change."""
    galena = galena_of(request)
    until = (galena.clock() + lasts).isoformat()
    sealed = box_of(galena.settings).seal(orjson.dumps({**what, "until": until}).decode(), place=name)
    answer.set_cookie(
        name,
        base64.urlsafe_b64encode(sealed).decode(),
        max_age=int(lasts.total_seconds()),
        httponly=True,
        secure=is_https(request),
        samesite="lax",
        path="/sign-in",
    )


def find_sealed(request: Request, name: str) -> dict[str, Any] | None:
    """What the browser was given to keep; None where there is nothing, or no longer."""
    galena = galena_of(request)
    try:
        sealed = base64.urlsafe_b64decode(request.cookies[name])
        what: dict[str, Any] = orjson.loads(box_of(galena.settings).open(sealed, place=name))
    except (KeyError, binascii.Error, ValueError, GalenaError):
        return None
    return what if galena.clock() < datetime.fromisoformat(what["until"]) else None


def agent_words(header: str) -> str:
    """The kind of browser and system, as the list of sessions shows it: Firefox on Linux."""
    browser = next((name for mark, name in _BROWSERS if mark in header), "")
    system = next((name for mark, name in _SYSTEMS if mark in header), "")
    return " on ".join(filter(None, (browser, system)))
