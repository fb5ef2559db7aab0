"""A model's folder appears whole, takes the place of an earlier one in the last step, or is refused before."""

import errno
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from galena.kit.errors import InputError, NotFoundError, UnavailableError
from galena.workflows.model_folder import check_folder, check_outside, require_model, save_model


@pytest.fixture
def save(monkeypatch):
    """Writes a plain manifest where a model would be written."""
    state = SimpleNamespace(error=None)

    def write(model, folder, extra_files):
        if state.error:
            raise state.error
        folder.mkdir(parents=True)
        for name, content in extra_files.items():
            (folder / name).write_bytes(content)
        (folder / "manifest.json").write_text(json.dumps({"model": model}))

    monkeypatch.setattr("galena.kit.tabular.artefact.save", write)
    return state


def content(folder):
    return {each.name: each.read_text() for each in folder.iterdir()}


@pytest.mark.parametrize("before", ["nothing", "an empty folder", "no folder above", "an earlier model"])
def test_the_folder_holds_the_new_model_alone(save, tmp_path, before):
    folder = tmp_path / "model"
    if before == "an empty folder":
        folder.mkdir(parents=True)
    elif before == "no folder above":
        folder = tmp_path / "a" / "b" / "model"
    elif before == "an earlier model":
        save_model(folder, "old", "{}", "page")
        (folder / ".DS_Store").write_text("left by a file manager")
    check_folder(folder)
    save_model(folder, "new", "{}", "<html>")
    assert content(folder) == {
        "manifest.json": '{"model": "new"}',
        "report.json": "{}",
        "report.html": "<html>",
    }
    assert [each.name for each in folder.parent.iterdir()] == ["model"]


def test_a_link_to_a_folder_stays_a_link(save, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "model").symlink_to(tmp_path / "real")
    save_model(tmp_path / "model", "new", "{}", "page")
    assert (tmp_path / "model").is_symlink()
    assert (tmp_path / "real" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), UnavailableError),
        (PermissionError(errno.EACCES, "Permission denied"), InputError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
    ids=["disk full", "not allowed", "stopped"],
)
def test_a_failure_leaves_the_earlier_model(save, tmp_path, error, seen):
    save_model(tmp_path / "model", "old", "{}", "page")
    save.error = error
    with pytest.raises(seen):
        save_model(tmp_path / "model", "new", "{}", "page")
    assert content(tmp_path / "model")["manifest.json"] == '{"model": "old"}'
    assert [each.name for each in tmp_path.iterdir()] == ["model"]


def test_a_failure_of_the_last_step_brings_the_earlier_model_back(save, tmp_path, monkeypatch):
    save_model(tmp_path / "model", "old", "{}", "page")
    renamed = type(tmp_path).rename

    def rename(path, target):
        if path.suffix == ".part":
            raise OSError(errno.EIO, "broken")
        return renamed(path, target)

    monkeypatch.setattr(type(tmp_path), "rename", rename)
    monkeypatch.setattr("galena.workflows.model_folder.swap_folders", lambda one, other: False)
    with pytest.raises(InputError, match="cannot be written"):
        save_model(tmp_path / "model", "new", "{}", "page")
    assert content(tmp_path / "model")["manifest.json"] == '{"model": "old"}'


def test_a_failed_swap_leaves_the_earlier_model(save, tmp_path, monkeypatch):
    def swap(one, other):
        raise OSError(errno.EIO, "broken")

    save_model(tmp_path / "model", "old", "{}", "page")
    monkeypatch.setattr("galena.workflows.model_folder.swap_folders", swap)
    with pytest.raises(InputError, match="cannot be written"):
        save_model(tmp_path / "model", "new", "{}", "page")
    assert content(tmp_path / "model")["manifest.json"] == '{"model": "old"}'
    assert [each.name for each in tmp_path.iterdir()] == ["model"]


def test_a_run_killed_between_its_last_two_steps_loses_no_model(save, tmp_path, monkeypatch):
    folder = tmp_path / "model"
    save_model(folder, "old", "{}", "page")
    folder.rename(tmp_path / ".model.0123abcd.old")
    with pytest.raises(NotFoundError):  # it may belong to a run that is just putting its model in place
        require_model(folder)
    monkeypatch.setattr("galena.workflows.model_folder.IN_USE", timedelta(0))
    require_model(folder)
    assert content(folder)["manifest.json"] == '{"model": "old"}'
    assert [each.name for each in tmp_path.iterdir()] == ["model"]


def test_what_killed_runs_left_is_taken_away(save, tmp_path, monkeypatch):
    folder = tmp_path / "model"
    for name in (".model.0123abcd.old", ".model.0123abcd.part", ".model.of-mine.old", ".other.0123abcd.old"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("galena.workflows.model_folder.IN_USE", timedelta(0))
    save_model(folder, "new", "{}", "page")
    kept = [".model.0123abcd.part", ".model.of-mine.old", ".other.0123abcd.old", "model"]
    assert sorted(each.name for each in tmp_path.iterdir()) == kept
    monkeypatch.setattr("galena.workflows.model_folder.LEFT_BEHIND", timedelta(0))
    save_model(folder, "newer", "{}", "page")
    assert sorted(each.name for each in tmp_path.iterdir()) == kept[1:]


def test_what_is_no_place_for_a_model_is_refused_before(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    for name in ("file", "full"):
        with pytest.raises(InputError):
            check_folder(tmp_path / name)
    monkeypatch.setattr(type(tmp_path), "is_mount", lambda path: path.name == "disk")
    with pytest.raises(InputError, match="mounted disk"):
        check_folder(tmp_path / "disk")
    check_folder(tmp_path / "new" / "model")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "full"]


def test_files_of_the_person_beside_an_earlier_model_are_not_lost(save, tmp_path):
    save_model(tmp_path / "model", "old", "{}", "page")
    (tmp_path / "model" / "scored.csv").write_text("mine")
    with pytest.raises(InputError, match="would be lost") as refused:
        check_folder(tmp_path / "model")
    assert refused.value.facts == {"other_files": ["scored.csv"]}


def test_a_result_is_not_written_into_the_folder_of_a_model(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "model")
    for out in ("model/scored.csv", "link/scored.csv", "model/../model/scored.csv"):
        with pytest.raises(InputError, match="nothing but the model"):
            check_outside(tmp_path / "model", tmp_path / out)
    check_outside(tmp_path / "model", tmp_path / "model.csv")


def test_where_no_model_is_it_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    for name, words in {"none": "no folder", "file": "is a file", ".": "no model in"}.items():
        with pytest.raises(NotFoundError, match=words):
            require_model(tmp_path / name)
