"""Whatever is done, in whatever order: no lead with two tenants, no quota exceeded, no black or banned lead given,
every step on the ledger, and the ledger replayed gives exactly what stands."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from galena.domain.playbook import Arrival, Idle
from galena.kit.errors import GalenaError
from galena.workflows.claw_back import claw_back, end_hold, give, hold, reassign, release
from galena.workflows.drop_commit import commit_drop, undo_drop
from galena.workflows.drop_plan import plan_next_drop
from galena.workflows.offers import accept, decline, keep_up
from galena.workflows.route import route_some
from galena.workflows.tenants import change_tenant

LEADS, TENANTS = 14, 3
TIERS = ("green", "yellow", "red", "black")
lead_numbers = st.lists(st.integers(0, LEADS - 1), min_size=1, max_size=4, unique=True)
tenant_numbers = st.integers(0, TENANTS - 1)

_LATE_BANNED = """
    SELECT a.id FROM assignments a JOIN suppressions s ON s.lead_id = a.lead_id AND s.at < a.assigned_at
"""


class Desk(RuleBasedStateMachine):
    """An office in which anything may happen next; each operation either works or is refused in words."""

    new_office: Callable[..., Any]

    @initialize()
    def opens(self) -> None:
        self.office = self.new_office(
            arrival=Arrival(accept_minutes=60, caps={"day": 4}, sticky=False),
            idle=Idle(warn_days=2, take_back_days=2),
            drop={"exploration_share": 0.2},
        )
        self.tenants = [
            self.office.tenant(f"T{place}", quotas={"green": 2, "yellow": 1}, caps={"week": 5})
            for place in range(TENANTS)
        ]
        self.leads = [
            self.office.lead(TIERS[place % 3 if place else 3], 90 - place) for place in range(LEADS)
        ]
        self.drops: list[UUID] = []

    def _tried(self, story: Callable[..., Any], *given: Any) -> Any:
        self.office.later(seconds=1)
        try:
            return story(self.office.context, *given)
        except GalenaError:
            return None

    def _chosen(self, numbers: list[int]) -> list[UUID]:
        return [self.leads[number] for number in numbers]

    @rule()
    def plans(self) -> None:
        self._tried(plan_next_drop)

    @rule()
    def commits(self) -> None:
        done = self._tried(commit_drop)
        if done is not None:
            self.drops.append(done.drop_id)

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

    @rule(days=st.integers(0, 7), minutes=st.integers(1, 90))
    def waits(self, days: int, minutes: int) -> None:
        self.office.at(self.office.now + timedelta(days=days, minutes=minutes))
        self._tried(keep_up)

    @invariant()
    def is_lawful(self) -> None:
        if hasattr(self, "office"):
            self.office.ensure_lawful()
            assert self.office.rows(_LATE_BANNED) == []


def _run(new_office: Callable[..., Any], sequences: int, steps: int) -> None:
    machine = type("Machine", (Desk,), {"new_office": staticmethod(new_office)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_any_sequence_of_operations_keeps_the_laws(new_office: Callable[..., Any]) -> None:
    _run(new_office, sequences=8, steps=25)


@pytest.mark.soak
def test_ten_thousand_sequences_keep_the_laws(new_office: Callable[..., Any], soak_seconds: float) -> None:
    end, sequences = time.monotonic() + soak_seconds, 0
    while sequences < 10_000 and time.monotonic() < end:
        _run(new_office, sequences=50, steps=20)
        sequences += 50
