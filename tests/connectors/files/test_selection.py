"""Names, folders and patterns become files; what matches nothing is said with the nearest there is."""

import zipfile
from pathlib import Path

import pytest

from galena.connectors.files import expand
from galena.kit.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "b.csv",
        "a.CSV.gz",
        "sub/c.jsonl",
        ".hidden.csv",
        "~$x.xlsx",
        "d.csv.part",
        "notes.pdf",
        ".git/e.csv",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("a,b\n1,2\n")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    return tmp_path


def names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_a_folder_gives_its_files_in_order(folder: Path) -> None:
    assert names(expand([str(folder)]), folder) == ["a.CSV.gz", "b.csv", "sub/c.jsonl"]


def test_files_patterns_and_standard_input(folder: Path) -> None:
    found = expand(["-", str(folder / "notes.pdf"), str(folder / "*.csv"), str(folder / "b.csv")])
    assert found == [Path("-"), folder / "notes.pdf", folder / "b.csv"]
    assert names(expand([str(folder / "**" / "*.jsonl")]), folder) == ["sub/c.jsonl"]


def test_a_name_with_brackets_is_a_name_first(folder: Path) -> None:
    path = folder / "export [may].csv"
    path.write_text("a\n1\n")
    assert expand([str(path)]) == [path]


def test_an_archive_stands_for_its_files(folder: Path) -> None:
    path = folder / "sub" / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("x/b.csv", "a.csv", "__MACOSX/a.csv", "x/.DS_Store"):
            archive.writestr(name, "a,b\n1,2\n")
    assert expand([str(path)]) == [path / "a.csv", path / "x/b.csv"]
    assert expand([str(path / "a.csv")]) == [path / "a.csv"]


def test_what_matches_nothing_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as caught:
        expand([str(folder / "bb.csv")])
    assert caught.value.facts["nearest"] == str(folder / "b.csv")
    with pytest.raises(InputError, match="pattern"):
        expand([str(folder / "*.xyz")])
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match="folder holds no file"):
        expand([str(folder / "empty")])
    with pytest.raises(InputError, match="No file was named"):
        expand([])
    with pytest.raises(InputError):
        expand(["a\x00b"])
