"""Seconds from `galena up` to a healthy answer, the first time and again, and of the status line. Prints JSON.

The baseline in the same run is a bare Python process that imports the web framework and the database library.

    .venv/bin/python benchmarks/warm_start.py
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

GALENA = Path(sys.executable).parent / "galena"
STARTS = 3
PATIENCE_S = 180


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"GALENA_HOME": home}
        first = _start(environment)
        again = sorted(_start(environment) for _ in range(STARTS))
        began = time.perf_counter()
        subprocess.run([GALENA, "status", "--line"], env=environment, check=True, capture_output=True)
        line_s = time.perf_counter() - began
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import fastapi, uvicorn, sqlalchemy, polars"], check=True)
    bare_s = time.perf_counter() - began
    print(
        json.dumps(
            {
                "first_start_s": round(first, 2),
                "warm_start_median_s": round(again[len(again) // 2], 2),
                "status_line_s": round(line_s, 2),
                "bare_imports_s": round(bare_s, 2),
                "ratio_to_bare_imports": round(again[len(again) // 2] / bare_s, 1),
            }
        )
    )


def _start(environment: dict[str, str]) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    server = subprocess.Popen(
        [GALENA, "up", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/health")
        return time.perf_counter() - began
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def _wait(address: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=1).read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise SystemExit(f"nothing answered at {address}")


if __name__ == "__main__":
    main()
