"""`galena up` as its own process: it answers, stops in order, and explains what stands in its way."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from galena.kit.postgres import processes

pytestmark = pytest.mark.slow

GALENA = str(Path(sys.executable).with_name("galena"))
PATIENCE_S = 120.0


class Up:
    """A running `galena up`."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home = home
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [GALENA, "up", *arguments],
            env={**os.environ, "GALENA_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._guard = threading.Timer(PATIENCE_S, self.process.kill)
        self._guard.start()

    def address(self) -> str:
        """Waits until it is ready."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.match(r"Galena runs at (\S+)", line):
                return found[1]
        raise AssertionError(f"it ended: {self.said}")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and gives the exit status."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE_S)
        self._guard.cancel()
        self.said += rest.splitlines(keepends=True)
        return self.process.returncode


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def start(*arguments: str, home: Path = tmp_path / "home") -> Up:
        started.append(Up(home, "--port", "0", *arguments))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.end()


def answer(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=30) as response:  # on this machine
        assert response.status == 200
        return response.read()


def servers_of(home: Path) -> list[int]:
    """The database processes that run on this folder."""
    return processes.servers_of(home / "postgres" / "cluster")


def test_it_answers_and_stops_in_order(up, tmp_path):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        running = up()
        address = running.address()
        assert answer(f"{address}/health") == b'{"status":"ok"}'
        assert servers_of(tmp_path / "home")
        running.end(number)
        assert "".join(running.said).strip().endswith("Stopped.")
        assert "Traceback" not in "".join(running.said)
        assert servers_of(tmp_path / "home") == []


def test_one_told_to_end_while_it_starts_leaves_no_database_behind(tmp_path):
    for number, moment_s in enumerate((0.4, 0.9, 1.3, 1.7, 2.2)):
        running = Up(tmp_path / f"home-{number}", "--port", "0")
        threading.Event().wait(moment_s)
        assert running.end() in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
        assert "Traceback" not in "".join(running.said)
        assert servers_of(running.home) == []


def test_the_first_start_leads_to_the_first_page_and_the_next_one_signs_in(up):
    first = up()
    address = first.address()
    line = first.process.stdout.readline()
    assert line.startswith(f"Begin here: {address}/welcome/start/")
    begin = line.split()[-1]
    assert b"Building permits" in answer(begin)
    with urllib.request.urlopen(begin, data=b"playbook=b2b", timeout=60) as response:
        assert response.status == 200
    assert first.end() == 0
    second = up()
    second.address()
    assert second.process.stdout.readline().startswith("Sign in to b2b: http://127.0.0.1:")
    assert second.end() == 0


def test_a_killed_run_is_started_again(up, tmp_path):
    killed = up()
    killed.address()
    assert killed.end(signal.SIGKILL) == -signal.SIGKILL
    again = up()
    assert answer(f"{again.address()}/health")
    assert again.end() == 0
    assert servers_of(tmp_path / "home") == []


def test_a_taken_port_is_explained(up, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        told = Up(tmp_path / "home", "--port", str(taken))
        said, _ = told.process.communicate(timeout=PATIENCE_S)
        told._guard.cancel()
    assert told.process.returncode == 4
    assert f"Port {taken} of 127.0.0.1 cannot be used." in said
    assert "galena up --port 8001" in said


def test_a_second_one_is_told_where_the_first_is(up, tmp_path):
    address = up().address()
    told = Up(tmp_path / "home", "--port", address.rpartition(":")[2])
    said, _ = told.process.communicate(timeout=PATIENCE_S)
    told._guard.cancel()
    assert told.process.returncode == 5
    assert f"Galena runs there already: open {address}." in said
    other = up()
    assert answer(f"{other.address()}/health")
    other.end()
    assert answer(f"{address}/health")  # It still has its database.


@pytest.mark.parametrize("kind", ["a file", "below a file", "not allowed"])
def test_a_folder_that_cannot_be_used_is_explained(tmp_path, kind):
    file = tmp_path / "file"
    file.write_text("")
    home = {"a file": file, "below a file": file / "home", "not allowed": Path("/proc/galena-home")}[kind]
    told = Up(home, "--port", "0")
    said, _ = told.process.communicate(timeout=PATIENCE_S)
    told._guard.cancel()
    assert told.process.returncode in (2, 4)
    assert "Error: " in said
    assert "What to do: " in said
    assert "Something went wrong" not in said
