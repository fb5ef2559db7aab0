"""Leads: written in bulk, found as people name them, read through in order, let go without losses."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from galena.domain.imports import NewImport, SourceRecord, StoredSignal
from galena.domain.lead import Provenance
from galena.domain.listing import LeadEntry
from galena.domain.tenancy import Workspace
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import leads, links, records, signals, workspaces
from galena.stores.door import OPERATOR, Door, Session

Make = Callable[..., LeadEntry]
Add = Callable[..., list[LeadEntry]]


def test_a_lead_comes_back_as_it_was_written(session: Session, entry: Make, noon: datetime) -> None:
    written = entry(
        "crm:1",
        fields={"company": 'Zoë "& Söhne"\nGmbH', "employees": 12.5, "tags": ["a", "b"], "site": None},
        data_quality_parts={"completeness": 0.1 + 0.2},
        status="discarded",
        status_reason="junk",
        subtitle="Berlin",
        category="roof",
        trade_group="home_exterior",
    )
    odd = Provenance(1 / 3, noon + timedelta(microseconds=1), new_id(), "permits")
    lead = replace(written.lead, provenance={**written.lead.provenance, "company": odd})
    written = replace(written, lead=lead)
    assert leads.save_many(session, [written]) == 1
    assert leads.load(session, lead.id) == written
    assert leads.load_many_by_key(session, ["crm:1", "crm:2"]) == {"crm:1": written}


def test_writing_again_changes_what_may_change(session: Session, entry: Make, noon: datetime) -> None:
    first = entry("crm:1", founded_by_import=new_id())
    later = replace(
        entry("crm:1", id=first.lead.id, fields={"company": "Bolt"}, created_at=noon + timedelta(days=1)),
        title="Bolt",
        updated_at=noon + timedelta(days=1),
    )
    new = entry("crm:2")
    leads.save_many(session, [first])
    assert leads.save_many(session, [later, new]) == 2
    kept = leads.load(session, first.lead.id)
    assert (kept.title, kept.lead.fields) == ("Bolt", {"company": "Bolt"})
    assert (kept.founded_by_import, kept.lead.created_at) == (first.founded_by_import, noon)
    assert leads.load(session, new.lead.id) == new


def test_a_key_has_one_lead(session: Session, entry: Make) -> None:
    leads.save_many(session, [entry("crm:1")])
    with pytest.raises(ConflictError, match="same key"):
        leads.save_many(session, [entry("crm:2"), entry("crm:1")])
    assert list(leads.load_many_by_key(session, ["crm:1", "crm:2"])) == ["crm:1"]


def test_a_key_of_any_length_is_found_again(session: Session, add_leads: Add) -> None:
    long, other = "crm:" + "x" * 100_000, "crm:" + "x" * 99_999 + "y"
    add_leads(session, long, other)
    assert set(leads.load_many_by_key(session, [long, other])) == {long, other}
    assert leads.find(session, long) is not None


def test_a_lead_is_found_as_people_name_it(session: Session, add_leads: Add) -> None:
    one, two, three = add_leads(session, "crm:100", "crm:1001", "permits:7")
    assert leads.find(session, "crm:100") == one
    assert leads.find(session, str(two.lead.id)) == two
    assert leads.find(session, "permits") == three
    assert leads.find(session, "1001") == two
    assert leads.find(session, str(three.lead.id)[:34]) in (one, two, three)
    assert leads.find(session, "nobody") is None
    with pytest.raises(ConflictError) as caught:
        leads.find(session, "crm:10")
    assert caught.value.facts["for_example"] == ["crm:100", "crm:1001"]


def test_a_lead_that_is_not_there_is_said_so(session: Session) -> None:
    with pytest.raises(NotFoundError):
        leads.load(session, uuid4())


def test_reading_through_gives_each_lead_once_in_order(session: Session, add_leads: Add) -> None:
    made = sorted(add_leads(session, *(f"crm:{n}" for n in range(7))), key=lambda entry: entry.lead.id)
    seen: list[UUID] = []
    after = leads.FIRST
    while rows := _rows(leads.read_batch(session, after=after, limit=3)):
        seen += [UUID(row["lead_id"]) for row in rows]
        after = seen[-1]
    assert seen == [entry.lead.id for entry in made]
    (row,) = _rows(leads.read_some(session, [made[0].lead.id]))
    assert json.loads(row["fields"]) == made[0].lead.fields
    assert (row["lead_key"], row["lead_status"], row["previous_tier"]) == (made[0].lead.key, "active", "")


def test_standings_are_written_where_they_differ(session: Session, add_leads: Add) -> None:
    one, two = add_leads(session, "crm:1", "crm:2")
    discarded = leads.Standing(one.lead.id, "discarded", "too_old", "roof", "home_exterior")
    same = leads.Standing(two.lead.id, "active", None, None, None)
    assert leads.set_standings(session, [discarded, same]) == 1
    kept = leads.load(session, one.lead.id)
    assert (kept.lead.status, kept.lead.status_reason, kept.category) == ("discarded", "too_old", "roof")
    assert leads.set_standings(session, [discarded, same]) == 0


def test_deleting_a_lead_lets_go_of_what_others_told(
    session: Session,
    add_leads: Add,
    open_import: Callable[..., NewImport],
    record: Callable[..., SourceRecord],
    noon: datetime,
) -> None:
    (lead,) = add_leads(session, "crm:1")
    told = record(open_import(session).id, lead_id=lead.lead.id)
    records.add_many(session, [told])
    signal = StoredSignal(
        new_id(), "won", noon, "crm", bytes(32), lead_id=lead.lead.id, link="key:crm:1", attributes={"v": 1}
    )
    signals.add_many(session, [signal])
    links.add_many(session, [("key:crm:1", lead.lead.id)])
    assert leads.delete_many(session, [lead.lead.id]) == 1
    assert links.find_many(session, ["key:crm:1"]) == {}
    assert records.find_by_key(session, "crm", "1") == (replace(told, lead_id=None),)
    assert signals.list_waiting(session) == (replace(signal, lead_id=None),)


def test_a_lead_is_assigned_and_taken_back(
    door: Door, workspace: Workspace, add_leads: Add, noon: datetime
) -> None:
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        tenant = workspaces.add_tenant(session, "Roofers")
        (lead,) = add_leads(session, "crm:1")
        assert leads.assign(session, [lead.lead.id], tenant.id, at=noon) == 1
    with door.enter(workspace.id, tenant_id=tenant.id, actor="a test") as session:
        assert leads.load(session, lead.lead.id).tenant_id == tenant.id
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        leads.assign(session, [lead.lead.id], None, at=noon)
    with door.enter(workspace.id, tenant_id=tenant.id, actor="a test") as session:
        assert leads.load_many(session, [lead.lead.id]) == {}


def test_links_are_replaced_as_a_whole(session: Session, add_leads: Add) -> None:
    one, two = (entry.lead.id for entry in add_leads(session, "crm:1", "crm:2"))
    assert links.add_many(session, [("account:acme", one), ("account:acme", two), ("email:a", one)]) == 3
    assert links.add_many(session, [("account:acme", one)]) == 0
    assert links.find_many(session, ["account:acme", "email:b"]) == {
        "account:acme": tuple(sorted((one, two)))
    }
    links.replace_of(session, {one: ["email:b", "email:b"], two: []})
    assert links.list_for_lead(session, one) == ("email:b",)
    assert links.list_for_lead(session, two) == ()


def _rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode())))
