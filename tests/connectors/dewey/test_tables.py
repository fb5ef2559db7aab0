"""Delivered files as records."""

import gzip
import io
from datetime import date
from decimal import Decimal

import pytest

from galena.connectors.dewey.tables import records_of
from galena.kit.web import UnreadableAnswerError


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"\xef\xbb\xbfname,n\nElm,1\n"),
        ("a.csv.gz", gzip.compress(b"name,n\nElm,1\n", mtime=0)),
        ("a.json", b'[{"name": "Elm", "n": "1"}]'),
        ("A.JSONL", b'{"name": "Elm", "n": "1"}\n\n'),
    ],
)
def test_each_kind_gives_the_same(name: str, content: bytes) -> None:
    assert records_of(name, content) == [{"name": "Elm", "n": "1"}]


def test_parquet_values_become_plain() -> None:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    written = io.BytesIO()
    row = {"on": date(2026, 3, 1), "value": Decimal("1.50"), "tags": ["a"], "none": None}
    write_table(pa.Table.from_pylist([row]), written)
    plain = {"on": "2026-03-01", "value": "1.50", "tags": ["a"], "none": None}
    assert records_of("a.snappy.parquet", written.getvalue()) == [plain]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.gz", b"no gzip"),
        ("a.parquet", b"PAR1"),
        ("a.json", b"{"),
        ("a.xml", b"<a/>"),
        ("a.csv", b"\xff\xfe"),
    ],
)
def test_what_is_not_what_it_says_is_told(name: str, content: bytes) -> None:
    with pytest.raises(UnreadableAnswerError) as told:
        records_of(name, content)
    assert told.value.facts["file"] == name
    assert told.value.remedy
