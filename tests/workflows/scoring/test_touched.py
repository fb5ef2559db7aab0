"""Leads that something touched are scored again: exactly these, once, and to what scoring everything afresh gives."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.playbooks import load
from galena.stores import imports, leads, outbox, projections, sameness, score_runs
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows import touched as story
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.keep_scored import keep_workspace_scored
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.rescore import rescore
from galena.workflows.sameness import join, keep_apart, unmerge
from galena.workflows.touched import Touched, score_news, score_touched
from galena.workflows.undo import undo_import
from galena.workflows.workspaces import ensure_workspace

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONTACTS = "email,name,company,title,city,state\n"
PEOPLE = (
    ("Ann Archer", "Orbital Steel", "Austin,TX"),
    ("Boris Quint", "Maple Dental", "Boston,MA"),
    ("Chidi Okoro", "Harbour Freight Lines", "Seattle,WA"),
    ("Dolores Vega", "Pixel Foundry", "Miami,FL"),
    ("Erik Lund", "Northern Timber", "Denver,CO"),
    ("Fatima Rahman", "Green Valley Foods", "Chicago,IL"),
)
ACTIVITY = "email,kind,date,event_id,form\n"
_LEADS = """
    SELECT l.id, l.status = 'merged', l.fields::text,
        (SELECT coalesce(array_agg(s.id ORDER BY s.id), '{}') FROM signals s WHERE s.lead_id = l.id)
    FROM leads l
"""


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def email_of(number: int) -> str:
    """A person's address."""
    name, company, _ = PEOPLE[number]
    return f"{name.split()[0]}@{company.replace(' ', '')}.com".lower()


class Desk:
    """A workspace of people at companies, to which things happen."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        workspace = ensure_workspace(Door(engine), "b2b", slug=f"w-{uuid4()}", actor="a test")
        self.context = Context(Door(engine), workspace.id, load("b2b"), "a test", fixed_clock(NOON))
        self._folder = folder

    def people(self, *numbers: int, title: str = "VP Sales") -> UUID | None:
        """Imports these people; the same ones under another title are changed by it."""
        rows = [f"{email_of(n)},{PEOPLE[n][0]},{PEOPLE[n][1]},{title},{PEOPLE[n][2]}" for n in numbers]
        return self._take("contacts", CONTACTS, rows)

    def activity(self, *numbers: int, kind: str = "form_submitted") -> UUID | None:
        """Imports something each of these people did."""
        rows = [f"{email_of(n)},{kind},2026-02-{20 + n},{uuid4()},Prices" for n in numbers]
        return self._take("activity", ACTIVITY, rows)

    def _take(self, name: str, head: str, rows: list[str]) -> UUID | None:
        path = self._folder / f"{name}-{uuid4()}.csv"
        path.write_text(head + "\n".join(rows) + "\n")
        return ingest_file(self.context, path, IntakeOptions(accept_proposal=True)).import_id

    def nodes(self) -> list[UUID]:
        with self.context.session() as session:
            return projections.lead_ids(session, after=leads.FIRST, limit=100)

    def decide(self, decide: Callable[..., object], *nodes: UUID) -> None:
        with self.context.session() as session:
            projections.take_turn(session)
            decide(session, assembly_for(session, self.context.playbook), *nodes, NOON)

    def merges(self) -> list[UUID]:
        with self.context.session() as session:
            standing = sameness.list_standing(session, self.nodes())
        return [each.id for each in standing if each.verdict == "merge"]

    def imported(self) -> list[UUID]:
        with self.context.session() as session:
            return [each.id for each in imports.list_(session) if each.status == "done"]

    def facts(self) -> dict[UUID, tuple[Any, ...]]:
        return {row[0]: tuple(row[1:]) for row in self.rows(_LEADS)}

    def score_counts(self) -> dict[UUID, int]:
        return dict(self.rows("SELECT lead_id, count(*) FROM scores GROUP BY lead_id"))

    def rows(self, query: str) -> list[Any]:
        with self.context.session() as session:
            return [tuple(row) for row in session.connection.execute(text(query))]


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    return Desk(engine, tmp_path)


def test_nothing_is_scored_before_somebody_asks(desk: Desk) -> None:
    desk.people(1, 2)
    assert score_touched(desk.context) == Touched()
    assert desk.score_counts() == {}
    assert score_news(desk.context) == Touched(2, 2), "what comes by itself asks for it"
    assert score_touched(desk.context).sentence == ""


def test_a_signal_scores_its_lead_alone_and_the_change_is_told(desk: Desk) -> None:
    desk.people(1, 2, 3)
    rescore(desk.context)
    one, *_ = desk.nodes()
    before = dict(desk.rows("SELECT lead_id, micropoints FROM current_scores"))
    desk.activity(1)
    assert score_touched(desk.context) == Touched(1, 1)
    assert score_touched(desk.context) == Touched(), "a second time there is nothing to do"
    assert desk.score_counts() == {each: 2 if each == one else 1 for each in desk.nodes()}
    after = dict(desk.rows("SELECT lead_id, micropoints FROM current_scores"))
    with desk.context.session() as session:
        told = outbox.list_for_lead(session, one, limit=1)[0]
    assert told.kind in ("score_changed", "tier_changed")
    assert told.payload["trigger"] == "signal"
    assert (told.payload["micropoints_before"], told.payload["micropoints"]) == (before[one], after[one])
    assert told.payload["change"] == after[one] - before[one] != 0


def test_undoing_an_import_of_signals_scores_who_lost_them(desk: Desk) -> None:
    desk.people(1, 2)
    rescore(desk.context)
    before = dict(desk.rows("SELECT lead_id, micropoints FROM current_scores"))
    told = desk.activity(1)
    score_touched(desk.context)
    assert told is not None
    undo_import(desk.context, told)
    assert score_touched(desk.context) == Touched(1, 1)
    assert dict(desk.rows("SELECT lead_id, micropoints FROM current_scores")) == before


def test_many_events_of_a_lead_score_it_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.people(1, 2, 3)
    rescore(desk.context)
    for _ in range(3):
        desk.activity(1, 2)
    assert score_touched(desk.context).leads == 2
    monkeypatch.setattr(story, "EVENTS_AT_ONCE", 1)
    desk.activity(1, 2, 3)
    assert score_touched(desk.context).leads == 3, "in batches as small as one likes"


def test_a_batch_that_fails_is_gone_on_with(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.people(1, 2)
    rescore(desk.context)
    desk.activity(1)
    with monkeypatch.context() as broken:
        broken.setattr(story, "move_position", _killed)
        with pytest.raises(KeyboardInterrupt):
            score_touched(desk.context)
    assert sum(desk.score_counts().values()) == 2, "the scores went with the position"
    assert score_touched(desk.context) == Touched(1, 1)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_happens_during_a_scoring_of_everything_is_scored_behind_it(desk: Desk) -> None:
    desk.people(1, 2)
    rescore(desk.context)

    def advance(_done: int, _total: int | None = None, _doing: str | None = None) -> None:
        desk.activity(1)
        score_touched(desk.context)

    rescore(desk.context, advance=advance)
    assert score_touched(desk.context).leads == 1
    assert rescore(desk.context).changed == 0


def test_a_workspace_scored_as_of_a_day_stays_at_it(desk: Desk) -> None:
    day = NOON - timedelta(days=5)
    desk.people(1, 2)
    rescore(desk.context, as_of=day)
    desk.activity(1)
    assert score_touched(desk.context).leads == 1
    assert {row[0] for row in desk.rows("SELECT as_of FROM current_scores")} == {day}


def test_scores_are_kept_up_day_by_day(desk: Desk) -> None:
    desk.people(1, 2)
    desk.activity(1)
    rescore(desk.context)
    keep_workspace_scored(
        desk.context.door, desk.context.workspace_id, fixed_clock(NOON + timedelta(hours=2))
    )
    assert sum(desk.score_counts().values()) == 2
    keep_workspace_scored(
        desk.context.door, desk.context.workspace_id, fixed_clock(NOON + timedelta(days=30))
    )
    with desk.context.session() as session:
        assert [run.trigger for run in score_runs.list_(session)] == ["time", "request"]
    assert ("time",) in desk.rows("SELECT trigger FROM scores"), "time alone moved the one with a signal"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["people", "change", "signal", "join", "apart", "unmerge", "undo"]),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=8,
)


FEW = settings(
    max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_STANDING = "SELECT lead_id, micropoints, tier, temperature, confidence FROM current_scores ORDER BY 1"
_UNSCORED_BUT_STANDING = """
    SELECT count(*) FROM current_scores c JOIN leads l ON l.id = c.lead_id WHERE l.status <> 'active'
