"""JSON documents and JSON Lines: records found where they lie, values exact."""

import json
from pathlib import Path
from typing import Any

import pytest

from galena.connectors.files import ReadLimits, open_rows
from galena.domain.record import Row, RowFault
from galena.kit.errors import InputError


def read(
    folder: Path, text: str, name: str = "t.json", **options: Any
) -> tuple[list[Any], list[RowFault], tuple[str, ...]]:
    path = folder / name
    path.write_text(text)
    with open_rows(path, **options) as reader:
        items = list(reader)
        assert list(reader.rows(1)) == items[1:]
        payloads = [item.payload for item in items if isinstance(item, Row)]
        return payloads, [item for item in items if isinstance(item, RowFault)], reader.notes


PERMITS = [{"id": i, "type": "roof"} for i in range(3)]


class TestPlaces:
    def test_a_list(self, tmp_path: Path) -> None:
        assert read(tmp_path, json.dumps(PERMITS))[0] == PERMITS

    def test_a_list_under_a_key(self, tmp_path: Path) -> None:
        text = json.dumps({"meta": {"count": 3, "tags": [{"a": 1}]}, "permits": PERMITS})
        payloads, _, notes = read(tmp_path, text)
        assert payloads == PERMITS
        assert notes == ('The 3 records were found under "permits".',)

    def test_a_list_deep_down(self, tmp_path: Path) -> None:
        assert read(tmp_path, json.dumps({"data": {"page": {"items": PERMITS}}}))[0] == PERMITS

    def test_a_named_place(self, tmp_path: Path) -> None:
        text = json.dumps({"a": PERMITS, "b": {"c": [{"x": 1}]}})
        assert read(tmp_path, text, records_at="b.c")[0] == [{"x": 1}]

    def test_a_named_place_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            read(tmp_path, json.dumps({"a": PERMITS}), records_at="b")
        assert caught.value.facts["found"] == "a"

    def test_one_object_is_one_record(self, tmp_path: Path) -> None:
        record = {"id": 1, "name": "x", "city": "y" * 200, "lines": [{"sku": 1}, {"sku": 2}]}
        assert read(tmp_path, json.dumps(record))[0] == [record]

    def test_an_object_of_like_objects(self, tmp_path: Path) -> None:
        text = json.dumps({str(i): {"cik": i, "name": "n"} for i in range(5)})
        payloads = read(tmp_path, text)[0]
        assert payloads[4] == {"record_key": "4", "cik": 4, "name": "n"}

    def test_objects_one_after_another(self, tmp_path: Path) -> None:
        assert read(tmp_path, "\n".join(json.dumps(p, indent=1) for p in PERMITS))[0] == PERMITS

    def test_an_empty_list(self, tmp_path: Path) -> None:
        assert read(tmp_path, "[]") == ([], [], ())
        assert read(tmp_path, '{"permits": []}')[0] in ([], [{"permits": []}])


class TestValues:
    def test_numbers_are_exact(self, tmp_path: Path) -> None:
        record = {"id": 12345678901234567890123, "v": 0.1, "t": True, "n": None, "deep": {"a": [1, "x"]}}
        assert read(tmp_path, json.dumps([record]))[0] == [record]

    def test_what_cannot_be_stored_is_shown(self, tmp_path: Path) -> None:
        payloads, faults, notes = read(
            tmp_path, '[{"a": NaN, "b": "x\\u0000", "c": "\\ud800", "d": 1e999, "e": "é"}]'
        )
        assert payloads == [{"a": "NaN", "b": "x\ufffd", "c": "\ufffd", "d": "inf", "e": "é"}]
        assert faults == []
        assert "shown as U+FFFD" in notes[0]

    @pytest.mark.parametrize(
        ("bad", "reason"),
        [
            ("7", "this is a number"),
            ("null", "this is null"),
            ('{"a": tru}', "not valid JSON"),
            ('{"a": 1, "a": 2}', "occurs twice"),
            ('{"a": ' + "[" * 150 + "]" * 150 + "}", "nested deeper than 100"),
            ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested deeper than 100"),
            ('{"a": ' + "9" * 5_000 + "}", "too long"),
            ('{"a": "' + "x" * 1_100_000 + '"}', "the limit is 1,048,576"),
        ],
    )
    @pytest.mark.parametrize("name", ["t.json", "t.jsonl"])
    def test_a_bad_record_is_a_fault_and_reading_goes_on(
        self, tmp_path: Path, bad: str, reason: str, name: str
    ) -> None:
        parts = ['{"id": 1}', bad, '{"id": 3}']
        text = "\n".join(parts) if name == "t.jsonl" else "[" + ",".join(parts) + "]"
        payloads, faults, _ = read(tmp_path, text, name)
        assert payloads == [{"id": 1}, {"id": 3}]
        assert [fault.number for fault in faults] == [2]
        assert reason in faults[0].reason


class TestDocuments:
    @pytest.mark.parametrize("cut", [1, 2, 10, 30, 45])
    def test_a_document_cut_off_is_refused(self, tmp_path: Path, cut: int) -> None:
        text = json.dumps({"meta": {"n": 1}, "permits": PERMITS})
        with pytest.raises(InputError, match=r"cut off|not valid"):
            read(tmp_path, text[:-cut])

    def test_a_list_cut_off_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cut off"):
            read(tmp_path, json.dumps(PERMITS)[:-1])

    def test_too_large_a_document(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="too large"):
            read(tmp_path, json.dumps(PERMITS), limits=ReadLimits(document_bytes=20))

    def test_lines_whose_first_is_bad(self, tmp_path: Path) -> None:
        payloads, faults, _ = read(tmp_path, 'oops\n{"a":1}\n', "t.jsonl")
        assert (payloads, [fault.number for fault in faults]) == ([{"a": 1}], [1])

    def test_lines_with_blanks_between(self, tmp_path: Path) -> None:
        payloads, faults, _ = read(tmp_path, '{"a":1}\n\n{"a":2}\n{"a":3} x\n{"a":4}', "t.jsonl")
        assert payloads == [{"a": 1}, {"a": 2}, {"a": 4}]
        assert [fault.number for fault in faults] == [3]
