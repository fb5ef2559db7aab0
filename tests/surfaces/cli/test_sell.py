"""Selling from the command line: given once, sold, won, returned, taken back."""

import csv
from contextlib import suppress
from unittest import mock


def _given(folder):
    return {
        row["permit_number"]
        for path in folder.rglob("tier_*.csv")
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    }


def test_the_life_of_a_list(fresh, permits, tmp_path):
    assert fresh("ingest", permits, "-p", "permits").status == 0
    assert fresh("score", "-p", "permits").status == 0
    first = fresh(
        "sell", "export", "--buyer", "Roofers", "-o", tmp_path / "1", "--at-most", "1", "--json"
    ).json
    assert first["rows"] == len(_given(tmp_path / "1")) == 1
    rest = fresh("sell", "export", "--buyer", "ROOFERS ", "-o", tmp_path / "2", "--json").json
    assert rest["left_out"] == 1
    assert rest["rows"] > 0
    assert not _given(tmp_path / "1") & _given(tmp_path / "2")
    assert all(len(each.relative_to(tmp_path / "2").parts) == 4 for each in (tmp_path / "2").rglob("*.csv"))
    again = fresh("sell", "export", "--buyer", "Roofers", "-o", tmp_path / "2")
    assert again.status != 0
    assert "another folder" in again.err

    (key,) = _given(tmp_path / "1")
    sold = fresh("sell", "sold", "--buyer", "Roofers", "--price", "45.50", key, "nobody", "--json").json
    assert (sold["moved"], sold["unknown"]) == (1, ["nobody"])
    assert fresh("sell", "sold", "--buyer", "Roofers", "--price", "1", key, "--json").json["not_moved"] == [
        key
    ]
    other = fresh("sell", "export", "--buyer", "Others", "-o", tmp_path / "3", "--json").json
    assert (other["rows"], other["left_out"]) == (rest["rows"], 1)
    assert fresh("sell", "convert", "--buyer", "Roofers", "--export", first["export"]).status == 0
    told = fresh("sell", "buyers", "--json").json["buyers"]
    assert told[1] == {
        "buyer": "Roofers", "exported": rest["rows"], "sold": 0, "converted": 1, "returned": 0, "money": "45.50"
    }  # fmt: skip
    assert fresh("sell", "undo", rest["export"], "--json").json["undone"] == rest["rows"]
    listed = fresh("sell", "list", "--state", "converted", "--json").json
    assert [(each["lead"].endswith(key), each["price"]) for each in listed["leads"]] == [(True, "45.50")]
    assert [each["undone"] for each in listed["exports"]] == [False, True, False]
    assert "Roofers" in fresh("sell", "list").out


def test_amounts_and_reasons_are_checked(fresh, permits):
    assert fresh("ingest", permits, "-p", "permits").status == 0
    for price in ("forty", "-1", "0.001", "NaN"):
        refused = fresh("sell", "sold", "--buyer", "A", "--price", price, "A-1")
        assert refused.status != 0
        assert "45.50" in refused.err
    assert "no buyer" in fresh("sell", "return", "--buyer", "A", "--reason", "late", "A-1").err


class Killed(BaseException):
    pass


def test_a_list_in_its_place_is_on_record_whenever_a_process_is_killed(fresh, permits, tmp_path):
    assert fresh("ingest", permits, "-p", "permits").status == 0
    assert fresh("score", "-p", "permits").status == 0
    out = tmp_path / "1"
    with mock.patch("galena.workflows.sell.audit.record", side_effect=Killed), suppress(Killed):
        fresh("sell", "export", "--buyer", "Roofers", "-o", out, "--at-most", "1")
    assert not list(out.rglob("*")), "nothing is on record, so nothing is there"
    with mock.patch("galena.workflows.sell.publish", side_effect=Killed), suppress(Killed):
        fresh("sell", "export", "--buyer", "Roofers", "-o", out, "--at-most", "1")
    assert not (out / "exports").exists()
    more = fresh("sell", "export", "--buyer", "Roofers", "-o", tmp_path / "2", "--json").json
    assert len(_given(out)) == 1, "it was on record, and is put in its place"
    assert more["left_out"] == 1
    assert not _given(out) & _given(tmp_path / "2")
    assert not [each for folder in (out, tmp_path / "2") for each in folder.glob(".unfinished-*")]
