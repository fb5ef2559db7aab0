"""Whose company a name is, and which names of the sanctions list come near."""

from pathlib import Path
from runpy import run_path

import pytest

from galena.connectors.sec_edgar.companies import read_companies
from galena.connectors.sec_edgar.enricher import placed
from galena.connectors.sec_edgar.sanctions import read_sanctions
from galena.connectors.sec_edgar.submissions import read_submissions
from galena.kit.web import UnreadableAnswerError

MADE_UP = run_path(str(Path(__file__).parents[2] / "payloads" / "sec_edgar" / "documents.py"))
NAMES = ["Sample Rockets Inc", "Granite Peak Holdings Corp /DE/", "Twin Mining Inc", "Twin Mining Corp", "Acme Inc",
         "Harbor Lights Entertainment Group 1", "Harbor Lights Entertainment Group 2"]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "status", "cik"),
    [
        ("sample rockets, incorporated", "found", "1"),
        ("Granite Peak Holdings", "found", "2"),
        ("Granite Peek Holdings LLC", "found", "2"),
        ("Twin Mining", "unsure", None),
        ("Acma", "absent", None),
        ("Harbor Lights Entertainment Group 3", "absent", None),
        ("Sample Rocketry Works", "absent", None),
        ("", "absent", None),
    ],
)
def test_a_company_by_its_name(name: str, status: str, cik: str | None) -> None:
    rows = {str(n): {"cik_str": n, "ticker": f"T{n}", "title": each} for n, each in enumerate(NAMES, start=1)}
    found = read_companies(rows).by_name(name)
    assert found.status == status
    assert (found.company.cik if found.company else None) == cik
    assert found.because


def test_a_list_of_another_shape_is_refused() -> None:
    with pytest.raises(UnreadableAnswerError):
        read_companies({"error": "no"})


def test_a_name_alone_is_weighed_by_the_place() -> None:
    business = {"city": "AUSTIN", "stateOrCountry": "TX"}
    company = read_submissions(
        {"cik": "1", "phone": "512-555-0100", "addresses": {"business": business}, "filings": {}}
    )
    leads: list[dict[str, str]] = [
        {"state": "ME", "phone": "+15125550100"},
        {"state": "TX", "city": "Austin"},
        {"state": "TX"},
        {},
        {"state": "ME"},
    ]
    sure = [placed(lead, company)[0] for lead in leads]
    assert sure == [1.0, 1.0, 0.95, 0.85, 0.5]


def test_names_near_the_sanctions_list_are_flagged() -> None:
    listed = read_sanctions(MADE_UP["SDN"], MADE_UP["ALT"])
    assert len(listed) == 3  # a company, its alias, a person; the ship and its alias are left out
    near = listed.near("Granite Forbiden Exports LLC")
    assert near[0].listed.number == "306"
    assert near[0].listed.is_alias
    assert near[0].sentence.endswith("to be reviewed")
    assert listed.near("Blocked Person Sample", "person")[0].alike == 1.0
    assert listed.near("Granite Kitchens") == ()
    assert listed.near("") == ()


def test_a_broken_sanctions_list_is_refused() -> None:
    for broken in (b"", b"<html>sorry</html>", b"x,y,z,w\n"):
        with pytest.raises(UnreadableAnswerError):
            read_sanctions(broken)
