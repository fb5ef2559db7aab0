"""One outcome said of several prospects at once, and taken back with one click."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse

from galena.domain.dispositions import RULES, Entry
from galena.kit.errors import GalenaError, InputError
from galena.surfaces.web.answers import onward
from galena.surfaces.web.entrance import own_page
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.visitors import Worker
from galena.workflows.dispose import dispose_batch, undo_batch
from galena.workflows.dispose_desk import Saying

router = APIRouter()

ON_A_PAGE = 50
TOGETHER = {name: RULES[name].label for name in ("unanswered", "voicemail", "wrong_number")}
"""Outcomes that need no more than a click, so that they can be said of several at once."""


@router.post("/prospects/outcome")
def record(
    request: Request,
    visitor: Worker,
    to: Annotated[list[str], Form(default_factory=list, max_length=ON_A_PAGE)],
    outcome: Annotated[str, Form(max_length=40)] = "",
    back: Annotated[str, Form(max_length=2_000)] = "/prospects",
) -> RedirectResponse:
    """Record one call result for every ticked lead: for all of them, or where one does not fit, for none.

    Args:
        to: the leads, as `lead:` and the id, the way documents are sent, too.
    """
    here = own_page(back)
    if outcome not in TOGETHER:
        return onward(here, "Choose what became of them.", "bad")
    if not to:
        return onward(here, "Tick those it is said of.", "bad")
    sayings = [Saying(_lead_id(each), Entry(outcome)) for each in dict.fromkeys(to)]
    try:
        done = dispose_batch(context_of(request, visitor), sayings, tenant_id=visitor.user.tenant_id)
    except GalenaError as fault:
        first = next(iter(fault.facts.values()), "")
        return onward(here, f"{fault.what} {first}", "bad")
    rows = ",".join(each.disposition.id.hex for each in done)
    many = "one" if len(done) == 1 else f"{len(done):,}"
    return onward(
        here, f"Recorded for {many}: {TOGETHER[outcome].lower()}.", undo=f"/prospects/undo?rows={rows}"
    )


@router.post("/prospects/undo")
def take_back(
    request: Request, visitor: Worker, rows: Annotated[str, Query(max_length=33 * ON_A_PAGE)] = ""
) -> RedirectResponse:
    """Take back what was just said of several."""
    said = [_id(row) for row in rows.split(",")]
    undo_batch(
        context_of(request, visitor), said, because="Taken back at once", tenant_id=visitor.user.tenant_id
    )
    return onward("/prospects", "Taken back.")


def _lead_id(word: str) -> UUID:
    return _id(word.removeprefix("lead:"))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InputError("This is no lead.", facts={"given": text[:40]}) from error
