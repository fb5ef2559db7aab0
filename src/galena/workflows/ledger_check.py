"""The ledger of routing replayed from its first step: it must give exactly who has which lead, and which are held."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from galena.domain.assignment import OPEN_STATES, AssignmentChange, State
from galena.stores import assignments, lead_holds
from galena.stores.door import Session

AT_ONCE = 10_000


@dataclass(slots=True)
class Replayed:
    """What the steps so far come to.

    Attributes:
        states: assignment -> its state.
        whose: lead -> (assignment, tenant) that has it.
        held: leads that are held.
    """

    states: dict[UUID, State] = field(default_factory=dict)
    whose: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    held: set[UUID] = field(default_factory=set)
    steps: int = 0

    def take(self, changes: Iterable[AssignmentChange]) -> None:
        """Goes on with the next steps."""
        for change in changes:
            self.steps += 1
            if change.lead_id is None:
                continue
            if change.step == "held":
                self.held.add(change.lead_id)
            elif change.step == "hold_ended":
                self.held.discard(change.lead_id)
            self._state(change, change.lead_id)

    def _state(self, change: AssignmentChange, lead_id: UUID) -> None:
        if change.assignment_id is None or change.state is None or change.tenant_id is None:
            return
        self.states[change.assignment_id] = change.state
        if change.state in OPEN_STATES:
            self.whose[lead_id] = (change.assignment_id, change.tenant_id)
        elif self.whose.get(lead_id, (None,))[0] == change.assignment_id:
            del self.whose[lead_id]


@dataclass(frozen=True, slots=True)
class LedgerVerdict:
    """How many steps and open assignments there are, and in words where ledger and live state differ."""

    steps: int
    open_count: int
    differences: tuple[str, ...]


def check_ledger(session: Session) -> LedgerVerdict:
    """Replays the whole ledger and compares it with what stands."""
    replayed, after = Replayed(), 0
    while changes := assignments.read_ledger(session, after=after, limit=AT_ONCE):
        replayed.take(changes)
        after = changes[-1].number
    live = {one.lead_id: one for one in assignments.list_all_open(session)}
    whose = {lead: (one.id, one.tenant_id) for lead, one in live.items()}
    held = {hold.lead_id for hold in lead_holds.list_open(session)}
    shown = assignments.tenants_shown(session)
    found = [f"lead {lead}: the ledger gives it to another" for lead in _unlike(whose, replayed.whose)]
    found += [f"lead {lead}: the ledger holds it otherwise" for lead in sorted(held ^ replayed.held)]
    found += [
        f"assignment {one.id}: {one.state}, by the ledger {replayed.states.get(one.id)}"
        for one in live.values()
        if replayed.states.get(one.id) != one.state
    ]
    seen = {lead: who for lead, (_, who) in whose.items()}
    found += [f"lead {lead}: shown to another tenant than has it" for lead in _unlike(seen, shown)]
    return LedgerVerdict(replayed.steps, len(live), tuple(found))


def _unlike(one: Mapping[UUID, object], other: Mapping[UUID, object]) -> list[UUID]:
    """Keys whose values differ."""
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))
