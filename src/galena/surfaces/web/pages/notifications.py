"""What the people who run the workspace are told: drift, models that took over, faults; and who has seen it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.stores import notifications
from galena.surfaces.web.answers import onward
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words

router = APIRouter()

SEEN_SHOWN = 50
SEVERITIES = {
    "info": ("good to know", "grey"),
    "warning": ("look at it", "yellow"),
    "error": ("does not work", "red"),
}


@router.get("/notifications", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """What nobody has seen yet, then what was seen lately."""
    galena = galena_of(request)
    now = galena.clock()
    with entered(galena, visitor) as session:
        new = notifications.list_(session, seen=False)
        old = notifications.list_(session, seen=True, limit=SEEN_SHOWN)
        people = names_of_people(session)
    return page(
        request,
        "notifications.html",
        visitor,
        here="notifications",
        groups=[
            {
                "new": group is new,
                "lines": [
                    {
                        "id": each.id,
                        "what": each.what,
                        "link": each.link if each.link and each.link.startswith("/") else "",
                        "severity": SEVERITIES[each.severity][0],
                        "colour": SEVERITIES[each.severity][1],
                        "when": moment_words(each.at, now),
                        "times": each.times,
                        "seen_by": author_words(each.acknowledged_by, people),
                    }
                    for each in group
                ],
            }
            for group in (new, old)
        ],
    )


@router.post("/notifications")
def acknowledge(
    request: Request, visitor: Editor, id_: Annotated[UUID | None, Form(alias="id")] = None
) -> RedirectResponse:
    """Mark one, or all, as seen."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        done = notifications.acknowledge(session, galena.clock(), None if id_ is None else (id_,))
    return onward("/notifications", f"{done:,} marked as seen.")
