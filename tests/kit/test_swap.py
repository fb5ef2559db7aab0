"""Folders change places in one step, or nothing changes."""

import errno
import sys

import pytest

from galena.kit import swap
from galena.kit.swap import swap_folders


@pytest.fixture
def two(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    return tmp_path / "one", tmp_path / "other"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux swaps folders; elsewhere nothing is promised.")
def test_both_names_stay_and_the_contents_change_places(two):
    if not swap_folders(*two):
        pytest.skip("The file system of the temporary folder cannot swap.")
    assert [[each.name for each in folder.iterdir()] for folder in two] == [["other"], ["one"]]


def test_a_folder_that_is_not_there_is_a_fault(two):
    if swap._system_call() is None:
        pytest.skip("This system cannot swap folders.")
    with pytest.raises(FileNotFoundError):
        swap_folders(two[0], two[0].with_name("none"))


@pytest.mark.parametrize("fault", [None, errno.ENOSYS, errno.EINVAL])
def test_where_it_cannot_be_done_nothing_changes(two, monkeypatch, fault):
    def refused(*_):
        swap.ctypes.set_errno(fault)
        return -1

    monkeypatch.setattr(swap, "_system_call", lambda: refused if fault else None)
    assert not swap_folders(*two)
    assert [[each.name for each in folder.iterdir()] for folder in two] == [["one"], ["other"]]
