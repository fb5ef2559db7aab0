"""A year of a brokerage in minutes, through the real stories and the real database, by a clock that is set.

A week: on Monday new businesses come in and everything is scored, then the loop runs; on Tuesday the drop is made, or
somebody who knows the truth hands the leads out; from Wednesday on brokers call, owners answer by their hidden truth,
and what brokers record of it is recorded. A step that was cut off is repeated: each does what is left of it.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from galena.domain.assignment import Assignment
from galena.domain.dispositions import Entry
from galena.kit.clock import fixed_clock
from galena.kit.errors import ConflictError
from galena.simulator.brokers import brokers, contact_of, recorded
from galena.simulator.diary import WEEKS_A_MONTH, Diary, LeadSeen, Week, month_of
from galena.simulator.files import write_market
from galena.simulator.market import Business, business
from galena.simulator.mess import Mess
from galena.simulator.owners import World, meets, readiness, replies
from galena.simulator.sight import rule_line, sight_of
from galena.stores import assignments, dispositions, drops, leads, learning, models, tenants
from galena.workflows.claw_back import give
from galena.workflows.context import Context
from galena.workflows.dispose import dispose_many
from galena.workflows.dispose_desk import Saying
from galena.workflows.drift import watch_drift
from galena.workflows.drop_commit import commit_drop
from galena.workflows.drop_plan import plan_next_drop
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.learn import learn
from galena.workflows.learn_head import LearnOptions
from galena.workflows.model_promotion import promote
from galena.workflows.rescore import rescore
from galena.workflows.routing_pool import RoutingPool
from galena.workflows.tenants import add_tenant
from galena.workflows.train_leads import Order, train_leads

Policy = Literal["loop", "rules", "once", "oracle"]
POLICIES: tuple[Policy, ...] = ("loop", "rules", "once", "oracle")
"""loop: learns every week; rules: never; once: trains a model after four months, puts it to work without a trial, and
leaves it there; oracle: leads are handed out by somebody who knows how ready each owner is."""
ONCE_WEEK = 17

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
"""The first Monday."""
STEPS = ("take_in", "learn", "drop", "work")
_AT = (
    timedelta(hours=9),
    timedelta(hours=12),
    timedelta(days=1, hours=11),
    timedelta(days=6, hours=22),
)
SOURCE = "businesses"
HEAD = "booked"
MESS = Mess(gap_rate=0.08, typo_rate=0.03, duplicate_rate=0.0, late_rate=0.1, broken_rate=0.001)
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated.

    Attributes:
        leads_per_week: businesses that come in.
        share: of them, how many brokers together can take in a week.
        shock_month: 1-based; from it on other causes move owners. 0: never.
        noise: nothing moves owners, so that there is nothing to learn.
        budget_s: seconds for training one outcome. What trains within them depends on the machine.
    """

    months: int = 12
    seed: int = 1
    tenants: int = 6
    leads_per_week: int = 100
    policy: Policy = "loop"
    share: float = 0.4
    shock_month: int = 7
    noise: bool = False
    budget_s: float = 2.0

    @property
    def weeks(self) -> int:
        """How many weeks it takes."""
        return round(self.months * WEEKS_A_MONTH)

    @property
    def each(self) -> int:
        """The most leads of one broker in a week."""
        return max(1, round(self.leads_per_week * self.share / self.tenants))

    def world(self, week: int) -> World:
        """What moves owners in a week, counted from 0."""
        if self.noise:
            return "chance"
        return "buyers" if self.shock_month and month_of(week) >= self.shock_month else "distress"


