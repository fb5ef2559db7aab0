"""The main job on real files: from file to ranked export with one command, and the numbers reconcile to the row."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.data, pytest.mark.slow]

EXPLAINED = 4


@dataclass(frozen=True)
class Job:
    """What is given, and what a person would type."""

    name: str
    given: tuple[str, ...]
    playbook: str
    as_of: str


JOBS = (
    Job("austin", ("permits_austin/austin_permits_2014H1.csv.gz",), "permits", "2016-01-31"),
    Job("education", ("x_education/Leads.csv.gz",), "b2b", "2026-01-31"),
    Job("olist", ("olist_funnel",), "b2b", "2018-06-30"),
    Job("maven", ("maven_crm",), "b2b", "2017-12-31"),
)
# Both files of permits take minutes; one shows the same.
LONG_JOB = Job(
    "austin-both",
    ("permits_austin/austin_permits_2014H1.csv.gz", "permits_austin/austin_permits_2015H2.csv.gz"),
    "permits",
    "2016-01-31",
)
PARAMS = (
    *(pytest.param(job, id=job.name) for job in JOBS),
    pytest.param(LONG_JOB, id=LONG_JOB.name, marks=pytest.mark.soak),
)


@dataclass(frozen=True)
class Done:
    """A job after its one command; what may name people is left out when a test fails and shows this."""

    job: Job
    files: dict[str, Path] = field(repr=False)
    told: dict[str, Any] = field(repr=False)
    list_file: Path = field(repr=False)
    leads: list[dict[str, str]] = field(repr=False)


@pytest.fixture(scope="module", params=PARAMS)
def done(request, galena, ranked, shared_data, tmp_path_factory) -> Done:
    job: Job = request.param
    out = tmp_path_factory.mktemp(job.name) / "ranked.csv"
    told = galena(*_command(job, shared_data, out))
    assert told.status == 0
    files = [found for name in job.given for found in _files(shared_data / name)]
    return Done(job, {file.name: file for file in files}, told.json, out, ranked(out))


def _command(job: Job, data: Path, out: Path) -> tuple[object, ...]:
    given = [data / name for name in job.given]
    return "run", *given, "-p", job.playbook, "-w", job.name, "--as-of", job.as_of, "-o", out


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.csv*")) if path.is_dir() else [path]


def test_every_row_of_every_file_is_accounted_for(done, count_rows):
    assert {each["file"] for each in done.told["files"]} == set(done.files)
    assert done.told["left_out"] == []
    for each in done.told["files"]:
        assert each["rows"] == count_rows(done.files[each["file"]])
        assert each["rows"] == sum(each[name] for name in ("created", "updated", "unchanged", "quarantined"))
    for name in ("rows", "created", "updated", "unchanged", "quarantined"):
        assert done.told[name] == sum(each[name] for each in done.told["files"])


def test_every_quarantined_row_waits_with_its_reason(done, galena):
    found = galena("quarantine", "-w", done.job.name, "--limit", "100000").json
    count = len(found["rows"])
    assert found["waiting"] == count == done.told["quarantined"]
    assert sum(not fault["reason"] for row in found["rows"] for fault in row["faults"]) == 0
    assert sum(not row["faults"] for row in found["rows"]) == 0
    by_file = {each["file"]: each["quarantined"] for each in done.told["files"]}
    for name, count in by_file.items():
        assert sum(row["file"] == name for row in found["rows"]) == count
    said = sum(reason["rows"] for each in done.told["files"] for reason in each["reasons"])
    assert said >= done.told["quarantined"]


def test_every_lead_is_exported_or_discarded_with_its_reason(done, galena, ranked, tmp_path):
    scoring = done.told["scoring"]
    made = sum(each["created"] for each in done.told["files"] if each["role"] == "leads")
    assert scoring["leads"] == made
    exported = len(done.leads)
    assert exported == done.told["export"]["rows"] == scoring["scored"]
    assert scoring["scored"] + scoring["discarded"] + scoring["needs_enrichment"] == scoring["leads"]
    everything = tmp_path / "all.csv"
    assert galena("export", "-w", done.job.name, "--all", "-o", everything).json["rows"] == made
    rest = [row for row in ranked(everything) if row["status"] != "active"]
    count = len(rest)
    assert count == scoring["discarded"]
    assert sum(not row["status_reason"] for row in rest) == 0


def test_the_list_is_ranked_and_every_score_has_its_reasons(done):
    scores = [float(row["score"]) for row in done.leads]
    assert all(0 <= score <= 100 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert [int(row["rank"]) for row in done.leads] == list(range(1, len(scores) + 1))
    distinct = len({row["lead_id"] for row in done.leads})
    assert distinct == len(scores)
    assert sum(not (row["tier"] and row["temperature"]) for row in done.leads) == 0
    assert sum(not row["reasons"] for row in done.leads) == 0
    assert sum(done.told["scoring"]["tiers"].values()) == len(scores)


def test_parts_sum_to_the_score_and_every_stored_score_replays(done, galena):
    step = max(1, len(done.leads) // EXPLAINED)
    for row in done.leads[::step][:EXPLAINED]:
        told = galena("explain", row["lead_id"], "-w", done.job.name, "--replay")
        assert told.status == 0
        parts = told.json["contributions"]
        micropoints, shown = (sum(part[name] for part in parts) for name in ("micropoints", "shown"))
        score, history = told.json["score"], [past["replays"] for past in told.json["history"]]
        assert (micropoints, shown) == (told.json["micropoints"], told.json["shown"])
        assert (score, shown) == (float(row["score"]), int(row["score_shown"]))
        assert history == [True] * len(history)
        assert history != []


def test_the_same_again_changes_nothing(done, galena, shared_data, tmp_path):
    before = galena("status").json
    again = galena(*_command(done.job, shared_data, tmp_path / "again.csv")).json
    assert (again["created"], again["updated"]) == (0, 0)
    assert again["unchanged"] == done.told["rows"] - done.told["quarantined"]
    assert again["scoring"]["created"] == 0
    assert again["scoring"]["tiers"] == done.told["scoring"]["tiers"]
    is_same_list = (tmp_path / "again.csv").read_bytes() == done.list_file.read_bytes()
    assert is_same_list
    after = galena("status").json
    for was, now in zip(before["workspaces"], after["workspaces"], strict=True):
        for name in ("workspace", "leads", "by_status", "by_tier", "quarantined", "signals_waiting"):
            assert now[name] == was[name]
