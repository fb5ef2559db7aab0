"""Whatever is done, in whatever order: no lead with two tenants, no quota exceeded, no black or banned lead given,
every step on the ledger, and the ledger replayed gives exactly what stands.

`benchmarks/routing_laws.py` runs ten thousand such sequences."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from galena.domain.dispositions import Entry
from galena.domain.playbook import Arrival, Idle
from galena.kit.errors import GalenaError
from galena.workflows.chase import chase
from galena.workflows.claw_back import claw_back, end_hold, give, hold, reassign, release
from galena.workflows.dispose import dispose, undo
from galena.workflows.dispose_desk import Saying
from galena.workflows.drop_commit import commit_drop, undo_drop
from galena.workflows.drop_plan import plan_next_drop
from galena.workflows.offers import accept, decline, keep_up, return_lead
from galena.workflows.route import route_some
from galena.workflows.tenants import change_tenant, top_up

LEADS, TENANTS = 14, 3
PAYS = 2
"""The tenant that pays for green leads."""
TIERS = ("green", "yellow", "red", "black")
OUTCOMES = ("do_not_contact", "no_answer", "voicemail", "callback_requested")
lead_numbers = st.lists(st.integers(0, LEADS - 1), min_size=1, max_size=4, unique=True)
tenant_numbers = st.integers(0, TENANTS - 1)

STATES = ("TX", "OK", None)
WISHES: tuple[list[str], ...] = (["TX", "OK"], ["TX"], [])
states = st.sampled_from(STATES)

_AGAINST_GATES = """
    SELECT a.lead_id, a.tenant_id, l.fields ->> 'state' FROM assignments a JOIN leads l ON l.id = a.lead_id
    WHERE a.drop_id = '{}'
