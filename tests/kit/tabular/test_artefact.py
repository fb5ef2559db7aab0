"""Models as files: the same model again, or a clear refusal."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load as read_arrays
from safetensors.numpy import save as write_arrays

from galena.kit.errors import GalenaError
from galena.kit.tabular.artefact import ArtefactError, checked_files, load, save
from galena.kit.tabular.model import TabularModel


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "size": rng.normal(size=300),
            "source": rng.choice(["web", "referral", "événement"], 300).tolist(),
            "seen on": [f"2026-{1 + at % 12:02}-{1 + at % 28:02}" for at in range(300)],
        }
    )


@pytest.fixture(scope="module")
def model(frame: pl.DataFrame, small_model: Callable[..., TabularModel]) -> TabularModel:
    return small_model(frame, (frame["size"].to_numpy() > 0).astype(np.float64))


@pytest.fixture
def folder(model: TabularModel, tmp_path: Path) -> Path:
    return save(model, tmp_path / "model", {"report.json": b"{}", "report.html": b"<p>"})


def rewritten(folder: Path, name: str, content: bytes) -> None:
    """Change a file and its entry in the manifest, as somebody who wants to deceive would."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_the_same_model_again(model: TabularModel, folder: Path, frame: pl.DataFrame) -> None:
    again = load(folder)
    first, second = model.explain(frame), again.explain(frame)
    assert np.array_equal(first.points, second.points)
    for name in ("probability", "low", "high", "confidence", "members"):
        assert np.array_equal(getattr(first.predictions, name), getattr(second.predictions, name))
    assert again.meta == model.meta
    assert checked_files(folder)["report.html"] == b"<p>"


def test_a_model_is_replaced_whole_and_nothing_is_left_beside_it(model: TabularModel, folder: Path) -> None:
    save(model, folder)
    assert sorted(entry.name for entry in folder.iterdir()) == [
        "arrays.safetensors",
        "manifest.json",
        "model.json",
    ]
    assert [entry.name for entry in folder.parent.iterdir()] == ["model"]


