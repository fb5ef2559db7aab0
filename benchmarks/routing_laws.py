"""Ten thousand random sequences of everything that may be done with leads, each checked after every step.

Drops planned, committed and undone, leads routed, accepted, declined, returned, taken back, given, passed on, released
and held, outcomes said and taken back, tenants that pause or want something else, scores and facts that change, days
that pass: whatever comes, no lead may be with two tenants, no quota exceeded, no black, banned or held lead given, none
given back by itself to who lost it, and the ledger replayed must give what stands. The operations and the laws are
those of `tests/workflows/routing/test_laws.py`; here they run at length, batch by batch, against a database of its own
for each batch. A batch is named by its seed, and a seed gives the same sequences every time. With `--keep` a run that
was cut off goes on where it was. A broken law is told with the shortest sequence that breaks it. Prints JSON.

    .venv/bin/python benchmarks/routing_laws.py --sequences 10000 [--keep FILE]
"""

import argparse
import json
import os
import runpy
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # Before polars is loaded: every frame here is tiny.

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from galena.kit.database import make_engine
from galena.kit.postgres import running_server
from galena.stores.migrations import migrate

TESTS = Path(__file__).parents[1] / "tests" / "workflows" / "routing"
PREPARED = "prepared"
SETTLED = ("jit", "off"), ("synchronous_commit", "off")

_loaded: dict[str, Any] = {}


def main() -> None:
    """Runs what is asked for."""
    asked = _arguments()
    done = _kept(asked.keep)
    seeds = range(asked.first_seed, asked.first_seed + -(-asked.sequences // asked.at_once))
    left = [seed for seed in seeds if (seed, asked.at_once, asked.steps) not in done]
    begin = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "pg", durable=False) as server,
    ):
        _prepare(server.url, server.with_database(PREPARED).url)
        work = [(seed, asked.at_once, asked.steps, server.url) for seed in left]
        with get_context("spawn").Pool(asked.processes) as pool:
            for told in pool.imap_unordered(_batch, work):
                done[told["seed"], told["at_once"], told["steps"]] = told
                if asked.keep:
                    with asked.keep.open("a") as file:
                        file.write(json.dumps(told) + "\n")
                print(f"seed {told['seed']}: {told['failure'] or 'lawful'}", file=sys.stderr)
    batches = [
        done[key] for key in sorted(done) if key[0] in seeds and key[1:] == (asked.at_once, asked.steps)
    ]
    json.dump(_summary(batches, asked, time.monotonic() - begin), sys.stdout, indent=2)
    sys.stdout.write("\n")
    sys.exit(any(each["failure"] for each in batches))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=20, help="Operations in one sequence.")
    parser.add_argument("--at-once", type=int, default=50, help="Sequences of one seed and database.")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="Where each batch is noted, so that a run can go on.")
    return parser.parse_args()


def _kept(keep: Path | None) -> dict[tuple[int, int, int], dict[str, Any]]:
    """Batches of earlier runs, by seed and size."""
    lines = keep.read_text().splitlines() if keep and keep.exists() else []
    found = [json.loads(line) for line in lines]
    return {(each["seed"], each["at_once"], each["steps"]): each for each in found}


def _prepare(admin: str, prepared: str) -> None:
    """A migrated database of which each batch gets a copy."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {PREPARED}")
        for name, value in SETTLED:
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("SELECT pg_reload_conf()")
    engine = make_engine(prepared)
    migrate(engine)
    engine.dispose()


@contextmanager
def _database(admin: str, name: str) -> Iterator[str]:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {PREPARED} STRATEGY file_copy")
        try:
            yield _named(admin, name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _named(url: str, database: str) -> str:
    """The address of another database of the same server."""
    if "://" in url:
        head, _, query = url.partition("?")
        return f"{head.rpartition('/')[0]}/{database}" + (f"?{query}" if query else "")
    return make_conninfo(**{**conninfo_to_dict(url), "dbname": database})


def _batch(work: tuple[int, int, int, str]) -> dict[str, Any]:
    """The sequences of one seed, in a database of their own."""
    seed, at_once, steps, admin = work
    if not _loaded:
        _loaded["office"] = runpy.run_path(str(TESTS / "conftest.py"))["Office"]
        _loaded["run"] = runpy.run_path(str(TESTS / "test_laws.py"), run_name="laws")["run"]
    tally: Counter[str] = Counter()
    begin, cpu, failure = time.monotonic(), time.process_time(), None
    with _database(admin, f"batch_{seed}") as url:
        engine = make_engine(url)
        try:
            _loaded["run"](
                lambda playbook="brokerage", **routing: _loaded["office"](engine, playbook, **routing),
                at_once,
                steps,
                seed,
                tally,
            )
        except Exception:
            failure = traceback.format_exc(limit=-3)
        finally:
            engine.dispose()
    told = {"seed": seed, "at_once": at_once, "steps": steps, "failure": failure, **tally}
    return {**told, "seconds": time.monotonic() - begin, "cpu_seconds": time.process_time() - cpu}


def _summary(batches: list[dict[str, Any]], asked: argparse.Namespace, seconds: float) -> dict[str, Any]:
    total: Counter[str] = Counter()
    for each in batches:
        total.update({name: each.get(name, 0) for name in ("sequences", "done", "refused", "checks")})
    spent = sum(each["seconds"] for each in batches)
    return {
        "asked_for": asked.sequences,
        **total,
        "steps_at_most": asked.steps,
        "seeds": [batches[0]["seed"], batches[-1]["seed"]] if batches else [],
        "broken": [{"seed": each["seed"], "how": each["failure"]} for each in batches if each["failure"]],
        "seconds_this_run": round(seconds),
        "seconds_per_sequence": round(spent / max(total["sequences"], 1), 3),
        "python_cpu_seconds": round(sum(each["cpu_seconds"] for each in batches)),
        "processes": asked.processes,
    }


if __name__ == "__main__":
    main()
