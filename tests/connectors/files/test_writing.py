"""Exports are whole or absent, equal in every format, and harmless to spreadsheets."""

import json
from pathlib import Path

import polars as pl
import pytest

from galena.connectors.files.writing import neutralised, open_export
from galena.kit.errors import InputError

FRAME = pl.DataFrame({"name": ["Ada", 'Two\n"lines"'], "score": [81.5, None]})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+HYPERLINK(1)", "'+HYPERLINK(1)"),
        ("-2+3+cmd", "'-2+3+cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("+18175550123", "+18175550123"),
        ("-5.2", "-5.2"),
        ("plain = text", "plain = text"),
        (None, None),
    ],
)
def test_formulas_are_neutralised(text: str | None, written: str | None) -> None:
    schema = {"cell": pl.String, "number": pl.Float64, "other": pl.String}
    frame = pl.DataFrame({"cell": [text], "number": [-5.0], "other": ["plain"]}, schema=schema)
    assert neutralised(frame).rows() == [(written, -5.0, "plain")]


def test_csv_holds_every_batch_under_one_header(tmp_path: Path) -> None:
    with open_export(tmp_path / "out.csv", "csv") as write:
        write(FRAME)
        write(FRAME)
    assert pl.read_csv(tmp_path / "out.csv").rows() == FRAME.rows() * 2


def test_json_is_one_list(tmp_path: Path) -> None:
    with open_export(tmp_path / "out.json", "json") as write:
        write(FRAME.clear())
        write(FRAME)
        write(FRAME)
    assert json.loads((tmp_path / "out.json").read_text()) == FRAME.to_dicts() * 2


def test_parquet_keeps_types(tmp_path: Path) -> None:
    with open_export(tmp_path / "out.parquet", "parquet") as write:
        write(FRAME)
        write(FRAME)
    assert pl.read_parquet(tmp_path / "out.parquet").rows() == FRAME.rows() * 2


def test_a_failure_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old")

    def write_half() -> None:
        with open_export(out, "csv") as write:
            write(FRAME)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]
    assert out.read_text() == "old"


def test_a_folder_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught, open_export(tmp_path / "none" / "out.csv", "csv"):
        pass
    assert "cannot be written" in caught.value.what
