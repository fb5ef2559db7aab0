"""Rows per second of an import, against two baselines that go row by row. Prints one line of JSON.

`bare_inserts`: each row read by the same mapping, then a source record and a lead inserted into tables of the same
shape and indexes, and committed. It does less than an import: no provenance, quality, links, events or checkpoint.
`same_work_row_by_row`: the same import with batches of one row: all that an import does, a transaction per row.

    .venv/bin/python benchmarks/ingestion.py [--rows 50000] [--baseline-rows 2000]
"""

import argparse
import contextlib
import csv
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from galena.bootstrap import Galena, open_galena
from galena.engines.ingestion import MappedRow, Reader
from galena.kit.clock import fixed_clock
from galena.kit.ids import new_id
from galena.playbooks import load
from galena.settings import Settings
from galena.simulator.files import write_market
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions, Progress, ingest_file
from galena.workflows.workspaces import ensure_workspace

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=50_000)
    asked.add_argument("--baseline-rows", type=int, default=2_000)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = write_market(Path(folder) / "market", seed=5, count=options.rows, as_of=date(2026, 11, 20))
        with open_galena(Settings(home=Path(folder) / "home"), fixed_clock(AS_OF)) as galena:
            bare = one_by_one(galena, files.businesses, options.baseline_rows)
            slow = row_by_row(galena, files.businesses, options.baseline_rows)
            whole, again, rows = imported(galena, files.businesses)
    print(
        json.dumps(
            {
                "rows": rows,
                "columns": 47,
                "import_rows_per_s": round(rows / whole),
                "same_file_again_rows_per_s": round(rows / again),
                "bare_inserts_rows_per_s": round(bare),
                "ratio_to_bare_inserts": round(rows / whole / bare, 1),
                "same_work_row_by_row_rows_per_s": round(slow),
                "ratio_to_same_work": round(rows / whole / slow, 1),
            }
        )
    )


def imported(galena: Galena, file: Path) -> tuple[float, float, int]:
    """Seconds of the import, seconds of the same file again, rows."""
    workspace = ensure_workspace(galena.door, "brokerage", actor="benchmark")
    context = Context(galena.door, workspace.id, load("brokerage"), "benchmark", galena.clock)
    began = time.perf_counter()
    report = ingest_file(context, file, IntakeOptions(accept_proposal=True))
    middle = time.perf_counter()
    ingest_file(context, file, IntakeOptions(accept_proposal=True))
    return middle - began, time.perf_counter() - middle, report.rows


class _EnoughError(Exception):
    """Ends the slow import after the rows asked for."""


def row_by_row(galena: Galena, file: Path, count: int) -> float:
    """Rows per second of the same import with a transaction per row."""
    workspace = ensure_workspace(galena.door, "brokerage", slug="row-by-row", actor="benchmark")
    context = Context(galena.door, workspace.id, load("brokerage"), "benchmark", galena.clock)
    began = 0.0

    def stop(step: Progress) -> None:
        nonlocal began
        if step.stage == "opened":
            began = time.perf_counter()
        if step.stage == "committed" and step.rows >= count:
            raise _EnoughError

    with contextlib.suppress(_EnoughError):
        ingest_file(context, file, IntakeOptions(accept_proposal=True, batch_rows=1, progress=stop))
    return count / (time.perf_counter() - began)


def one_by_one(galena: Galena, file: Path, count: int) -> float:
    """Rows per second when each row is read, mapped and written in a transaction of its own."""
    mapping = next(each for each in load("brokerage").mappings if each.role == "leads")
    reader = Reader(mapping, load("brokerage"), AS_OF)
    with galena.engine.connect() as connection:
        for table in ("source_records", "leads"):
            connection.execute(text(f"CREATE TABLE baseline_{table} (LIKE {table} INCLUDING ALL)"))
        connection.commit()
        began = time.perf_counter()
        done = 0
        for row, payload in _mapped(reader, file, count):
            _insert(connection, row, payload)
            connection.commit()
            done += 1
        return done / (time.perf_counter() - began)


def _mapped(reader: Reader, file: Path, count: int) -> Iterator[tuple[MappedRow, dict[str, Any]]]:
    with file.open() as opened:
        for number, payload in enumerate(csv.DictReader(opened), start=1):
            if number > count:
                return
            row = reader.read(payload, number)
            if isinstance(row, MappedRow):
                yield row, payload


def _insert(connection: Any, row: MappedRow, payload: dict[str, Any]) -> None:
    workspace = "00000000-0000-0000-0000-000000000001"
    lead_id = new_id()
    connection.execute(
        text(
            "INSERT INTO baseline_leads (workspace_id, id, lead_key, title, fields, provenance, data_quality, status,"
            " search, created_at, updated_at) VALUES (:w, :id, :key, :title, CAST(:fields AS jsonb), '{}', 80,"
            " 'active', lower(:title), now(), now())"
            " ON CONFLICT (workspace_id, lead_key) DO UPDATE SET fields = excluded.fields"
        ),
        {
            "w": workspace,
            "id": lead_id,
            "key": row.record_key,
            "title": str(row.fields.get("name", "")),
            "fields": orjson.dumps(row.fields).decode(),
        },
    )
    connection.execute(
        text(
            "INSERT INTO baseline_source_records (workspace_id, id, import_id, lead_id, source, record_key, role,"
            " payload_hash, payload, row_number, trust, observed_at, received_at) VALUES (:w, :id, :id, :lead,"
            " 'businesses', :key, 'leads', :hash, CAST(:payload AS json), :number, 0.5, now(), now())"
            " ON CONFLICT (workspace_id, source, record_key, payload_hash) DO NOTHING"
        ),
        {
            "w": workspace,
            "id": new_id(),
            "lead": lead_id,
            "key": row.record_key,
            "hash": bytes.fromhex(row.payload_hash),
            "payload": orjson.dumps(payload).decode(),
            "number": row.number,
        },
    )


if __name__ == "__main__":
    main()
