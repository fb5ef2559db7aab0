"""The living page of the components: each in every state, dark and light, made of what the pages are made of."""

from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from galena.surfaces.web.home_cards import Card
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import SignedIn

router = APIRouter()

TOKENS = (
    "ground", "deeper", "ink", "muted", "dim", "accent", "tint", "green", "yellow", "red", "water", "land",
)  # fmt: skip
TIERS = (("Green", "green", 86), ("Yellow", "yellow", 66), ("Red", "red", 36), ("Black", "black", 9))
_EXAMPLES = MappingProxyType(
    {
        "cards": (
            Card("New this week", "30", "24 the week before", "#figures", "+6"),
            Card("Booked", "4", "6 the week before", "#figures", "−2", is_good=False),
            Card("Green", "51", "3 % of what is scored", "#figures", colour="green"),
        ),
        "bars": (
            {
                "label": "Where every lead starts",
                "kind": "start",
                "left": 0,
                "width": 40,
                "points": "40",
                "down": False,
            },
            {
                "label": "Owner is 71, no successor",
                "kind": "",
                "left": 40,
                "width": 46,
                "points": "+46",
                "down": False,
            },
            {
                "label": "A competitor nearby",
                "kind": "down",
                "left": 78,
                "width": 8,
                "points": "−8",
                "down": True,
            },
        ),
        "feed": (
            ("09:42", "green", "Blue Agave Dental Lab", "meeting booked"),
            ("09:31", "yellow", "Parker County Feed", "due: call back"),
            ("08:05", "accent", "permits.csv", "came in: 120 new, 8 changed"),
        ),
    }
)


@router.get("/components", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn) -> HTMLResponse:
    """Everything, twice."""
    content: dict[str, Any] = dict(_EXAMPLES)
    return page(
        request,
        "components.html",
        visitor,
        here="components",
        tokens=TOKENS,
        tiers=[{"label": label, "colour": colour, "points": points} for label, colour, points in TIERS],
        **content,
    )
