"""Rows set aside: listed with their reasons, mended one by one or in a spreadsheet, left out."""

import csv

import pytest


def waiting(galena, **filters):
    return galena("quarantine", "-w", "permits", "--json").json


def test_the_list_names_the_row_the_value_and_the_reason(reading):
    found = waiting(reading)
    assert found["waiting"] == 1
    (row,) = found["rows"]
    assert (row["file"], row["row"], row["status"]) == ("permits.csv", 3, "open")
    assert row["cells"]["permit_number"] == "P-3"
    (fault,) = row["faults"]
    assert (fault["field"], fault["value"]) == ("declared_value", "a lot")
    assert found["reasons"] == [{"field": "declared_value", "reason": fault["reason"], "rows": 1}]
    told = reading("quarantine", "-w", "permits").out
    assert "a lot" in told
    assert row["id"][-10:] in told
    assert reading("quarantine", "list", "-w", "permits", "--json").json == found
    assert reading("quarantine", "-w", "permits", "list", "--json").json == found


def test_a_row_is_shown_by_the_end_of_its_id(reading):
    row = waiting(reading)["rows"][0]
    told = reading("quarantine", "show", row["id"][-10:], "-w", "permits")
    assert "declared_value: a lot" in told.out
    assert reading("quarantine", "show", row["id"], "-w", "permits", "--json").json["id"] == row["id"]


def test_nothing_waits_elsewhere(reading):
    assert reading("quarantine", "-w", "demo", "--json").json["rows"] == []
    assert "No row waits" in reading("quarantine", "-w", "demo").out


@pytest.mark.parametrize("column", ["declared_value", "declared_value "])
def test_a_mended_row_comes_in_and_is_scored(galena, column):
    row = waiting(galena)["rows"][0]["id"]
    told = galena("quarantine", "replay", row, "--set", f"{column}=31000", "-w", "permits", "--json")
    assert told.status == 0
    assert (told.json["replayed"], told.json["refused"], told.json["scored"]) == ([row], [], 1)
    assert waiting(galena)["waiting"] == 0
    (imported,) = galena("imports", "-w", "permits", "--json").json["imports"]
    assert (imported["rows"], imported["created"], imported["quarantined"]) == (3, 3, 0)
    assert galena("explain", "permits_csv:P-3", "-w", "permits", "--json").json["score"] is not None
    again = galena("quarantine", "replay", row, "--set", "declared_value=1", "-w", "permits", "--json").json
    assert (again["replayed"], again["closed"]) == ([], [row])


def test_a_row_that_is_still_wrong_goes_on_waiting(galena):
    row = waiting(galena)["rows"][0]["id"]
    told = galena("quarantine", "replay", row, "--set", "declared_value=very much", "-w", "permits", "--json")
    assert told.status == 1
    assert told.json["refused"][0]["faults"][0]["value"] == "very much"
    assert "still cannot be used" in galena("quarantine", "replay", "--all", "-w", "permits").out
    assert waiting(galena)["waiting"] == 1


def test_a_column_that_is_not_there_is_named(galena):
    row = waiting(galena)["rows"][0]["id"]
    told = galena("quarantine", "replay", row, "--set", "declred_value=1", "-w", "permits")
    assert told.status == 3
    assert "declared_value" in told.err


def test_a_mended_file_comes_back(galena, tmp_path):
    file = tmp_path / "rejected.csv"
    told = galena("quarantine", "export", file, "-w", "permits", "--json").json
    assert told["rows"] == 1
    with file.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["file"], row["row"]) == ("permits.csv", "3")
    assert row["reason"].startswith("declared_value: ")
    same = galena("quarantine", "replay", "--file", file, "-w", "permits", "--json").json
    assert (same["replayed"], same["unchanged"]) == ([], 1)
    file.write_text(file.read_text().replace("a lot", "31000"))
    told = galena("quarantine", "replay", "--file", file, "-w", "permits", "--json").json
    assert told["replayed"] == [row["row_id"]]
    assert waiting(galena)["waiting"] == 0


def test_cells_made_harmless_on_the_way_out_are_no_corrections(galena, write, tmp_path):
    head = "permit_number,description,issued_on,declared_value"
    assert galena("ingest", write("f.csv", head, "Q-1,=1+1,2026-01-01,lots"), "-p", "permits").status == 0
    file = tmp_path / "rejected.csv"
    assert galena("quarantine", "export", file, "-w", "permits").status == 0
    assert "'=1+1" in file.read_text()
    told = galena("quarantine", "replay", "--file", file, "-w", "permits", "--json").json
    assert told["unchanged"] == 2
    file.write_text(file.read_text().replace("lots", "5000"))
    assert galena("quarantine", "replay", "--file", file, "-w", "permits").status == 0
    told = galena("explain", "permits_csv:Q-1", "-w", "permits", "--json").json
    assert told["lead_key"] == "permits_csv:Q-1"


def test_a_file_that_names_no_rows_is_refused(galena, permits):
    told = galena("quarantine", "replay", "--file", permits, "-w", "permits")
    assert told.status == 2
    assert "galena quarantine export FILE" in told.err


def test_the_same_file_again_gives_nobody_twice_the_work(galena, write):
    head = "permit_number,description,issued_on,declared_value"
    file = write("f.csv", head, "Q-1,x,2026-01-01,lots", "Q-1,x,2026-01-01,lots", "Q-2,x,2026-01-01,7")
    first = galena("ingest", file, "-p", "permits", "--json").json
    assert (first["created"], first["quarantined"], waiting(galena)["waiting"]) == (1, 2, 3)
    again = galena("ingest", file, "-p", "permits", "--json").json
    assert (again["unchanged"], again["quarantined"], waiting(galena)["waiting"]) == (1, 2, 3)
    grown = write("grown.csv", *file.read_text().splitlines(), "Q-3,x,2026-01-01,plenty")
    assert galena("ingest", grown, "-p", "permits", "--json").json["quarantined"] == 3
    assert waiting(galena)["waiting"] == 4


def test_rows_are_left_out(galena):
    row = waiting(galena)["rows"][0]["id"]
    assert galena("quarantine", "dismiss", row, "-w", "permits", "--json").json["dismissed"] == 1
    assert galena("quarantine", "dismiss", row, "-w", "permits", "--json").json["closed_before"] == 1
    assert waiting(galena)["waiting"] == 0


def test_one_import_alone(galena, write):
    (first,) = galena("imports", "-w", "permits", "--json").json["imports"]
    head = "permit_number,description,issued_on,declared_value"
    assert galena("ingest", write("f.csv", head, "Q-1,x,2026-01-01,lots"), "-p", "permits").status == 0
    assert waiting(galena)["waiting"] == 2
    found = galena("quarantine", "--import", first["id"][:18], "-w", "permits", "--json").json
    assert found["waiting"] == 1
    assert galena("quarantine", "--import", "no-such", "-w", "permits").status == 3
