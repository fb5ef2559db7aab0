"""Stored models to a file and back, each checked by the hash in its name."""

import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from galena.kit.errors import InputError
from galena.kit.object_store import open_object_store
from galena.workflows.model_artefacts import load_model
from galena.workflows.model_backup import back_up_models, file_beside, restore_models


@pytest.fixture
def file(tmp_path):
    return file_beside(tmp_path / "galena.backup")


def test_models_come_back_to_another_place(context, store, register, file, tmp_path):
    one, two = register(0.25), register(0.5)
    assert back_up_models(store, file) == 2
    assert file.name == "galena.backup.models"
    assert file.stat().st_mode & 0o777 == 0o600
    elsewhere = open_object_store(tmp_path / "elsewhere")
    assert restore_models(elsewhere, file) == 2
    assert restore_models(elsewhere, file) == 0
    assert [load_model(context, elsewhere, model).share for model in (one, two)] == [0.25, 0.5]


def test_what_was_lost_or_changed_is_whole_again_and_the_rest_stays(context, store, register, file):
    lost, changed = register(0.25), register(0.5)
    back_up_models(store, file)
    later = register(0.75)
    store.delete(lost.object_name)
    store.put(changed.object_name, b"something else")
    assert restore_models(store, file) == 2
    assert [load_model(context, store, model).share for model in (lost, changed, later)] == [0.25, 0.5, 0.75]


def test_without_models_there_is_no_file(store, file):
    file.write_bytes(b"of an earlier back-up")
    assert back_up_models(store, file) == 0
    assert not file.exists()


def test_a_changed_back_up_restores_nothing(store, register, file, tmp_path):
    register(0.25), register(0.5)
    back_up_models(store, file)
    file.write_bytes(file.read_bytes().replace(b"0.5", b"0.9"))
    elsewhere = open_object_store(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="was changed"):
        restore_models(elsewhere, file)
    assert elsewhere.list_() == ()


@pytest.mark.parametrize("content", [b"", b"not a tar", b"x" * 20_000])
def test_another_file_is_refused(store, file, content):
    file.write_bytes(content)
    with pytest.raises(InputError, match="not a back-up of models"):
        restore_models(store, file)


def test_a_file_that_was_cut_short_restores_nothing(store, register, file, tmp_path):
    register(0.25), register(0.5)
    back_up_models(store, file)
    with tarfile.open(file) as archive:
        second = archive.getmembers()[2].offset
    whole = file.read_bytes()
    elsewhere = open_object_store(tmp_path / "elsewhere")
    for length in (0, 512, second, second + 512, second + 1024):
        file.write_bytes(whole[:length])
        with pytest.raises(InputError, match="not a back-up of models"):
            restore_models(elsewhere, file)
    assert elsewhere.list_() == ()


@pytest.mark.parametrize("name", ["models/../../evil.tar", "/etc/evil", "other/evil.tar"])
def test_names_lead_nowhere_else(store, file, name, tmp_path):
    index = json.dumps([name]).encode()
    with tarfile.open(file, "w") as archive:
        for entry, content in ((tarfile.TarInfo("index.json"), index), (tarfile.TarInfo(name), b"")):
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    with pytest.raises(InputError):
        restore_models(store, file)
    assert not list(Path(tmp_path).rglob("evil*"))


def test_a_folder_that_is_not_there_is_said(store, register, tmp_path):
    register()
    with pytest.raises(InputError, match="cannot be written"):
        back_up_models(store, tmp_path / "nowhere" / "file")
