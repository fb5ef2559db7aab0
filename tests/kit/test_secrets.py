"""Secrets at rest: sealed, bound to their place, under a key only its owner reads."""

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.kit.errors import ConfigurationError
from galena.kit.secrets import SealError, SecretBox, open_secret_box

ONE, TWO = bytes([1]) * 32, bytes([2]) * 32


@given(st.text(), st.text())
def test_what_is_sealed_opens_in_its_place(text: str, place: str) -> None:
    box = SecretBox((ONE,))
    sealed = box.seal(text, place=place)
    assert box.open(sealed, place=place) == text
    assert len(text) < 8 or text.encode() not in sealed


def test_it_opens_nowhere_else_and_not_when_changed() -> None:
    box = SecretBox((ONE,))
    sealed = box.seal("token", place="a")
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", b"\x01", b"\x02" + sealed[1:]):
        with pytest.raises(SealError):
            box.open(wrong, place="a")
    with pytest.raises(SealError) as told:
        box.open(sealed, place="b")
    assert "token" not in str(told.value)


def test_a_key_can_be_changed_by_putting_the_new_one_first() -> None:
    old = SecretBox((ONE,)).seal("token", place="a")
    both = SecretBox((TWO, ONE))
    assert both.open(old, place="a") == "token"
    new = both.seal("token", place="a")
    assert SecretBox((TWO,)).open(new, place="a") == "token"
    with pytest.raises(SealError):
        SecretBox((ONE,)).open(new, place="a")


def test_the_same_text_is_sealed_differently_each_time() -> None:
    box = SecretBox((ONE,))
    assert box.seal("token", place="a") != box.seal("token", place="a")


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = open_secret_box(home)
    file = home / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_secret_box(home).open(first.seal("x", place="p"), place="p") == "x"
    assert [path.name for path in home.iterdir()] == ["secret.key"]


def test_a_key_file_others_may_read_is_refused(tmp_path: Path) -> None:
    open_secret_box(tmp_path)
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(ConfigurationError, match="other users"):
        open_secret_box(tmp_path)


def test_a_key_may_come_from_the_environment(tmp_path: Path) -> None:
    given = ",".join(base64.b64encode(key).decode() for key in (TWO, ONE))
    box = open_secret_box(tmp_path, given)
    assert box.open(SecretBox((ONE,)).seal("x", place="p"), place="p") == "x"
    assert not (tmp_path / "secret.key").exists()
    assert repr(box) == "SecretBox(2 keys)"


@pytest.mark.parametrize("given", ["short", "AAAA", "not base64 at all!"])
def test_a_key_that_is_none_is_told_without_showing_it(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        open_secret_box(tmp_path, given)
    assert given not in str(told.value)
