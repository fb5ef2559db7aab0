"""Tiers by capacity: as many leads as a team can work, in place of the playbook's conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TierCapacities:
    """How many leads each of the best tiers may hold, and who said so.

    Attributes:
        leads: tier -> how many; empty: the playbook's conditions set every tier.
    """

    leads: Mapping[str, int]
    why: str
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Room:
    """The places there are in the tiers of one playbook.

    Attributes:
        places: the best tiers in order, each with how many leads it may hold; empty: conditions set every tier.
        beyond: the best tier without such a limit, which leads crowded out of the others have at best.
        order: every tier of the playbook, the best first.
    """

    places: tuple[tuple[str, int], ...]
    beyond: str
    order: tuple[str, ...]

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers with a limit."""
        return tuple(tier for tier, _ in self.places)

    def place_count(self, tier: str) -> int | None:
        """How many leads a tier may hold; None without limit."""
        return dict(self.places).get(tier)
