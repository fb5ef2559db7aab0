"""The very first page: nothing is there yet, and whoever started Galena says what it is for.

There is nobody to sign in as before the first workspace. The address printed at the start carries a secret instead; it
works until a workspace is there.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.sign_in import Means
from galena.playbooks import load, shipped
from galena.stores import workspaces
from galena.stores.door import OPERATOR
from galena.surfaces.web.entrance import admit
from galena.surfaces.web.rendering import page
from galena.surfaces.web.security import same_token
from galena.surfaces.web.visitors import ForbiddenError, galena_of
from galena.workflows.first_look import found_workspace
from galena.workflows.people import ensure_operator

router = APIRouter()

ACTOR = "galena up"


@router.get("/welcome/start/{word}", response_class=HTMLResponse, response_model=None)
def show(request: Request, word: str) -> HTMLResponse | RedirectResponse:
    """The lines of business to choose from."""
    if not _is_open(request, word):
        return RedirectResponse("/sign-in", 303)
    return page(request, "welcome_start.html", word=word, playbooks=playbook_cards())


@router.post("/welcome/start/{word}")
def begin(
    request: Request, word: str, playbook: Annotated[str, Form(max_length=60)] = ""
) -> RedirectResponse:
    """Make the first workspace, and sign its operator in."""
    if not _is_open(request, word):
        raise ForbiddenError(
            "This address has done its work.",
            remedy="Sign in: `galena up` prints a link each time it starts.",
        )
    galena = galena_of(request)
    workspace = found_workspace(galena.door, playbook, actor=ACTOR)
    with galena.door.enter(workspace.id, tenant_id=OPERATOR, actor=ACTOR) as session:
        operator = ensure_operator(session, workspace)
    return admit(request, workspace.id, operator.id, Means.LINK, "/welcome", with_code=False)


def playbook_cards(without: str = "") -> list[dict[str, str]]:
    """The shipped playbooks as a person chooses among them."""
    found = [load(name) for name in shipped() if name != without]
    return [
        {"name": each.playbook, "label": each.label, "text": each.description, "many": each.lead.many}
        for each in found
    ]


def _is_open(request: Request, word: str) -> bool:
    if not same_token(word, request.app.state.first_word):
        return False
    with galena_of(request).door.lobby() as lobby:
        return not workspaces.list_all(lobby)
