"""The list as files: ranked, whole, harmless in a spreadsheet, and on shelves."""

import csv
import json

import polars as pl
import pytest


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_each_format_holds_the_same_list(reading, tmp_path, ending):
    file = tmp_path / f"leads.{ending}"
    told = reading("export", "-w", "demo", "-o", file, "--json").json
    frame = {"csv": pl.read_csv, "parquet": pl.read_parquet, "json": pl.read_json}[ending](file)
    assert told["rows"] == told["files"][str(file)] == frame.height
    assert frame["rank"].to_list() == list(range(1, frame.height + 1))
    scores = frame["score"].to_list()
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 100
    assert frame["tier"].null_count() == 0
    assert all(frame.filter(pl.col("score") > 0)["reasons"].str.len_chars() > 0)


def test_the_format_may_be_named_and_nothing_else_is_left_in_the_folder(reading, tmp_path):
    told = reading("export", "-w", "demo", "--format", "json", "-o", tmp_path / "list")
    assert told.status == 0
    assert json.loads((tmp_path / "list").read_text())
    assert [path.name for path in tmp_path.iterdir()] == ["list"]


def test_part_of_the_list(reading, tmp_path):
    whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
    assert reading("export", "-w", "demo", "-o", whole).status == 0
    tiers = {row["tier"] for row in read(whole)}
    for tier in tiers:
        assert reading("export", "-w", "demo", "-o", part, "--tier", tier).status == 0
        assert [row["lead_id"] for row in read(part)] == [
            row["lead_id"] for row in read(whole) if row["tier"] == tier
        ]
    assert reading("export", "-w", "demo", "-o", part, "--min-score", "40").status == 0
    assert len(read(part)) == sum(float(row["score"]) >= 40 for row in read(whole))


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(fresh, permits, tmp_path):
    permits.write_text(
        permits.read_text().replace("1 First St", "=cmd|' /C calc'!A0").replace("2 Second", "@SUM(1)")
    )
    out = tmp_path / "ranked.csv"
    assert fresh("run", permits, "-p", "permits", "-o", out).status == 0
    addresses = {row["permit_number"]: row["site_address"] for row in read(out)}
    assert addresses["A-1"] == "'=cmd|' /C calc'!A0"
    assert addresses["A-2"].startswith("'@SUM")
    assert not [cell for row in read(out) for cell in row.values() if cell.startswith(("=", "@"))]


def test_shelves_lie_where_the_playbook_says(reading, tmp_path):
    told = reading("export", "-w", "permits", "--buckets", "-o", tmp_path, "--json").json
    written = {str(path): len(read(path)) for path in tmp_path.rglob("tier_*.csv")}
    assert told["files"] == written
    assert told["rows"] == sum(written.values()) > 0
    for path in tmp_path.rglob("tier_*.csv"):
        exports, group, category, name = path.relative_to(tmp_path).parts
        assert exports == "exports"
        for row in read(path):
            assert (row["trade_group"], row["category"]) == (group, category)
            assert name == f"tier_{row['tier']}.csv"


def test_shelves_that_emptied_are_written_empty_and_other_files_are_left_alone(reading, tmp_path):
    stale = tmp_path / "exports" / "old" / "shelf" / "tier_a.csv"
    other = tmp_path / "mine" / "tier_a.csv"
    for path in (stale, other):
        path.parent.mkdir(parents=True)
        path.write_text("anything")
    told = reading("export", "-w", "permits", "--buckets", "-o", tmp_path, "--json").json
    assert told["files"][str(stale)] == 0
    assert read(stale) == []
    assert other.read_text() == "anything"


def test_by_default_shelves_are_made_here(reading, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert reading("export", "-w", "permits", "--buckets").status == 0
    assert {path.parts[0] for path in (each.relative_to(tmp_path) for each in tmp_path.rglob("*.csv"))} == {
        "exports"
    }


def test_a_playbook_without_shelves_says_so(reading, tmp_path):
    told = reading("export", "-w", "demo", "--buckets", "-o", tmp_path)
    assert told.status == 2
    assert "--out FILE" in told.err


def test_run_does_the_whole_path(fresh, permits, tmp_path):
    out = tmp_path / "ranked.csv"
    told = fresh("run", permits, "--playbook", "permits", "--out", out, "--json").json
    assert (told["rows"], told["created"]) == (3, 3)
    assert told["scoring"]["leads"] == 3
    assert told["export"]["rows"] == told["scoring"]["scored"] == len(read(out))
    again = fresh("run", permits, "--playbook", "permits", "--out", out, "--json").json
    assert (again["unchanged"], again["scoring"]["leads"], again["export"]["rows"]) == (3, 3, len(read(out)))
