"""Lines of the feed as pages and streams show them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from galena.surfaces.web.words import near_day
from galena.workflows.happenings import Told

PLACES = {
    "prospects": "/prospects",
    "imports": "/imports",
    "drops": "/drops",
    "tenants": "/tenants",
    "sources": "/sources",
    "models": "/models",
    "notifications": "/notifications",
    "clawback": "/clawback",
}


def feed_lines(told: Iterable[Told], now: datetime, *, is_operator: bool) -> list[dict[str, Any]]:
    """The lines, ready to be shown: when, about what, in which words, and where there is more."""
    return [_line(each, now, is_operator) for each in told]


def _line(each: Told, now: datetime, is_operator: bool) -> dict[str, Any]:
    place = "/leads" if each.place == "prospects" and is_operator else PLACES.get(each.place, "")
    return {
        "position": each.position,
        "at": each.at.isoformat(),
        "when": f"{each.at:%H:%M}" if each.at.date() == now.date() else near_day(each.at, now),
        "subject": each.subject,
        "words": each.words,
        "colour": each.colour,
        "href": f"/leads/{each.lead_id}" if each.place == "lead" else place,
    }
