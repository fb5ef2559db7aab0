"""The repository speaks of the product alone: no path of a developer's machine stands in any text of it."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Written in pieces, so that this file does not find itself.
FOLDERS = ("work", "root", "Users")


def forbidden() -> list[re.Pattern[str]]:
    """The usual folders of developers and build machines, this checkout and this user's home."""
    found = [re.compile(rf"(?<![\w.~}})*-])/{folder}/[\w.]") for folder in FOLDERS]
    here = [str(place) for place in (ROOT, Path.home()) if len(place.parts) > 2]
    return [*found, *(re.compile(re.escape(place) + r"\b") for place in here)]


def texts() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.split("\0") if name]


def test_no_text_names_a_path_of_a_machine():
    found, patterns = [], forbidden()
    for path in texts():
        try:
            lines = path.read_text("utf-8").splitlines()
        except (UnicodeDecodeError, OSError):
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}"
            for number, line in enumerate(lines, start=1)
            if any(pattern.search(line) for pattern in patterns)
        ]
    assert found == []
