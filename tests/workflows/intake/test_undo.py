"""Taking an import back leaves the workspace as it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import text

from galena.kit.errors import NotFoundError
from galena.kit.ids import new_id
from galena.workflows.intake import ingest_file
from galena.workflows.undo import undo_import

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILES = {
    "deals": ("deal,account,amount,email,opened", "D1,Acme,10,,2026-01-01", "D2,Zeta,20,,", "D3,,bad,,"),
    "more": ("deal,account,amount,email,opened", "D1,Later,11,x@example.com,2026-01-02", "D4,Zeta,40,,"),
    "accounts": ("account,sector,typical", "Acme,steel,500", "Zeta,glass,", "Later,paper,7"),
    "again": ("deal,account,amount,email,opened", "D2,Zeta,20,,", "D1,Acme,10,,2026-01-01", "D5,Acme,5,,"),
    "visits": (
        "id,visitor,when,pages",
        "1,Acme,2026-02-01,3",
        "2,Later,2026-02-02,1",
        "3,Nobody,2026-02-02,1",
    ),
}


@pytest.fixture
def paths(write):
    return {name: write(f"{name}.csv", *lines) for name, lines in FILES.items()}


@pytest.mark.parametrize("last", FILES)
def test_the_state_after_undo_is_the_state_before(context, paths, state, last):
    for name in FILES:
        if name != last:
            ingest_file(context, paths[name])
    before = state(context)
    report = ingest_file(context, paths[last])
    assert state(context) != before
    undo_import(context, report.import_id)
    assert state(context) == before


@pytest.mark.slow
def test_undoing_an_import_that_others_built_upon(new_context, paths, meaning):
    """Whatever is taken back, what remains is what the other files alone give."""
    hours = {name: NOON + timedelta(hours=place) for place, name in enumerate(FILES)}

    def ingest_all(but: str) -> Any:
        context = new_context()
        ids = {
            name: ingest_file(replace(context, clock=lambda name=name: hours[name]), paths[name]).import_id
            for name in FILES
            if name != but
        }
        return context, ids

    for gone in FILES:
        context, ids = ingest_all(but="none")
        undo_import(context, ids[gone])
        alone, _ = ingest_all(but=gone)
        assert meaning(context) == meaning(alone), gone


def test_a_record_that_another_import_brought_too_stays_until_that_one_goes(context, paths, state, fields_of):
    first = ingest_file(context, paths["deals"])
    second = ingest_file(context, paths["again"])
    assert (second.created, second.unchanged) == (1, 2)
    both = state(context)
    undone = undo_import(context, second.import_id)
    assert (undone.records, undone.handed_over) == (1, 0)
    third = ingest_file(context, paths["again"])
    assert state(context)["leads"][:2] == both["leads"][:2]
    undone = undo_import(context, first.import_id)
    assert (undone.records, undone.handed_over, undone.leads_removed) == (0, 2, 0)
    assert set(fields_of()) == {"D1", "D2", "D5"}
    undo_import(context, third.import_id)
    assert not any(state(context).values())


@pytest.mark.slow
def test_undo_then_import_again_is_the_first_import(new_context, paths, meaning):
    for order in list(permutations(FILES))[::29]:
        context = replace(new_context(), clock=lambda: NOON)
        imports = [ingest_file(context, paths[name]).import_id for name in order]
        first = meaning(context)
        undo_import(context, imports[-1])
        imports[-1] = ingest_file(context, paths[order[-1]]).import_id
        assert meaning(context) == first
        for import_id in imports:
            undo_import(context, import_id)
        assert not any(meaning(context).values())


def test_undoing_twice_does_nothing_and_the_trail_keeps_the_counts(context, paths):
    report = ingest_file(context, paths["deals"])
    done = undo_import(context, report.import_id)
    assert (done.records, done.leads_removed, done.quarantined) == (2, 2, 1)
    assert undo_import(context, report.import_id).was_undone
    with context.session() as session:
        trail = session.connection.execute(text("SELECT action, subject, detail FROM audit")).all()
        status = session.connection.execute(text("SELECT status, created_count FROM imports")).one()
    assert [(row.action, row.subject) for row in trail] == [("undo_import", f"import:{report.import_id}")]
    assert (trail[0].detail["leads_removed"], trail[0].detail["file"]) == (2, "deals.csv")
    assert tuple(status) == ("undone", 2)


def test_an_import_that_is_not_there(context):
    with pytest.raises(NotFoundError):
        undo_import(context, new_id())
