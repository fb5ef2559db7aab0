"""Whole points that add up: largest remainder over exact parts."""

from collections.abc import Sequence

from galena.domain.score import MICROPOINTS


def shown_points(micropoints: int) -> int:
    """Micropoints as the integer a screen shows: the nearest, halves up."""
    return (2 * micropoints + MICROPOINTS) // (2 * MICROPOINTS)


def shown_parts(parts: Sequence[int], total: int | None = None) -> tuple[int, ...]:
    """Integers for parts in micropoints that add up to `total`, less than a point from the parts' exact sum.

    Without `total` they add up to the integer shown for the sum. Each part is rounded down, then the points still
    missing go to the parts that lost most, the earlier part first among equals: 10.4 + 9.3 + 0.3 = 20 is shown as
    11 + 9 + 0.
    """
    floors = [part // MICROPOINTS for part in parts]
    missing = (shown_points(sum(parts)) if total is None else total) - sum(floors)
    by_loss = sorted(range(len(parts)), key=lambda place: -(parts[place] % MICROPOINTS))
    for place in by_loss[:missing]:
        floors[place] += 1
    return tuple(floors)


def signed(points: int) -> str:
    """Points with their sign: +14, −4, 0."""
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"
