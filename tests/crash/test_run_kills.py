"""`galena run` killed with SIGKILL anywhere on its way, then given again: the list of an undisturbed run."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from galena.kit.postgres import running_server
from galena.kit.postgres.processes import servers_of
from galena.simulator.files import write_market

AS_OF = "2026-06-30"
BUSINESSES = 1_200
MOMENTS_S = (0.7, 1.6, 2.4, 3.2, 4.0)
GALENA = str(Path(sys.executable).with_name("galena"))
ROW_OF_ITS_OWN = ("lead_id", "scored_at")


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("market")
    write_market(folder, seed=5, count=BUSINESSES, as_of=date(2026, 6, 30))
    (folder / "truth.csv").unlink(missing_ok=True)
    return folder


def start(home: Path, market: Path, out: Path) -> subprocess.Popen[str]:
    command = [GALENA, "run", str(market), "-p", "brokerage", "--as-of", AS_OF, "-o", str(out), "--json"]
    environment = {**os.environ, "GALENA_HOME": str(home)}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def run(home: Path, market: Path, out: Path) -> dict[str, Any]:
    process = start(home, market, out)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return json.loads(said)


def killed_after(process: subprocess.Popen[str], seconds: float) -> None:
    time.sleep(seconds)
    process.kill()
    process.communicate(timeout=60)


def ranked(out: Path) -> list[dict[str, str]]:
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    # Leads with the same score stand in the order of their ids, which are new in every workspace.
    plain = [{k: v for k, v in row.items() if k not in (*ROW_OF_ITS_OWN, "rank")} for row in rows]
    return sorted(plain, key=lambda row: row["lead_key"])


def overview(home: Path) -> dict[str, Any]:
    environment = {**os.environ, "GALENA_HOME": str(home)}
    done = subprocess.run(
        [GALENA, "status", "--json"], env=environment, capture_output=True, text=True, check=True
    )
    (workspace,) = json.loads(done.stdout)["workspaces"]
    return {
        name: workspace[name] for name in ("leads", "by_status", "by_tier", "quarantined", "signals_waiting")
    }


@pytest.fixture(scope="module")
def undisturbed(market, tmp_path_factory) -> tuple[Any, Any]:
    home, out = tmp_path_factory.mktemp("undisturbed") / "home", tmp_path_factory.mktemp("list") / "list.csv"
    told = run(home, market, out)
    assert told["rows"] == sum(told[name] for name in ("created", "updated", "unchanged", "quarantined"))
    return ranked(out), overview(home)


@pytest.fixture
def home(tmp_path) -> Iterator[Path]:
    home = tmp_path / "home"
    yield home
    with running_server(home / "postgres"):
        pass  # The last user of a server whose users were all killed stops it.


@pytest.mark.slow
def test_killed_at_one_moment_after_the_other(home, market, undisturbed, tmp_path):
    out = tmp_path / "list.csv"
    for moment_s in MOMENTS_S:
        killed_after(start(home, market, out), moment_s)
        assert not out.exists() or ranked(out) == undisturbed[0]
    told = run(home, market, out)
    assert told["rows"] == sum(told[name] for name in ("created", "updated", "unchanged", "quarantined"))
    assert (ranked(out), overview(home)) == undisturbed


@pytest.mark.slow
def test_told_to_end_it_stops_its_database_and_goes_on_next_time(home, market, undisturbed, tmp_path):
    out = tmp_path / "list.csv"
    for number, moment_s in ((signal.SIGTERM, 1.5), (signal.SIGINT, 2.5)):
        process = start(home, market, out)
        time.sleep(moment_s)
        process.send_signal(number)
        process.communicate(timeout=120)
        assert process.returncode in (0, 128 + number)
        assert servers_of(home / "postgres" / "cluster") == []
    run(home, market, out)
    assert (ranked(out), overview(home)) == undisturbed


@pytest.mark.soak
def test_killed_at_any_moment(market, undisturbed, tmp_path, soak_seconds):
    chance = random.Random(13)
    end = time.monotonic() + soak_seconds
    number = 0
    while time.monotonic() < end:
        number += 1
        home, out = tmp_path / f"home-{number}", tmp_path / f"list-{number}.csv"
        with running_server(home / "postgres"):
            for _ in range(chance.randint(1, 4)):
                killed_after(start(home, market, out), chance.uniform(0.2, 6))
            run(home, market, out)
            assert (ranked(out), overview(home)) == undisturbed