"""


class Desk(RuleBasedStateMachine):
    """An office in which anything may happen next; each operation either works or is refused in words."""

    new_office: Callable[..., Any]
    tally: Counter[str]

    @initialize()
    def opens(self) -> None:
        self.tally["sequences"] += 1
        self.office = self.new_office(
            arrival=Arrival(accept_minutes=60, caps={"day": 4}, sticky=False),
            idle=Idle(warn_days=2, take_back_days=2),
            drop={"exploration_share": 0.2},
            prices={"green": 5.0},
            outcomes={"fills": {}},
        )
        self.tenants = [
            self.office.tenant(
                f"T{place}", quotas={"green": 2, "yellow": 1}, caps={"week": 5}, pays=place == PAYS
            )
            for place in range(TENANTS)
        ]
        self.gates: dict[UUID, list[str]] = {}
        self.leads = self.office.scored(
            [(TIERS[place % 3 if place else 3], 90 - place) for place in range(LEADS)]
        )
        self.drops: list[UUID] = []
        self.said: list[UUID] = []

    def _tried(self, story: Callable[..., Any], *given: Any) -> Any:
        self.office.later(seconds=1)
        try:
            done = story(self.office.context, *given)
        except GalenaError:
            self.tally["refused"] += 1
            return None
        self.tally["done"] += 1
        return done

    def _chosen(self, numbers: list[int]) -> list[UUID]:
        return [self.leads[number] for number in numbers]

    @rule()
    def plans(self) -> None:
        self._tried(plan_next_drop)

    @rule()
    def commits(self) -> None:
        done = self._tried(commit_drop)
        if done is None:
            return
        self.drops.append(done.drop_id)
        if done.changed:
            for lead, tenant, state in self.office.rows(_AGAINST_GATES.format(done.drop_id)):
                assert state in (self.gates.get(tenant) or STATES), f"{lead} in {state} to {tenant}"

    @rule()
    def undoes(self) -> None:
        if self.drops:
            self._tried(undo_drop, self.drops[-1], "a mistake")

    @rule(numbers=lead_numbers)
    def routes(self, numbers: list[int]) -> None:
        self.office.later(seconds=1)
        with self.office.context.session() as session:
            route_some(
                session, self.office.context.playbook, self._chosen(numbers), self.office.now, note=True
            )

    @rule(numbers=lead_numbers, held=st.booleans())
    def takes_back(self, numbers: list[int], held: bool) -> None:
        self._tried(lambda context: claw_back(context, self._chosen(numbers), "a mistake", hold=held))

    @rule(numbers=lead_numbers, tenant=tenant_numbers)
    def gives(self, numbers: list[int], tenant: int) -> None:
        self._tried(give, self._chosen(numbers), f"T{tenant}", "asked for")

    @rule(numbers=lead_numbers, tenant=tenant_numbers)
    def passes_on(self, numbers: list[int], tenant: int) -> None:
        self._tried(reassign, self._chosen(numbers), f"T{tenant}", "asked for")

    @rule(numbers=lead_numbers)
    def releases(self, numbers: list[int]) -> None:
        self._tried(release, self._chosen(numbers), "agreed")

    @rule(numbers=lead_numbers, ends=st.booleans())
    def holds(self, numbers: list[int], ends: bool) -> None:
        self._tried(end_hold if ends else hold, self._chosen(numbers), "a quarrel")

    @rule(number=st.integers(0, LEADS - 1), tier=st.sampled_from(TIERS))
    def scores(self, number: int, tier: str) -> None:
        self.office.set_tier(self.leads[number], tier)

    @rule(number=st.integers(0, LEADS - 1))
    def bans(self, number: int) -> None:
        self.office.later(seconds=1)
        self.office.ban(self.leads[number])

    @rule(number=st.integers(0, LEADS - 1), tenant=tenant_numbers, yes=st.booleans())
    def answers(self, number: int, tenant: int, yes: bool) -> None:
        if yes:
            self._tried(accept, self.leads[number], self.tenants[tenant])
        else:
            self._tried(decline, self.leads[number], self.tenants[tenant], "no")

    @rule(tenant=tenant_numbers, standing=st.sampled_from(("active", "paused", "cancelled")))
    def stands(self, tenant: int, standing: str) -> None:
        self._tried(change_tenant, f"T{tenant}", {"standing": standing})

    @rule(tenant=tenant_numbers, quota=st.integers(0, 3), week=st.integers(0, 6))
    def wants(self, tenant: int, quota: int, week: int) -> None:
        self._tried(
            change_tenant, f"T{tenant}", {"quotas": {"green": quota, "red": 1}, "caps": {"week": week}}
        )

    @rule(tenant=tenant_numbers, wish=st.sampled_from(WISHES))
    def narrows(self, tenant: int, wish: list[str]) -> None:
        gates = [{"gate": "state", "values": wish}] if wish else []
        self._tried(change_tenant, f"T{tenant}", {"gates": gates})
        self.gates[self.tenants[tenant]] = wish

    @rule(number=st.integers(0, LEADS - 1), state=states)
    def moves(self, number: int, state: str | None) -> None:
        self.office.tell(self.leads[number], state=state)

    @rule(amount=st.integers(1, 15))
    def pays_in(self, amount: int) -> None:
        self._tried(top_up, f"T{PAYS}", Decimal(amount), "paid")

    @rule(number=st.integers(0, LEADS - 1), code=st.sampled_from(("duplicate", "bad_phone")))
    def gives_back(self, number: int, code: str) -> None:
        self._tried(return_lead, self.leads[number], self.tenants[PAYS], code)

    @rule(number=st.integers(0, LEADS - 1), outcome=st.sampled_from(OUTCOMES))
    def says(self, number: int, outcome: str) -> None:
        later = (self.office.now + timedelta(days=3)).date()
        entry = Entry(outcome, attempts=3, callback_on=later if outcome == "callback_requested" else None)
        done = self._tried(dispose, Saying(self.leads[number], entry))
        if done is not None:
            self.said.append(done.disposition.id)

    @rule(which=st.integers(0, 3))
    def takes_a_word_back(self, which: int) -> None:
        if self.said:
            wrong = self.said.pop(which % len(self.said))
            self._tried(lambda context: undo(context, wrong, because="a mistake"))

    @rule(days=st.integers(0, 7), minutes=st.integers(1, 90))
    def waits(self, days: int, minutes: int) -> None:
        self.office.at(self.office.now + timedelta(days=days, minutes=minutes))
        self._tried(keep_up)
        self._tried(chase)

    @invariant()
    def is_lawful(self) -> None:
        if hasattr(self, "office"):
            # The ledger is never changed, so that what it comes to in between shows again later.
            self.tally["checks"] += 1
            self.office.ensure_lawful(replayed=self.tally["checks"] % 5 == 0)

    def teardown(self) -> None:
        if hasattr(self, "office"):
            self.office.ensure_lawful()


def run(
    new_office: Callable[..., Any],
    sequences: int,
    steps: int,
    seed_number: int | None = None,
    tally: Counter[str] | None = None,
) -> None:
    """Some sequences of operations; those of a seed are always the same, until the code changes.

    Args:
        tally: counts sequences, operations done and refused, and checks of the laws.
    """
    counts = Counter() if tally is None else tally
    machine = type("Machine", (Desk,), {"new_office": staticmethod(new_office), "tally": counts})
    run_state_machine_as_test(
        machine if seed_number is None else seed(seed_number)(machine),
        settings=settings(
            max_examples=sequences,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_any_sequence_of_operations_keeps_the_laws(new_office: Callable[..., Any]) -> None:
    run(new_office, sequences=15, steps=25)
