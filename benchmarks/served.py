"""An installation with many leads and its server, for the benchmarks that ask it over the network."""

import base64
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GALENA = Path(sys.executable).parent / "galena"
CONNECTION = "load"
PATIENCE_S = 300
_LINK = re.compile(r"Sign in to demo: (http\S+)")


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs.

    Attributes:
        key: of the API, which may ask as often as a key may.
        signing_secret: of the connection that messages come in by.
        sign_in: a link that works once.
    """

    process: subprocess.Popen[str]
    home: Path
    port: int
    key: str
    signing_secret: str
    sign_in: str


@contextmanager
def served(home: Path | None, leads: int) -> Iterator[Served]:
    """The server of the installation in `home` (None: one in a temporary folder), with a demo market of so many leads.

    A market that is there already is used again.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = home or Path(folder)
        _fill(place, leads)
        key = _json(place, "key", "make", "load", "--may", "read", "--may", "write", "--may", "ingest",
                    "--per-minute", "100000")["key"]  # fmt: skip
        secret = _connected(place)
        environment = os.environ | {"GALENA_INGEST_PER_SECOND": "100000"}
        port = free_port()
        command = [str(GALENA), "up", "--port", str(port), "--home", str(place)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            yield Served(process, place, port, key, secret, _link(process))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_S)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str) -> None:
    """Returns when something answers there."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=5).read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise SystemExit(f"nothing answered at {address}")


def processes_of(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for each in child.read_text().split():
            found += processes_of(int(each))
    return found


def database_processes(home: Path) -> list[int]:
    """The embedded server's."""
    (kept,) = home.glob("postgres/**/postmaster.pid")
    return processes_of(int(kept.read_text().splitlines()[0]))


def cpu_s(pids: list[int]) -> float:
    """Processor time that these processes have taken."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: list[int]) -> dict[str, int]:
    """Memory of these processes: their own share of what is shared (PSS), and the sum of what each shows (RSS)."""
    found = {"pss_mb": 0, "rss_mb": 0, "processes": len(pids)}
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, rest = line.partition(":")
            if name in ("Pss", "Rss"):
                found[f"{name.lower()}_mb"] += int(rest.split()[0])
    return {name: round(value / 1024) if name != "processes" else value for name, value in found.items()}


def _fill(home: Path, leads: int) -> None:
    status = subprocess.run(
        [GALENA, "key", "list", "--workspace", "demo", "--home", str(home), "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if status.returncode:
        subprocess.run(
            [GALENA, "demo", "--leads", str(leads), "--home", str(home), "--json"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def _connected(home: Path) -> str:
    """The secret of a connection by Standard Webhooks, made anew."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with tempfile.NamedTemporaryFile("w", suffix=".key") as file:
        file.write(secret)
        file.flush()
        known = {each["name"] for each in _json(home, "connect", "list")["connections"]}
        given = ["--key-file", f"signing_secret={file.name}"]
        if CONNECTION in known:
            _json(home, "connect", "key", CONNECTION, *given)
        else:
            _json(home, "connect", "add", "standard_webhooks", "--name", CONNECTION, "--yes", *given)
    return secret


def _json(home: Path, *arguments: str) -> Any:
    done = subprocess.run(
        [GALENA, *arguments, "--workspace", "demo", "--home", str(home), "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def _link(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := _LINK.search(line):
            return found[1]
    raise SystemExit("the server did not start")
