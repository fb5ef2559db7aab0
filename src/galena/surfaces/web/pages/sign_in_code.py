"""The second step of signing in, for who has a second factor."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.sign_in import Means
from galena.stores.door import OPERATOR
from galena.surfaces.web.entrance import HALF_COOKIE, admit, find_sealed
from galena.surfaces.web.rendering import page
from galena.surfaces.web.security import form_token, same_token
from galena.surfaces.web.throttle import Throttle
from galena.surfaces.web.visitors import galena_of
from galena.workflows.people import note_failure
from galena.workflows.sealing import box_of
from galena.workflows.second_factor import check_code

router = APIRouter()


@router.get("/sign-in/code", response_model=None)
def show(request: Request) -> HTMLResponse | RedirectResponse:
    """Where the code is asked for."""
    if find_sealed(request, HALF_COOKIE) is None:
        return RedirectResponse("/sign-in", 303)
    return _form(request)


@router.post("/sign-in/code", response_model=None)
def by_code(
    request: Request,
    code: Annotated[str, Form(max_length=60)] = "",
    csrf_token: Annotated[str, Form(max_length=200)] = "",
) -> HTMLResponse | RedirectResponse:
    """Sign in with a code of the app, or with a recovery code."""
    half = find_sealed(request, HALF_COOKIE)
    if half is None:
        return RedirectResponse("/sign-in", 303)
    if not same_token(csrf_token, _token(request)):
        return _form(request, "This form is out of date. Type your code once more.", 403)
    galena = galena_of(request)
    now = galena.clock()
    throttle: Throttle = request.app.state.throttle
    workspace_id, user_id, means = UUID(half["workspace"]), UUID(half["user"]), Means(half["means"])
    if throttle.is_closed(f"code:{user_id}", now):
        return _form(request, "Too many wrong codes. Wait five minutes.", 429)
    with galena.door.enter(workspace_id, tenant_id=OPERATOR, actor=str(user_id)) as session:
        is_right = check_code(session, box_of(galena.settings), user_id, code, now)
        if not is_right:
            note_failure(session, user_id, means, "code")
    if not is_right:
        throttle.failed(f"code:{user_id}", now)
        return _form(request, "This code does not fit. Each code opens once; wait for the next one.", 401)
    return admit(request, workspace_id, user_id, means, half["next"], with_code=True)


def _form(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
    return page(request, "sign_in_code.html", form=_token(request), problem=problem, status=status)


def _token(request: Request) -> str:
    """What the form carries to show that a page of ours made it, for this browser."""
    return form_token(request.cookies.get(HALF_COOKIE, ""))
