"""The command palette: pages, actions, leads and guides by a few letters."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from galena.domain.listing import LeadQuery
from galena.stores import lead_lists
from galena.surfaces.web.guides import search_guides
from galena.surfaces.web.navigation import places_for
from galena.surfaces.web.shortcuts import KEYS
from galena.surfaces.web.visitors import SignedIn, Visitor, entered, galena_of
from galena.surfaces.web.words import plain

router = APIRouter()

LEADS = 7
GUIDES = 3
FEWEST_LETTERS = 2
_ACTIONS = (
    ("Bring in a file", "import upload csv excel", "/imports", True),
    ("Change factors and tiers", "weights rules points", "/rules", True),
    ("Plan the next drop", "give leads tenants", "/drops", True),
    ("Mend rows that were set aside", "quarantine errors", "/quarantine", True),
    ("Decide what is the same", "duplicates merge match", "/review", True),
    ("Train a model", "learn", "/models/train", True),
    ("Connect a source", "hubspot salesforce crm pull", "/sources", True),
    ("Take a lead back", "claw back release", "/clawback", True),
    ("See commissions", "money report won", "/reports?name=commissions", False),
    ("See the funnel", "report booked conversion", "/reports?name=funnel", False),
    ("Leads by when they came", "new latest", "/leads?sort=-created", False),
    ("Your account and password", "sign in settings", "/account", False),
    ("How the pages are made: every component", "design look style", "/components", False),
    ("Help: all guides", "documentation manual how to", "/help", False),
)


@router.get("/palette")
def search(
    request: Request, visitor: SignedIn, q: Annotated[str, Query(max_length=100)] = ""
) -> JSONResponse:
    """What fits the letters: at most a screenful."""
    words = plain(q).casefold().split()
    found = [*_pages(visitor, words), *_actions(visitor, words)]
    if len("".join(words)) >= FEWEST_LETTERS:
        found += _leads(request, visitor, plain(q))
        found += [
            {"kind": "guide", "title": hit.guide.title, "note": "help", "href": f"/help/{hit.guide.name}"}
            for hit in search_guides(plain(q), limit=GUIDES)
        ]
    return JSONResponse(found)


def _pages(visitor: Visitor, words: list[str]) -> list[dict[str, Any]]:
    return [
        {"kind": "page", "title": tab.label, "note": place.label if place.label != tab.label else "", "href": tab.href,
         "keys": f"g {KEYS[tab.name]}" if tab.name in KEYS else ""}
        for place in places_for(visitor)
        for tab in place.tabs
        if all(word in f"{tab.label} {place.label}".casefold() for word in words)
    ]  # fmt: skip


def _actions(visitor: Visitor, words: list[str]) -> list[dict[str, Any]]:
    is_operator = visitor.user.tenant_id is None
    return [
        {"kind": "action", "title": title, "note": "", "href": href}
        for title, more, href, needs_operator in _ACTIONS
        if (is_operator or not needs_operator)
        and (words or not needs_operator or visitor.can_edit)
        and all(word in f"{title} {more}".casefold() for word in words)
    ]


def _leads(request: Request, visitor: Visitor, q: str) -> list[dict[str, Any]]:
    with entered(galena_of(request), visitor) as session:
        rows = lead_lists.page(session, LeadQuery(search=q), limit=LEADS).rows
    return [
        {
            "kind": "lead",
            "title": row.title or row.key,
            "note": row.subtitle or row.key,
            "href": f"/leads/{row.id}",
        }
        for row in rows
    ]
