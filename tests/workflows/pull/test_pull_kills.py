"""Pulls killed with SIGKILL, then run again: nothing lost, nothing doubled, one import."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from galena.workflows.pull import pull_connection

PROGRAM = Path(__file__).with_name("pull_until_killed.py")


@pytest.mark.slow
def test_a_killed_pull_goes_on_behind_the_last_page_kept(
    database_url: str, city: Any, tmp_path: Path
) -> None:
    """Of four pages: killed inside the second's transaction, then after the third was kept (each page tells read,
    taken, committed), then run to its end."""
    city.connect()
    for kill_at in (4, 5):
        arguments = [database_url, str(city.context.workspace_id), str(tmp_path), "city", str(kill_at)]
        done = subprocess.run([sys.executable, str(PROGRAM), *arguments], timeout=120, check=False)
        assert done.returncode == -signal.SIGKILL
    report = pull_connection(city.context, city.gateway, "city")
    assert report.fault is None
    with city.context.session() as session:
        count = session.connection.execute(
            text("SELECT count(*), count(DISTINCT record_key) FROM source_records")
        )
        assert tuple(count.one()) == (37, 37)
        assert session.connection.execute(text("SELECT status, rows_read FROM imports")).all() == [
            ("done", 37)
        ]
        states = session.connection.execute(text("SELECT status FROM pulls ORDER BY id")).scalars().all()
    assert states == ["interrupted", "interrupted", "done"]
    assert city.kept().totals.accepted == 37
    assert report.counts.fetched == 7, "10 came in the first run, 20 in the second"
