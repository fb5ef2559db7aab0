"""`galena model score` and `explain` on files: what they say and write, whatever the file is like."""

import csv
import importlib.util
import os
from pathlib import Path

import openpyxl
import pytest

from .conftest import run_galena

_SPEC = importlib.util.spec_from_file_location(
    "plain_model", Path(__file__).parents[2] / "workflows" / "plain_model.py"
)
plain_model = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(plain_model)


@pytest.fixture
def galena(tmp_path, monkeypatch):
    """galena(*arguments) without any database, with a model one can redo by hand in the folder `model`."""
    models = {"model": plain_model.PlainModel(), "noise": plain_model.PlainModel(usable_signal=False)}
    for name in models:
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    monkeypatch.setattr("galena.workflows.model_folder.load_model", lambda folder: models[folder.name])
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run_galena(tmp_path / "home", "postgresql://nowhere.invalid/x", *arguments)


@pytest.fixture
def new(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("visits,source,phone_ok\n5,referral,yes\n0,web,no\n3,web,yes\n")
    return path


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_score_writes_the_file_and_says_what_it_did(galena, new, tmp_path):
    told = galena("model", "score", "--csv", new, "--model", "model", "--out", "scored.csv")
    assert told.status == 0
    assert told.out == ""
    assert "scored 3 of 3 rows, 37.0 on average" in told.err
    assert "tiers, by score: A 1 (from 50.0), B 1 (from 36.0), C 1 (from 25.0)" in told.err
    assert "wrote scored.csv" in told.err
    assert [row["score"] for row in read(tmp_path / "scored.csv")] == ["50.0000", "25.0000", "36.0000"]
    assert not (tmp_path / "home").exists()


def test_with_json_there_is_one_line_of_it(galena, new):
    told = galena("model", "score", "--csv", new, "--model", "model", "--out", "scored.csv", "--json").json
    assert (told["rows"], told["scored"], told["usable_signal"]) == (3, 3, True)
    assert told["tiers"] == {"A": 1, "B": 1, "C": 1}
    assert told["missing_columns"] == told["extra_columns"] == told["unread_rows"] == []


def test_what_is_odd_about_the_file_is_said(galena, new, tmp_path):
    new.write_text("visits,source,extra\nmany,radio,1\n2,web,1\n1,2\n")
    told = galena("model", "score", "--csv", new, "--model", "model", "--out", "scored.csv")
    assert told.status == 0
    for words in (
        "missing: phone_ok.",
        "unreadable: 1 value of visits is of another kind",
        "('many')",
        "new: 1 value of source",
        "not used: extra",
        "not scored: row 3 below the header. The row has 2 cells; the header has 3.",
        "scored 2 of 3 rows",
    ):
        assert words in told.err
    assert len(read(tmp_path / "scored.csv")) == 3


def test_columns_in_another_spelling_are_read_and_told(galena, new, tmp_path):
    new.write_text("VISITS ,source,Phone-OK\n5,web,no\n")
    told = galena("model", "score", "--csv", new, "--model", "model", "--out", "scored.csv")
    assert (
        "2 columns are spelt in another way than in the training: “VISITS” is visits, “Phone-OK”" in told.err
    )
    assert [row["score"] for row in read(tmp_path / "scored.csv")] == ["35.0000"]


def test_a_column_under_a_similar_name_is_offered(galena, new):
    new.write_text("visit,source,phone_ok\n5,web,no\n")
    told = galena("model", "score", "--csv", new, "--model", "model", "--out", "scored.csv")
    assert "is visits called “visit” here?" in told.err


def test_decimal_commas_are_read_and_told(galena, new, tmp_path):
    new.write_text("visits;source;phone_ok\n1,5;web;yes\n0,250;web;yes\n")
    told = galena("model", "score", "--csv", new, "--model", "model", "--out", "scored.csv")
    assert (
        "1 column is written with a decimal comma, in the training with a point; it was read as such"
        in told.err
    )
    with (tmp_path / "scored.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["score"] for row in rows] == ["33.0000", "30.5000"]
    assert rows[0]["reason_1"] == "visits is 1,5: +3 points"


def test_leads_of_one_score_at_the_end_of_a_tier_are_told(galena, new, tmp_path):
    new.write_text("visits,source,phone_ok\n" + "5,web,yes\n" * 9 + "0,web,yes\n")
    told = galena("model", "score", "--csv", new, "--model", "model", "--out", "o.csv", "--capacity", "2")
    assert (
        "9 leads share the score 40.0 at the end of tier A: the first 2 of them in the file are in it"
        in told.err
    )
    assert "the other 7 are not. The model cannot tell them apart." in told.err


def test_cells_beyond_the_header_are_kept_and_told(galena, new, tmp_path):
    new.write_text('visits,source,phone_ok\n5,web,yes\n1,web,no,"more, yes",end\n')
    told = galena("model", "score", "--csv", new, "--model", "model", "--out", "scored.csv")
    assert "not scored: row 2 below the header. The row has 5 cells; the header has 3." in told.err
    assert "kept in the column cells_beyond_header" in told.err
    assert [row["cells_beyond_header"] for row in read(tmp_path / "scored.csv")] == ["", '"more, yes",end']


def test_a_model_without_a_signal_says_so(galena, new, tmp_path):
    told = galena("model", "score", "--csv", new, "--model", "noise", "--out", "scored.csv")
    assert "no usable signal" in told.err
    assert {row["score"] for row in read(tmp_path / "scored.csv")} == {"30.0000"}


def test_a_short_file_is_told_that_its_tiers_say_little(galena, tmp_path):
    for rows, told in ((9, True), (10, False)):
        (tmp_path / "short.csv").write_text("visits,source,phone_ok\n" + "5,referral,yes\n" * rows)
        said = galena("model", "score", "--csv", "short.csv", "--model", "model", "--out", "o.csv").err
        assert ("go by the score" in said) is told


def test_tiers_by_capacity_and_by_playbook(galena, new, tmp_path):
    galena("model", "score", "--csv", new, "--model", "model", "--out", "o.csv", "--capacity", "2")
    assert [row["tier"] for row in read(tmp_path / "o.csv")] == ["A", "B", "A"]
    told = galena("model", "score", "--csv", new, "--model", "model", "--out", "o.csv", "--capacity", "3")
    assert "all of them are within the capacity of 3" in told.err
    galena("model", "score", "--csv", new, "--model", "model", "--out", "o.csv", "-p", "b2b")
    assert [row["tier"] for row in read(tmp_path / "o.csv")] == ["b", "c", "c"]


def test_a_workbook_is_scored_into_a_csv_file(galena, tmp_path):
    book = openpyxl.Workbook()
    for row in (("visits", "source", "phone_ok"), (5, "referral", True), (1, "web", False)):
        book.active.append(row)
    book.save(tmp_path / "new.xlsx")
    assert galena("model", "score", "--csv", "new.xlsx", "--model", "model", "-o", "o.csv").status == 0
    assert [(r["visits"], r["score"]) for r in read(tmp_path / "o.csv")] == [
        ("5", "50.0000"),
        ("1", "27.0000"),
    ]


def test_how_a_file_is_read_can_be_said(galena, tmp_path):
    (tmp_path / "new.csv").write_bytes("visits,stra\u00dfe\n5,K\u00f6ln\n".encode("cp437"))
    galena("model", "score", "--csv", "new.csv", "--model", "model", "--out", "o.csv", "--encoding", "cp437")
    assert read(tmp_path / "o.csv")[0]["stra\u00dfe"] == "K\u00f6ln"
    book = openpyxl.Workbook()
    book.active.append(("nothing",))
    leads = book.create_sheet("leads")
    for row in (("visits", "source"), (5, "web")):
        leads.append(row)
    book.save(tmp_path / "new.xlsx")
    galena("model", "score", "--csv", "new.xlsx", "--model", "model", "--out", "o.csv", "--sheet", "leads")
    assert [row["score"] for row in read(tmp_path / "o.csv")] == ["40.0000"]


def test_explain_adds_up_in_words_and_json(galena, new):
    told = galena("model", "explain", "--csv", new, "--model", "model", "--row", "2")
    assert told.status == 0
    assert told.out.startswith("Row 2: score 25.0 of 100 (between 22 and 28)\nConfidence 0.80: fair. ")
    lines = [line.split() for line in told.out.splitlines()]
    assert ["Where", "every", "lead", "starts", "30.0"] in lines
    assert ["phone_ok", "is", "no", "-5.0"] in lines
    assert ["Score", "25.0"] in lines
    assert "source: web -> referral" in told.out
    found = galena("model", "explain", "--csv", new, "--model", "model", "--row", "2", "--json").json
    points = sum(each["points"] for each in found["contributions"])
    assert found["base"] + points == pytest.approx(found["score"], abs=1e-9)
    assert found["would_change"][0]["column"] in ("source", "visits")


TRAIN = ("model", "train", "--csv", "new.csv", "--target", "source", "--out", "m")
STAGES = ("model", "train", "--csv", "stages.csv", "--target", "stage", "--out", "m")
SCORE = ("model", "score", "--model", "model")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((*SCORE, "--csv", "no.csv", "--out", "o.csv"), 2, "There is no such file."),
        ((*SCORE, "--csv", "model", "--out", "o.csv"), 2, "This is a folder, not a file."),
        ((*SCORE, "--csv", "empty.csv", "--out", "o.csv"), 2, "The file is empty."),
        ((*SCORE, "--csv", "picture.csv", "--out", "o.csv"), 2, "no rows that can be read"),
        ((*SCORE, "--csv", "other.csv", "--out", "o.csv"), 2, "none of the columns that the model reads"),
        ((*SCORE, "--csv", "new.csv", "--out", "new.csv"), 2, "is the file that is read"),
        ((*SCORE, "--csv", "new.csv", "--out", "model"), 2, "is a folder"),
        ((*SCORE, "--csv", "new.csv", "--out", "no/o.csv"), 2, "There is no folder no"),
        ((*SCORE, "--csv", "new.csv", "--out", "o.parquet"), 2, "Name it o.csv"),
        ((*SCORE, "--csv", "new.csv", "--out", "o.csv", "--capacity", "0"), 2, "capacity"),
        ((*SCORE, "--csv", "new.csv", "--out", "o.csv", "-p", "b2c"), 3, "b2b"),
        ((*SCORE, "--csv", "new.csv", "--out", "o.csv", "-p", "b2b", "--capacity", "3"), 2, "not both"),
        ((*SCORE, "--csv", "new.csv"), 2, "Missing option '--out'"),
        (("model", "explain", "--model", "model", "--csv", "new.csv", "--row", "7"), 3, "It has 3 rows"),
        (("model", "explain", "--model", "model", "--csv", "new.csv", "--row", "0"), 2, "--row"),
        (("model", "scor"), 2, "scor"),
        (STAGES, 2, "--positive Won --negative 'Closed Lost'"),
        ((*SCORE, "--csv", "new.csv", "--out", "model/o.csv"), 2, "nothing but the model"),
        ((*TRAIN, "--monotone", "visits:up,visits:down"), 2, "cannot go up and down"),
        ((*TRAIN, "--monotone", "visits:up", "--monotone", "visits:down"), 2, "cannot go up and down"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, tuple) else "",
)
def test_mistakes_are_explained_and_leave_nothing(galena, new, tmp_path, arguments, status, words):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "other.csv").write_text("colour,size\nred,3\n")
    stages = ("Open", "Closed Lost", "Won")
    (tmp_path / "stages.csv").write_text("n,stage\n" + "".join(f"{n},{stages[n % 3]}\n" for n in range(90)))
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    before = sorted(tmp_path.iterdir())
    text = new.read_text()
    told = galena(*arguments)
    assert told.status == status
    assert words in told.err
    assert told.out == ""
    assert sorted(tmp_path.iterdir()) == before
    assert new.read_text() == text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_one_may_not_write_to(galena, new, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    told = galena(*SCORE, "--csv", new, "--out", "locked/o.csv")
    assert told.status == 2
    assert "cannot be written" in told.err


def test_where_no_model_is_one_is_told_how_to_train(new, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("nothing", ".", "new.csv"):
        told = run_galena(
            tmp_path / "home", None, "model", "score", "--csv", new, "--model", folder, "-o", "o.csv"
        )
        assert told.status == 3
        assert "galena model train --csv past.csv --target COLUMN --out FOLDER" in told.err


def test_help_starts_without_heavy_libraries():
    import subprocess
    import sys

    code = (
        "import sys; sys.argv = ['galena', 'model', 'train', '--help'];"
        "from galena.surfaces.cli.main import galena;"
        "galena.main(standalone_mode=False);"
        "heavy = {'polars', 'numpy', 'sklearn', 'lightgbm', 'catboost', 'numba', 'sqlalchemy', 'matplotlib'};"
        "print('heavy:', sorted(heavy & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "heavy: []"
