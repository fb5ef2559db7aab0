"""Revisions, mappings, audit, exports, holds and the overview."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from galena.domain.imports import NewImport, Quarantined, StoredSignal
from galena.domain.listing import LeadEntry
from galena.domain.revision import NewRevision
from galena.domain.tenancy import Workspace
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import (
    audit,
    exports,
    mappings,
    quarantine,
    revisions,
    signals,
    statistics,
    workspaces,
)
from galena.stores.door import OPERATOR, Door, Session
from galena.stores.holds import hold, is_held


def _revision(hash_: str) -> NewRevision:
    return NewRevision(
        hash_, {"playbook": "b2b", "n": hash_}, "rules", "features", ("a", "b"), ("start",), "why"
    )


def test_revisions_are_numbered_and_the_last_is_active(session: Session) -> None:
    assert revisions.find_active(session) is None
    first, second = revisions.save(session, _revision("h1")), revisions.save(session, _revision("h2"))
    assert (first.number, second.number, second.author) == (1, 2, "a test")
    assert revisions.find_active(session) == second
    assert workspaces.load(session).active_revision_id == second.id
    assert revisions.save(session, _revision("h2")) == second
    assert revisions.list_all(session) == (second, first)
    assert revisions.load(session, first.id) == first


def test_an_old_revision_is_restored_as_a_new_one(session: Session) -> None:
    first, _ = revisions.save(session, _revision("h1")), revisions.save(session, _revision("h2"))
    restored = revisions.restore(session, first.id)
    assert (restored.number, restored.content, restored.note) == (
        3,
        first.content,
        "restored from revision 1",
    )
    assert revisions.find_active(session) == restored
    with pytest.raises(NotFoundError):
        revisions.restore(session, uuid4())


def test_a_revision_cannot_be_changed(session: Session) -> None:
    with pytest.raises(Exception, match="permission denied"), session.connection.begin_nested():
        session.connection.execute(text("UPDATE playbook_revisions SET note = ''"))


def test_the_newest_mapping_is_used_and_all_are_kept(session: Session) -> None:
    one = mappings.save(session, "crm", {"key": ["id"]})
    assert mappings.save(session, "crm", {"key": ["id"]}) == one
    two, web = mappings.save(session, "crm", {"key": ["no"]}), mappings.save(session, "web", {})
    assert (one.revision, two.revision, web.revision) == (1, 2, 1)
    assert mappings.find(session, "crm") == two
    assert mappings.find(session, "none") is None
    assert mappings.list_newest(session) == (two, web)


def test_the_audit_trail_is_appended_to(session: Session) -> None:
    audit.record(session, "undo_import", "import:1", {"leads": 3})
    audit.record(session, "save_rules", "revision:2")
    newest, oldest = audit.list_(session)
    assert (oldest.actor, oldest.action, oldest.detail) == ("a test", "undo_import", {"leads": 3})
    assert oldest.correlation_id == "c-1"
    assert audit.list_(session, subject="import:1") == (oldest,)
    assert audit.list_(session, before=newest.id) == (oldest,)


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_not_even_the_owner_changes_the_audit_trail(engine: Engine, session: Session, statement: str) -> None:
    with pytest.raises(Exception, match="permission denied"), session.connection.begin_nested():
        session.connection.execute(text(statement))
    with pytest.raises(Exception, match="append-only"), engine.begin() as owner:
        owner.execute(text(statement))


def test_an_export_is_remembered(session: Session) -> None:
    made = exports.record(session, format_="csv", file_name="ranked.csv", query={"tier": ["A"]}, row_count=7)
    (kept,) = exports.list_(session)
    assert (kept.id, kept.author, kept.row_count, kept.query) == (made, "a test", 7, {"tier": ["A"]})


def test_what_is_held_is_held_by_one(engine: Engine, door: Door, workspace: Workspace) -> None:
    # Both signs of the lock's number: the last 32 bits of an id run over the whole range.
    for subject in (UUID(int=5), UUID(int=0xFFFFFFFE)):
        with hold(Door(engine), subject, doing="importing"):
            with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
                assert is_held(session, subject)
            with (
                pytest.raises(ConflictError, match="another Galena is importing"),
                hold(Door(engine), subject, doing="importing"),
            ):
                pass
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
            assert not is_held(session, subject)


@pytest.mark.slow
def test_a_hold_ends_with_its_process(database_url: str, session: Session) -> None:
    subject = new_id()
    program = (
        "import sys, time; from uuid import UUID; from galena.kit.database import make_engine;"
        "from galena.stores.door import Door; from galena.stores.holds import hold\n"
        "with hold(Door(make_engine(sys.argv[1])), UUID(sys.argv[2]), doing='importing'):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, database_url, str(subject)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert is_held(session, subject)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    for _ in range(200):
        if not is_held(session, subject):
            break
        session.connection.execute(text("SELECT pg_sleep(0.05)"))
    assert not is_held(session, subject)


def test_the_overview_counts_what_is_there(
    session: Session,
    open_import: Callable[..., NewImport],
    add_leads: Callable[..., list[LeadEntry]],
    noon: datetime,
) -> None:
    empty = statistics.overview(session)
    assert (empty.leads, empty.last_import_at, empty.imports_by_status) == (0, None, {})
    told = open_import(session)
    add_leads(session, "crm:1", "crm:2", category="roof")
    add_leads(session, "crm:3", status="discarded", status_reason="junk")
    quarantine.add_many(session, [Quarantined(new_id(), told.id, "crm", 1, "{}", ())])
    signal = StoredSignal(new_id(), "won", noon, "crm", bytes(32))
    signals.add_many(session, [signal, replace(signal, id=new_id(), payload_hash=b"1" * 32)])
    full = statistics.overview(session)
    assert full.leads_by_status == {"active": 2, "discarded": 1}
    assert (full.leads, full.quarantined, full.signals_waiting) == (3, 1, 2)
    assert (full.imports_by_status, full.last_import_at) == ({"running": 1}, noon)
    assert statistics.count_by_category(session) == {"roof": 2}
    assert statistics.count_by_reason(session) == {"junk": 1}
    assert statistics.count_by_temperature(session) == {}
