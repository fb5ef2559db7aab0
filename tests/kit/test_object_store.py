"""Objects are stored whole or not at all, in a folder and behind a driver, and no name leads elsewhere."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from galena.kit import object_store
from galena.kit.errors import ConfigurationError, InputError, NotFoundError, UnavailableError
from galena.kit.object_store import (
    DamagedObjectError,
    LaterObjectStore,
    ObjectStore,
    content_name,
    get_checked,
    open_object_store,
)


@pytest.fixture(params=["folder", "file", "memory", "memory by renaming"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ObjectStore]:
    if request.param in ("folder", "file"):
        yield open_object_store(("file://" if request.param == "file" else "") + str(tmp_path / "objects"))
        return
    if request.param == "memory by renaming":  # as places do where an object can be seen half written
        monkeypatch.setattr(object_store, "_WRITES_WHOLE", frozenset())
    yield open_object_store(f"memory://bucket-{uuid4().hex}/galena")
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def test_what_was_put_is_there(store: ObjectStore) -> None:
    assert store.list_() == ()
    assert not store.exists("models/a/1.tar")
    store.put("models/a/1.tar", b"one")
    store.put("models/b/2.tar", b"\x00" * 100_000)
    assert store.get("models/a/1.tar") == b"one"
    assert len(store.get("models/b/2.tar")) == 100_000
    assert store.exists("models/a/1.tar")
    assert not store.exists("models/a")
    assert store.list_() == ("models/a/1.tar", "models/b/2.tar")
    assert store.list_("models/a") == ("models/a/1.tar",)
    assert store.list_("models/c") == ()
    assert store.list_(unfinished=True) == ()


def test_putting_again_replaces(store: ObjectStore) -> None:
    store.put("a", b"one")
    store.put("a", b"")
    assert store.get("a") == b""
    assert store.list_() == ("a",)


def test_what_was_deleted_is_gone(store: ObjectStore) -> None:
    store.put("a/b/c", b"one")
    assert store.delete("a/b/c") is True
    assert store.delete("a/b/c") is False
    assert not store.exists("a/b/c")
    with pytest.raises(NotFoundError) as caught:
        store.get("a/b/c")
    assert caught.value.facts["name"] == "a/b/c"
    assert store.list_() == ()


@pytest.mark.parametrize(
    "name",
    ["", "/", "/etc/passwd", "..", "a/../b", "../a", "a//b", "a/", "./a", ".hidden", "a/.b", "a\\b", "a b", "ä", "a\n",
     "a\0", "~", "~root/a", "C:/x", "a" * 600, "-rf"],
)  # fmt: skip
def test_no_name_leads_elsewhere(store: ObjectStore, name: str) -> None:
    for attempt in (store.get, store.exists, store.delete, lambda given: store.put(given, b"x")):
        with pytest.raises(InputError, match="cannot be the name"):
            attempt(name)


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    inside = tmp_path / "objects"
    inside.mkdir()
    (inside / "way").symlink_to(outside)
    (inside / "file").symlink_to(outside / "secret")
    store = open_object_store(inside)
    for name in ("way/secret", "file"):
        with pytest.raises(InputError, match="cannot be the name"):
            store.get(name)
    with pytest.raises(InputError, match="cannot be the name"):
        store.put("way/new", b"x")
    assert sorted(path.name for path in outside.iterdir()) == ["secret"]


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    open_object_store(tmp_path / "objects").put("a/b", b"x")
    assert (tmp_path / "objects/a/b").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "objects/a").stat().st_mode & 0o077 == 0


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_object_store(tmp_path / "objects")
    store.put("a/b", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnavailableError) as caught:
        store.put("a/b", b"new")
    assert "No space left" in caught.value.facts["complaint"]
    monkeypatch.undo()
    assert store.get("a/b") == b"old"
    assert [path.name for path in (tmp_path / "objects/a").iterdir()] == ["b"]


def test_what_a_killed_writer_left_is_found_apart_and_can_be_deleted(tmp_path: Path) -> None:
    store = open_object_store(tmp_path)
    store.put("a/b", b"x")
    (tmp_path / "a/b.0123456789ab.part").write_bytes(b"half")
    assert store.list_() == ("a/b",)
    (left,) = store.list_(unfinished=True)
    assert store.delete(left) is True
    assert store.list_(unfinished=True) == ()


def test_contents_are_named_by_their_hash_and_checked(store: ObjectStore) -> None:
    name = content_name("models/m1", b"abc", ".tar")
    digest = hashlib.sha256(b"abc").hexdigest()
    assert name == f"models/m1/{digest}.tar"
    store.put(name, b"abc")
    assert get_checked(store, name, digest) == b"abc"
    store.put(name, b"abd")
    with pytest.raises(DamagedObjectError) as caught:
        get_checked(store, name, digest)
    assert caught.value.facts["found_sha256"] == hashlib.sha256(b"abd").hexdigest()


@pytest.mark.parametrize(
    ("address", "package"), [("s3://b/x", "s3fs"), ("gs://b", "gcsfs"), ("az://c/x", "adlfs")]
)
def test_a_missing_driver_is_named(address: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(ConfigurationError, match="is not installed") as caught:
        open_object_store(address)
    assert package in caught.value.remedy


def test_an_unknown_kind_of_place_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot be used"):
        open_object_store("zzz://bucket/x")


def test_a_place_that_does_not_answer_is_said(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    if "memory" not in store.address:
        pytest.skip("a folder has no driver")

    def broken(*_: object, **__: object) -> None:
        raise ValueError("credentials expired")

    monkeypatch.setattr(MemoryFileSystem, "cat_file", broken)
    with pytest.raises(UnavailableError) as caught:
        store.get("a")
    assert caught.value.facts["complaint"] == "ValueError: credentials expired"


def test_a_place_opened_later_is_asked_for_only_when_it_is_used(tmp_path: Path) -> None:
    later = LaterObjectStore("s4://bucket/models")
    assert later.address == "s4://bucket/models"
    with pytest.raises(ConfigurationError):
        later.get("models/1.tar")
    folder = LaterObjectStore(tmp_path / "objects")
    assert not (tmp_path / "objects").exists()
    folder.put("models/1.tar", b"one")
    assert (folder.get("models/1.tar"), folder.exists("models/1.tar")) == (b"one", True)
    assert (folder.list_("models"), folder.delete("models/1.tar"), folder.list_()) == (
        ("models/1.tar",),
        True,
        (),
    )
