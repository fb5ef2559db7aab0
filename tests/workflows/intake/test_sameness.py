"""Leads joined and taken apart again, in any order: what hangs on them comes back, and a rebuild changes nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from galena.domain.listing import LeadQuery
from galena.kit.errors import ConflictError
from galena.stores import lead_lists, leads, outbox, projections, sameness
from galena.workflows.context import Context
from galena.workflows.intake import ingest_file
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.sameness import join, keep_apart, unmerge
from galena.workflows.undo import undo_import

from .rebuilding import rebuild_all

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LINES = (
    "deal,account,amount,email,opened",
    "one,Acme,10,a@acme.com,2026-01-01",
    "two,Acme Inc,20,b@acme.com,2026-01-02",
    "three,Bolt,30,c@bolt.com,2026-01-03",
    "four,Bolt Ltd,40,,2026-01-04",
    "five,Crane,50,e@crane.com,2026-01-05",
)
_STANDING = "SELECT to_jsonb(c) FROM current_scores c ORDER BY lead_id"


@pytest.fixture
def context(new_context: Callable[[], Context], write: Callable[..., Path]) -> Context:
    """Five deals, with details and visits behind some, each with a score that somebody gave."""
    context = new_context()
    ingest_file(context, write("deals.csv", *LINES))
    ingest_file(context, write("accounts.csv", "account,sector,typical", "Acme,steel,11", "Bolt Ltd,wood,41"))
    ingest_file(
        context,
        write("visits.csv", "visitor,when,pages,id", "Acme Inc,2026-02-01,3,v1", "Bolt,2026-02-02,4,v2"),
    )
    with context.session() as session:
        for number, lead_id in enumerate(_nodes(context)):
            session.connection.execute(
                text(
                    "INSERT INTO current_scores (lead_id, score_id, revision_id, micropoints, tier, temperature,"
                    " confidence, fit, engagement, reasons, as_of, scored_at, method)"
                    " VALUES (:lead, :number, :lead, :points, 'A', 'hot', 0.5, 1, 2, '{1,2}', :at, :at, 'rules')"
                ),
                {"lead": lead_id, "number": number, "points": number * 1_000_000, "at": NOON},
            )
    return context


def _nodes(context: Context) -> list[UUID]:
    with context.session() as session:
        return projections.lead_ids(session, after=leads.FIRST, limit=100)


def _scores(context: Context) -> list[object]:
    with context.session() as session:
        return list(session.connection.execute(text(_STANDING)).scalars())


def _rebuilt(context: Context) -> None:
    """Where every node stands is forgotten and found again from the decisions; leads are made from their records."""
    with context.session() as session:
        projections.take_turn(session)
        for forgetting in (
            "UPDATE leads SET merged_into = NULL, status = 'active' WHERE status = 'merged'",
            "DELETE FROM lead_links",
            "DELETE FROM signals WHERE lead_id IS NOT NULL",
        ):
            session.connection.execute(text(forgetting))
        rebuild_all(session, assembly_for(session, context.playbook), NOON)


def test_a_joined_lead_has_everything_and_taken_apart_each_has_its_own_again(
    context: Context, state: Callable[[Context], object]
) -> None:
    one, two, *_ = _nodes(context)
    before, scores_before = state(context), _scores(context)
    with context.session() as session:
        assembly = assembly_for(session, context.playbook)
        settled = join(session, assembly, two, one, NOON)
    assert settled.merged == (two,)
    with context.session() as session:
        lead, part = leads.load(session, one), leads.load(session, two)
        # Both arrived at once: the later row's values stand; the sector is a detail of the first one's account.
        assert lead.lead.fields == {
            "title": "two", "account": "Acme Inc", "amount": 11.0, "email": "b@acme.com", "sector": "steel",
        }  # fmt: skip
        assert (part.lead.status, part.merged_into) == ("merged", one)
        assert [row.id for row in lead_lists.page(session, LeadQuery()).rows] == [
            each for each in sorted(_nodes(context), reverse=True) if each != two
        ]
        signals = session.connection.execute(
            text("SELECT lead_id, kind FROM signals WHERE lead_id IN (:a, :b)"), {"a": one, "b": two}
        )
        assert sorted(tuple(row) for row in signals) == [(one, "opened"), (one, "opened"), (one, "visit")]
        (merge,) = sameness.list_standing(session, [one])
        assert outbox.list_for_lead(session, two, limit=1)[0].payload == {"into": str(one)}
        unmerge(session, assembly, merge.id, NOON)
    assert state(context) == before
    assert _scores(context) == scores_before
    with context.session() as session, pytest.raises(ConflictError, match="undone already"):
        unmerge(session, assembly, merge.id, NOON)


def test_what_a_person_keeps_apart_no_chain_brings_together(context: Context) -> None:
    one, two, three, *_ = _nodes(context)
    with context.session() as session:
        assembly = assembly_for(session, context.playbook)
        join(session, assembly, one, two, NOON)
        join(session, assembly, two, three, NOON)
        keep_apart(session, assembly, one, three, NOON)
        groups = sameness.groups_of(session, [one, two, three])
    # The way from one to three leads over two; of its two merges, equally sure, the earlier is undone.
    assert groups == {one: one, two: two, three: two}


def test_undoing_an_import_lets_go_of_its_leads(
    context: Context, write: Callable[..., Path], state: Callable[[Context], object]
) -> None:
    before = state(context)
    report = ingest_file(
        context, write("more.csv", LINES[0], "six,Acme,60,,2026-01-06", "seven,Acme,70,,2026-01-07")
    )
    one, *_, six, seven = _nodes(context)
    with context.session() as session:
        assembly = assembly_for(session, context.playbook)
        join(session, assembly, six, seven, NOON)
        join(session, assembly, one, six, NOON)
    assert report.import_id is not None
    undo_import(context, report.import_id)
    after = state(context)
    assert {name: rows for name, rows in after.items() if name != "records"} == {
        name: rows for name, rows in before.items() if name != "records"
    }


STEP = st.tuples(st.sampled_from(["join", "join", "apart", "unmerge"]), st.integers(0, 4), st.integers(0, 4))


@given(steps=st.lists(STEP, max_size=6))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_sequence_taking_everything_apart_gives_back_what_was(
    context: Context, state: Callable[[Context], object], steps: list[tuple[str, int, int]]
) -> None:
    nodes = _nodes(context)
    before, scores_before = state(context), _scores(context)
    for what, first, second in steps:
        with context.session() as session:
            projections.take_turn(session)
            assembly = assembly_for(session, context.playbook)
            merges = [each for each in sameness.list_standing(session, nodes) if each.verdict == "merge"]
            if what == "unmerge" and merges:
                unmerge(session, assembly, merges[first % len(merges)].id, NOON)
            elif first != second and what != "unmerge":
                (join if what == "join" else keep_apart)(session, assembly, nodes[first], nodes[second], NOON)
    live = state(context)
    _rebuilt(context)
    assert state(context) == live
    with context.session() as session:
        projections.take_turn(session)
        assembly = assembly_for(session, context.playbook)
        groups = sameness.groups_of(session, nodes)
        for each in sameness.list_standing(session, nodes):
            if each.verdict == "apart":
                assert groups[each.one] != groups[each.other]
            else:
                assert groups[each.one] == groups[each.other] <= min(each.one, each.other)
                unmerge(session, assembly, each.id, NOON)
    assert state(context) == before
    assert _scores(context) == scores_before
