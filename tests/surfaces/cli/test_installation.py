"""Undo, back-up and restore, status, doctor, playbooks."""

import json

import pytest


def test_an_import_is_undone_completely(galena, permits):
    before = galena("status", "--json").json
    brought = galena("ingest", permits, "-w", "permits", "--json").json["files"][0]["import_id"]
    assert galena("status", "--json").json != before
    told = galena("imports", "undo", brought[:18], "-w", "permits", "--json").json
    assert (told["leads_removed"], told["was_undone"]) == (3, False)
    after = galena("status", "--json").json["workspaces"]
    for was, now in zip(before["workspaces"], after, strict=True):
        for name in ("leads", "by_status", "by_tier", "quarantined", "signals_waiting"):
            assert now[name] == was[name], name
    again = galena("imports", "undo", brought, "-w", "permits", "--json")
    assert again.status == 0
    assert again.json["was_undone"] is True
    states = [each["status"] for each in galena("imports", "list", "-w", "permits", "--json").json["imports"]]
    assert states == ["undone", "done"]


def test_a_back_up_brings_everything_back(galena, permits, tmp_path):
    file = tmp_path / "all.backup"
    before = galena("status", "--json").json
    assert galena("db", "backup", "--out", file, "--json").json["bytes"] == file.stat().st_size
    assert galena("ingest", permits, "-w", "permits").status == 0
    assert galena("db", "restore", file).status == 5
    assert galena("db", "restore", file, "--yes").status == 0
    assert galena("status", "--json").json == before
    assert galena("score", "-w", "demo", "--json").status == 0


def test_a_back_up_comes_into_an_empty_database(galena, fresh, tmp_path):
    file = tmp_path / "all.backup"
    assert galena("db", "backup", "--out", file).status == 0
    assert fresh("db", "restore", file, "--json").status == 0
    assert fresh("status", "--json").json == galena("status", "--json").json


@pytest.mark.parametrize(
    "content", [b"", b"no back-up", b"PGDMP\x01\x0e\x00 cut"], ids=["empty", "text", "cut"]
)
def test_garbage_is_not_restored_and_nothing_changes(galena, tmp_path, content):
    file = tmp_path / "garbage.backup"
    file.write_bytes(content)
    before = galena("status", "--json").json
    told = galena("db", "restore", file, "--yes", "--json")
    assert told.status == 2
    assert told.json["remedy"]
    assert galena("status", "--json").json == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["garbage.backup"]


def test_a_back_up_cut_short_is_not_restored(galena, tmp_path):
    file = tmp_path / "all.backup"
    assert galena("db", "backup", "--out", file).status == 0
    before = galena("status", "--json").json
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    assert galena("db", "restore", file, "--yes").status != 0
    assert galena("status", "--json").json == before


def test_a_back_up_that_cannot_be_written(reading, tmp_path):
    told = reading("db", "backup", "--out", tmp_path / "no" / "such" / "folder.backup")
    assert told.status != 0
    assert "folder" in told.err


def test_migrating_is_said(fresh):
    told = fresh("db", "migrate", "--json").json
    assert told["before"] is None
    assert fresh("db", "migrate", "--json").json == {"before": told["after"], "after": told["after"]}


def test_the_status_line_says_what_is_there_and_starts_nothing(galena, fresh, tmp_path, monkeypatch):
    assert galena("status", "--line").out == "galena: nothing here yet\n"
    status = galena("status", "--json").json
    leads = {each["workspace"]: each["leads"] for each in status["workspaces"]}
    monkeypatch.setattr("galena.kit.database.open_database", None)
    line = galena("status", "--line").out
    assert line.startswith(f"demo {leads['demo']}, permits {leads['permits']} · 1 rows wait · import ")
    assert line.count("\n") == 1
    assert galena("status", "--line", "--json").json["line"] == line.strip()


def test_the_status_line_reads_the_folder_of_the_settings(monkeypatch, tmp_path):
    from galena.settings import load_settings
    from galena.surfaces.cli.status_file import usual_home

    for variables in ({}, {"GALENA_HOME": "~/here"}, {"XDG_DATA_HOME": str(tmp_path)}, {"GALENA_HOME": ""}):
        monkeypatch.delenv("GALENA_HOME", raising=False)
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert usual_home() == load_settings().home


@pytest.mark.parametrize("content", ["", "[]", "{", '{"segments": 3}', '{"segments": []}', "\x00"])
def test_a_damaged_status_line_is_no_fault(reading, tmp_path, content):
    (tmp_path / "status-line.json").write_text(content)
    told = reading("status", "--line", "--home", tmp_path)
    assert (told.status, told.out) == (0, "galena: nothing here yet\n")


def test_the_doctor_finds_this_installation_in_order(reading):
    told = reading("doctor", "--json").json
    assert told["faults"] == 0
    assert {"Data folder", "Database", "Playbook permits", "Port"} <= {
        each["check"] for each in told["findings"]
    }
    assert all(each["fix"] for each in told["findings"] if each["state"] != "good")
    assert "Everything is in order." in reading("doctor").out


def test_the_doctor_names_the_fix_for_a_database_that_does_not_answer(reading):
    told = reading("doctor", "--json", database="postgresql://nobody@127.0.0.1:1/none")
    assert told.status == 1
    (fault,) = (each for each in told.json["findings"] if each["state"] == "fault")
    assert fault["check"] == "Database"
    assert "GALENA_DATABASE_URL" in fault["fix"]


def test_playbooks_are_listed_shown_checked_and_compared(reading, tmp_path):
    names = [each["name"] for each in reading("playbook", "list", "--json").json["playbooks"]]
    assert names == ["b2b", "brokerage", "permits", "realestate"]
    for name in names:
        assert reading("playbook", "show", name, "--json").json["playbook"] == name
        assert reading("playbook", "check", name, "--json").json == {"problems": []}
        assert "Factors" in reading("playbook", "show", name).out
    assert reading("playbook", "diff", "b2b", "b2b", "--json").json == {"changes": []}
    assert reading("playbook", "diff", "b2b", "permits", "--json").json["changes"]


def test_a_mistake_in_a_playbook_is_told_with_its_line(reading, tmp_path):
    from importlib.resources import files
    from shutil import copytree

    folder = tmp_path / "mine"
    copytree(str(files("galena.playbooks") / "permits"), folder)
    rules = folder / "rules.yaml"
    lines = rules.read_text().splitlines()
    number = next(n for n, line in enumerate(lines, start=1) if line.strip().startswith("points:"))
    lines[number - 1] = lines[number - 1].split("points:")[0] + "points: many"
    rules.write_text("\n".join(lines))
    told = reading("playbook", "check", folder, "--json")
    assert told.status == 2
    (problem,) = told.json["problems"]
    assert (problem["file"], problem["line"]) == ("rules.yaml", number)
    assert json.dumps(problem)
