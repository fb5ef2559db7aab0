"""Signing in by a provider (OpenID Connect): there, and back."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.sign_in import Means
from galena.kit.errors import NotFoundError
from galena.surfaces.web.entrance import find_sealed, keep_sealed, let_in, own_address, own_page
from galena.surfaces.web.pages.sign_in import sign_in_form
from galena.surfaces.web.visitors import galena_of
from galena.workflows.oidc import Begun, OidcProvider, SignInRefusedError, is_set_up
from galena.workflows.provider_sign_in import match_account

COOKIE = "galena_provider"
BACK_WITHIN = timedelta(minutes=15)

router = APIRouter()


@router.get("/sign-in/provider", response_model=None)
def go(request: Request, next: str = "/") -> HTMLResponse | RedirectResponse:  # noqa: A002 - the address says next
    """To the provider."""
    try:
        address, begun = _provider(request).begin(_come_back(request))
    except SignInRefusedError as fault:
        return _refused(request, fault)
    answer = RedirectResponse(address, 303)
    kept = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier, "next": own_page(next)}
    keep_sealed(request, answer, COOKIE, kept, BACK_WITHIN)
    return answer


@router.get("/sign-in/provider/back", response_model=None)
def come_back(request: Request) -> HTMLResponse | RedirectResponse:
    """Back from the provider, with its word on who this is."""
    kept = find_sealed(request, COOKIE)
    try:
        if kept is None:
            raise SignInRefusedError("This sign-in was not begun in this browser, or took too long.")
        begun = Begun(kept["state"], kept["nonce"], kept["verifier"])
        identity = _provider(request).finish(begun, _come_back(request), dict(request.query_params))
        workspace_id, user = match_account(galena_of(request).door, identity)
    except SignInRefusedError as fault:
        return _refused(request, fault)
    answer = let_in(request, workspace_id, user.id, Means.PROVIDER, kept["next"])
    answer.delete_cookie(COOKIE, path="/sign-in")
    return answer


def _provider(request: Request) -> OidcProvider:
    """The provider of this installation, which remembers for a while how it described itself.

    Raises:
        NotFoundError: there is none.
    """
    galena = galena_of(request)
    if not is_set_up(galena.settings):
        raise NotFoundError("No sign-in provider is set up.", remedy="Sign in by password or link.")
    state = request.app.state
    if not hasattr(state, "provider"):
        state.provider = OidcProvider(galena.settings, galena.clock)
    found: OidcProvider = state.provider
    return found


def _come_back(request: Request) -> str:
    return f"{own_address(request)}/sign-in/provider/back"


def _refused(request: Request, fault: SignInRefusedError) -> HTMLResponse:
    problem = f"{fault.what} {fault.remedy}".strip()
    return sign_in_form(request, "/", "", problem, fault.http_status)
