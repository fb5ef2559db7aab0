"""Which county is asked, how often, and what is said where several parcels could be the one."""

from pathlib import Path
from typing import Any

import pytest

from galena.connectors.catalogue import find_connector
from galena.domain.connector import Access
from galena.kit.web import Rate
from galena.stores import enrichment
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.enrich import EnrichOptions, enrich_many, lead_state
from galena.workflows.gateway import rate_of
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files

HEADER = (
    "permit_number,description,issued_on,site_address,site_city,site_zip,declared_value,status,work_class"
)
HERE = "1200 W Magnolia Avenue"


def _connect(county: Any, **settings: str) -> None:
    known = county.vendor.settings(county.server.url) | settings
    new = NewConnection("cad_tarrant", name="tarrant", settings=known, private_ok=True)
    add_connection(county.context, county.gateway, new)
    county.server.asked.clear()


def test_a_county_is_not_asked_about_property_elsewhere(county: Any) -> None:
    _connect(county, counties="Dallas, TX")
    county.permits(HERE)

    report = enrich_many(county.context, county.gateway)

    why = "tarrant: the property lies in Tarrant County, which this source does not cover"
    assert (len(county.server.asked), report.reasons) == (0, {why: 1})


def test_of_several_equal_parcels_a_person_has_to_choose(county: Any) -> None:
    _connect(county)
    county.permits(HERE)
    twin = county.vendor.records(1)[0] | {"account_num": "9", "owner_name": "OTHER, ALEX"}
    county.server.protocol = lambda asked: county.vendor.answer(asked, [*county.vendor.records(1), twin])

    enrich_many(county.context, county.gateway)

    state = lead_state(county.context, county.gateway, county.lead_id())
    why = "2 records match equally well and differ in owner name: a person has to say which"
    assert {(each.status, each.because) for each in state.fields} == {("unsure", why)}
    assert (state.status, "owner_name" in county.lead().lead.fields) == ("partial", False)
    with county.context.session() as session:
        assert [each.because for each in enrichment.list_unsure(session)] == [why]


@pytest.mark.parametrize(
    ("settings", "rate"),
    [({}, Rate(2, 1.0)), ({"calls_per_s": 0.0}, Rate(2, 1.0)), ({"calls_per_s": 10.0}, Rate(1, 0.1))],
)
def test_an_operator_may_state_the_rate(settings: dict[str, float], rate: Rate) -> None:
    assert rate_of(find_connector("cad_tarrant").manifest, Access(settings)) == rate


def test_a_run_gone_on_with_reaches_the_last_lead_though_some_were_discarded_meanwhile(
    county: Any, tmp_path: Path
) -> None:
    _connect(county)
    file = tmp_path / "permits.csv"
    rows = [
        f"P-{place},{'Temporary power' if place < 20 else 'Reroof of a house with new shingles'},2026-02-20,"
        f"{1200 + place % 36} W Magnolia Ave,Fort Worth,76104,30000,Active,Remodel"
        for place in range(40)
    ]
    file.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    ingest_files(county.context, [str(file)], IntakeOptions(accept_proposal=True))

    def kill(done: int, _total: int) -> None:
        if done == 33:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        enrich_many(county.context, county.gateway, EnrichOptions(progress=kill))
    enrich_many(county.context, county.gateway)

    assert county.rows("SELECT count(*) FROM leads WHERE status = 'discarded'") == [(20,)]
    assert county.lead(39).lead.fields["owner_name"] == "SAMPLE, PAT & ALEX"
