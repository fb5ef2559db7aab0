"""`galena match` on files alone."""

import csv
import json
from pathlib import Path

import pytest

from .conftest import run_galena

PEOPLE = """First Name,Last Name,Email,Phone,Address,City,State,Zip
Bob,Smith,bob.smith@acme.example,(512) 555-0123,12 Main Street,Austin,TX,78701
Robert,Smith,Bob.Smith+x@acme.example,5125550123,12 Main St,Austin,TX,78701
Ann,Smith,,(512) 555-0123,12 Main Street,Austin,TX,78701
Jane,Doe,jane@doe.example,512-555-0199,99 Elm Ave,Dallas,TX,75001
Jane,Doe,,512-555-0199,99 Elm Avenue,Dallas,TX,75001
Pete,Miller,pm@x.example,214-555-0188,5 Oak Dr,Plano,TX,75023
"""


@pytest.fixture
def galena(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run_galena(tmp_path / "home", "postgresql://nowhere.invalid/x", *arguments)


def rows(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def leads(path):
    return [row["lead_id"] for row in rows(path)]


def test_duplicates_share_a_lead_and_a_household_does_not(galena, tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)
    done = galena("match", "people.csv", "--out", "matched.csv", "--review", "review.csv")
    assert done.status == 0, done.err
    assert "6 rows are 4 leads" in done.err
    assert leads("matched.csv") == ["L0000001", "L0000001", "L0000002", "L0000003", "L0000003", "L0000004"]
    matched = (tmp_path / "matched.csv").read_text().splitlines()
    for before, after in zip(PEOPLE.splitlines(), matched, strict=True):
        assert after.startswith(before + ",")
    first = rows("matched.csv")[0]
    assert float(first["match_confidence"]) > 0.95
    assert "same e-mail" in first["matched_because"]
    assert "row 2" in first["matched_because"]
    assert (tmp_path / "review.csv").exists()


def test_a_second_run_writes_the_same(galena, tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)
    for out in ("a.csv", "b.csv"):
        assert galena("match", "people.csv", "--out", out).status == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_files_with_other_headings_are_matched_and_come_back_in_order(galena, tmp_path):
    (tmp_path / "crm.csv").write_text(
        "company,phone,city,lead_id\nAcme Roofing Inc,512-555-0123,Austin,7\nZeta Solar,512-555-0188,Dallas,8\n"
    )
    (tmp_path / "web.csv").write_text(
        "Business Name;Telephone;Town\nZETA SOLAR LLC;(512) 555 0188;Dallas\nNova Pools;512 555 0101;Waco\n"
    )
    done = galena("match", "crm.csv", "web.csv", "--out", "matched.csv", "--json")
    assert done.status == 0, done.err
    told = done.json
    assert (told["rows"], told["leads"], told["joined"]) == (4, 3, 2)
    assert told["columns"]["web.csv"] == {"Business Name": "company", "Telephone": "phone", "Town": "city"}
    found = rows("matched.csv")
    assert list(found[0]) == [
        "company", "phone", "city", "lead_id_input", "Business Name", "Telephone", "Town",
        "lead_id", "match_confidence", "matched_because",
    ]  # fmt: skip
    assert [row["company"] or row["Business Name"] for row in found] == [
        "Acme Roofing Inc", "Zeta Solar", "ZETA SOLAR LLC", "Nova Pools",
    ]  # fmt: skip
    assert found[0]["lead_id_input"] == "7"
    assert found[1]["lead_id"] == found[2]["lead_id"]
    assert "row 1 of web.csv" in found[1]["matched_because"]


def test_a_column_can_settle_it_and_others_can_be_left_out(galena, tmp_path):
    (tmp_path / "t.csv").write_text("ref,who\nA1,Jane Doe\na1,Peter Pan\nB2,Jane Doe\n")
    done = galena("match", "t.csv", "--out", "o.csv", "--same", "ref", "--drop", "who")
    assert done.status == 0, done.err
    assert leads("o.csv") == ["L0000001", "L0000001", "L0000002"]
    assert rows("o.csv")[0]["match_confidence"] == "1.0000"


def test_a_kind_can_be_stated(galena, tmp_path):
    (tmp_path / "t.csv").write_text("a,b\nAcme,x1\nBeta,x2\n")
    done = galena("match", "t.csv", "--out", "o.csv", "--column", "company=a", "--json")
    assert done.status == 0, done.err
    assert done.json["columns"]["t.csv"]["a"] == "company"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none.csv", "--out", "o.csv"), "none.csv"),
        (("t.csv", "--out", "t.csv"), "would be overwritten"),
        (("t.csv", "--out", "no/o.csv"), "There is no folder"),
        (("t.csv", "--out", "o.xlsx"), "o.csv"),
        (("t.csv", "--out", "o.csv", "--review", "o.csv"), "same file"),
        (("t.csv", "--out", "o.csv", "--same", "nam"), "Did you mean name"),
        (("t.csv", "--out", "o.csv", "--column", "nonsense=name"), "Kinds:"),
        (("t.csv", "--out", "o.csv", "--column", "name"), "KIND=COLUMN"),
        (("t.csv", "--out", "o.csv", "--region", "Texas"), "two letters"),
        (("t.csv", "--out", "o.csv", "--drop", "name,phone"), "no column"),
        (("empty.csv", "--out", "o.csv"), "no rows"),
        (("--out", "o.csv"), "FILE"),
    ],
)
def test_mistakes_are_told_and_leave_nothing(galena, tmp_path, arguments, words):
    (tmp_path / "t.csv").write_text("name,phone\nAcme,512-555-0123\n")
    (tmp_path / "empty.csv").write_text("name,phone\n")
    before = sorted(tmp_path.iterdir())
    done = galena("match", *arguments)
    assert done.status != 0
    assert words in done.err
    assert "Traceback" not in done.err
    assert [path for path in sorted(tmp_path.iterdir()) if path.name != "home"] == before


