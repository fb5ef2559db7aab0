"""Answers that several pages give: on to another page with a word, and errors as pages."""

from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.kit.errors import GalenaError
from galena.surfaces.web.rendering import NOTICE_COOKIE, page
from galena.surfaces.web.visitors import SignInNeededError, visitor_of


def onward(address: str, text: str = "", kind: str = "good", *, undo: str = "") -> RedirectResponse:
    """On to another page, with a sentence that it shows once.

    Args:
        undo: where a form is sent to take it back; empty: it cannot be.
    """
    answer = RedirectResponse(address, 303)
    if text:
        kept = quote(f"{kind}:{text}\n{undo}" if undo else f"{kind}:{text}")
        answer.set_cookie(NOTICE_COOKIE, kept, max_age=60, httponly=True, samesite="lax")
    return answer


def error_answer(request: Request, fault: Exception) -> Response:
    """An error as a page: what is wrong, the facts, what to do next."""
    is_part = "hx-request" in request.headers
    if isinstance(fault, SignInNeededError):
        if is_part:
            return Response(status_code=200, headers={"hx-redirect": fault.address})
        return RedirectResponse(fault.address, 303)
    assert isinstance(fault, GalenaError)
    if is_part:
        return page(request, "error_part.html", what=fault.what, remedy=fault.remedy)
    return error_page(request, fault.http_status, fault.what, fault.remedy, fault.facts)


def unforeseen_answer(request: Request, fault: Exception) -> Response:
    """A page for what nobody foresaw; the log has the rest."""
    return error_page(
        request,
        500,
        "Something went wrong that nobody foresaw.",
        "Try again; if it happens again, the log of the server says where.",
        {"kind": type(fault).__name__},
    )


def error_page(
    request: Request, status: int, what: str, remedy: str = "", facts: dict[str, object] | None = None
) -> HTMLResponse:
    """A page that says what is wrong, for who is signed in and who is not."""
    try:
        visitor = visitor_of(request)
    except GalenaError:
        visitor = None
    return page(
        request,
        "error.html",
        visitor,
        status=status,
        number=status,
        what=what,
        remedy=remedy,
        facts=facts or {},
        back=_page_before(request),
    )


def _page_before(request: Request) -> str:
    """The page of this app whose form was sent; empty where nothing was sent."""
    if request.method == "GET":
        return ""
    came = urlsplit(request.headers.get("referer", ""))
    if came.netloc != request.url.netloc or not came.path.startswith("/") or came.path.startswith("//"):
        return ""
    return came.path + (f"?{came.query}" if came.query else "")
