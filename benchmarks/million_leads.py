"""A million leads: features, rules and tiers in memory; then scored and written back to PostgreSQL.

Prints one line of JSON. The leads are simulated businesses (so many different ones, repeated under new ids). The
baseline in the same run is the one-lead path called in a loop, on a sample.

    .venv/bin/python benchmarks/million_leads.py [--leads 1000000] [--no-database]
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from galena.bootstrap import open_galena
from galena.domain.lead import Lead
from galena.domain.listing import LeadEntry
from galena.engines.scoring import CHUNK_ROWS
from galena.kit.clock import fixed_clock
from galena.kit.ids import new_id
from galena.playbooks import load
from galena.settings import Settings
from galena.simulator.market import businesses
from galena.simulator.mess import Mess, records
from galena.stores import leads
from galena.workflows.context import Context
from galena.workflows.lead_frames import leads_frame
from galena.workflows.plans import compile_playbook
from galena.workflows.rescore import rescore
from galena.workflows.workspaces import ensure_workspace

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
DIFFERENT = 20_000
SAMPLE = 3_000
BATCH = 20_000


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--leads", type=int, default=1_000_000)
    asked.add_argument("--no-database", action="store_true")
    options = asked.parse_args()
    texts = [orjson.dumps(_fields(row), default=str).decode() for row in _rows(min(DIFFERENT, options.leads))]
    found = {"leads": options.leads, "cores": 2, **in_memory(texts, options.leads)}
    if not options.no_database:
        found |= written_back(texts, options.leads)
    print(json.dumps(found))


def _rows(count: int) -> Iterator[dict[str, Any]]:
    for business in businesses(1, count, date(2026, 11, 20)):
        yield next(records(business, Mess(), 1))


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if name != "external_id" and value not in (None, "call for figure")
    }


def in_memory(texts: list[str], count: int) -> dict[str, Any]:
    """Features, rules and tiers of frames that are in memory, chunk by chunk."""
    playbook = load("brokerage")
    compiled = compile_playbook(playbook)
    frame = _frame(texts, playbook)
    compiled.scorer.score_frame(frame.head(1000), AS_OF)
    frames = (frame.slice(start, CHUNK_ROWS) for start in _starts(frame.height, count))
    before_mb = _peak_mb()
    began = time.perf_counter()
    done = 0
    for scored in compiled.scorer.score_batches(frames, AS_OF):
        done += scored.height
    took_s = time.perf_counter() - began
    sample = [compiled.features.inputs_one(orjson.loads(text), [], AS_OF) for text in texts[:SAMPLE]]
    began = time.perf_counter()
    for inputs in sample:
        compiled.scorer.score_one(inputs, AS_OF)
    loop_s = (time.perf_counter() - began) / len(sample) * count
    return {
        "in_memory_s": round(took_s, 2),
        "in_memory_leads": done,
        "one_by_one_s": round(loop_s, 1),
        "ratio_to_one_by_one": round(loop_s / took_s, 1),
        "peak_mb_in_memory": round(_peak_mb()),
        "peak_mb_before": round(before_mb),
    }


def _frame(texts: list[str], playbook: Any) -> pl.DataFrame:
    csv = pl.DataFrame(
        {
            "lead_id": [str(new_id()) for _ in texts],
            "lead_key": [f"businesses:{number}" for number in range(len(texts))],
            "fields": texts,
            "lead_status": ["active"] * len(texts),
            "previous_tier": pl.Series([None] * len(texts), dtype=pl.String),
            "previous_temperature": pl.Series([None] * len(texts), dtype=pl.String),
            "previous_micropoints": pl.Series([None] * len(texts), dtype=pl.Int64),
        }
    ).write_csv()
    return leads_frame(csv.encode(), playbook).rename({"lead_id": "id"})


def _starts(height: int, count: int) -> Iterator[int]:
    given = 0
    while given < count:
        for start in range(0, height, CHUNK_ROWS):
            if given >= count:
                return
            yield start
            given += min(CHUNK_ROWS, height - start)


def written_back(texts: list[str], count: int) -> dict[str, Any]:
    """The same leads in PostgreSQL: read, scored, written to history and lists; then again with nothing changed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_galena(Settings(home=Path(folder)), fixed_clock(AS_OF)) as galena,
    ):
        workspace = ensure_workspace(galena.door, "brokerage", actor="benchmark")
        context = Context(galena.door, workspace.id, load("brokerage"), "benchmark", galena.clock)
        began = time.perf_counter()
        _fill(context, texts, count)
        fill_s = time.perf_counter() - began
        first_s = _scored(context)
        again_s = _scored(context)
    return {
        "fill_s": round(fill_s, 1),
        "score_and_write_s": round(first_s, 1),
        "score_again_unchanged_s": round(again_s, 1),
        "leads_per_s_written": round(count / first_s),
        "peak_mb": round(_peak_mb()),
    }


def _scored(context: Context) -> float:
    began = time.perf_counter()
    rescore(context, as_of=AS_OF)
    return time.perf_counter() - began


def _fill(context: Context, texts: list[str], count: int) -> None:
    parsed = [orjson.loads(text) for text in texts]
    for start in range(0, count, BATCH):
        with context.session() as session:
            leads.save_many(
                session,
                (
                    _entry(number, parsed[number % len(parsed)])
                    for number in range(start, min(start + BATCH, count))
                ),
            )


def _entry(number: int, fields: dict[str, Any]) -> LeadEntry:
    lead = Lead(new_id(), f"businesses:{number}", fields, {}, 80.0, created_at=AS_OF)
    return LeadEntry(lead, str(fields.get("name", number)), None, None, None, AS_OF)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
