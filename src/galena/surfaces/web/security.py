"""What guards every page: headers, the check against forged requests, cookies."""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

SESSION_COOKIE = "galena_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
}

Next = Callable[[Request], Awaitable[Response]]


async def guard(request: Request, call_next: Next) -> Response:
    """Refuse requests that another site made the browser send; put the security headers on every answer.

    A browser states where a request comes from in Sec-Fetch-Site, older ones in Origin; a form post from
    elsewhere never reaches a page. The token in each form is a second lock, checked where forms are read.
    """
    if request.method not in SAFE_METHODS and _is_foreign(request):
        response: Response = PlainTextResponse("This request came from another site and was refused.", 403)
    else:
        response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith("/static/"):
        response.headers.setdefault("cache-control", "no-store")
    return response


def _is_foreign(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def new_token() -> str:
    """A secret for a session or a link: 256 random bits as text."""
    return secrets.token_urlsafe(32)


def form_token(session_token: str) -> str:
    """The token that forms of a session carry; it tells nothing about the session's own."""
    return hmac.new(session_token.encode(), b"form", hashlib.sha256).hexdigest()


def same_token(one: str, other: str) -> bool:
    """Whether two tokens are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
