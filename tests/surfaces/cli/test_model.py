"""`galena model train`, `score`, `report` and `explain` together, on a small market whose rule is known."""

import csv
import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import run_galena

NOWHERE = "postgresql://nowhere.invalid/x"
HEAD = ("Lead ID", "Visits", "Source", "Created", "Mail OK", "won")
QUICK = ("--budget", "3", "--threads", "1")


def market(rows, seed, signal_strength=1.0):
    """Leads whose log-odds of winning are -2 + 0.3 x visits + 1.5 for a referral (times the strength)."""
    draw = random.Random(seed)
    for number in range(rows):
        visits, source = draw.randrange(12), draw.choice(["web", "referral", "fair", "ad"])
        odds = -2 + signal_strength * (0.3 * visits + 1.5 * (source == "referral"))
        won = draw.random() < 1 / (1 + math.exp(-odds))
        day = f"2026-{1 + number * 11 // rows:02d}-{1 + number % 28:02d}"
        yield (
            f"L{seed}-{number:04d}",
            str(visits),
            source,
            day,
            draw.choice(["Yes", "No"]),
            "won" if won else "lost",
        )


def write(path, rows, head=HEAD):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])
    return path


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with past.csv, new.csv (other leads, without the outcome) and what training said."""
    folder = tmp_path_factory.mktemp("model")
    write(folder / "past.csv", market(300, 1))
    write(folder / "new.csv", [row[:-1] for row in market(200, 2)], HEAD[:-1])
    arguments = ("--csv", folder / "past.csv", "--target", "won", "--out", folder / "model", *QUICK)
    told = run_galena(folder / "home", NOWHERE, "model", "train", *arguments)
    assert told.status == 0, told.err
    (folder / "said.txt").write_text(told.out)
    (folder / "heard.txt").write_text(told.err)
    return folder


@pytest.fixture
def galena(place, tmp_path, monkeypatch):
    """galena(*arguments) in an empty folder, with copies of past.csv, new.csv and the model."""
    for name in ("past.csv", "new.csv"):
        shutil.copy(place / name, tmp_path / name)
    shutil.copytree(place / "model", tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run_galena(tmp_path / "home", NOWHERE, "model", *arguments)


def test_training_says_what_it_understood_and_how_good_the_model_is(place):
    heard, said = (place / "heard.txt").read_text(), (place / "said.txt").read_text()
    assert "“won” in column “won” taken as the success" in heard
    assert "Learning from 300 leads and 4 columns" in heard
    assert "not used: Lead ID (an id: every value differs)" in heard
    assert said.startswith("The best 20 % of the leads hold")
    assert "area under the ROC curve" in said
    assert "report.html" in said


def test_the_folder_holds_the_model_and_its_reports(place):
    report = json.loads((place / "model" / "report.json").read_text())
    assert report["usable_signal"] is True
    assert 0.6 < report["metrics"]["auc"]["value"] < 0.95
    assert {each["column"] for each in report["dropped"]} == {"Lead ID"}
    assert "<html" in (place / "model" / "report.html").read_text().lower()
    assert not [each for each in place.iterdir() if each.name.startswith(".")]


def test_every_new_lead_is_scored_and_the_good_ones_are_found(galena, tmp_path):
    told = galena("score", "--csv", "new.csv", "--model", "model", "--out", "scored.csv", "--json").json
    assert (told["rows"], told["tiers"]) == (200, {"A": 40, "B": 60, "C": 100})
    rows, truth = read(tmp_path / "scored.csv"), list(market(200, 2))
    assert [row["Lead ID"] for row in rows] == [row[0] for row in truth]
    for row in rows:
        low, p, high = (float(row[f"probability{end}"]) for end in ("_low", "", "_high"))
        assert 0 <= low <= p <= high <= 1
        assert float(row["score"]) == pytest.approx(100 * p, abs=1e-6)
        assert 0 <= float(row["confidence"]) <= 1
    won = {tier: [t[5] for t, r in zip(truth, rows, strict=True) if r["tier"] == tier] for tier in "AC"}
    assert won["A"].count("won") / 40 > won["C"].count("won") / 100 + 0.2
    assert min(float(r["score"]) for r in rows if r["tier"] == "A") >= max(
        float(r["score"]) for r in rows if r["tier"] == "B"
    )


def test_neither_the_outcome_nor_the_order_of_the_columns_matters(galena, tmp_path):
    rows = list(market(200, 2))
    write(tmp_path / "other.csv", [row[::-1] for row in rows], HEAD[::-1])
    galena("score", "--csv", "new.csv", "--model", "model", "--out", "a.csv")
    told = galena("score", "--csv", "other.csv", "--model", "model", "--out", "b.csv", "--json").json
    assert told["missing_columns"] == []
    assert told["extra_columns"] == []
    scores = [[row["score"] for row in read(tmp_path / name)] for name in ("a.csv", "b.csv")]
    assert scores[0] == scores[1]


def test_columns_that_are_gone_or_of_another_kind_are_named(galena, tmp_path):
    rows = [(*row[1:3], "soon") for row in market(30, 3)]
    rows[4] = ("inf", "teleshop", "soon")
    rows[5] = ("many", "web", "2026-01-31")
    write(tmp_path / "odd.csv", rows, ("Visits", "Source", "Created"))
    told = galena("score", "--csv", "odd.csv", "--model", "model", "--out", "o.csv", "--json").json
    assert told["missing_columns"] == ["Mail OK"]
    assert told["unreadable"]["Visits"] == {"count": 2, "examples": ["inf", "many"]}
    assert told["unreadable"]["Created"]["count"] == 29
    assert told["unseen"] == {"Source": 1}
    assert len(read(tmp_path / "o.csv")) == 30


def test_an_explanation_adds_up_to_the_score_in_the_file(galena, tmp_path):
    galena("score", "--csv", "new.csv", "--model", "model", "--out", "scored.csv")
    rows = read(tmp_path / "scored.csv")
    for number in (1, 77, 200):
        found = galena("explain", "--csv", "new.csv", "--model", "model", "--row", number, "--json").json
        points = math.fsum(each["points"] for each in found["contributions"])
        assert found["base"] + points == pytest.approx(found["score"], abs=1e-6)
        assert found["score"] == pytest.approx(float(rows[number - 1]["score"]), abs=1e-3)
        largest = max(found["contributions"], key=lambda each: abs(each["points"]))
        assert rows[number - 1]["reason_1"].startswith(largest["text"] + ": ")


def test_what_is_said_to_raise_a_score_does(galena, tmp_path):
    found = galena(
        "explain", "--csv", "new.csv", "--model", "model", "--row", 5, "--fixed", "Mail OK", "--json"
    ).json
    assert found["would_change"]
    rows = read(tmp_path / "new.csv")
    for change in found["would_change"]:
        assert change["column"] != "Mail OK"
        tried = rows[4] | {change["column"]: change["to"]}
        write(tmp_path / "tried.csv", [tuple(tried.values())], tuple(tried))
        again = galena("explain", "--csv", "tried.csv", "--model", "model", "--row", 1, "--json").json
        assert again["score"] == pytest.approx(change["score"], abs=1e-6)
        assert again["score"] > found["score"]


def test_the_report_again(galena, place, tmp_path):
    said = (place / "said.txt").read_text().partition("\nModel: ")[0]
    assert galena("report", "--model", "model").out.partition("\nModel: ")[0] == said
    assert galena("report", "--model", "model", "--json").json == json.loads(
        (tmp_path / "model" / "report.json").read_text()
    )
    page = Path(galena("report", "--model", "model", "--html").out.strip())
    assert page == tmp_path / "model" / "report.html"


@pytest.mark.parametrize("harm", ["changed", "missing", "more", "cut", "manifest", "other version"])
def test_a_model_that_was_tampered_with_is_refused(galena, tmp_path, harm):
    folder = tmp_path / "model"
    largest = max((f for f in folder.iterdir() if f.suffix == ".safetensors"), key=lambda f: f.stat().st_size)
    if harm == "changed":
        content = bytearray(largest.read_bytes())
        content[len(content) // 2] ^= 1
        largest.write_bytes(content)
    elif harm == "missing":
        largest.unlink()
    elif harm == "more":
        (folder / "evil.pkl").write_text("x")
    elif harm == "cut":
        largest.write_bytes(largest.read_bytes()[:-9])
    elif harm == "manifest":
        (folder / "manifest.json").write_text("{")
    else:
        manifest = json.loads((folder / "manifest.json").read_text())
        key = next(name for name in manifest if "version" in name or "format" in name)
        (folder / "manifest.json").write_text(json.dumps(manifest | {key: 999}))
    for arguments in (("score", "--csv", "new.csv", "--out", "o.csv"), ("report",)):
        told = galena(*arguments, "--model", "model")
        assert told.status in (2, 3), told.err
        assert "What to do:" in told.err
    assert not (tmp_path / "o.csv").exists()


def test_a_new_model_takes_the_place_of_the_old_one_in_the_last_step(galena, tmp_path):
    before = (tmp_path / "model" / "manifest.json").read_bytes()
    (tmp_path / "bad.csv").write_text((tmp_path / "past.csv").read_text().replace(",lost", ",won"))
    told = galena("train", "--csv", "bad.csv", "--target", "won", "--out", "model", *QUICK)
    assert told.status == 2
    assert (tmp_path / "model" / "manifest.json").read_bytes() == before
    told = galena(
        "train", "--csv", "past.csv", "--target", "won", "--out", "model", "--seed", "5", *QUICK, "--json"
    )
    assert told.json["usable_signal"] is True
    assert (tmp_path / "model" / "manifest.json").read_bytes() != before
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


@pytest.mark.slow
def test_columns_that_know_the_outcome_are_named_and_left_out_on_request(galena, tmp_path):
    rows = [(*row[:5], "signed" if row[5] == "won" else "", row[5]) for row in market(300, 4)]
    write(tmp_path / "leaky.csv", rows, (*HEAD[:5], "Contract", "won"))
    arguments = ("train", "--csv", "leaky.csv", "--target", "won", *QUICK)
    told = galena(*arguments, "--out", "leaky", "--json")
    assert [leak["column"] for leak in told.json["leaks"]] == ["Contract"]
    assert told.json["metrics"]["auc"]["value"] > 0.97
    assert told.json["auc_without_leaks"] < 0.9
    notes = json.loads((tmp_path / "leaky" / "report.json").read_text())["notes"]
    without = round(100 * told.json["auc_without_leaks"])
    assert f"without them in about {without} " in notes[0]
    assert notes[0] in told.err
    assert notes[0] in (tmp_path / "leaky" / "report.html").read_text()
    assert "Warning:" in told.err
    assert "--drop 'Contract'" in told.err
    for option in (("--drop-leaks",), ("--drop", "Contract")):
        honest = galena(*arguments, "--out", "honest", *option, "--json").json
        assert honest["metrics"]["auc"]["value"] < 0.9
        assert "Contract" in {each["column"] for each in honest["dropped"]}


@pytest.mark.slow
def test_where_nothing_can_be_learned_the_base_rate_is_given(galena, tmp_path):
    write(tmp_path / "noise.csv", market(400, 6, signal_strength=0.0))
    told = galena("train", "--csv", "noise.csv", "--target", "won", "--out", "noise", *QUICK, "--json")
    assert told.json["usable_signal"] is False
    galena("score", "--csv", "new.csv", "--model", "noise", "--out", "o.csv")
    rows = read(tmp_path / "o.csv")
    rate = sum(row[5] == "won" for row in market(400, 6, signal_strength=0.0)) / 400
    assert {row["probability"] for row in rows} == {f"{rate:.6f}"}
    assert {row["tier"] for row in rows} == {"C"}
    assert "no usable signal" in rows[0]["reason_1"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "judged_on"),
    [
        (("--time", "Created"), "later leads"),
        (("--in-time-order",), "later leads"),
        (("--group", "Source"), "groups the model had not seen"),
        (("--monotone", "Visits:up"), "leads the model had not seen"),
    ],
    ids=str,
)
def test_how_the_rows_hang_together_can_be_said(galena, options, judged_on):
    told = galena("train", "--csv", "past.csv", "--target", "won", "--out", "m", *options, *QUICK, "--json")
    assert told.status == 0, told.err
    report = json.loads(Path("m/report.json").read_text())
    assert report["split"].startswith(f"Judged on {judged_on}")


def _started(folder):
    """A training in a process of its own that is on its way."""
    write(folder / "past.csv", market(3000, 9))
    arguments = [
        "model",
        "train",
        "--csv",
        "past.csv",
        "--target",
        "won",
        "--out",
        "killed",
        "--budget",
        "60",
    ]
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from galena.surfaces.cli.main import main; main()",
            *arguments,
            "--threads",
            "1",
        ],
        cwd=folder,
        env=os.environ | {"GALENA_HOME": str(folder / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    while "Learning from" not in (line := process.stderr.readline()):
        assert line, "it ended too soon"
    time.sleep(1.0)
    assert process.poll() is None
    return process


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_killed_leaves_nothing_and_the_next_one_works(galena, tmp_path, number):
    before = {each.name for each in tmp_path.iterdir()}
    process = _started(tmp_path)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    if number != signal.SIGKILL:
        assert "Nothing was written" in said
    assert "Traceback" not in said
    assert {each.name for each in tmp_path.iterdir()} == before
    told = galena("train", "--csv", "past.csv", "--target", "won", "--out", "killed", *QUICK, "--json")
    assert told.json["usable_signal"] is True


@pytest.mark.slow
def test_two_thousand_columns(galena, tmp_path):
    draw = random.Random(3)
    head = [*(f"c{number}" for number in range(2000)), "won"]
    rows = []
    for _ in range(200):
        numbers = [round(draw.gauss(0, 1), 2) for _column in range(2000)]
        rows.append((*numbers, int(numbers[7] + draw.gauss(0, 0.3) > 0)))
    write(tmp_path / "wide.csv", rows, head)
    told = galena("train", "--csv", "wide.csv", "--target", "won", "--out", "wide", *QUICK, "--json")
    assert told.status == 0, told.err
    assert galena("score", "--csv", "wide.csv", "--model", "wide", "--out", "o.csv").status == 0
    assert len(read(tmp_path / "o.csv")) == 200


def test_thirty_rows_are_enough_to_try(galena, tmp_path):
    write(tmp_path / "few.csv", list(market(300, 1))[:32])
    told = galena("train", "--csv", "few.csv", "--target", "won", "--out", "few", *QUICK, "--json")
    assert told.status in (0, 2)
    if told.status == 0:
        assert galena("score", "--csv", "new.csv", "--model", "few", "--out", "o.csv").status == 0
    else:
        assert "Too few" in told.err
