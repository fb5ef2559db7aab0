"""Signals that wait for their lead: given to one by hand, or let go; counts of all of them by kind and source."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.imports import StoredSignal
from galena.domain.playbook import Playbook
from galena.stores import signals
from galena.surfaces.web.answers import onward
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words
from galena.workflows.plans import active_plan
from galena.workflows.signal_desk import give_to_lead, let_go, told_of, waiting_because
from galena.workflows.touched import score_touched

router = APIRouter()

WAITING_SHOWN = 50


@router.get("/signals", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """What waits and why, and how many there are of each kind."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        playbook = active_plan(session).playbook
        counts = signals.count_all(session)
        found = signals.list_waiting(session, limit=WAITING_SHOWN)
    return page(
        request,
        "signals.html",
        visitor,
        here="sources",
        lead_word=playbook.lead.one,
        counts=[
            {
                "kind": _label(playbook, each.kind),
                "source": each.source.replace("_", " "),
                "attached": f"{each.attached:,}",
                "waiting": f"{each.waiting:,}",
                "let_go": f"{each.let_go:,}",
            }
            for each in counts
        ],
        waiting=sum(each.waiting for each in counts),
        signals=[_line(playbook, each, galena.clock()) for each in found],
    )


@router.post("/signals/{signal_id}/attach")
def attach(
    request: Request, visitor: Editor, signal_id: str, lead: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Give a signal, and what else bears its link, to a lead, and score it."""
    context = context_of(request, visitor)
    given = give_to_lead(context, signal_id, lead)
    score_touched(context)
    which = "It belongs" if given.count == 1 else f"All {given.count:,} signals of this link belong"
    return onward("/signals", f"{which} to {given.title} now.")


@router.post("/signals/{signal_id}/let-go")
def let_signal_go(request: Request, visitor: Editor, signal_id: str) -> RedirectResponse:
    """List a signal no more."""
    let_go(context_of(request, visitor), signal_id)
    return onward("/signals", "It is listed no more. Should its lead come after all, it finds it.")


def _line(playbook: Playbook, signal: StoredSignal, now: datetime) -> dict[str, Any]:
    return {
        "id": signal.id,
        "kind": _label(playbook, signal.kind),
        "source": signal.source.replace("_", " "),
        "when": moment_words(signal.at, now),
        "what": told_of(signal),
        "because": waiting_because(playbook, signal),
    }


def _label(playbook: Playbook, kind: str) -> str:
    found = playbook.signal_kinds.get(kind)
    return found.label if found else kind.replace("_", " ")
