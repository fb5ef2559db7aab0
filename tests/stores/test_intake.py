"""Imports, source records, quarantine, signals and behaviours: nothing lost, nothing twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import polars as pl
import pytest

from galena.domain.imports import (
    Fault,
    ImportCounts,
    NewImport,
    Quarantined,
    SourceRecord,
    StoredSignal,
)
from galena.domain.listing import LeadEntry
from galena.domain.signal import SignalCount
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import imports, quarantine, records, signals
from galena.stores.door import Session

Begin = Callable[..., NewImport]
Record = Callable[..., SourceRecord]
Add = Callable[..., list[LeadEntry]]


def test_an_import_goes_from_its_start_to_its_undoing(
    session: Session, open_import: Begin, noon: datetime
) -> None:
    new = open_import(session, shape={"format": "csv"}, options={"yes": True})
    begun = imports.load(session, new.id)
    assert (begun.status, begun.counts, begun.author) == ("running", ImportCounts(), "a test")
    imports.checkpoint(session, new.id, row=5, more=ImportCounts(read=5, created=3, quarantined=2))
    imports.checkpoint(session, new.id, row=7, more=ImportCounts(read=2, updated=1, unchanged=1, signals=4))
    imports.interrupt(session, new.id)
    resumed = imports.resume(session, new.id)
    assert (resumed.status, resumed.checkpoint_row) == ("running", 7)
    done = imports.finish(session, new.id, at=noon)
    assert done.counts == ImportCounts(read=7, created=3, updated=1, unchanged=1, quarantined=2, signals=4)
    assert (done.shape, done.mapping, done.options) == ({"format": "csv"}, None, {"yes": True})
    imports.correct_counts(session, new.id, ImportCounts(created=1, quarantined=-1))
    assert imports.load(session, new.id).counts.quarantined == 1
    imports.mark_undone(session, new.id, at=noon)
    undone = imports.load(session, new.id)
    assert (undone.status, undone.undone_at, undone.counts.created) == ("undone", noon, 4)


def test_imports_are_listed_newest_first_and_found_by_content(session: Session, open_import: Begin) -> None:
    one, two, three = (open_import(session, sha256=digit * 64) for digit in "aba")
    imports.fail(session, two.id, at=two.started_at, error="no space left")
    assert [found.id for found in imports.list_(session)] == [three.id, two.id, one.id]
    assert [found.id for found in imports.list_(session, limit=1, before=three.id)] == [two.id]
    assert [found.error for found in imports.list_(session, statuses=["failed"])] == ["no space left"]
    assert {found.id for found in imports.find_by_sha256(session, "a" * 64)} == {one.id, three.id}
    assert imports.find_by_sha256(session, "a" * 64, source="web") == ()
    with pytest.raises(NotFoundError):
        imports.load(session, new_id())


def test_the_same_key_and_payload_are_one_record(
    session: Session, open_import: Begin, record: Record
) -> None:
    told = open_import(session).id
    first, changed = record(told, "1"), record(told, "1", payload_hash=b"2" * 32, payload='{"b":1, "a":2}')
    again, twice = record(told, "1"), record(told, "2", row_number=2)
    assert records.add_many(session, [first, changed]) == {first.id, changed.id}
    assert records.add_many(session, [again, twice, replace(twice, id=new_id(), row_number=3)]) == {twice.id}
    assert records.find_by_key(session, "crm", "1") == (first, changed)
    assert records.find_by_key(session, "web", "1") == ()


def test_a_payload_is_kept_to_the_letter(session: Session, open_import: Begin, record: Record) -> None:
    raw = '{ "b": 1.50, "a": "Zo\\u00eb \\"x\\"",  "b": 2, "n": null, "z": "\\u0000" }'
    kept = record(open_import(session).id, "x" * 9_000, payload=raw)
    records.add_many(session, [kept])
    (found,) = records.find_by_key(session, "crm", "x" * 9_000)
    assert found.payload == raw
    assert found.record_key.startswith("x" * 400)


def test_records_find_their_leads(
    session: Session, open_import: Begin, record: Record, add_leads: Add
) -> None:
    told, other = open_import(session).id, open_import(session).id
    one, two = (entry.lead.id for entry in add_leads(session, "crm:1", "crm:2"))
    own, detail = record(told, "1", lead_id=one), record(other, "d", role="details", link="account:acme")
    records.add_many(session, [own, detail])
    assert records.list_waiting(session, ["account:acme", "account:bolt"]) == (detail,)
    records.assign(session, {detail.id: one})
    assert records.list_waiting(session, ["account:acme"]) == ()
    taken = replace(detail, lead_id=one)
    assert records.list_by_links(session, ["account:acme"]) == (taken,)
    assert records.list_for_lead(session, one) == (own, taken)
    assert records.list_for_leads(session, [one, two]) == {one: (own, taken)}
    assert records.list_leads_of_import(session, other) == (one,)
    assert records.delete_of_import(session, other) == 1
    assert records.find_by_key(session, "crm", "1") == (own,)


def test_a_quarantined_row_is_replayed_or_dismissed_once(
    session: Session, open_import: Begin, noon: datetime
) -> None:
    told = open_import(session).id
    fault = Fault("value", "12x", "is not a number", "Write 12.")
    rows = [Quarantined(new_id(), told, "crm", n, '{"value": "12x"}', (fault,)) for n in (3, 9)]
    assert quarantine.add_many(session, rows) == 2
    assert quarantine.add_many(session, [replace(rows[0], id=new_id())]) == 0
    assert quarantine.list_(session, import_id=told) == tuple(rows)
    assert quarantine.list_(session, after=rows[0].id) == (rows[1],)
    assert quarantine.count_by_import(session) == {told: 2}
    made = new_id()
    quarantine.mark_replayed(session, rows[0].id, record_id=made, at=noon, corrections={"value": "12"})
    replayed = quarantine.load(session, rows[0].id)
    assert (replayed.status, replayed.replayed_record_id) == ("replayed", made)
    assert replayed.corrections == {"value": "12"}
    with pytest.raises(ConflictError, match="closed already"):
        quarantine.dismiss(session, rows[0].id, at=noon)
    quarantine.update_faults(session, rows[1].id, [replace(fault, reason="is still no number")])
    assert quarantine.load(session, rows[1].id).faults[0].reason == "is still no number"
    quarantine.dismiss(session, rows[1].id, at=noon)
    assert quarantine.list_(session) == ()
    assert quarantine.delete_of_import(session, told) == 2
    with pytest.raises(NotFoundError):
        quarantine.load(session, rows[0].id)


def _signal(noon: datetime, days: int, **given: object) -> StoredSignal:
    signal = StoredSignal(new_id(), "email_open", noon - timedelta(days=days), "crm", new_id().bytes * 2)
    return replace(signal, **given)  # type: ignore[arg-type]


def test_the_same_signal_is_kept_once(session: Session, noon: datetime) -> None:
    one, two = _signal(noon, 1, attributes={"value": 2.5}), _signal(noon, 2)
    assert signals.add_many(session, [one]) == {one.id}
    assert signals.add_many(session, [replace(one, id=new_id()), two, replace(two, id=new_id())]) == {two.id}
    assert {each.id for each in signals.list_waiting(session)} == {one.id, two.id}


def test_signals_wait_for_their_lead(session: Session, add_leads: Add, noon: datetime) -> None:
    (lead,) = (entry.lead.id for entry in add_leads(session, "crm:1"))
    new, old, gone = (_signal(noon, days, link="account:acme") for days in (1, 2, 3))
    mine = _signal(noon, 4, lead_id=lead, source="web")
    signals.add_many(session, [old, new, gone, mine])
    assert [signals.let_go(session, gone.id, at=noon) for _ in range(2)] == [True, False]
    assert signals.list_waiting(session) == (new, old)
    assert signals.list_waiting(session, source="web") == ()
    assert signals.list_waiting_under(session, "account:acme") == (gone, old, new)
    assert signals.list_newest(session, kind="email_open") == (mine,)
    assert signals.find_like(session, str(old.id)[-9:].upper()) == (old,)
    assert signals.find_like(session, "acme") == ()
    assert signals.count_all(session) == (
        SignalCount("email_open", "crm", 0, 2, 1),
        SignalCount("email_open", "web", 1, 0, 0),
    )


def test_signals_are_read_as_frames(session: Session, add_leads: Add, noon: datetime) -> None:
    one, two, three = sorted(entry.lead.id for entry in add_leads(session, "crm:1", "crm:2", "crm:3"))
    moment = noon + timedelta(microseconds=7)
    for lead in (one, two, three):
        signals.add_many(session, [_signal(noon, 1, lead_id=lead), _signal(moment, 0, lead_id=lead)])
    found = pl.read_csv(signals.read_range(session, after=one, upto=two), infer_schema=False)
    assert found["lead_id"].to_list() == [str(two)] * 2
    assert found["at_us"].cast(pl.Int64).cast(pl.Datetime("us", "UTC")).to_list()[1] == moment


def test_undoing_an_import_takes_its_signals(
    session: Session, open_import: Begin, add_leads: Add, noon: datetime
) -> None:
    told: UUID = open_import(session).id
    (lead,) = (entry.lead.id for entry in add_leads(session, "crm:1", founded_by_import=told))
    signals.add_many(
        session, [_signal(noon, 1, import_id=told, lead_id=lead), _signal(noon, 2, import_id=told)]
    )
    assert signals.delete_of_import(session, told) == (lead,)
