"""Any table as text, and a copy of it with columns added: nothing that was there changes."""

import csv
import gzip
import io
from datetime import date

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.connectors.files.table_copy import check_copy, copied_names, open_copy
from galena.connectors.files.tables import as_text, open_table, read_table
from galena.kit.errors import InputError


def copied(path, out, added=("score",), block=3):
    """The file with a column `score` that numbers its rows, as bytes."""
    with open_table(path) as table, open_copy(out, table, added) as write:
        for rows in table.blocks(block):
            numbers = [str(rows.first + place) for place in range(rows.frame.height)]
            write(rows, pl.DataFrame(dict.fromkeys(added, numbers)))
    return out.read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        'id,name\n007,"Smith, ""Al"""\n8,\n9,""\n',
        'id;name\r\n007;"two\r\nlines"\r\n8; x \r\n',
        "id\tname\n1,5\tx\n2,5\ty\n",
        'id,name,\n1,"quoted needlessly",\n2,b,\n',
        "\ufeffid,name\n1,é\n",
        'a,a\n1,"2"\n',
    ],
)
def test_every_row_of_the_copy_is_the_row_with_cells_added(tmp_path, text):
    path = tmp_path / "new.csv"
    path.write_bytes(text.encode())
    end = "\r\n" if "\r\n" in text else "\n"
    mark = next(mark for mark in (";", "\t", ",") if mark in text.split(end)[0])
    written = copied(path, tmp_path / "scored.csv").decode()
    number, expected, opened = 0, "", False
    for line in text.split(end)[:-1]:
        opened ^= line.count('"') % 2 == 1
        expected += line + (end if opened else f"{mark}{number or 'score'}{end}")
        number += not opened
    assert written == expected


def test_the_last_row_may_end_without_a_line_end(tmp_path):
    (tmp_path / "new.csv").write_text("id,name\n1,a\n2,b")
    assert copied(tmp_path / "new.csv", tmp_path / "o.csv") == b"id,name,score\n1,a,1\n2,b,2\n"


def test_a_header_alone_gives_a_header_alone(tmp_path):
    (tmp_path / "new.csv").write_text("id,name\n")
    assert copied(tmp_path / "new.csv", tmp_path / "o.csv") == b"id,name,score\n"


def test_a_column_of_the_same_name_is_kept_as_input(tmp_path):
    (tmp_path / "new.csv").write_text('"id",score,score_input\n"1",2,3\n')
    assert copied(tmp_path / "new.csv", tmp_path / "o.csv") == (
        b'id,score_input_2,score_input,score\n"1",2,3,1\n'
    )
    assert copied_names(("score", "tier", "x"), ("score", "tier")) == ("score_input", "tier_input", "x")


@pytest.mark.parametrize(
    ("header", "copied_header"),
    [
        ("score,a,a,,b", "score_input,a,a,,b,score"),
        ("score,score,b,,b", "score_input,score_2,b,,b,score"),
        ('score,"two\nlines",b,b,', 'score_input,"two\nlines",b,b,,score'),
    ],
)
def test_beside_a_renamed_column_the_others_keep_their_names(tmp_path, header, copied_header):
    (tmp_path / "new.csv").write_text(f"{header}\n1,2,3,4,5\n6,7,8,9,10\n")
    written = copied(tmp_path / "new.csv", tmp_path / "o.csv").decode()
    assert written == f"{copied_header}\n1,2,3,4,5,1\n6,7,8,9,10,2\n"


def test_a_packed_latin_1_file_comes_out_as_utf_8(tmp_path):
    path = tmp_path / "new.csv.gz"
    path.write_bytes(gzip.compress("Straße;Ort\nGrüner Weg;Köln\nHöhe;Fürth\n".encode("latin-1")))
    assert copied(path, tmp_path / "o.csv").decode() == "Straße;Ort;score\nGrüner Weg;Köln;1\nHöhe;Fürth;2\n"
    packed = copied(path, tmp_path / "o.csv.gz")
    assert gzip.decompress(packed).decode().startswith("Straße;Ort;score\n")


def test_bytes_that_do_not_decode_stay_as_they_were(tmp_path):
    path = tmp_path / "new.csv"
    good = "".join(f"{number},Köln\n" for number in range(9))
    path.write_bytes(b"id,city\n" + good.encode() + b"9,K\xf6ln\n")
    assert copied(path, tmp_path / "o.csv").splitlines()[-1] == b"9,K\xf6ln,10"
    frame, unread, _ = read_table(path)
    assert frame["city"].to_list() == ["Köln"] * 9 + ["K\ufffdln"]
    assert unread == ()


