"""Categories with their counts and tiers, what was dropped and why, and the permits on a plain map."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from galena.domain.listing import LeadQuery, LeadRow
from galena.domain.playbook import Playbook
from galena.stores import lead_lists, statistics
from galena.stores.door import Session
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import SignedIn, entered, galena_of
from galena.surfaces.web.words import nouns_of, share_words
from galena.workflows.plans import active_plan

router = APIRouter()

POINTS_SHOWN = 2_000
PAGE = 1_000
WIDTH, HEIGHT = 1_000, 620
MARGIN = 30
CELL = 14
"""Points closer than about this many parts of the map's width of 1,000 are drawn as one."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One circle of the map: where, how many leads, the best tier among them, and where it leads."""

    x: float
    y: float
    radius: float
    leads: int
    colour: str
    title: str
    href: str


@router.get("/categories", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn) -> HTMLResponse:
    """The page."""
    with entered(galena_of(request), visitor) as session:
        playbook = active_plan(session).playbook
        shelves = statistics.count_shelves(session)
        dropped = statistics.count_discards(session)
        rows = _located(session, playbook)
    kept = sum(count for *_, count in shelves)
    labels = {each.name: each.label for each in playbook.discards}
    total = kept + sum(dropped.values())
    return page(
        request,
        "categories.html",
        visitor,
        here="categories",
        words=nouns_of(playbook),
        kept=f"{kept:,}",
        tiers=[{"label": tier.label, "colour": tier.colour} for tier in playbook.rules.tiers],
        groups=_groups(playbook, shelves),
        discards=[
            {"label": labels.get(name, name), "leads": f"{count:,}", "share": share_words(count, total)}
            for name, count in sorted(dropped.items(), key=lambda pair: -pair[1])
        ],
        dropped=f"{sum(dropped.values()):,}",
        spots=place(rows, {tier.name: (rank, tier.colour) for rank, tier in enumerate(playbook.rules.tiers)}),
        located=f"{len(rows):,}",
        is_part=len(rows) == POINTS_SHOWN,
        width=WIDTH,
        height=HEIGHT,
    )


def _groups(
    playbook: Playbook, shelves: Iterable[tuple[str | None, str | None, str | None, int]]
) -> list[Any]:
    """Trade groups with their categories, in the playbook's order; those without leads are left out."""
    names = {each.name: each.label for each in playbook.categories}
    tiers = [tier.name for tier in playbook.rules.tiers]
    counts: dict[tuple[str, str], Counter[str | None]] = {}
    for group, category, tier, count in shelves:
        counts.setdefault((group or "", category or ""), Counter())[tier] += count
    found: dict[str, list[dict[str, Any]]] = {}
    order = {name: place for place, name in enumerate(names)}
    for (group, category), by_tier in sorted(
        counts.items(), key=lambda each: order.get(each[0][1], len(order))
    ):
        found.setdefault(group, []).append(
            {
                "label": names.get(category, category or "Without a category"),
                "href": f"/leads?category={category}" if category else "/leads",
                "leads": f"{by_tier.total():,}",
                "count": by_tier.total(),
                "tiers": [f"{by_tier[name]:,}" if by_tier[name] else "" for name in tiers],
            }
        )
    return [
        {
            "label": group.replace("_", " ").capitalize() or "Without a group",
            "leads": f"{sum(each['count'] for each in each_group):,}",
            "categories": each_group,
        }
        for group, each_group in found.items()
    ]


def _located(session: Session, playbook: Playbook) -> list[LeadRow]:
    """The best leads whose place is known."""
    if not {"latitude", "longitude"} <= playbook.fields.keys():
        return []
    found: list[LeadRow] = []
    cursor = None
    for _ in range(2 * POINTS_SHOWN // PAGE):
        got = lead_lists.page(session, LeadQuery(statuses=("active",)), limit=PAGE, cursor=cursor)
        found += [row for row in got.rows if _is_place(row)]
        cursor = got.next_cursor
        if cursor is None or len(found) >= POINTS_SHOWN:
            break
    return found[:POINTS_SHOWN]


def _is_place(row: LeadRow) -> bool:
    latitude, longitude = row.fields.get("latitude"), row.fields.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return False
    # Nought and nought is how many tables write "unknown".
    return abs(latitude) < 85 and abs(longitude) <= 180 and bool(latitude or longitude)


def place(rows: Iterable[LeadRow], tiers: dict[str, tuple[int, str]]) -> list[Spot]:
    """Leads as circles: projected so that distances are true in the middle of the map, near ones as one circle.

    Args:
        tiers: name -> (rank, the best first; colour).
    """
    at = [(float(row.fields["longitude"]), float(row.fields["latitude"]), row) for row in rows]
    if not at:
        return []
    west, east = _middle([x for x, _, _ in at])
    south, north = _middle([y for _, y, _ in at])
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(
        (WIDTH - 2 * MARGIN) / max((east - west) * squeeze, 1e-4),
        (HEIGHT - 2 * MARGIN) / max(north - south, 1e-4),
    )
    cells: dict[tuple[int, int], list[tuple[float, float, LeadRow]]] = {}
    for longitude, latitude, row in at:
        x = WIDTH / 2 + (longitude - (west + east) / 2) * squeeze * scale
        y = HEIGHT / 2 - (latitude - (south + north) / 2) * scale
        if 0 <= x <= WIDTH and 0 <= y <= HEIGHT:
            cells.setdefault((int(x // CELL), int(y // CELL)), []).append((x, y, row))
    last = (len(tiers), "grey")
    spots = []
    for members in cells.values():
        best = min((row for _, _, row in members), key=lambda row: tiers.get(row.tier or "", last)[0])
        many = len(members)
        spots.append(
            Spot(
                x=round(sum(x for x, _, _ in members) / many, 1),
                y=round(sum(y for _, y, _ in members) / many, 1),
                radius=round(min(4 + 2 * math.log2(many), CELL), 1),
                leads=many,
                colour=tiers.get(best.tier or "", last)[1],
                title=best.title if many == 1 else f"{many} here; the best is {best.title}",
                href=f"/leads/{best.id}",
            )
        )
    # The best are drawn last, so that nothing hides them.
    rank = {colour: place for place, colour in tiers.values()}
    return sorted(spots, key=lambda spot: -rank.get(spot.colour, len(rank)))


def _middle(values: list[float]) -> tuple[float, float]:
    """The span of all but the outermost hundredth on each side, so that one wrong place does not shrink the rest."""
    ordered = sorted(values)
    cut = len(ordered) // 100
    return ordered[cut], ordered[-1 - cut]
