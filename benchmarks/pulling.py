"""Whether the rate of a provider is kept by two processes of four threads each, what a turn costs, and how fast permits
are pulled from a portal on this machine. The server counts the calls, by the wall clock. Prints JSON.

    .venv/bin/python benchmarks/pulling.py
"""

import json
import runpy
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from galena.kit.database import make_engine
from galena.kit.postgres import running_server
from galena.kit.secrets import SecretBox
from galena.kit.web import AddressGuard, Call, Rate, WebClient
from galena.playbooks import load
from galena.simulator.providers.server import ProviderServer, Reply
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.stores.providers import StoredBook
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.pull import pull_connection
from galena.workflows.workspaces import ensure_workspace

PORTAL = Path(__file__).parents[1] / "tests" / "payloads" / "socrata" / "provider.py"
PROCESSES, THREADS, SECONDS = 2, 4, 12.0
STATED = (4, 10, 50)
RECORDS = 20_000
TURNS = 300


def main() -> None:
    """Measure and print; with arguments, be one of the processes that call."""
    if sys.argv[1:2] == ["calling"]:
        _call(*sys.argv[2:5], int(sys.argv[5]))
        return
    with (
        tempfile.TemporaryDirectory() as home,
        running_server(Path(home) / "postgres", durable=True) as address,
    ):
        engine = make_engine(address.url)
        migrate(engine)
        door = Door(engine)
        workspace = ensure_workspace(door, "permits", actor="a benchmark")
        context = Context(door, workspace.id, load("permits"), "a benchmark")
        result = {
            "rates": [_rate(address.url, workspace.id, stated) for stated in STATED],
            "turn_ms": _turn_ms(door, workspace.id),
            "pull": _pull(context, Path(home)),
        }
        engine.dispose()
    print(json.dumps(result))


def _rate(url: str, workspace_id: UUID, stated: int) -> dict[str, Any]:
    with ProviderServer(lambda _: Reply({})).running() as server:
        arguments = [sys.executable, __file__, "calling", url, str(workspace_id), server.url, str(stated)]
        for process in [subprocess.Popen(arguments) for _ in range(PROCESSES)]:
            process.wait()
        times = sorted(each.at for each in server.asked)
        return {
            "stated_per_s": stated,
            "calls": len(times),
            "mean_per_s": round((len(times) - 1) / (times[-1] - times[0]).total_seconds(), 2),
            "most_in_1_s": server.most_calls_in(1.0),
            "most_in_5_s": server.most_calls_in(5.0),
        }


def _call(url: str, workspace_id: str, server: str, stated: int) -> None:
    book = StoredBook(Door(make_engine(url)), UUID(workspace_id))
    ends_at = time.monotonic() + SECONDS
    with WebClient(f"p{stated}", rate=Rate(stated), guard=AddressGuard(private_ok=True), book=book) as web:

        def call(_: int) -> None:
            while time.monotonic() < ends_at:
                web.send(Call(server))

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(call, range(THREADS)))


def _turn_ms(door: Door, workspace_id: UUID) -> float:
    book = StoredBook(door, workspace_id)
    began = time.perf_counter()
    for _ in range(TURNS):
        book.take_turn("turns", lambda: datetime.now(UTC), Rate(1_000_000))
    return round((time.perf_counter() - began) / TURNS * 1000, 2)


def _pull(context: Context, home: Path) -> dict[str, Any]:
    vendor = SimpleNamespace(**runpy.run_path(str(PORTAL)))
    rows = vendor.records(RECORDS)
    gateway = Gateway(home, SecretBox((bytes(32),)), environment={})
    with ProviderServer(lambda asked: vendor.answer(asked, rows)).running() as server:
        settings = vendor.settings(server.url) | {"page_size": 5_000}
        add_connection(
            context, gateway, NewConnection("socrata", name="city", settings=settings, private_ok=True)
        )
        began = time.perf_counter()
        first = pull_connection(context, gateway, "city")
        first_s = time.perf_counter() - began
        began = time.perf_counter()
        again = pull_connection(context, gateway, "city")
        again_s = time.perf_counter() - began
    if first.fault or again.fault or first.counts.accepted != RECORDS:
        raise SystemExit(f"the pull failed: {first.fault or again.fault}")
    return {
        "records": RECORDS,
        "records_per_s": round(RECORDS / first_s),
        "again_s": round(again_s, 2),
        "again_fetched": again.counts.fetched,
    }


if __name__ == "__main__":
    main()
