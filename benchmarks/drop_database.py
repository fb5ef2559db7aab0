"""The weekly drop with its database: planned and committed through the real stories, at full size, by the clock and in
processor time of the program and of the server. Prints JSON.

    .venv/bin/python benchmarks/drop_database.py [--leads 100000] [--tenants 2000] [--profile]
"""

import argparse
import cProfile
import json
import pstats
import runpy
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import polars as pl
import psycopg
from sqlalchemy import Engine, Table, insert, text

from galena.domain.tenant_parameters import TenantParameters
from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.kit.postgres import running_server
from galena.playbooks import load
from galena.stores import tables
from galena.stores.bulk import incoming, json_text, listed, taken
from galena.stores.door import Door, Session
from galena.stores.migrations import migrate
from galena.stores.tenants import set_parameters
from galena.workflows.context import Context
from galena.workflows.drop_commit import commit_drop, undo_drop
from galena.workflows.drop_plan import plan_next_drop
from galena.workflows.workspaces import ensure_workspace

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--leads", type=int, default=100_000)
    asked.add_argument("--tenants", type=int, default=2_000)
    asked.add_argument("--profile", action="store_true", help="Where the time goes, on standard error.")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "pg") as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE full_size")
        engine = make_engine(server.with_database("full_size").url, pool_size=1)
        migrate(engine)
        context = _prepared(engine, options.leads, options.tenants)
        found: dict[str, Any] = {"leads": options.leads, "tenants": options.tenants}
        measure = _measure(engine, profiled=options.profile)
        drop_id, found["plan"] = measure(lambda: plan_next_drop(context))
        _, found["commit"] = measure(lambda: commit_drop(context, drop_id))
        with context.session() as session:
            found["given"] = session.connection.exec_driver_sql(
                "SELECT count(*) FROM assignments"
            ).scalar_one()
        _, found["undo"] = measure(lambda: undo_drop(context, drop_id, "a trial"))
        engine.dispose()
    print(json.dumps(found, indent=2))


def _measure(
    engine: Engine, *, profiled: bool
) -> Callable[[Callable[[], Any]], tuple[Any, dict[str, float]]]:
    """A function: runs a story, and says what it took, in seconds."""
    with engine.connect() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()

    def measure(story: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
        clock, own, server = time.perf_counter(), time.process_time(), _server_s(pid)
        profile = cProfile.Profile()
        done = profile.runcall(story) if profiled else story()
        taken = {
            "s": time.perf_counter() - clock,
            "program_s": time.process_time() - own,
            "server_s": _server_s(pid) - server,
        }
        if profiled:
            pstats.Stats(profile, stream=sys.stderr).sort_stats("cumtime").print_stats(45)
        return done, {name: round(value, 1) for name, value in taken.items()}

    return measure


def _server_s(pid: int) -> float:
    """Processor time of the server's process behind the one connection."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _prepared(engine: Engine, leads: int, tenants: int) -> Context:
    """A workspace with scored leads and tenants of the mixed market of `drop.py`."""
    market = runpy.run_path(str(Path(__file__).with_name("drop.py")))
    door = Door(engine)
    workspace = ensure_workspace(door, "brokerage", slug=f"w-{uuid4()}", actor="a benchmark")
    context = Context(door, workspace.id, load("brokerage"), "a benchmark", fixed_clock(MONDAY))
    frame = market["make_leads"](leads, seed=1)
    with context.session() as session:
        _insert(session, tables.leads, _leads(frame))
        _insert(session, tables.current_scores, _scores(frame))
        for each in market["make_tenants"](tenants, "mixed", seed=2):
            session.connection.execute(insert(tables.tenants).values(id=each.tenant, name=each.name))
            wanted = TenantParameters(gates=each.gates, quotas=each.quotas)
            set_parameters(session, each.tenant, wanted, MONDAY - timedelta(days=1))
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE leads, current_scores, tenants, tenant_parameters")
        connection.commit()
    return context


def _insert(session: Session, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    values = (tuple(row.values()) for row in chain([first], rows))
    with incoming(session, table, tuple(first), values) as name:
        columns = listed(tuple(first))
        statement = f"INSERT INTO {table.name} ({columns}) SELECT {taken(table, tuple(first))} FROM {name}"
        session.connection.execute(text(statement))


def _leads(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    facts = ("state", "industry", "annual_revenue", "employee_count", "latitude", "longitude")
    told = json_text({"from": [[1, "2026-03-01T00:00:00+00:00", "r", "shop"]], "fields": {}})
    for row in frame.iter_rows(named=True):
        known = {name: row[name] for name in facts if row[name] == row[name]}
        yield {
            "id": UUID(row["lead"]),
            "lead_key": f"shop:{row['key']}",
            "title": row["key"],
            "fields": json_text({**known, "phone": f"512{int(row['key'][1:]):07}"}),
            "provenance": told,
            "data_quality": 1.0,
            "status": "active",
            "search": row["key"],
        }


def _scores(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for number, (lead, tier, value) in enumerate(frame.select("lead", "tier", "value").iter_rows()):
        yield {
            "lead_id": UUID(lead),
            "score_id": number,
            "revision_id": UUID(lead),
            "micropoints": min(int(value * 1_000), 100_000_000),
            "tier": tier,
            "temperature": "cold",
            "confidence": 1.0,
            "fit": 50.0,
            "engagement": 50.0,
            "reasons": [],
            "as_of": MONDAY,
            "scored_at": MONDAY,
        }


if __name__ == "__main__":
    main()
