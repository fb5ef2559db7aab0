"""Journeys are skipped outside CI alone, whatever is missing."""

import pytest

from . import unwalked


@pytest.mark.parametrize(
    ("ci", "ending"),
    [("", pytest.skip.Exception), ("false", pytest.skip.Exception), ("true", pytest.fail.Exception)],
)
def test_without_chromium_ci_fails_and_others_skip(
    monkeypatch: pytest.MonkeyPatch, ci: str, ending: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ending, match="NO CHROMIUM"):
        unwalked.find_chromium()
