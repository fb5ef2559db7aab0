"""A person says which of several equal parcels is a lead's; says otherwise; says that none is."""

from typing import Any

import pytest

from galena.kit.errors import NotFoundError
from galena.stores import audit
from galena.workflows.enrich import enrich_many, lead_state
from galena.workflows.enrich_choice import choose_record, list_open_choices
from galena.workflows.rescore import rescore

HERE = "1200 W Magnolia Avenue"
MINE, OTHER = "SAMPLE, PAT & ALEX", "OTHER, ALEX"


@pytest.fixture
def unsure(county: Any) -> Any:
    """A county that has two owners at the lead's address."""
    county.connect()
    county.permits(HERE)
    rows = county.vendor.records(1)
    twin = rows[0] | {"account_num": "9", "owner_name": OTHER}
    county.server.protocol = lambda asked: county.vendor.answer(asked, [*rows, twin])
    rescore(county.context)
    enrich_many(county.context, county.gateway)
    return county


def _open(county: Any) -> Any:
    with county.context.session() as session:
        return list_open_choices(session, county.context.playbook)


def test_the_chosen_record_fills_the_lead_and_it_is_scored(unsure: Any) -> None:
    (waiting,) = _open(unsure)
    assert [next(iter(each.values())) for each in waiting.choices] == [MINE, OTHER]
    assert unsure.lead().lead.status == "needs_enrichment"

    chosen = choose_record(unsure.context, unsure.gateway, unsure.lead_id(), 2)

    lead = unsure.lead().lead
    assert (lead.fields["owner_name"], lead.provenance["owner_name"].source) == (OTHER, "person")
    assert (lead.status, chosen.rescored, _open(unsure)) == ("active", 1, ())
    assert "owner_name" in chosen.facts
    state = lead_state(unsure.context, unsure.gateway, unsure.lead_id())
    assert {each.because for each in state.fields} == {"a person said so"}
    with unsure.context.session() as session:
        (entry,) = audit.list_(session, subject=f"lead:{unsure.lead_id()}")
    assert (entry.action, entry.detail) == ("choose_record", {"provider": "tarrant", "record": 2, "of": 2})
    # Nobody is asked again about what a person said.
    before = len(unsure.server.asked)
    enrich_many(unsure.context, unsure.gateway)
    assert len(unsure.server.asked) == before


def test_it_can_be_said_otherwise_and_none_of_them(unsure: Any) -> None:
    choose_record(unsure.context, unsure.gateway, unsure.lead_id(), 2)
    choose_record(unsure.context, unsure.gateway, unsure.lead_id(), 1)
    assert unsure.lead().lead.fields["owner_name"] == MINE

    choose_record(unsure.context, unsure.gateway, unsure.lead_id(), None)

    assert "owner_name" not in unsure.lead().lead.fields
    assert (unsure.lead().lead.status, _open(unsure)) == ("needs_enrichment", ())
    state = lead_state(unsure.context, unsure.gateway, unsure.lead_id())
    assert {(each.status, each.because) for each in state.fields} == {("absent", "a person said: none of 2")}


def test_what_cannot_be_chosen_is_said(unsure: Any) -> None:
    with pytest.raises(NotFoundError, match="no record 3"):
        choose_record(unsure.context, unsure.gateway, unsure.lead_id(), 3)
    unsure.permits(HERE, "77 Nowhere Ln")
    with pytest.raises(NotFoundError, match="nothing to choose"):
        choose_record(unsure.context, unsure.gateway, unsure.lead_id(1), 1)
    assert "owner_name" not in unsure.lead().lead.fields