def test_a_single_row_and_one_column(galena, tmp_path):
    (tmp_path / "t.csv").write_text("name\nAcme Roofing Inc\n")
    assert galena("match", "t.csv", "--out", "o.csv").status == 0
    assert leads("o.csv") == ["L0000001"]
    (tmp_path / "t.csv").write_text('company\nAcme Roofing Inc\nACME ROOFING, LLC\nBeta Pools\n""\nBeta\n')
    assert galena("match", "t.csv", "--out", "o.csv").status == 0
    found = leads("o.csv")
    assert found[0] == found[1] != found[2]


def test_empty_values_bring_nothing_together(galena, tmp_path):
    (tmp_path / "t.csv").write_text(
        "name,phone,email\n" + ",,\nn/a,unknown,none\n" * 5 + "Acme,512-555-0123,\n"
    )
    assert galena("match", "t.csv", "--out", "o.csv").status == 0
    assert len(set(leads("o.csv"))) == 11


def test_every_row_a_copy(galena, tmp_path):
    line = "Jane Doe,512-555-0123,jane@doe.example,12 Main Street\n"
    (tmp_path / "t.csv").write_text("name,phone,email,address\n" + line * 30)
    done = galena("match", "t.csv", "--out", "o.csv", "--json")
    assert json.loads(done.out)["leads"] == 1


def test_what_a_spreadsheet_would_run_is_made_plain(galena, tmp_path):
    (tmp_path / "=x.csv").write_text("company\nAcme Roofing\nAcme Roofing\n")
    (tmp_path / "y.csv").write_text("company\n=HYPERLINK(1)\n")
    assert galena("match", "=x.csv", "y.csv", "--out", "o.csv").status == 0
    assert rows("o.csv")[2]["company"] == "=HYPERLINK(1)"
