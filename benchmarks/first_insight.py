"""Seconds from `galena up` in an empty folder to the first insight, by clicking in a real browser. Prints JSON.

Twice, each with a home of its own: with the sample data, and with a file of one's own (a simulated market or `--file`).
Nobody reads or thinks here: what remains of five minutes is theirs. `start_s`: until the link is printed;
`link_to_insight_s`: from opening it to the page that says what the ranking says; `clicks`: how many that took.

    .venv/bin/python benchmarks/first_insight.py [--rows 5000] [--file FILE --kind "Building permits"]
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from galena.simulator.files import write_market

GALENA = Path(sys.executable).parent / "galena"
PATIENCE_MS = 600_000
SEED = 7


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=5_000)
    asked.add_argument("--file", type=Path)
    asked.add_argument("--kind", default="Business brokerage", help="what the leads of the file are")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = (
            options.file
            or write_market(
                Path(folder), seed=SEED, count=options.rows, as_of=datetime.now(UTC).date()
            ).businesses
        )
        found = {
            "load": round(os.getloadavg()[0], 1),
            "sample": measured(with_sample),
            "own_file": {"bytes": file.stat().st_size}
            | measured(lambda page: with_file(page, options.kind, file)),
        }
    print(json.dumps(found))


def measured(walk: Callable[[Page], int]) -> dict[str, float | int]:
    """A new installation, started and walked through."""
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        server = subprocess.Popen(
            [str(GALENA), "up", "--port", "0", "--home", home], stdout=subprocess.PIPE, text=True
        )
        try:
            link = _link(server)
            start_s = time.perf_counter() - began
            with sync_playwright() as play:
                browser = play.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox"]
                )
                page = browser.new_page()
                page.set_default_timeout(PATIENCE_MS)
                opened = time.perf_counter()
                page.goto(link)
                clicks = walk(page)
                page.get_by_role("heading", name="What your ranking says").wait_for()
                insight_s = time.perf_counter() - opened
                browser.close()
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)
    return {"start_s": round(start_s, 1), "link_to_insight_s": round(insight_s, 1), "clicks": clicks}


def with_sample(page: Page) -> int:
    """What the leads are, then the sample; gives the clicks."""
    page.get_by_role("button", name="Business brokerage").click()
    page.get_by_role("button", name="Look around").click()
    return 2


def with_file(page: Page, kind: str, file: Path) -> int:
    """What the leads are, then the file: chosen, checked, imported; gives the clicks."""
    page.get_by_role("button", name=kind).click()
    page.get_by_label("Choose a file or drop it here").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name=re.compile("^Import ")).click()
    return 4


def _link(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"Begin here: (\S+)", line):
            return found[1]
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
