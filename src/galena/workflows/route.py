"""Leads routed as they arrive: offered to the tenant whose turn it is, who fits best, or who bids most.

Whoever knows the contact already keeps it. Each choice, each refusal to take a lead and each way back is on the ledger.
Only one story routes a workspace at a time, so that no cap or balance is used twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from galena.domain.assignment import NewAssignment
from galena.domain.gates import FACTS
from galena.domain.playbook import Playbook
from galena.domain.routing import ArrivalChoice, Offer
from galena.domain.suppression import contact_fields, contacts_of
from galena.engines.routing.arrival import route_arrival
from galena.kit.errors import ConflictError
from galena.stores import (
    assignments,
    drops,
    event_readers,
    leads,
    outbox,
    pool,
    suppressions,
    tenant_accounts,
)
from galena.stores.door import Session
from galena.stores.tenant_accounts import BalanceEntry
from galena.workflows.context import Context
from galena.workflows.drop_needs import MINOR
from galena.workflows.route_state import RouteState
from galena.workflows.routing_pool import RoutingPool, pool_rules, routing_of
from galena.workflows.scored_upto import find_position

READER = "routing"
"""The name under which this story reads events."""

KINDS = ("lead_created", "lead_updated")
AT_ONCE = 500
"""Leads in one transaction."""


@dataclass(frozen=True, slots=True)
class Routed:
    """What routing did: leads given or offered by tenant, and leads that nobody takes now."""

    given: Mapping[str, int] = field(default_factory=dict)
    nobody: int = 0

    @property
    def leads(self) -> int:
        """Leads given or offered."""
        return sum(self.given.values())

    def __add__(self, other: "Routed") -> "Routed":
        names = {**self.given, **other.given}
        both = {name: self.given.get(name, 0) + other.given.get(name, 0) for name in names}
        return Routed(both, self.nobody + other.nobody)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {"routed": self.leads, "given": dict(self.given), "nobody": self.nobody}


def route_ready(context: Context) -> Routed:
    """Routes every lead that can be given, the best first.

    Raises:
        ConfigurationError: the playbook says nothing of routing.
        ConflictError: leads are dropped weekly here.
    """
    if routing_of(context.playbook).mode == "weekly":
        raise ConflictError(
            "Leads of this workspace are given in weekly drops, not as they arrive.",
            remedy="Use `galena drop plan`; or write `mode: on_arrival` into routing.yaml.",
        )
    with context.session() as session:
        frame, _ = RoutingPool(session, context.playbook, context.clock()).ready()
    ids = [UUID(lead) for lead in frame.sort(["micropoints", "key"], descending=[True, False])["lead"]]
    total = Routed()
    for start in range(0, len(ids), AT_ONCE):
        with context.session() as session:
            total += route_some(session, context.playbook, ids[start : start + AT_ONCE], context.clock())
    return total


def route_news(context: Context) -> Routed:
    """Routes the leads that arrived or changed since the last time; in workspaces that route on arrival.

    What came before the first tenant waits for `route_ready`.
    """
    routing, total = context.playbook.routing, Routed()
    if routing is None or routing.mode != "on_arrival":
        return total
    while True:
        with context.session() as session:
            position = event_readers.find(session, READER, lock=True)
            scored = find_position(session)
            if position is None or scored is None:
                return total
            touches, reached = outbox.list_touches(session, KINDS, after=position, limit=AT_ONCE)
            # What is not scored yet is routed once it is.
            ids = list(dict.fromkeys(each.lead_id for each in touches if each.position <= scored))
            total += route_some(session, context.playbook, ids, context.clock(), note=True)
            if min(reached, scored) > position:
                event_readers.move(session, READER, min(reached, scored))
        if len(ids) < AT_ONCE:
            return total


def listen_from_now(session: Session) -> None:
    """Leads that arrive from this moment on are routed; does nothing where that is so already."""
    if event_readers.find(session, READER) is None:
        event_readers.move(session, READER, outbox.settled(session))


def route_some(
    session: Session, playbook: Playbook, ids: Sequence[UUID], at: datetime, *, note: bool = False
) -> Routed:
    """Routes these leads, in this order, within the caller's transaction.

    Args:
        note: write on the ledger, too, that nobody takes a lead, and why.
    """
    if not ids:
        return Routed()
    drops.take_turn(session)
    state = RouteState.load(session, routing_of(playbook), at)
    if state.is_idle:
        return Routed()
    return _Routing(session, playbook, state, note=note).run(ids)


class _Routing:
    """One batch, within its transaction."""

    def __init__(self, session: Session, playbook: Playbook, state: RouteState, *, note: bool) -> None:
        self._session = session
        self._playbook = playbook
        self._state = state
        self._note = note
        self._arrival = state.routing.arrival

    def run(self, ids: Sequence[UUID]) -> Routed:
        """All of it."""
        pool.stand_of(self._session, pool_rules(self._state.routing), ids, self._state.at, lock=True)
        frame = RoutingPool(self._session, self._playbook, self._state.at).some(ids)
        rows = {UUID(row["lead"]): row for row in frame.iter_rows(named=True)}
        had = assignments.had_before(self._session, list(rows))
        new, nobody = [], 0
        for lead_id in ids:
            row = rows.get(lead_id)
            if row is None:
                continue
            facts = {name: row[name] for name in FACTS if row.get(name) is not None}
            choice = route_arrival(
                facts,
                self._state.arrivals(row["tier"]),
                self._arrival.policy,
                owner=self._owner(lead_id) if self._arrival.sticky else None,
                declined=had.get(lead_id, frozenset()),
            )
            if choice.first is None:
                nobody += 1
                self._nobody(lead_id, choice)
                continue
            new.append(self._made(lead_id, row, choice.first))
        ids_given = assignments.assign_many(self._session, new)
        self._charge(new, ids_given)
        names = {each.tenant.id: each.tenant.name for each in self._state.wants}
        given: dict[str, int] = {}
        for one in new:
            given[names[one.tenant_id]] = given.get(names[one.tenant_id], 0) + 1
        return Routed(given, nobody)

    def _made(self, lead_id: UUID, row: Mapping[str, Any], offer: Offer) -> NewAssignment:
        state, at = self._state, self._state.at
        price = state.price_minor(state.find(offer.tenant), row["tier"])
        state.given(offer.tenant, price)
        minutes = self._arrival.accept_minutes
        return NewAssignment(
            lead_id=lead_id,
            tenant_id=offer.tenant,
            how="arrival",
            tier=row["tier"],
            micropoints=row["micropoints"],
            value=row["value"],
            assigned_at=at,
            visible_at=at,
            why={"words": offer.why.words, "figures": dict(offer.why.figures), "sticky": offer.sticky},
            policy=self._arrival.policy,
            score_id=row["score_id"],
            price=Decimal(price) / MINOR if price else None,
            accept_by=at + timedelta(minutes=minutes) if minutes and not offer.sticky else None,
            return_until=at + timedelta(hours=state.routing.returns.hours) if price else None,
        )

    def _charge(self, new: Sequence[NewAssignment], ids: Sequence[UUID]) -> None:
        """Priced leads are charged when given; what is declined or returned is refunded."""
        tenant_accounts.add_entries(
            self._session,
            [
                BalanceEntry(one.tenant_id, "charge", -one.price, "A lead by routing", one.assigned_at, id_)
                for one, id_ in zip(new, ids, strict=True)
                if one.price
            ],
        )

    def _owner(self, lead_id: UUID) -> UUID | None:
        """The tenant that has a lead with the same e-mail address or telephone number."""
        names = contact_fields(self._playbook)
        fields = leads.load(self._session, lead_id).lead.fields
        contacts = contacts_of(fields, names)
        kinds = {name: str(kind) for name, kind in names.items()}
        near = [id_ for id_ in suppressions.list_reached_by(self._session, contacts, kinds) if id_ != lead_id]
        if not near:
            return None
        same = {
            id_
            for id_, entry in leads.load_many(self._session, near).items()
            if set(contacts_of(entry.lead.fields, names)) & set(contacts)
        }
        held = sorted(
            assignments.find_open(self._session, same).values(), key=lambda one: (one.assigned_at, one.id)
        )
        return held[0].tenant_id if held else None

    def _nobody(self, lead_id: UUID, choice: ArrivalChoice) -> None:
        """Notes why nobody takes a lead that arrived."""
        if not self._note:
            return
        refusals = {str(each.tenant): each.why.words for each in choice.refusals}
        assignments.note_leads(
            self._session,
            [lead_id],
            "not_routed",
            why=f"None of {len(refusals)} tenants takes it now.",
            at=self._state.at,
            refusals=refusals,
        )