class Year:
    """A simulation in a workspace of its own; its diary tells how far it is."""

    def __init__(
        self, context: Context, plan: Plan, state: Path, page_of: Callable[[Any], str] = lambda _: ""
    ) -> None:
        """Raises: ConflictError: the state is of another plan."""
        self._base = context
        self._plan = plan
        self._page_of = page_of
        self._brokers = brokers(plan.seed, plan.tenants)
        self._numbers: dict[UUID, int] = {}
        self._tenant_brokers: dict[UUID, int] = {}
        self._businesses: dict[int, Business] = {}
        self.diary = Diary.opened(state, asdict(plan))
        if self.diary.plan != asdict(plan):
            raise ConflictError(
                "This workspace holds a simulation with other settings.",
                facts={"its settings": self.diary.plan},
                remedy="Simulate with those settings again, or in another workspace with --workspace.",
            )

    def run(self, progress: Progress = lambda *_: None, *, until: int | None = None) -> Diary:
        """Goes on to the end, or for so many steps of the whole; every step that is done is kept."""
        total = self._plan.weeks * len(STEPS)
        while self.diary.steps < min(total, until if until is not None else total):
            week, step = divmod(self.diary.steps, len(STEPS))
            progress(self.diary.steps, total, f"Month {month_of(week)}, week {week + 1}")
            context = self._context(week, step)
            getattr(self, f"_{STEPS[step]}")(context, week)
            self.diary.step_done()
        progress(self.diary.steps, total, "Done")
        return self.diary

    def _context(self, week: int, step: int) -> Context:
        return replace(self._base, clock=fixed_clock(BEGIN + timedelta(weeks=week) + _AT[step]))

    # The steps ------------------------------------------------------------------------------------------------------

    def _take_in(self, context: Context, week: int) -> None:
        self._have_tenants(context)
        plan, on = self._plan, context.clock().date()
        first = week * plan.leads_per_week + 1
        with tempfile.TemporaryDirectory() as folder:
            files = write_market(
                Path(folder), seed=plan.seed, count=plan.leads_per_week, as_of=on, first=first, mess=MESS
            )
            named = [str(files.businesses)] + ([str(files.signals)] if files.signal_rows else [])
            ingest_files(context, named, IntakeOptions(accept_proposal=True))
        rescore(context, trigger="time")

    def _learn(self, context: Context, week: int) -> None:
        now, note = context.clock(), self.diary.week(week)
        policy = self._plan.policy
        with context.session() as session:
            runs = learning.list_runs(session, state="done", limit=1)
            champion = models.find_champion(session, HEAD)
        is_done = bool(runs) and runs[0].started_at == now
        if policy == "loop" and not is_done:
            options = LearnOptions(budget_s=self._plan.budget_s, seed=self._plan.seed)
            learn(context, options, page_of=self._page_of)
        elif policy == "once":
            if champion is None and week >= ONCE_WEEK:
                self._train_once(context)
            watch_drift(context)
        self._note_loop(context, note)
        self._note_leads(context, week, note)

    def _train_once(self, context: Context) -> None:
        order = Order(HEAD, self._plan.budget_s, self._plan.seed, why="trained once")
        (found,) = train_leads(context, order, page_of=self._page_of).heads
        if found.model is not None and context.door.objects is not None:
            promote(context, context.door.objects, found.model.id, anyway="trained once, and used since")
            rescore(context, trigger="model")

    def _drop(self, context: Context, week: int) -> None:
        on = context.clock().date()
        if self._plan.policy == "oracle":
            self._hand_out(context, week)
        else:
            commit_drop(context, None if self._is_dropped(context, on) else plan_next_drop(context, on), on)
        note = self.diary.week(week)
        given = self._given(context, since=context.clock())
        note.assigned = len(given)
        note.meetings = sum(
            meets(self._business(each), self._plan.seed, self._plan.world(week), self._skill(each))
            for each in given
        )
        expected = (readiness(self._business(each), self._plan.world(week)) for each in given)
        note.expected = round(sum(expected), 4)

    def _work(self, context: Context, _week: int) -> None:
        now = context.clock()
        held = self._given(context)
        with context.session() as session:
            known = dispositions.list_for_leads(session, [each.lead_id for each in held])
        said = []
        for each in held:
            there = {row.at for row in known.get(each.lead_id, ())}
            said += [
                Saying(each.lead_id, entry, at)
                for at, entry in self._records(each)
                if at <= now and at not in there
            ]
        if said:
            dispose_many(context, sorted(said, key=lambda one: (one.at or now, str(one.lead_id))))

    # What they need -------------------------------------------------------------------------------------------------

    def _have_tenants(self, context: Context) -> None:
        with context.session() as session:
            known = {each.tenant.name for each in tenants.list_wants(session, context.clock())}
        most = self._plan.each
        for broker in self._brokers:
            if broker.name not in known:
                quotas = dict.fromkeys(("green", "yellow", "red"), most)
                # The same brokers in every workspace, for what a drop draws depends on who draws it.
                wants = {"quotas": quotas, "caps": {"week": most}, "time_zone": "UTC"}
                add_tenant(context, broker.name, wants, id_=UUID(int=broker.number + 1))

    def _is_dropped(self, context: Context, on: date) -> bool:
        with context.session() as session:
            return drops.find_committed(session, on) is not None

    def _hand_out(self, context: Context, week: int) -> None:
        """The leads of the readiest owners, dealt in turn by somebody who knows."""
        if self._given(context, since=context.clock()):
            return
        with context.session() as session:
            frame, _ = RoutingPool(session, context.playbook, context.clock()).ready()
        world = self._plan.world(week)
        ready = {
            lead: readiness(self._known(number_of(key)), world)
            for lead, key in zip(frame["lead"], frame["key"], strict=True)
        }
        best = sorted(ready, key=lambda lead: -ready[lead])[: self._plan.each * len(self._brokers)]
        for broker in self._brokers:
            mine = [UUID(lead) for lead in best[broker.number :: len(self._brokers)]]
            if mine:
                give(context, mine, broker.name, "They are the readiest to sell.")

    def _records(self, held: Assignment) -> list[tuple[datetime, Entry]]:
        """Everything that its broker ever records of a lead."""
        plan, broker = self._plan, self._brokers[self._broker_of(held)]
        one = self._business(held)
        called = contact_of(broker, plan.seed, one.number, held.visible_at)
        week = (held.assigned_at - BEGIN).days // 7
        truth = replies(one, plan.seed, plan.world(week), called, broker.skill)
        return list(recorded(broker, plan.seed, one.number, truth))

    def _given(self, context: Context, since: datetime | None = None) -> list[Assignment]:
        """Open assignments in the order of the market."""
        with context.session() as session:
            held = [
                each
                for each in assignments.list_all_open(session)
                if since is None or each.assigned_at >= since
            ]
            new = [each.lead_id for each in held if each.lead_id not in self._numbers]
            for lead_id, entry in leads.load_many(session, new).items():
                self._numbers[lead_id] = number_of(entry.lead.key)
            names = {
                each.tenant.id: each.tenant.name for each in tenants.list_wants(session, context.clock())
            }
        by_name = {each.name: each.number for each in self._brokers}
        self._tenant_brokers = {id_: by_name[name] for id_, name in names.items()}
        return sorted(held, key=lambda each: self._numbers[each.lead_id])

    def _broker_of(self, held: Assignment) -> int:
        return self._tenant_brokers[held.tenant_id]

    def _skill(self, held: Assignment) -> float:
        return self._brokers[self._broker_of(held)].skill

    def _business(self, held: Assignment) -> Business:
        return self._known(self._numbers[held.lead_id])

    def _known(self, number: int) -> Business:
        """A business as it came in."""
        if number not in self._businesses:
            week = (number - 1) // self._plan.leads_per_week
            on = (BEGIN + timedelta(weeks=week)).date()
            self._businesses[number] = business(self._plan.seed, number, on)
        return self._businesses[number]

    # What is noted --------------------------------------------------------------------------------------------------

    def _note_loop(self, context: Context, note: Week) -> None:
        now = context.clock()
        with context.session() as session:
            crowned = [each for each in models.history(session, purpose=HEAD) if each.status == "champion"]
            drifted = learning.list_drift(session, since=now - timedelta(hours=1), limit=5)
        note.promotions = sum(each.at == now for each in crowned)
        note.alarms = sum(each.alarm_count for each in drifted if each.purpose == HEAD)

    def _note_leads(self, context: Context, week: int, note: Week) -> None:
        """What the scores say of the businesses that came in this week, and whether each would meet a broker."""
        plan, world = self._plan, self._plan.world(week)
        first = week * plan.leads_per_week + 1
        numbers = range(first, first + plan.leads_per_week)
        seen = sight_of(context, HEAD, [f"{SOURCE}:B{number:07d}" for number in numbers])
        line = rule_line(self.diary.weeks[:-1])
        note.leads = []
        for number in numbers:
            found = seen.get(f"{SOURCE}:B{number:07d}")
            if found is None:
                continue
            one = self._known(number)
            note.leads.append(
                LeadSeen(
                    points=found.points,
                    probability=found.probability if found.probability is not None else line(found.points),
                    ready=readiness(one, world),
                    meets=meets(one, plan.seed, world),
                    by_model=found.probability is not None,
                )
            )


def number_of(lead_key: str) -> int:
    """The number of the business that a lead of the market is."""
    return int(lead_key.rpartition(":")[2][1:8])
