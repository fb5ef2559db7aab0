"""Corrected rows go the way of every row, once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from galena.kit.errors import NotFoundError
from galena.kit.ids import new_id
from galena.stores import imports, quarantine
from galena.workflows.intake import ingest_file
from galena.workflows.replay_quarantine import correct_and_replay, dismiss_rows
from galena.workflows.undo import undo_import

HEAD = "deal,account,amount,email,opened"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def brought(context, write):
    """An import with two rows set aside: their ids by row number."""
    report = ingest_file(context, write("d.csv", HEAD, "D1,Acme,10,,", "D2,Acme,many,,", "D3,Acme,-1,,"))
    with context.session() as session:
        rows = quarantine.list_(session, import_id=report.import_id)
    return report.import_id, {row.row_number: row.id for row in rows}


def counts(context, import_id):
    with context.session() as session:
        found = imports.load(session, import_id).counts
    assert found.read == found.created + found.updated + found.unchanged + found.quarantined
    return found.created, found.quarantined


def test_a_corrected_row_becomes_a_lead(context, brought, fields_of):
    import_id, rows = brought
    report = correct_and_replay(context, [rows[2]], {rows[2]: {"amount": "20"}})
    assert report.replayed == (rows[2],)
    assert fields_of()["D2"] == {"title": "D2", "account": "Acme", "amount": 20.0}
    assert counts(context, import_id) == (2, 1)
    with context.session() as session:
        assert quarantine.load(session, rows[2]).corrections == {"amount": "20"}


def test_replaying_again_does_nothing(context, brought, state):
    _, rows = brought
    correct_and_replay(context, [rows[2]], {rows[2]: {"amount": "20"}})
    before = state(context)
    assert correct_and_replay(context, [rows[2]], {rows[2]: {"amount": "30"}}).closed == (rows[2],)
    assert state(context) == before


def test_a_row_that_is_still_wrong_stays_with_its_new_reason(context, brought, fields_of):
    import_id, rows = brought
    report = correct_and_replay(context, list(rows.values()), {rows[3]: {"amount": "1", "deal": ""}})
    assert [[fault.field for fault in row.faults] for row in report.refused] == [["amount"], ["key"]]
    assert set(fields_of()) == {"D1"}
    assert counts(context, import_id) == (1, 2)


def test_a_row_corrected_into_one_that_is_there_is_unchanged(context, brought):
    import_id, rows = brought
    correct_and_replay(context, [rows[2]], {rows[2]: {"deal": "D1", "amount": "10"}})
    assert counts(context, import_id) == (1, 1)


def test_corrected_equals_right_from_the_start_and_goes_with_its_import(new_context, write, meaning):
    wrong = replace(new_context(), clock=lambda: NOON)
    import_id = ingest_file(wrong, write("w.csv", HEAD, "D1,Acme,10,,", "D2,Acme,many,,")).import_id
    with wrong.session() as session:
        (row,) = quarantine.list_(session, import_id=import_id)
    correct_and_replay(wrong, [row.id], {row.id: {"title": "D2", "amount": "20"}})
    right = replace(new_context(), clock=lambda: NOON)
    ingest_file(right, write("r.csv", HEAD, "D1,Acme,10,,", "D2,Acme,20,,"))
    assert {**meaning(wrong), "quarantine": []} == meaning(right)
    undo_import(wrong, import_id)
    assert not any(meaning(wrong).values())


def test_dismissed_rows_stay_closed(context, brought, fields_of):
    _, rows = brought
    assert dismiss_rows(context, list(rows.values())) == 2
    assert dismiss_rows(context, list(rows.values())) == 0
    assert correct_and_replay(context, [rows[2]]).closed == (rows[2],)
    assert set(fields_of()) == {"D1"}


def test_a_row_that_does_not_exist(context):
    with pytest.raises(NotFoundError):
        correct_and_replay(context, [new_id()])
