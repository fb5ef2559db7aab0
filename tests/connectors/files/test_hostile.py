"""Whatever a file holds, reading it gives rows and faults or one clear error, in little memory."""

import json
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from galena.connectors.files import expand, open_rows
from galena.domain.record import EXCERPT_CHARS, Row
from galena.kit.errors import GalenaError

from .hostile import hostile_files, kinds

MEGABYTE = 1_048_576


def assert_storable(payload: dict[str, Any] | None) -> None:
    text = json.dumps(payload, default=str, allow_nan=False, ensure_ascii=False)
    text.encode()  # no halves of surrogate pairs
    assert "\\u0000" not in text.replace("\\\\", "")  # a zero character, not one spelt out


def read_all(path: Path) -> tuple[Counter[str], GalenaError | None]:
    """Rows and faults of a file and of all it stands for, and the error that ended it, if any."""
    seen: Counter[str] = Counter()
    try:
        for member in expand([str(path)]):
            with open_rows(member) as reader:
                for number, row in enumerate(reader, start=1):
                    assert row.number == number
                    seen["rows" if isinstance(row, Row) else "faults"] += 1
                    assert_storable(row.payload)
                    if not isinstance(row, Row):
                        assert row.reason
                        assert len(row.value) <= EXCERPT_CHARS
                        row.value.encode()
                assert all(note.strip() for note in reader.notes)
    except GalenaError as error:
        return seen, error
    return seen, None


def assert_clear(seen: Counter[str], error: GalenaError | None) -> None:
    """An error says what to do, and comes before the first row."""
    if error is not None:
        assert error.what
        assert error.remedy
        assert error.facts


def read_bounded(path: Path) -> None:
    tracemalloc.start()
    try:
        read_all(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = path.stat().st_size if path.exists() else 0
    assert peak < 100 * MEGABYTE + 4 * size, f"{path.name}: {peak / MEGABYTE:.0f} MB"


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_sample_of_every_kind_is_survived(tmp_path: Path) -> None:
    for path in hostile_files(tmp_path, 2 * len(kinds()), seed=1):
        assert_clear(*read_all(path))


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_a_thousand_files_are_survived(tmp_path: Path) -> None:
    for path in hostile_files(tmp_path, 1_000, seed=2):
        assert_clear(*read_all(path))


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_memory_stays_bounded(tmp_path: Path) -> None:
    for path in hostile_files(tmp_path, 200, seed=3):
        read_bounded(path)


def test_files_are_distinct_and_seeded(tmp_path: Path) -> None:
    first = hostile_files(tmp_path / "a", 12, seed=5)
    again = hostile_files(tmp_path / "b", 12, seed=5)

    def text(paths: list[Path]) -> list[bytes]:
        return [path.read_bytes() for path in paths if path.suffix in (".csv", ".json")]

    assert text(first) == text(again)