def test_a_save_that_fails_leaves_the_old_model(
    model: TabularModel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = checked_files(folder)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(model, folder)
    assert checked_files(folder) == before
    assert [entry.name for entry in folder.parent.iterdir()] == ["model"]


@pytest.mark.parametrize("there", ["file", "folder", "empty folder"])
def test_what_is_no_model_is_never_overwritten(model: TabularModel, tmp_path: Path, there: str) -> None:
    target = tmp_path / "mine"
    if there == "file":
        target.write_text("precious")
    else:
        target.mkdir()
        if there == "folder":
            (target / "precious.txt").write_text("precious")
    with pytest.raises(ArtefactError, match="does not hold a model"):
        save(model, target)
    assert target.exists()


@pytest.mark.parametrize("name", ["model.json", "arrays.safetensors", "report.json", "report.html"])
@pytest.mark.parametrize("how", ["changed", "cut short", "grown", "lost", "a folder"])
def test_a_file_that_is_not_as_saved_is_refused(folder: Path, name: str, how: str) -> None:
    file = folder / name
    content = file.read_bytes()
    if how == "changed":
        file.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif how == "cut short":
        file.write_bytes(content[:-1])
    elif how == "grown":
        file.write_bytes(content + b" ")
    else:
        file.unlink()
        if how == "a folder":
            file.mkdir()
    with pytest.raises(ArtefactError) as refused:
        load(folder)
    assert refused.value.facts
    assert refused.value.remedy


def test_an_added_file_is_refused(folder: Path) -> None:
    (folder / "more.pkl").write_bytes(b"x")
    with pytest.raises(ArtefactError, match="added") as refused:
        load(folder)
    assert refused.value.facts["added"] == ["more.pkl"]
    assert "missing" not in refused.value.facts
    assert "Move the added files" in refused.value.remedy


@pytest.mark.parametrize("name", [".DS_Store", "._report.html", "Thumbs.db", ".~lock.report.html#"])
def test_what_a_file_manager_leaves_behind_is_not_minded(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"x")
    load(folder)


def test_a_link_in_place_of_a_file_is_refused_and_called_so(folder: Path) -> None:
    (folder / "model.json").rename(folder.parent / "elsewhere.json")
    (folder / "model.json").symlink_to(folder.parent / "elsewhere.json")
    with pytest.raises(ArtefactError) as refused:
        load(folder)
    assert "a link" in refused.value.facts["found"]


@pytest.mark.parametrize(
    "manifest", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": 1, "files": {}}', b"\xff\xfe"]
)
def test_a_broken_manifest_is_refused(folder: Path, manifest: bytes) -> None:
    (folder / "manifest.json").write_bytes(manifest)
    with pytest.raises(ArtefactError, match="manifest"):
        load(folder)


@pytest.mark.parametrize(
    "files",
    [
        {"../../etc/passwd": {"bytes": 1, "sha256": ""}},
        {"model.json": {"bytes": 10**15, "sha256": ""}},
        {"model.json": {"bytes": "1", "sha256": ""}},
        {"model.json": 7},
    ],
)
def test_a_manifest_that_lies_is_refused(folder: Path, files: dict[str, Any]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"].update(files)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtefactError, match="manifest"):
        load(folder)


def test_another_format_version_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(ArtefactError, match="format version") as refused:
        load(folder)
    assert (refused.value.facts["format"], refused.value.facts["readable"]) == (99, 1)


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    for missing in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ArtefactError, match="no model"):
            load(missing)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("weights", lambda array: array[:1]),
        ("weights", lambda array: array.astype(np.float32)),
        ("members/0/left", lambda array: array + 1_000_000),
        ("members/0/left", lambda array: array * 0),
        ("members/0/value", lambda array: array * np.nan),
        ("members/0/inputs", lambda array: array + 7_000),
        ("members/1/nets/0/0/weight", lambda array: array * np.inf),
        ("members/1/nets/0/0/weight", lambda array: array[:, :1]),
        ("members/1/preparation/origin", lambda array: array - 100),
        ("members/1/background", None),
        ("calibrator/grid", lambda array: array * np.nan),
    ],
)
def test_arrays_that_are_signed_but_wrong_are_refused(folder: Path, name: str, change: Any) -> None:
    arrays = read_arrays((folder / "arrays.safetensors").read_bytes())
    if change is None:
        del arrays[name]
    else:
        with np.errstate(invalid="ignore"):
            arrays[name] = np.ascontiguousarray(change(arrays[name]))
    rewritten(folder, "arrays.safetensors", write_arrays(arrays))
    with pytest.raises(GalenaError) as refused:
        load(folder)
    assert refused.value.what


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b'{"members": [{"type": "Pickle"}]}'])
def test_a_document_that_is_signed_but_wrong_is_refused(folder: Path, content: bytes) -> None:
    rewritten(folder, "model.json", content)
    with pytest.raises(ArtefactError, match="do not describe a model"):
        load(folder)


def test_arrays_of_an_absurd_size_are_refused(folder: Path) -> None:
    header = json.dumps(
        {"weights": {"dtype": "F64", "shape": [10**12], "data_offsets": [0, 8 * 10**12]}}
    ).encode()
    rewritten(folder, "arrays.safetensors", len(header).to_bytes(8, "little") + header + b"\0" * 8)
    with pytest.raises(ArtefactError, match="do not describe a model"):
        load(folder)


@pytest.mark.parametrize("name", ["manifest.json", "../report", "a/b", "", ".."])
def test_names_that_leave_the_folder_are_refused(model: TabularModel, tmp_path: Path, name: str) -> None:
    with pytest.raises(ArtefactError, match="name"):
        save(model, tmp_path / "model", {name: b""})
    assert not (tmp_path / "model").exists()
