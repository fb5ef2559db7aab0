"""The tutorial does what it says: its file is saved, its commands are run in order."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial" / "first-hour.md"
GALENA = str(Path(sys.executable).with_name("galena"))


@pytest.mark.slow
def test_the_first_hour(fresh_database, tmp_path):
    text = PAGE.read_text("utf-8")
    (table,) = re.findall(r"^```csv\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "permits.csv").write_text(table)
    environment = {**os.environ, "GALENA_HOME": str(tmp_path / "home"), "GALENA_DATABASE_URL": fresh_database}
    said = {}
    lines = re.findall(r"^galena .*$", text, re.MULTILINE)
    assert lines[-1] == "galena up"
    for line in lines[:-1]:
        ids = {"ID": r"^([0-9a-f]{10})  ", "IMPORT": r"^([0-9a-f]{8}-\S+)  "}
        words = [_from_last(ids[word], said) if word in ids else word for word in shlex.split(line)]
        done = subprocess.run(
            [GALENA, *words[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stderr)
        said[line] = done.stdout + done.stderr
    assert "5 rows = 4 created + 0 updated + 0 unchanged + 1 quarantined" in said[lines[0]]
    assert "would be: " in said["galena ingest permits.csv --dry-run"]
    assert "a lot" in said["galena quarantine"]
    assert "1 came in" in said["galena quarantine replay ID --set declared_value=31000"]
    assert "exactly" in said["galena explain permits_csv:T-1002"]
    assert "the same to the last digit" in said["galena explain permits_csv:T-1002 --replay"]
    assert list((tmp_path / "exports").glob("*/*/tier_?.csv"))
    assert "5 leads removed" in said["galena imports undo IMPORT"]


def _from_last(pattern: str, said: dict[str, str]) -> str:
    return re.findall(pattern, list(said.values())[-1], re.MULTILINE)[0]
