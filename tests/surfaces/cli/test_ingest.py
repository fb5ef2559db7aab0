"""Records come in: counted to the row, dry runs write nothing, doubtful mappings are asked about."""

import json
import random

import pytest

ODD_HEAD = "Company,E-mail address of the buyer,Grootte"


def counts(told):
    found = told.json
    assert found["rows"] == sum(found[name] for name in ("created", "updated", "unchanged", "quarantined"))
    return found["created"], found["updated"], found["unchanged"], found["quarantined"]


def test_the_counts_add_up_and_the_second_time_changes_nothing(fresh, permits):
    assert counts(fresh("ingest", permits, "-p", "permits", "--json")) == (3, 0, 0, 0)
    assert counts(fresh("ingest", permits, "-p", "permits", "--json")) == (0, 0, 3, 0)


def test_json_is_one_line_and_alone_on_standard_output(fresh, permits):
    told = fresh("ingest", permits, "-p", "permits", "--yes", "--json")
    assert told.out.count("\n") == 1
    assert "3 rows = 3 created" in told.err


def test_rows_that_cannot_be_used_are_counted_with_their_reason(fresh, permits):
    permits.write_text(permits.read_text().replace("18000", "a lot"))
    told = fresh("ingest", permits, "-p", "permits", "--json")
    assert counts(told) == (2, 0, 0, 1)
    (reason,) = told.json["files"][0]["reasons"]
    assert (reason["field"], reason["rows"], reason["examples"]) == ("declared_value", 1, [1])


def test_columns_that_nothing_reads_are_named(fresh, permits):
    assert "columns not used" not in fresh("ingest", permits, "-p", "permits", "--yes").err
    lines = permits.read_text().splitlines()
    wider = [f"{line},{more}" for line, more in zip(lines, ("Moon phase", *"abc"), strict=True)]
    permits.write_text("\n".join(wider))
    assert "columns not used: Moon phase\n" in fresh("ingest", permits, "-p", "permits", "--yes").err


def test_standard_input(fresh, permits):
    with permits.open() as file:
        done = fresh("ingest", "-", "-p", "permits", "--json", piped=file.read())
    assert counts(done) == (3, 0, 0, 0)


def test_a_dry_run_writes_nothing(fresh, permits):
    told = fresh("ingest", permits, "-p", "permits", "--dry-run", "--json")
    assert counts(told) == (3, 0, 0, 0)
    assert told.json["files"][0]["dry_run"] is True
    assert fresh("imports", "-p", "permits", "--json").json["imports"] == []
    (workspace,) = fresh("status", "--json").json["workspaces"]
    assert workspace["leads"] == 0


def test_json_records_under_a_key(fresh, write):
    records = [
        {
            "permit_number": f"K-{n}",
            "description": "Re-roof",
            "issued_on": "2026-03-01",
            "declared_value": 9000,
        }
        for n in range(4)
    ]
    file = write("under.json", json.dumps({"meta": {"pages": 1}, "permits": records}))
    assert counts(fresh("ingest", file, "-p", "permits", "--yes", "--json")) == (4, 0, 0, 0)
    assert counts(fresh("ingest", file, "-p", "permits", "--records-at", "permits", "--json")) == (0, 0, 4, 0)


def test_a_doubtful_mapping_is_refused_without_yes(fresh, write):
    file = write("odd.csv", ODD_HEAD, "Acme,a@acme.example,10", "Beta,b@beta.example,20")
    told = fresh("ingest", file, "-p", "b2b", "--json")
    assert told.status == 2
    assert told.json["facts"]["proposal"]
    assert "--yes" in told.json["remedy"]
    assert fresh("imports", "-p", "b2b", "--json").json["imports"] == []
    told = fresh("ingest", file, "-p", "b2b", "--yes", "--json")
    assert counts(told) == (2, 0, 0, 0)
    assert told.json["files"][0]["mapping"] == "proposed"


def test_a_person_is_asked(fresh, write):
    file = write("odd.csv", ODD_HEAD, "Acme,a@acme.example,10")
    assert fresh("ingest", file, "-p", "b2b", typed="n\n").status == 2
    told = fresh("ingest", file, "-p", "b2b", typed="y\n")
    assert told.status == 0
    assert "company <- Company" in told.err
    assert "1 created" in told.err


def test_yes_holds_for_every_file_that_was_named(fresh, write):
    one = write("one.csv", ODD_HEAD, "Acme,a@acme.example,10")
    two = write("two.csv", "Firm name,Email,Colour", "Beta,b@beta.example,red")
    assert counts(fresh("ingest", one, two, "-p", "b2b", "--yes", "--json")) == (2, 0, 0, 0)


def test_a_mapping_of_ones_own(fresh, write):
    file = write("codes.csv", "a,b,c", "X-1,Re-roof,2026-03-01")
    mapping = write(
        "mapping.yaml",
        "source: town",
        "recognise: [a, b, c]",
        "key: [a]",
        "fields:",
        "  permit_number: {column: a}",
        "  description: {column: b}",
        "  issued_on: {column: c}",
    )
    told = fresh("ingest", file, "-p", "permits", "--mapping", mapping, "--json")
    assert counts(told) == (1, 0, 0, 0)
    assert told.json["files"][0]["source"] == "town"
    assert fresh("ingest", file, "-p", "permits", "--mapping", file).status == 2
    assert fresh("ingest", file, "-p", "permits", "--mapping", "no.yaml").status == 2


def test_the_workspace_is_made_on_first_use_and_found_afterwards(fresh, permits):
    assert fresh("ingest", permits, "-p", "permits", "-w", "north", "--json").json["workspace"] == "north"
    assert fresh("ingest", permits, "--json").json["workspace"] == "north"
    told = fresh("ingest", permits, "-p", "b2b", "-w", "north")
    assert told.status == 5
    assert "another playbook" in told.err


@pytest.mark.parametrize(
    "name", ["garbage.csv", "garbage.xlsx", "garbage.json", "garbage.parquet", "garbage.gz"]
)
@pytest.mark.parametrize("kind", ["noise", "nothing", "zeros", "cut"])
def test_garbage_is_explained_and_leaves_nothing(galena, tmp_path, name, kind):
    file = tmp_path / name
    file.write_bytes(
        {
            "noise": random.Random(name).randbytes(4_000),
            "nothing": b"",
            "zeros": bytes(2_000),
            "cut": b"\x1f\x8b\x08\x00\x00",
        }[kind]
    )
    before = galena("status", "--json").json
    told = galena("ingest", file, "-p", "permits", "--yes", "--json")
    assert told.status == 2
    assert told.json["error"]
    assert galena("status", "--json").json == before


def test_an_empty_folder_and_a_folder_of_other_things(galena, tmp_path):
    (tmp_path / "empty").mkdir()
    assert galena("ingest", tmp_path / "empty", "-p", "permits").status == 2
    (tmp_path / "empty" / "letter.txt").write_text("Dear Sir,\n\nno table here.\n")
    assert galena("ingest", tmp_path / "empty", "-p", "permits", "--yes").status == 2
