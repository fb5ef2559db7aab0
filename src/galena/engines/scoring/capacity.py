"""Who gets the places of a tier that holds only so many leads: the best, and those who have one do not flicker."""

from collections.abc import Sequence
from typing import TypeVar

Lead = TypeVar("Lead")


def leeway(places: int) -> int:
    """How many ranks a lead may fall below the last place before it loses its own: a tenth of the places."""
    return (places + 5) // 10


def needed(places: Sequence[tuple[str, int]]) -> int:
    """How many leads, best first, `seated` must be told of."""
    return sum(count for _, count in places) + max((leeway(count) for _, count in places), default=0)


def seated(
    ranked: Sequence[tuple[Lead, str | None]], places: Sequence[tuple[str, int]]
) -> list[tuple[Lead, str]]:
    """The leads that get a place, with its tier.

    Of the places of a tier, all but the last tenth go to the best leads. For the last tenth, a lead that had a place in
    the tier (or a better one) and stands at most as far below the line comes before one that had none. So exactly as
    many leads as there are places have one, and a lead near the line does not go in and out from day to day.

    Args:
        ranked: leads, best first, each with the tier in which it has a place now.
        places: the tiers, the best first, and how many places each has.
    """
    rest, found = list(ranked), []
    kept_by: set[str | None] = set()
    for tier, count in places:
        kept_by.add(tier)
        spare = leeway(count)
        near = rest[max(count - spare, 0) : count + spare]
        # Sorting is stable: among those who had a place, and among the others, the better comes first.
        near.sort(key=lambda each: each[1] not in kept_by)
        sure = rest[: max(count - spare, 0)]
        chosen = [*sure, *near[: count - len(sure)]]
        taken = {id(each) for each in chosen}
        found += [(lead, tier) for lead, _ in chosen]
        rest = [each for each in rest if id(each) not in taken]
    return found
