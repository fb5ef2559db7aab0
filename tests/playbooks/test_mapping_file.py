"""A mapping in a file of its own: written, read back, mistakes with their lines."""

from pathlib import Path

import pytest

from galena.domain.playbook import FieldMapping, Mapping
from galena.kit.errors import InputError
from galena.playbooks import PlaybookError, load, read_mapping, write_mapping


def test_what_is_written_is_read(tmp_path: Path) -> None:
    mapping = Mapping(
        source="shop", key=("id",), fields={"name": FieldMapping(column="Full name", nulls=("n/a",))}
    )
    write_mapping(mapping, tmp_path / "shop.yaml")
    assert read_mapping(tmp_path / "shop.yaml") == mapping


@pytest.mark.parametrize("playbook", ["permits", "b2b", "brokerage", "realestate"])
def test_every_shipped_mapping_survives(playbook: str, tmp_path: Path) -> None:
    for mapping in load(playbook).mappings:
        write_mapping(mapping, tmp_path / "mapping.yaml")
        assert read_mapping(tmp_path / "mapping.yaml") == mapping


def test_a_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text("source: shop\nfields:\n  name: {colum: Full name}\n")
    with pytest.raises(PlaybookError) as caught:
        read_mapping(file)
    assert {problem.line for problem in caught.value.problems} == {3}


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="cannot be read"):
        read_mapping(tmp_path / "x.yaml")
