"""Formats, packing and encodings are found from the content; what holds no rows is refused by name."""

import bz2
import datetime
import gzip
import hashlib
import io
import lzma
import tracemalloc
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from galena.connectors.files import ReadLimits, open_rows
from galena.domain.record import Row, RowFault
from galena.kit.errors import InputError

TABLE = b"id,name\n1,Ann\n2,Bo\n"
RECORDS = [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Bo"}]


def payloads(path: Path | str, **options: Any) -> list[Any]:
    with open_rows(path, **options) as reader:
        return [row.payload for row in reader]


def save(folder: Path, data: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for place, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Sheet{place}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class TestPacking:
    @pytest.mark.parametrize(
        ("pack", "name"),
        [
            (gzip.compress, "gzip"),
            (bz2.compress, "bzip2"),
            (lzma.compress, "xz"),
            (lambda d: zipped({"a.csv": d}), "zip"),
        ],
    )
    def test_packed_files(self, tmp_path: Path, pack: Any, name: str) -> None:
        path = save(tmp_path, pack(TABLE))
        with open_rows(path) as reader:
            assert [row.payload for row in reader] == RECORDS
            assert reader.shape.compression == name
            assert reader.shape.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
            assert reader.shape.size_bytes == path.stat().st_size

    def test_zstd(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv.zst"
        with pa.OSFile(str(path), "wb") as raw, pa.CompressedOutputStream(raw, "zstd") as stream:
            stream.write(TABLE)
        assert payloads(path) == RECORDS

    def test_a_packed_member(self, tmp_path: Path) -> None:
        path = save(tmp_path, zipped({"a.csv.gz": gzip.compress(TABLE), "b.csv": b"x,y\n1,2\n"}), "two.zip")
        with open_rows(path / "a.csv.gz") as reader:
            assert [row.payload for row in reader] == RECORDS
            assert reader.shape.compression == "zip+gzip"
            assert reader.shape.sha256 == hashlib.sha256(TABLE).hexdigest()
        assert payloads(path / "b.csv") == [{"x": "1", "y": "2"}]
        with pytest.raises(InputError, match="several files"):
            open_rows(path)
        with pytest.raises(InputError, match="no such file"):
            open_rows(path / "c.csv")

    def test_standard_input_can_be_read_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(gzip.compress(TABLE))))
        with open_rows("-") as reader:
            assert [row.payload for row in reader] == RECORDS
            assert [row.payload for row in reader.rows(1)] == RECORDS[1:]
            assert reader.shape.name == "standard input"

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
    def test_a_cut_off_file_is_refused_before_its_first_row(self, tmp_path: Path, pack: Any) -> None:
        data = pack(TABLE * 1_000)
        with pytest.raises(InputError, match="cut off"):
            open_rows(save(tmp_path, data[:-6]))

    def test_a_flipped_byte_is_refused(self, tmp_path: Path) -> None:
        data = bytearray(gzip.compress(TABLE))
        data[-6] ^= 1  # in the checksum
        with pytest.raises(InputError, match="damaged"):
            open_rows(save(tmp_path, bytes(data)))

    def test_bombs_are_refused(self, tmp_path: Path) -> None:
        small = ReadLimits(unpacked_bytes=1_000_000)
        with pytest.raises(InputError, match="bomb"):
            open_rows(save(tmp_path, gzip.compress(b"0" * 2_000_000)), limits=small)
        with pytest.raises(InputError, match="bomb"):
            open_rows(save(tmp_path, zipped({"a.csv": b"0" * 2_000_000})), limits=small)
        with pytest.raises(InputError, match="another archive"):
            open_rows(save(tmp_path, zipped({"a.zip": zipped({"a.csv": TABLE})})))

    def test_a_well_packed_honest_file_is_no_bomb(self, tmp_path: Path) -> None:
        path = save(tmp_path, gzip.compress(b"id,name\n" + b"1,Ann\n" * 100_000))
        with open_rows(path, limits=ReadLimits(unpacked_bytes=1_000_000)) as reader:
            assert sum(1 for _ in reader) == 100_000


class TestEncodings:
    TEXT = "id,name\n1,Zoë\n2,Müller €\n"

    @pytest.mark.parametrize(
        ("encoding", "found"),
        [
            ("utf-8", "utf-8"),
            ("utf-8-sig", "utf-8-sig"),
            ("utf-16", "utf-16"),
            ("utf-32", "utf-32"),
            ("utf-16-le", "utf-16-le"),
            ("utf-16-be", "utf-16-be"),
            ("cp1252", "cp1252"),
        ],
    )
    def test_the_encoding_is_found(self, tmp_path: Path, encoding: str, found: str) -> None:
        with open_rows(save(tmp_path, self.TEXT.encode(encoding))) as reader:
            assert [row.payload for row in reader] == [
                {"id": "1", "name": "Zoë"},
                {"id": "2", "name": "Müller €"},
            ]
            assert reader.shape.encoding == found

    def test_a_script_beyond_latin(self, tmp_path: Path) -> None:
        text = "имя,город\n" + "Анна Петрова,Санкт-Петербург\nИван Сидоров,Нижний Новгород\n" * 10
        with open_rows(save(tmp_path, text.encode("cp1251"))) as reader:
            assert next(iter(reader)).payload == {"имя": "Анна Петрова", "город": "Санкт-Петербург"}

    def test_an_accent_late_in_the_file(self, tmp_path: Path) -> None:
        rows = [f"{i},plain" for i in range(100_000)] + ["100000,Zoë"]
        path = save(tmp_path, ("id,name\n" + "\n".join(rows) + "\n").encode("cp1252"))
        with open_rows(path) as reader:
            assert list(reader.rows(100_000)) == [Row(100_001, {"id": "100000", "name": "Zoë"})]

    def test_a_given_encoding_is_taken(self, tmp_path: Path) -> None:
        assert payloads(save(tmp_path, b"a,b\n1,\x8a\n"), encoding="cp1250")[0]["b"] == "Š"
        with pytest.raises(InputError, match="no such character encoding"):
            open_rows(save(tmp_path, TABLE), encoding="utf-99")


class TestExcel:
    def test_values_are_native(self, tmp_path: Path) -> None:
        day = datetime.datetime(2024, 5, 1, 12, 30)
        data = workbook([["id", "when", "value", "ok"], [1, day, 2.5, True], [2, None, 3.25, False]])
        rows = payloads(save(tmp_path, data, "t.xlsx"))
        assert rows[0] == {"id": 1, "when": day, "value": 2.5, "ok": True}
        assert rows[1]["when"] is None

    def test_sheets_titles_and_blank_rows(self, tmp_path: Path) -> None:
        first = [["Report"], [], ["id", "name", "city"], [1, "a", "x"], [], [2, "b", "y"]]
        path = save(tmp_path, workbook(first, [["k", "v"], ["x", "y"]]), "t.xlsx")
        with open_rows(path) as reader:
            assert [(row.number, row.payload["name"]) for row in reader] == [(1, "a"), (2, "b")]
            assert any("Sheet2" in note for note in reader.notes)
        assert payloads(path, sheet="Sheet2") == [{"k": "x", "v": "y"}]
        with pytest.raises(InputError, match="no such sheet"):
            open_rows(path, sheet="x")

    def test_a_column_of_mixed_kinds_keeps_every_value(self, tmp_path: Path) -> None:
        rows = [["id", "mixed"], [1, "x"], [2, 7.25], [3, datetime.datetime(2024, 1, 2)], [4, True]]
        values = [row["mixed"] for row in payloads(save(tmp_path, workbook(rows), "t.xlsx"))]
        assert [str(value) for value in values][:2] == ["x", "7.25"]
        assert str(values[2]).startswith("2024-01-02")
        assert None not in values

    def test_error_cells_are_counted(self, tmp_path: Path) -> None:
        path = save(tmp_path, workbook([["id", "v"], [1, "#N/A"], [2, "ok"]]), "t.xlsx")
        with open_rows(path) as reader:
            assert [row.payload for row in reader] == [{"id": 1, "v": None}, {"id": 2, "v": "ok"}]
            assert any("1 cell(s) of the workbook hold an error" in note for note in reader.notes)

    def test_a_workbook_called_csv(self, tmp_path: Path) -> None:
        with open_rows(save(tmp_path, workbook([["a", "b"], ["x", "y"]]))) as reader:
            assert reader.shape.format == "excel"
            assert "The name ends in .csv, but the content is excel." in reader.notes

    def test_damage_is_refused(self, tmp_path: Path) -> None:
        data = workbook([["a", "b"], ["x", "y"]])
        with pytest.raises(InputError, match="damaged"):
            open_rows(save(tmp_path, data[:-100], "t.xlsx"))
        with pytest.raises(InputError, match="empty"):
            open_rows(save(tmp_path, workbook([]), "t.xlsx"))


class TestParquet:
    def test_values_are_native(self, tmp_path: Path) -> None:
        table = pa.table(
            {
                "id": [1, 2],
                "on": [datetime.date(2024, 1, 1), None],
                "v": [1.5, float("nan")],
                "tags": [["a"], []],
                "raw": [b"\x00\xff", None],
                "at": pa.array([1, 2], pa.timestamp("ns", "UTC")),
            }
        )
        pq.write_table(table, tmp_path / "t.parquet")
        rows = payloads(tmp_path / "t.parquet")
        assert rows[0]["on"] == datetime.date(2024, 1, 1)
        assert (rows[0]["id"], rows[0]["tags"], rows[0]["raw"]) == (1, ["a"], "AP8=")
        assert rows[1]["v"] is None

    def test_reading_goes_on_after_any_row(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"i": range(5_000)}), tmp_path / "t.parquet")
        with open_rows(tmp_path / "t.parquet") as reader:
            assert [row.payload["i"] for row in reader.rows(4_990)] == list(range(4_990, 5_000))  # type: ignore[index]

    def test_equal_names_lose_nothing(self, tmp_path: Path) -> None:
        pq.write_table(
            pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]), tmp_path / "t.parquet"
        )
        assert payloads(tmp_path / "t.parquet") == [{"a": 1, "a_2": 2}]


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "empty"),
            (b"\xef\xbb\xbf \n\n", "nothing but blanks"),
            (b"%PDF-1.4 ...", "a PDF document"),
            (b"\x89PNG\r\n\x1a\n....", "a PNG picture"),
            (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
            (b"<?xml version='1.0'?><rows/>", "an XML document"),
            (b"\x7fELF\x02\x01", "a program"),
            (bytes(range(256)) * 20, "neither text nor"),
            (gzip.compress(b"", mtime=0), "empty"),
            (zipped({}), "holds no file"),
        ],
    )
    def test_what_holds_no_rows_is_named(self, tmp_path: Path, data: bytes, words: str) -> None:
        with pytest.raises(InputError, match=words) as caught:
            open_rows(save(tmp_path, data))
        assert caught.value.remedy

    def test_folders_devices_and_missing_files(self, tmp_path: Path) -> None:
        for path, words in (
            (tmp_path, "folder"),
            (Path("/dev/null"), "device"),
            (tmp_path / "x", "no such file"),
        ):
            with pytest.raises(InputError, match=words):
                open_rows(path)


@pytest.mark.slow
def test_a_cell_of_50_megabytes_is_a_fault_in_little_memory(tmp_path: Path) -> None:
    path = save(tmp_path, b'id,name\n1,a\n2,"' + b"x" * 50_000_000 + b'"\n3,c\n')
    tracemalloc.start()
    with open_rows(path) as reader:
        items = list(reader)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [type(item) for item in items] == [Row, RowFault, Row]
    assert peak < 60_000_000
