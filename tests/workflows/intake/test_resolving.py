"""New leads compared with those that are there, as their import ends."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from galena.domain.playbook import Identity
from galena.stores import identity, leads, match_reviews, outbox, projections, sameness
from galena.workflows import match_model, resolving
from galena.workflows.context import Context
from galena.workflows.intake import ingest_file
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.resolving import Resolved, compare_nodes, resolve_pending

HEAD = "deal,account,amount,email,opened"
IDENTITY = Identity.model_validate(
    {
        "compare": {"title": "name", "account": "company", "email": "email"},
        "keys": [{"fields": ["email"], "most": 3}],
        "anchors": ["account"],
        "most_leads": 4,
    }
)


@pytest.fixture
def context(new_context: Callable[[], Context]) -> Context:
    context = new_context()
    return replace(context, playbook=context.playbook.model_copy(update={"identity": IDENTITY}))


def _visible(context: Context) -> dict[str, str]:
    """Key of each node -> key of the visible lead it is part of."""
    with context.session() as session:
        found = leads.load_many(session, projections.lead_ids(session, after=leads.FIRST, limit=1_000))
        key = {node: entry.lead.key.partition(":")[2] for node, entry in found.items()}
        return {key[node]: key[entry.merged_into or node] for node, entry in found.items()}


def _alerts(context: Context) -> list[str]:
    with context.session() as session:
        return [each.payload["alert"] for each in outbox.read(session) if each.kind == "alert"]


def test_a_shared_key_joins_at_once_and_says_why(context: Context, write: Callable[..., Path]) -> None:
    ingest_file(
        context,
        write("a.csv", HEAD, "Roof,Borealis Optics,1,kim@borealis.com,", "Pool,Crane,2,l@crane.com,"),
    )
    report = ingest_file(context, write("b.csv", HEAD, "Roof work,Borealis Optics Inc,3,KIM@borealis.com,"))
    assert (report.created, report.resolved.merged, report.resolved.waiting) == (1, 1, 0)
    assert _visible(context) == {"Roof": "Roof", "Pool": "Pool", "Roof work": "Roof"}
    with context.session() as session:
        nodes = projections.lead_ids(session, after=leads.FIRST, limit=10)
        (merge,) = sameness.list_standing(session, nodes)
    assert (merge.decided_by, merge.author, merge.evidence.key) == ("key", "a test", ("email",))
    assert "same e-mail" in merge.evidence.because


def test_the_same_file_in_one_piece_gives_the_same_leads(
    context: Context, write: Callable[..., Path]
) -> None:
    lines = [HEAD, "One,Borealis Optics,1,kim@borealis.com,", "Two,Borealis Optics,2,kim@borealis.com,"]
    ingest_file(context, write("a.csv", *lines))
    assert _visible(context) == {"One": "One", "Two": "One"}
    again = ingest_file(context, write("c.csv", *lines, ""))
    assert (again.unchanged, again.resolved.compared) == (2, 0)


def test_many_at_once_are_joined_as_one_after_the_other(
    new_context: Callable[[], Context], write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_model, "LEAST_ROWS", 300)  # so that what is usual does not move meanwhile
    draw = Random(3)
    rows = [HEAD]
    for at in range(40):
        firm = "".join(draw.choice(("bor", "al", "ix", "tun", "ev", "ost")) for _ in range(5)).title()
        mail = f"{firm.lower()}@{firm[:6].lower()}.com"
        rows.append(f"{firm} roof,{firm} Optics,{at},{mail},")
        if draw.random() < 0.5:
            rows.append(f"{firm} pool,{firm[:-1]} Optics Inc,{at},{draw.choice((mail, ''))},")
    file, told = write("a.csv", *rows), []
    for at_once in (1, 1_000):
        monkeypatch.setattr(resolving, "NODES_AT_ONCE", at_once)
        context = new_context()
        context = replace(context, playbook=context.playbook.model_copy(update={"identity": IDENTITY}))
        report = ingest_file(context, file)
        told.append((_visible(context), report.resolved.merged, set(_alerts(context))))
    assert told[0] == told[1]
    assert 5 < told[0][1] < 40


def test_what_many_share_joins_nobody(context: Context, write: Callable[..., Path]) -> None:
    names = ("Alder Roofing", "Birch Dental", "Cedar Travel", "Dogwood Books", "Elm Bakery")
    rows = [f"{name[::-1]},{name},{at},office@agent.com," for at, name in enumerate(names)]
    ingest_file(context, write("a.csv", HEAD, *rows))
    visible = _visible(context)
    assert all(key == root for key, root in visible.items())
    assert _alerts(context) == ["identity_shared_key"]


def test_where_the_rest_contradicts_a_person_is_asked(context: Context, write: Callable[..., Path]) -> None:
    part = IDENTITY.model_copy(update={"compare": {"account": "company", "email": "email"}})
    context = replace(context, playbook=context.playbook.model_copy(update={"identity": part}))
    ingest_file(context, write("a.csv", HEAD, "Zinc gutters,Alder Roofing,1,office@agent.com,"))
    report = ingest_file(context, write("b.csv", HEAD, "Gutters of tin,Birch Dental,2,office@agent.com,"))
    assert (report.resolved.merged, report.resolved.asked) == (0, 1)
    with context.session() as session:
        (question,) = match_reviews.list_open(session, limit=5)
    assert question.reason == "contradiction"
    assert "same e-mail" in question.evidence.because
    assert _alerts(context) == ["identity_contradiction"]


def test_a_lead_grows_no_further_than_the_playbook_lets_it(
    context: Context, write: Callable[..., Path]
) -> None:
    for at in range(6):
        ingest_file(context, write(f"{at}.csv", HEAD, f"Roof {at},Borealis Optics,{at},kim@borealis.com,"))
    visible = list(_visible(context).values())
    assert max(visible.count(root) for root in visible) == 4
    assert "identity_too_large" in _alerts(context)


def test_a_run_that_ended_is_taken_up(context: Context, write: Callable[..., Path]) -> None:
    ingest_file(context, write("a.csv", HEAD, "One,Borealis Optics,1,kim@borealis.com,"))
    off = replace(context, playbook=context.playbook.model_copy(update={"identity": None}))
    ingest_file(off, write("b.csv", HEAD, "Two,Borealis Optics,2,kim@borealis.com,"))
    assert _visible(context) == {"One": "One", "Two": "Two"}
    with context.session() as session:
        assert identity.await_unknown(session) == 1
    assert resolve_pending(context).merged == 1
    assert _visible(context) == {"One": "One", "Two": "One"}


def test_how_leads_are_compared_does_not_depend_on_how_far_a_run_came(
    context: Context, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_model, "LEAST_ROWS", 1)
    off = replace(context, playbook=context.playbook.model_copy(update={"identity": None}))
    ingest_file(off, write("b.csv", HEAD, *(f"{name},{name} Optics,2,," for name in ("One", "Two", "Three"))))
    with context.session() as session:
        identity.await_unknown(session)
        at_first = match_model.matching_of(session, context.playbook)
        assert at_first is not None
        assembly = assembly_for(session, context.playbook)
        first = identity.list_pending(session, limit=1)
        compare_nodes(session, context.playbook, at_first, assembly, first, context.clock(), Resolved())
        assert identity.count_pending(session) == 2
        later = match_model.matching_of(session, context.playbook)
        assert later is not None
        assert later.model == at_first.model


def test_keys_alone_join_across_sources(
    new_context: Callable[[], Context], write: Callable[..., Path]
) -> None:
    part = Identity.model_validate(
        {"compare": {"email": "id"}, "keys": [{"fields": ["email"], "across": True}], "by_keys_only": True}
    )
    context = new_context()
    context = replace(context, playbook=context.playbook.model_copy(update={"identity": part}))
    ingest_file(context, write("a.csv", HEAD, "One,A,1,p@a.com,", "Two,B,2,p@a.com,"))
    assert _visible(context) == {"One": "One", "Two": "Two"}
