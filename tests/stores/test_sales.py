"""Sales: nothing twice to the same buyer, steps in their order, a history that only grows, money to the cent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from galena.domain.listing import LeadEntry, LeadQuery
from galena.domain.tenancy import Workspace
from galena.kit.errors import NotFoundError
from galena.stores import lead_lists, sales, tables
from galena.stores.door import OPERATOR, Door, Session

Add = Callable[..., list[LeadEntry]]


def _give(
    session: Session, name: str, ids: list[UUID], at: datetime, *, shared: bool = False
) -> tuple[UUID, set[UUID]]:
    buyer = sales.ensure_buyer(session, name, at)
    export_id = sales.open_export(session, buyer, "lists", at)
    return export_id, sales.claim_many(session, buyer, export_id, ids, at, shared=shared)


def _ids(entries: list[LeadEntry]) -> list[UUID]:
    return [entry.lead.id for entry in entries]


def test_a_lead_goes_from_new_to_sold_to_converted(session: Session, add_leads: Add, noon: datetime) -> None:
    one, two = _ids(add_leads(session, "crm:1", "crm:2"))
    _, given = _give(session, "Roofers", [one, two], noon)
    assert given == {one, two}
    buyer = sales.find_buyer(session, " ROOFERS ")
    assert sales.change_many(session, buyer, [one], "converted", noon) == set()
    assert sales.change_many(session, buyer, [one], "sold", noon, price=Decimal("45.50")) == {one}
    assert sales.change_many(session, buyer, [one], "sold", noon, price=Decimal("1")) == set()
    assert sales.change_many(session, buyer, [one], "converted", noon) == {one}
    steps = [(each.state, each.price) for each in sales.history(session, one)]
    assert steps == [("converted", Decimal("45.50")), ("sold", Decimal("45.50")), ("exported", None)]
    (totals,) = sales.list_buyers(session)
    assert (dict(totals.leads), totals.money) == ({"converted": 1, "exported": 1}, Decimal("45.50"))


def test_what_is_returned_earns_nothing_and_may_be_sold_to_another(
    session: Session, add_leads: Add, noon: datetime
) -> None:
    (one,) = _ids(add_leads(session, "crm:1"))
    _give(session, "A", [one], noon)
    a = sales.find_buyer(session, "A")
    sales.change_many(session, a, [one], "sold", noon, price=Decimal(30))
    assert _give(session, "B", [one], noon)[1] == set()
    assert _give(session, "B", [one], noon, shared=True)[1] == {one}
    assert sales.change_many(session, a, [one], "returned", noon, reason="no such number") == {one}
    assert _give(session, "A", [one], noon)[1] == set()
    assert _give(session, "C", [one], noon)[1] == {one}
    totals = {each.buyer.name: each.money for each in sales.list_buyers(session)}
    assert totals == {"A": 0, "B": 0, "C": 0}
    assert {each.reason for each in sales.list_sales(session, lead_id=one, state="returned")} == {
        "no such number"
    }


def test_an_export_is_taken_back_but_for_what_was_sold(
    session: Session, add_leads: Add, noon: datetime
) -> None:
    one, two = _ids(add_leads(session, "crm:1", "crm:2"))
    export_id, _ = _give(session, "A", [one, two], noon)
    sales.change_many(session, sales.find_buyer(session, "A"), [two], "sold", noon, price=Decimal(9))
    assert sales.undo_export(session, export_id, noon) == (1, 1)
    assert [each.state for each in sales.history(session, one)] == ["undone", "exported"]
    assert _give(session, "A", [one, two], noon)[1] == {one}
    with pytest.raises(NotFoundError):
        sales.undo_export(session, export_id, noon)
    with pytest.raises(NotFoundError):
        sales.undo_export(session, uuid4(), noon)


def test_a_part_of_a_lead_counts_as_the_lead(session: Session, add_leads: Add, noon: datetime) -> None:
    one, two = _ids(add_leads(session, "crm:1", "crm:2"))
    _give(session, "A", [two], noon)
    leads = tables.leads
    session.connection.execute(
        update(leads).where(leads.c.id == two).values(merged_into=one, status="merged")
    )
    assert _give(session, "A", [one], noon)[1] == set()
    assert _give(session, "B", [one], noon)[1] == {one}


def test_the_list_can_be_asked_for_what_was_not_given_yet(
    session: Session, add_leads: Add, noon: datetime
) -> None:
    one, two = _ids(add_leads(session, "crm:1", "crm:2"))
    _give(session, "A", [one], noon)
    assert lead_lists.ids(session, LeadQuery(sale="new")) == [two]
    assert lead_lists.ids(session, LeadQuery(sale="exported")) == [one]
    assert lead_lists.ids(session, LeadQuery(sale="sold")) == []


def test_the_history_cannot_be_changed(session: Session, add_leads: Add, noon: datetime) -> None:
    _give(session, "A", _ids(add_leads(session, "crm:1")), noon)
    for change in (update(tables.sale_changes).values(state="sold"), delete(tables.sale_changes)):
        with pytest.raises(DBAPIError, match="permission denied"), session.connection.begin_nested():
            session.connection.execute(change)


def test_at_once_nothing_is_given_twice(
    door: Door, workspace: Workspace, add_leads: Add, noon: datetime
) -> None:
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        ids = _ids(add_leads(session, *(f"crm:{number}" for number in range(40))))
        sales.ensure_buyer(session, "A", noon)
    start = Barrier(4)

    def export(turn: int) -> set[UUID]:
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
            start.wait()
            # Each begins elsewhere in the list, so that they meet in every order.
            return _give(session, "A", ids[turn * 10 :] + ids[: turn * 10], noon)[1]

    with ThreadPoolExecutor(4) as threads:
        given = list(threads.map(export, range(4)))
    assert sorted(lead_id for each in given for lead_id in each) == sorted(ids)
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        assert sales.count_by_state(session) == {"exported": 40}
        assert sum(each.leads for each in sales.list_exports(session)) == 40
