"""Journeys that cannot be walked: skipped with a word, and a failure where CI says that it is CI."""

import os
import shutil
from collections.abc import Iterator
from typing import NoReturn

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def leave(told: str) -> NoReturn:
    """Ends a test that needs what is not here."""
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(told)
    pytest.fail(told, pytrace=False)


def find_chromium() -> str:
    """Where the Chromium of this machine is; without one the journey ends."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        leave("NO CHROMIUM: the journeys were not walked. Install one: apt-get install chromium")
    return found


class Unwalked(pytest.File):
    """A file of journeys without Playwright, which they are written with: one test that says so."""

    def collect(self) -> Iterator[pytest.Item]:
        """The one test."""
        yield _Unwalked.from_parent(self, name="journeys")


class _Unwalked(pytest.Item):
    def runtest(self) -> None:
        leave("NO PLAYWRIGHT: the journeys were not walked. Run `make setup-tests`.")
