"""What guards every page: headers, the check against forged requests, cookies."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from fastapi.responses import PlainTextResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
_STATIC_HEADERS = tuple((name.encode(), value.encode()) for name, value in _HEADERS.items())
_PAGE_HEADERS = (*_STATIC_HEADERS, (b"cache-control", b"no-store"))


class Guard:
    """Refuses requests that another site made the browser send; puts the security headers on every answer.

    A browser states where a request comes from in Sec-Fetch-Site, older ones in Origin; a form post from
    elsewhere never reaches a page. The token in each form is a second lock, checked where forms are read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = _STATIC_HEADERS if scope["path"].startswith("/static/") else _PAGE_HEADERS

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                names = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(each for each in wanted if each[0] not in names)]
            await send(message)

        if scope["method"] not in SAFE_METHODS and _is_foreign(Headers(scope=scope)):
            refusal = PlainTextResponse("This request came from another site and was refused.", 403)
            await refusal(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)


def _is_foreign(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def new_token() -> str:
    """A secret for a session or a link: 256 random bits as text."""
    return secrets.token_urlsafe(32)


def form_token(session_token: str) -> str:
    """The token that forms of a session carry; it tells nothing about the session's own."""
    return hmac.new(session_token.encode(), b"form", hashlib.sha256).hexdigest()


def same_token(one: str, other: str) -> bool:
    """Whether two tokens are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