"""


@pytest.mark.slow
@FEW
@given(steps=STEPS)
def test_any_sequence_leaves_the_scores_of_scoring_everything_afresh(
    engine: Engine, tmp_path: Path, steps: list[tuple[str, int, int]]
) -> None:
    _check_sequence(Desk(engine, tmp_path), steps)


@pytest.mark.soak
def test_many_sequences_leave_the_scores_of_scoring_everything_afresh(
    engine: Engine, tmp_path: Path, soak_seconds: float
) -> None:
    end = time.monotonic() + soak_seconds

    @settings(FEW, max_examples=10_000, database=None)
    @given(steps=STEPS)
    def check(steps: list[tuple[str, int, int]]) -> None:
        if time.monotonic() < end:
            _check_sequence(Desk(engine, tmp_path), steps)

    check()


def _check_sequence(desk: Desk, steps: list[tuple[str, int, int]]) -> None:
    desk.people(0, 1, 2)
    rescore(desk.context)
    for what, one, other in steps:
        facts, counts = desk.facts(), desk.score_counts()
        _happens(desk, what, one, other)
        score_touched(desk.context)
        now = desk.facts()
        same = {lead_id for lead_id, each in now.items() if facts.get(lead_id) == each}
        new = desk.score_counts()
        assert {each: new.get(each) for each in same} == {each: counts.get(each) for each in same}, (
            f"{what}: a lead nothing happened to was scored"
        )
    before = desk.rows(_STANDING)
    assert rescore(desk.context).changed == 0, (steps, before, desk.rows(_STANDING))
    assert desk.rows(_UNSCORED_BUT_STANDING) == [(0,)]


def _happens(desk: Desk, what: str, one: int, other: int) -> None:
    nodes = desk.nodes()
    if what == "people":
        desk.people(one)
    elif what == "change":
        desk.people(one, other, title=f"Chief {other}")
    elif what == "signal":
        desk.activity(one, other)
    elif what in ("join", "apart") and len(nodes) > 1:
        a, b = nodes[one % len(nodes)], nodes[other % len(nodes)]
        if a != b:
            desk.decide(join if what == "join" else keep_apart, a, b)
    elif what == "unmerge" and (merges := desk.merges()):
        desk.decide(unmerge, merges[one % len(merges)])
    elif what == "undo" and (done := desk.imported()):
        undo_import(desk.context, done[one % len(done)])