def test_a_row_with_other_cells_than_the_header_stays_in_its_place_and_is_named(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")
    assert copied(path, tmp_path / "o.csv") == b"a,b,c,score\n1,2,3,1\n4,5,,2\n6,7,8,3\n10,11,12,4\n"
    frame, unread, _ = read_table(path)
    assert frame["a"].to_list() == ["1", "10"]
    assert [each.number for each in unread] == [2, 3]
    assert "The row has 2 cells; the header has 3." in unread[0].reason


@pytest.mark.parametrize("text", ["two\nlines", "two\r\nlines", "\r"])
def test_line_breaks_in_the_cells_of_a_workbook_stay_in_their_cells(tmp_path, text):
    book = openpyxl.Workbook()
    for row in (("id", "note"), (1, text), (2, "x")):
        book.active.append(row)
    book.save(tmp_path / "new.xlsx")
    with open_table(tmp_path / "new.xlsx") as table:
        stands = next(table.blocks()).frame["note"].to_list()
    copied(tmp_path / "new.xlsx", tmp_path / "o.csv")
    with (tmp_path / "o.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["id", "note", "score"], ["1", stands[0], "1"], ["2", "x", "2"]]


def test_stray_quotes_are_mended_and_written_properly(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text('part,size\npipe,"5" wide"\n' + 'rod,"3, 4"\n' * 20)
    rows = list(csv.reader(io.StringIO(copied(path, tmp_path / "o.csv").decode())))
    assert rows[1] == ["pipe", '5" wide', "1"]


def test_added_formulas_are_made_harmless_and_the_tables_own_cells_are_not_touched(tmp_path):
    path, out = tmp_path / "new.csv", tmp_path / "o.csv"
    path.write_text("id\n=1+1\n")
    with open_table(path) as table, open_copy(out, table, ["reason"]) as write:
        for rows in table.blocks():
            write(rows, pl.DataFrame({"reason": ["=cmd is 'x': +3 points"]}))
    assert out.read_text() == "id,reason\n=1+1,'=cmd is 'x': +3 points\n"


def test_a_copy_that_fails_leaves_the_old_file(tmp_path):
    path, out = tmp_path / "new.csv", tmp_path / "o.csv"
    path.write_text("id\n1\n")
    out.write_text("old")
    with (
        pytest.raises(ZeroDivisionError),
        open_table(path) as table,
        open_copy(out, table, ["score"]),
    ):
        raise ZeroDivisionError
    assert out.read_text() == "old"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["new.csv", "o.csv"]


def test_where_a_copy_cannot_be_written_is_said_before(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("id\n1\n")
    (tmp_path / "link.csv").symlink_to(path)
    for out, words in {
        path: "is the file that is read",
        tmp_path / "link.csv": "is the file that is read",
        tmp_path: "is a folder",
        tmp_path / "no" / "o.csv": "no folder",
        tmp_path / "o.xlsx": "The result is a CSV file",
    }.items():
        with pytest.raises(InputError, match=words):
            check_copy(path, out)
    check_copy(path, tmp_path / "o.csv")
    assert [each.name for each in tmp_path.iterdir() if "o.csv" in each.name] == []


def test_a_workbook_and_parquet_are_tables_of_text_too(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ("id", "size", "day", "yes", "note"),
        (7, 2.5, date(2026, 1, 31), True, None),
        (8, 3.0, date(2026, 2, 1), False, "x, y"),
    ):
        book.active.append(row)
    book.save(tmp_path / "new.xlsx")
    frame, _, _ = read_table(tmp_path / "new.xlsx")
    assert frame.rows() == [
        ("7", "2.5", "2026-01-31 00:00:00", "true", None),
        ("8", "3", "2026-02-01 00:00:00", "false", "x, y"),
    ]
    pl.DataFrame({"id": [7, 8], "size": [2.5, None]}).write_parquet(tmp_path / "new.parquet")
    assert read_table(tmp_path / "new.parquet")[0].rows() == [("7", "2.5"), ("8", None)]
    assert copied(tmp_path / "new.parquet", tmp_path / "o.csv") == b"id,size,score\n7,2.5,1\n8,,2\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, None), ("007", "007"), (5, "5"), (5.0, "5"), (0.1, "0.1"), (True, "true"), ([1, "a"], '[1,"a"]')],
)
def test_values_as_a_csv_would_hold_them(value, text):
    assert as_text(value) == text


PRINTED = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff")
CELL = st.text(PRINTED | st.just("\n"), max_size=8)


@given(rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8), mark=st.sampled_from(",;\t"))
def test_what_a_csv_writer_wrote_is_read_and_copied(rows, mark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    buffer = io.StringIO()
    head = ("first", "second", "third")
    csv.writer(buffer, delimiter=mark, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([head, *rows])
    (folder / "new.csv").write_text(buffer.getvalue(), newline="")
    frame, unread, _ = read_table(folder / "new.csv")
    assert unread == ()
    assert frame.rows() == rows
    text = copied(folder / "new.csv", folder / "o.csv").decode()
    again = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    assert again == [[*head, "score"], *([*row, str(n)] for n, row in enumerate(rows, start=1))]
