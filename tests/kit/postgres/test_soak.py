"""Kills at random, for as long as asked: no row that was acknowledged is ever lost."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from galena.kit.postgres import running_server
from galena.kit.postgres.postmaster import find_postmaster

pytestmark = pytest.mark.soak

WRITER = """
import sys, psycopg
from pathlib import Path
from galena.kit.postgres import running_server
with running_server(Path(sys.argv[1])) as address:
    with psycopg.connect(address.url, autocommit=True) as connection:
        while True:
            row = connection.execute("INSERT INTO fact DEFAULT VALUES RETURNING n").fetchone()
            print(row[0], flush=True)
"""


@pytest.mark.timeout(0)
def test_acknowledged_rows_survive_every_kill(tmp_path: Path, soak_seconds: float) -> None:
    folder = tmp_path / "postgres"
    chance = random.Random(20_240_229)
    acknowledged: set[int] = set()
    with running_server(folder) as address, psycopg.connect(address.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE fact (n bigserial PRIMARY KEY)")
    deadline = time.monotonic() + soak_seconds
    while time.monotonic() < deadline:
        acknowledged |= rows_until_killed(folder, chance)
        with running_server(folder) as address, psycopg.connect(address.url) as connection:
            found = {row[0] for row in connection.execute("SELECT n FROM fact")}
        assert acknowledged <= found
    assert acknowledged
    assert find_postmaster(folder / "cluster") is None


def rows_until_killed(folder: Path, chance: random.Random) -> set[int]:
    """The rows a writer was told are saved before it, its server, or both were killed."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    time.sleep(chance.uniform(0.0, 1.5))
    victims = chance.choice(["writer", "server", "both"])
    found = find_postmaster(folder / "cluster")
    if found is not None and victims != "writer":
        os.kill(found.pid, signal.SIGKILL)
    if victims == "server":
        time.sleep(chance.uniform(0.0, 1.5))
    writer.kill()
    said, _ = writer.communicate()
    # The last line may have been cut off by the kill.
    return {int(line) for line in said.splitlines(keepends=True) if line.endswith("\n")}
