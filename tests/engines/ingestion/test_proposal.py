"""Mappings proposed for files that nobody knows."""

from typing import Any

import pytest

from galena.domain.playbook import Mapping, Playbook
from galena.engines.ingestion import propose
from galena.playbooks import load

EXPORTS = {
    "hubspot": {
        "Record ID": "id", "Company name": "company", "Email": "email", "Phone Number": "phone",
        "Country/Region": "country", "Annual Revenue": "revenue", "Number of Employees": "employees",
    },
    "salesforce": {
        "Id": "id", "AccountName": "company", "Email Address": "email", "MobilePhone": None, "Phone": "phone",
        "AnnualRevenue": "revenue", "NumberOfEmployees": "employees",
    },
}  # fmt: skip
CELLS: dict[str | None, Any] = {
    "id": lambda n: f"00{n}",
    "company": lambda n: f"Firm {n} Ltd",
    "email": lambda n: f"a{n}@example.com",
    "phone": lambda n: f"(512) 555-0{n:03}",
    "country": lambda n: "US",
    "revenue": lambda n: f"{n},000",
    "employees": lambda n: str(n),
    None: lambda n: "",
}


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_of_known_systems(playbook: Playbook, name: str):
    headings = EXPORTS[name]
    sample = [{column: CELLS[kind](n) for column, kind in headings.items()} for n in range(1, 60)]
    proposal = propose(list(headings), sample, playbook, f"{name} 2026.csv")
    found = {each.column: each.field for each in proposal.fields}
    wanted = {column: kind for column, kind in headings.items() if kind not in (None, "id", "company")}
    assert {column: found.get(column) for column in wanted} == wanted
    assert proposal.key == (next(iter(headings)),)
    assert proposal.is_sure
    assert proposal.source == f"{name}_2026"


def test_no_column_is_used_twice_and_the_mapping_can_be_written_and_read(playbook: Playbook):
    sample = [{"name": f"n{n}", "company": f"c{n}", "e-mail": f"x{n}@example.com"} for n in range(30)]
    proposal = propose(["name", "company", "e-mail"], sample, playbook)
    columns = [each.column for each in proposal.fields]
    assert len(columns) == len(set(columns))
    mapping = proposal.mapping()
    assert Mapping.model_validate(mapping.model_dump(mode="json")) == mapping


def test_the_order_of_dates_is_decided_by_the_whole_column(playbook: Playbook):
    def proposed(*dates: str) -> Any:
        sample = [{"id": str(n), "founded": date} for n, date in enumerate(dates)]
        (field,) = (
            each for each in propose(["id", "founded"], sample, playbook).fields if each.field == "founded_on"
        )
        return field

    assert proposed("03/04/2024", "13/04/2024").formats == ("%d/%m/%Y",)
    assert proposed("03/04/2024", "04/13/2024").formats == ("%m/%d/%Y",)
    assert proposed("03-04-2024 10:30", "13-04-2024").formats == ("%d-%m-%Y %H:%M", "%d-%m-%Y")
    assert proposed("2024-04-03").formats == ()
    undecided = proposed("03/04/2024")
    assert undecided.formats == ("%m/%d/%Y",)
    assert "day or the month" in undecided.note


def test_unlike_columns_are_left_unmapped(playbook: Playbook):
    proposal = propose(["zzz", "qqq"], [{"zzz": "a", "qqq": "b"}], playbook)
    assert proposal.fields == ()
    assert proposal.unmapped == ("zzz", "qqq")
    assert proposal.confidence == 0
    assert not proposal.is_sure


def test_a_column_of_addresses_is_found_whatever_it_is_called(playbook: Playbook):
    sample = [{"write to": f"a{n}@example.com"} for n in range(9)]
    assert [each.field for each in propose(["write to"], sample, playbook).fields] == ["email"]


def test_a_person_may_choose_another_column(playbook: Playbook):
    sample = [{"company": f"c{n}", "firm": f"f{n}"} for n in range(9)]
    proposal = propose(["company", "firm"], sample, playbook).with_column("company", "firm")
    assert [(each.field, each.column) for each in proposal.fields if each.field == "company"] == [
        ("company", "firm")
    ]
    assert "company" in proposal.unmapped
    assert "company" not in {each.field for each in proposal.with_column("company", None).fields}


def test_a_permit_office_of_another_city_is_understood() -> None:
    """Bare headings go to the site and the work, not to the owner's address or the appraised land."""
    columns = (
        "Permit #",
        "Issued Date",
        "Value",
        "Area",
        "Work Description",
        "Street Address",
        "City",
        "Zip Code",
    )
    rows = [
        dict(
            zip(
                columns,
                ("A-1", "01/13/2019", "15000.0", "1200.0", "Re-roof", "1 Elm St", "Plano", "75074"),
                strict=True,
            )
        ),
        dict(
            zip(
                columns,
                ("A-2", "01/14/2019", "900.0", "0.0", "New pool", "2 Elm St", "Plano", "75074"),
                strict=True,
            )
        ),
    ]
    proposed = {each.field: each.column for each in propose(columns, rows, load("permits"), "city").fields}
    assert proposed == {
        "permit_number": "Permit #",
        "issued_on": "Issued Date",
        "declared_value": "Value",
        "work_area_sqft": "Area",
        "description": "Work Description",
        "site_address": "Street Address",
        "site_city": "City",
        "site_zip": "Zip Code",
    }
