"""Signals that wait: why, given to a lead by hand with all that bears their link, taken back, and let go."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from galena.domain.imports import StoredSignal
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import leads, projections, signals
from galena.workflows.context import Context
from galena.workflows.intake import ingest_file
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.sameness import join
from galena.workflows.signal_desk import give_to_lead, let_go, take_back, told_of, waiting_because

from .rebuilding import rebuild_all

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
VISITS = "visitor,when,pages,id"


@pytest.fixture
def context(new_context: Callable[[], Context], write: Callable[..., Path]) -> Context:
    """Two deals, and two visits of somebody whom neither names."""
    context = new_context()
    ingest_file(context, write("deals.csv", "deal,account,amount,email", "one,Acme,10,", "two,Bolt,20,"))
    ingest_file(context, write("visits.csv", VISITS, "Acmee,2026-02-01,3,v1", "Acmee,2026-02-02,4,v2"))
    return context


def _waiting(context: Context) -> tuple[StoredSignal, ...]:
    with context.session() as session:
        return signals.list_waiting(session)


def _of(context: Context, name: str) -> list[datetime]:
    with context.session() as session:
        entry = leads.find(session, name)
        assert entry is not None
        return [each.at for each in signals.list_for_lead(session, entry.merged_into or entry.lead.id)]


def test_the_reason_names_what_no_lead_has(context: Context) -> None:
    newest, _ = _waiting(context)
    assert waiting_because(context.playbook, newest) == "no lead has the account acmee"
    assert told_of(newest) == "pages 4"


def test_a_signal_given_by_hand_takes_along_what_bears_its_link(
    context: Context, write: Callable[..., Path]
) -> None:
    given = give_to_lead(context, str(_waiting(context)[0].id)[-8:], "one")
    assert (given.title, given.count) == ("one of Acme", 2)
    assert (_waiting(context), len(_of(context, "one"))) == ((), 2)
    ingest_file(context, write("later.csv", VISITS, "acmee,2026-02-03,1,v3"))
    assert len(_of(context, "one")) == 3, "what comes later finds its lead at once"
    with context.session() as session:
        one, two = projections.lead_ids(session, after=leads.FIRST, limit=5)
        projections.take_turn(session)
        assembly = assembly_for(session, context.playbook)
        assert rebuild_all(session, assembly, NOON) == 0, "a rebuild knows of it"
        join(session, assembly, one, two, NOON)
    assert len(_of(context, "two")) == 3, "and so does a lead that it becomes part of"
    attached = _of_lead(context, one)
    assert take_back(context, str(attached[0].id)).count == 3
    assert (len(_waiting(context)), _of(context, "one")) == (3, [])


def _of_lead(context: Context, lead_id: UUID) -> tuple[StoredSignal, ...]:
    with context.session() as session:
        return signals.list_for_lead(session, lead_id)


def test_what_is_let_go_is_listed_no_more_and_finds_its_lead_all_the_same(
    context: Context, write: Callable[..., Path]
) -> None:
    newest, oldest = _waiting(context)
    assert [let_go(context, str(newest.id)).count for _ in range(2)] == [1, 0]
    assert _waiting(context) == (oldest,)
    ingest_file(context, write("more.csv", "deal,account,amount,email", "three,Acmee,30,"))
    assert len(_of(context, "three")) == 2
    with pytest.raises(ConflictError, match="belongs to a lead"):
        let_go(context, str(_of_lead(context, _id(context, "three"))[0].id))


def _id(context: Context, name: str) -> UUID:
    with context.session() as session:
        entry = leads.find(session, name)
        assert entry is not None
        return entry.lead.id


def test_mistakes_are_told(context: Context) -> None:
    with pytest.raises(NotFoundError, match="No signal has this id"):
        give_to_lead(context, "0000000", "one")
    with pytest.raises(NotFoundError, match="No lead fits"):
        give_to_lead(context, str(_waiting(context)[0].id), "nobody")
    given = give_to_lead(context, str(_waiting(context)[0].id), "two")
    assert given.lead_id is not None
    attached = str(_of_lead(context, given.lead_id)[0].id)
    with pytest.raises(ConflictError, match="its lead already"):
        give_to_lead(context, attached, "one")
    take_back(context, attached)
    with pytest.raises(NotFoundError):
        take_back(context, attached)
    with pytest.raises(ConflictError, match="not given to its lead by hand"):
        take_back(context, str(_waiting(context)[0].id))
