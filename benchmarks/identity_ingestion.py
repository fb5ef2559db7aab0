"""Rows per second of an import whose leads are compared with all that are there, and of the same one without. JSON.

A file of people at companies, a tenth of them there already with a slip of the pen, is imported into an empty
workspace of the b2b playbook: once with its identity part, once without. Told are the time by the clock, the processor
time of this program and, where the system tells it, that of the database server; others' work on the machine counts
in the first only.

    .venv/bin/python benchmarks/identity_ingestion.py [--rows 10000] [--repeat 3]
"""

import argparse
import json
import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from identity_online import HEAD, made_person, with_slip

from galena.kit.database import make_engine
from galena.kit.postgres import running_server
from galena.playbooks import load
from galena.stores import workspaces
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.intake import ingest_file


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    order = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "pg", durable=True) as server,
    ):
        engine = make_engine(server.url)
        migrate(engine)
        file = Path(folder) / "contacts.csv"
        write(file, order.rows)
        server_id = int((Path(folder) / "pg" / "cluster" / "postmaster.pid").read_text().split()[0])
        runs: dict[str, list[dict[str, Any]]] = {"with_identity": [], "without": []}
        for at in range(order.repeat):
            for name, found in runs.items():
                found.append(measured(Door(engine), f"{name}-{at}", name == "without", file, server_id))
        engine.dispose()
    best = {name: min(found, key=lambda each: each["seconds"]) for name, found in runs.items()}
    print(
        json.dumps(
            {
                "rows": order.rows,
                "best_by_the_clock": best,
                "all": runs,
                "load_average": [round(each, 1) for each in os.getloadavg()],
                "cpus": os.cpu_count(),
            },
            indent=2,
        )
    )


def write(file: Path, rows: int) -> None:
    """The file, the same each time."""
    draw = random.Random(7)
    lines = [HEAD]
    for at in range(rows):
        one = (
            with_slip(made_person(draw.randrange(at)), draw)
            if at and draw.random() < 0.1
            else made_person(at)
        )
        names = (one["given"].title(), one["surname"].title(), one["email"], one["phone"])
        place = (one["company"].title(), one["city"].title(), "TX", one["postcode"])
        lines.append(",".join((f"c{at}", *names, *place, "lead")))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measured(door: Door, name: str, without: bool, file: Path, server_id: int) -> dict[str, Any]:
    """One import into a workspace of its own."""
    with door.lobby() as lobby:
        workspace = workspaces.create(lobby, slug=name.replace("_", "-"), name=name, playbook="b2b")
    playbook = load("b2b")
    if without:
        playbook = playbook.model_copy(update={"identity": None})
    context = Context(door, workspace.id, playbook, "benchmark")
    began, worked, served = time.perf_counter(), time.process_time(), server_time(server_id)
    report = ingest_file(context, file)
    seconds, client = time.perf_counter() - began, time.process_time() - worked
    server = None if served is None else (server_time(server_id) or 0.0) - served
    result: dict[str, Any] = {
        "rows_per_s": round(report.created / seconds),
        "seconds": round(seconds, 2),
        "processor_ms_per_row": round(1000 * client / report.created, 3),
        "joined": report.resolved.merged,
    }
    if server is not None:
        result["server_processor_ms_per_row"] = round(1000 * server / report.created, 3)
        result["rows_per_s_of_processor_time"] = round(report.created / (client + server))
    return result


def server_time(server_id: int) -> float | None:
    """Seconds of processor time of the server's processes, on Linux."""
    if not Path("/proc").is_dir():
        return None
    ticks = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile
        if status.parent.name == str(server_id):
            ticks += sum(int(fields[at]) for at in (11, 12, 13, 14))
        elif int(fields[1]) == server_id:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
