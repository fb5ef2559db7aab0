"""Tiers by capacity: as many of the best leads in a tier as the team can work, in place of the playbook's conditions.

Without a capacity the playbook's conditions set every tier. With one, the best tiers hold so many leads each, and the
places are given after every scoring: the best leads by score get them, with leeway so that nobody flickers. The score
history keeps the tier by the conditions, so that every score can still be replayed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from galena.domain.capacity import Room
from galena.domain.playbook import Playbook
from galena.domain.score import Score
from galena.engines.scoring.capacity import leeway, needed, seated
from galena.kit.errors import InputError
from galena.kit.logs import logger
from galena.stores import audit, capacities, places, projections
from galena.stores.door import Session
from galena.workflows.context import context_of

log = logger("tiers")

MOST_PLACES = 1_000_000
LONGEST_WHY = 300


@dataclass(frozen=True, slots=True)
class TierRule:
    """Which rule set the tier of a lead, where capacity sets tiers.

    Attributes:
        tier: the tier that stands.
        ruled_tier: the one by the playbook's conditions.
        place: 1 for the best lead.
        room: the places there are.
        last: tier -> how many of its places are taken, and the micropoints of the last lead that has one.
    """

    tier: str
    ruled_tier: str
    place: int
    room: Room
    last: Mapping[str, tuple[int, int]]

    @property
    def sentence(self) -> str:
        """The rule in words, with the names of tiers in braces: "{green}: place 12 of the 50 that can be worked"."""
        count = self.room.place_count(self.tier)
        if count is None:
            crowded = self.room.place_count(self.ruled_tier)
            if crowded is None:
                return f"by its score; it is number {self.place:,}"
            return (
                f"by capacity: its score alone would be {{{self.ruled_tier}}}, but the {crowded:,} places there go to"
                f" better ones; it is number {self.place:,}"
            )
        better = sum(places for tier, places in self.room.places if self._is_better(tier, self.tier))
        told = f"by capacity: {count:,} can be worked, and it is number {max(self.place - better, 1):,}"
        if self.place > better + count:
            return f"{told}; who has a place keeps it down to number {count + leeway(count):,}"
        if self.ruled_tier == self.tier:
            return told
        return f"{told}; its score alone would be {{{self.ruled_tier}}}"

    def tier_at(self, micropoints: int, ruled_tier: str) -> str:
        """The tier a lead would have with so many points, all others as they are."""
        for tier, count in self.room.places:
            taken, last = self.last.get(tier, (0, 0))
            if taken < count or micropoints > last or (micropoints == last and tier == self.tier):
                return tier
        return ruled_tier if self._is_better(self.room.beyond, ruled_tier) else self.room.beyond

    def _is_better(self, one: str, other: str) -> bool:
        return self.room.order.index(one) < self.room.order.index(other)

    def applied(self, score: Score) -> Score:
        """A score with the tier it has among all."""
        return replace(score, tier=self.tier_at(score.micropoints, score.tier))


def room_of(session: Session, playbook: Playbook) -> Room:
    """The places there are now: those of the first tiers of the playbook that have a capacity, without gaps."""
    kept = capacities.find_latest(session)
    return _room(playbook, kept.leads if kept else {})


def set_capacities(session: Session, playbook: Playbook, leads: Mapping[str, int], *, why: str) -> int:
    """Say how many leads each of the best tiers may hold, give the places, and say how many leads' tiers are new.

    Args:
        leads: tier -> how many; empty: the playbook's conditions set every tier again.

    Raises:
        InputError: there is no such tier, a better one has no capacity, the last tier has one, or a number is no number
            of leads.
    """
    _ensure_sound(playbook, leads)
    capacities.record(session, leads, why=why.strip()[:LONGEST_WHY])
    audit.record(session, "set_capacities", f"workspace:{session.workspace_id}", {"leads": dict(leads)})
    moved = give_places(session, playbook, trigger="capacity")
    log.info("capacities_set", workspace_id=session.workspace_id, leads=dict(leads), moved=moved)
    return moved


def give_places(session: Session, playbook: Playbook, *, trigger: str) -> int:
    """Give the places of tiers that hold only so many leads, and say how many leads' tiers are new.

    Where no tier does, places given earlier are taken back.
    """
    room = room_of(session, playbook)
    if not room.places and not places.any_given(session):
        return 0
    projections.take_turn(session)
    best = places.read_best(session, needed(room.places)) if room.places else []
    return places.give(session, seated(best, room.places), room, trigger=trigger)


def tier_rule(session: Session, playbook: Playbook, lead_id: UUID) -> TierRule | None:
    """Which rule set the tier of a lead; None where the playbook's conditions set all tiers, or it has no score."""
    room = room_of(session, playbook)
    if not room.places:
        return None
    # As the operator: a place is one among all leads, and a tenant sees its own only.
    with context_of(session, playbook).session() as inside:
        found = places.find(inside, lead_id)
        last = places.last_points(inside, room.tiers)
    if found is None or found.tier not in room.order:
        return None
    return TierRule(found.tier, found.ruled_tier or found.tier, found.place, room, last)


def _room(playbook: Playbook, leads: Mapping[str, int]) -> Room:
    order = tuple(tier.name for tier in playbook.rules.tiers)
    given: list[tuple[str, int]] = []
    for name in order[:-1]:
        if name not in leads:
            break
        given.append((name, leads[name]))
    return Room(tuple(given), order[len(given)], order)


def _ensure_sound(playbook: Playbook, leads: Mapping[str, int]) -> None:
    order = [tier.name for tier in playbook.rules.tiers]
    for name, count in leads.items():
        if name not in order:
            raise InputError(
                f"There is no tier {name}.",
                facts={"tiers": order},
                remedy="Name one of the playbook's tiers.",
            )
        if not 0 <= count <= MOST_PLACES:
            raise InputError(
                f"{count} is no number of leads that can be worked.",
                facts={"tier": name},
                remedy=f"Write a whole number from 0 to {MOST_PLACES:,}.",
            )
    if order[-1] in leads:
        raise InputError(
            f"The tier {order[-1]} takes all other leads, so it cannot be full.",
            remedy="Give a capacity to the tiers above it.",
        )
    room = _room(playbook, leads)
    if len(room.places) < len(leads):
        raise InputError(
            f"The tier {room.beyond} is better and has no capacity.",
            facts={"tiers, the best first": order},
            remedy="Give capacities to the best tier first, then to those below it.",
        )
