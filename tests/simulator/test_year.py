"""A simulated brokerage: the same seed tells the same, and what was cut off goes on as if nothing had happened."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from galena.kit.database import make_engine
from galena.kit.errors import ConflictError
from galena.kit.object_store import open_object_store
from galena.playbooks import load
from galena.simulator.diary import Diary, Stretch
from galena.simulator.year import STEPS, Plan, Year, month_of
from galena.stores import assignments, dispositions
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.ledger_check import check_ledger
from galena.workflows.workspaces import ensure_workspace

TWO_WEEKS = Plan(months=1, seed=5, tenants=2, leads_per_week=25, shock_month=0)
STEPS_DONE = 2 * len(STEPS)


@pytest.fixture
def engine(fresh_database: str) -> Iterator[Engine]:
    engine = make_engine(fresh_database)
    migrate(engine)
    yield engine
    engine.dispose()


def brokerage(engine: Engine, folder: Path) -> Context:
    door = Door(engine, open_object_store(folder / "objects"))
    workspace = ensure_workspace(door, "brokerage", slug=f"w-{uuid4()}", actor="a test")
    return Context(door, workspace.id, load("brokerage"), "a test")


def told(context: Context, diary: Diary) -> tuple[dict[int, Stretch], list[str]]:
    """The table, and every outcome that was recorded."""
    with context.session() as session:
        held = [each.lead_id for each in assignments.list_all_open(session)]
        rows = dispositions.list_for_leads(session, held)
    said = [f"{row.at:%m-%d %H:%M} {row.outcome} {row.reason_code}" for each in rows.values() for row in each]
    return diary.months(), sorted(said)


@pytest.mark.slow
def test_resumed_equals_undisturbed(engine: Engine, tmp_path: Path) -> None:
    undisturbed, cut_off = brokerage(engine, tmp_path), brokerage(engine, tmp_path)
    whole = told(undisturbed, Year(undisturbed, TWO_WEEKS, tmp_path / "a.json").run(until=STEPS_DONE))
    file = tmp_path / "b.json"
    for step in (1, 2, 3, 4):
        Year(cut_off, TWO_WEEKS, file).run(until=step)
        kept = file.read_text()
        Year(cut_off, TWO_WEEKS, file).run(until=step + 1)
        # Killed before the step was noted: it is done again.
        file.write_text(kept)
    diary = Year(cut_off, TWO_WEEKS, file).run(until=STEPS_DONE)
    assert told(cut_off, diary) == whole
    months, said = whole
    assert months[1].assigned == 2 * 2 * TWO_WEEKS.each
    assert said
    with cut_off.session() as session:
        assert check_ledger(session).differences == ()
    with pytest.raises(ConflictError, match="other settings"):
        Year(cut_off, Plan(seed=6), tmp_path / "b.json")


def test_a_year_has_twelve_months() -> None:
    assert [month_of(week) for week in (0, 4, 5, 25, 26, 51)] == [1, 1, 2, 6, 7, 12]
    assert Plan().weeks == 52
    assert [Plan().world(week) for week in (25, 26)] == ["distress", "buyers"]
