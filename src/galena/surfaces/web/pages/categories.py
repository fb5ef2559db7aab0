"""Categories with their counts and tiers, what was dropped and why, and where the leads are."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from galena.domain.playbook import Playbook
from galena.stores import statistics
from galena.surfaces.web.pages.home import place_fields
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import SignedIn, entered, galena_of
from galena.surfaces.web.words import nouns_of, share_words
from galena.workflows.plans import active_plan

router = APIRouter()


@router.get("/categories", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn) -> HTMLResponse:
    """The page."""
    with entered(galena_of(request), visitor) as session:
        playbook = active_plan(session).playbook
        shelves = statistics.count_shelves(session)
        dropped = statistics.count_discards(session)
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
        tiers=[
            {"name": tier.name, "label": tier.label, "colour": tier.colour} for tier in playbook.rules.tiers
        ],
        groups=_groups(playbook, shelves),
        has_categories=bool(playbook.categories),
        by_tier=_by_tier(playbook, shelves, kept),
        discards=[
            {"label": labels.get(name, name), "leads": f"{count:,}", "share": share_words(count, total)}
            for name, count in sorted(dropped.items(), key=lambda pair: -pair[1])
        ],
        dropped=f"{sum(dropped.values()):,}",
        has_map=place_fields(playbook) is not None,
    )


def _by_tier(
    playbook: Playbook, shelves: Iterable[tuple[str | None, str | None, str | None, int]], kept: int
) -> list[dict[str, str]]:
    """How many stand in each tier, where the playbook sorts into no categories."""
    counts: Counter[str | None] = Counter()
    for _, _, tier, count in shelves:
        counts[tier] += count
    return [
        {
            "label": tier.label,
            "colour": tier.colour,
            "leads": f"{counts[tier.name]:,}",
            "share": share_words(counts[tier.name], kept),
            "href": f"/leads?tier={tier.name}",
        }
        for tier in playbook.rules.tiers
    ]


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
