"""What `galena model train` refuses, with which words, before it trains; nothing is left behind."""

import random

import pytest

from .conftest import run_galena

TRAIN = ("model", "train", "--csv", "past.csv", "--target", "won", "--out", "model")


@pytest.fixture
def galena(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run_galena(tmp_path / "home", "postgresql://nowhere.invalid/x", *arguments)


def past(rows=60, won=lambda n: "yes" if n % 3 == 0 else "no", head="visits,source,won"):
    draw = random.Random(1)
    lines = [f"{draw.randrange(20)},{draw.choice(['web', 'ad', 'fair'])},{won(n)}" for n in range(rows)]
    return "\n".join([head, *lines]) + "\n"


@pytest.mark.parametrize(
    ("text", "more", "status", "words"),
    [
        ("", (), 2, ("The file is empty.",)),
        ("visits,won\n", (), 2, ("a header and no rows",)),
        (past(29), (), 2, ("Too few rows with an outcome: 29, at least 30",)),
        (past(won=lambda n: "yes"), (), 2, ("same outcome",)),
        (past(won=lambda n: ""), (), 2, ("is empty",)),
        (
            past(won=lambda n: "yess" if n == 7 else "yes" if n % 3 == 0 else "no"),
            (),
            2,
            ("3 different outcomes", "“yess” (1 row) looks like “yes”"),
        ),
        (past(won=lambda n: "red" if n % 2 else "blue"), (), 2, ("is not clear", "--positive")),
        (past(won=lambda n: ("won", "lost", "open")[n % 3]), (), 2, ("--positive won --negative lost",)),
        (past(), ("--negative", "no"), 2, ("without --positive",)),
        (past(), ("--positive", "yes", "--negative", "nope"), 2, ("says “nope”", "“no”: 40")),
        (past(), ("--positive", "yes", "--negative", "no,Yes"), 2, ("in --positive and in --negative",)),
        (past(), ("--positive", "maybe"), 2, ("says “maybe”",)),
        (past(head="visits,source,Won?"), (), 3, ("--target: the file has no column “won”", "Won?")),
        (past(), ("--drop", "visit"), 3, ("--drop: the file has no column “visit”", "visits")),
        (past(), ("--time", "when"), 3, ("--time: the file has no column “when”", "visits")),
        (past(), ("--time", "source"), 2, ("cannot be read as a time",)),
        (past(), ("--group", "sauce"), 3, ("--group", "source")),
        (past(), ("--monotone", "visit:up"), 3, ("--monotone", "visits")),
        (past(), ("--monotone", "visits"), 2, ("COLUMN:up or COLUMN:down",)),
        (past(), ("--monotone", "visits:up", "--drop", "visits"), 2, ("--monotone and in --drop",)),
        (past(), ("--drop", "won"), 2, ("“won” is the outcome",)),
        (past(), ("--drop", "visits,source"), 2, ("No column is left to learn from",)),
        (past(), ("--time", "visits", "--in-time-order"), 2, ("Both --time and --in-time-order",)),
        (past(), ("--budget", "soon"), 2, ("is not a time. Write it as 120, 90s or 2m.",)),
        (past(), ("--budget", "0"), 2, ("not between 1 second and 24 hours",)),
        (past(), ("--out", "past.csv"), 2, ("past.csv is a file.",)),
        (past(), ("--out", "full"), 2, ("holds other files, and no model",)),
        (past(), ("--out", "."), 2, ("holds other files",)),
        (past(), ("--out", "past.csv/model"), 2, ("cannot be written",)),
        (past(), ("--csv", "full"), 2, ("This is a folder, not a file.",)),
        (past(), ("--csv", "nothing.csv"), 2, ("There is no such file.",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistakes_are_explained_and_leave_nothing(galena, tmp_path, text, more, status, words):
    (tmp_path / "past.csv").write_text(text)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    told = galena(*TRAIN, *more)
    assert told.status == status, told.err
    for each in words:
        assert each in told.err
    assert told.out == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_with_json_a_mistake_is_one_line_of_it(galena, tmp_path):
    (tmp_path / "past.csv").write_text(past(29))
    told = galena(*TRAIN, "--json")
    assert told.status == 2
    assert set(told.json) == {"error", "facts", "remedy"}


def test_the_folder_one_is_in_is_not_replaced(galena, tmp_path, monkeypatch):
    (tmp_path / "past.csv").write_text(past())
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    told = galena("model", "train", "--csv", "../past.csv", "--target", "won", "--out", ".")
    assert told.status == 2
    assert "you are in it" in told.err
