"""Sample data: there for every shipped playbook, the same again, and understood without being told how."""

import csv
from datetime import date
from pathlib import Path

import pytest

from galena.playbooks import load, shipped
from galena.simulator.sample import has_sample, write_sample

DAY = date(2026, 11, 21)


@pytest.mark.parametrize("name", shipped())
def test_each_playbook_has_a_sample_whose_columns_it_knows(name: str, tmp_path: Path) -> None:
    assert has_sample(name)
    files = write_sample(name, tmp_path / "one", count=30, as_of=DAY)
    again = write_sample(name, tmp_path / "two", count=30, as_of=DAY)
    assert [file.read_bytes() for file in files] == [file.read_bytes() for file in again]
    for file in files:
        with file.open() as stream:
            columns = next(csv.reader(stream))
            rows = sum(1 for _ in stream)
        known = [set(source.recognise) <= set(columns) for source in load(name).mappings]
        assert any(known), columns
        assert rows >= 10


def test_a_playbook_of_ones_own_has_none() -> None:
    assert not has_sample("ours")
