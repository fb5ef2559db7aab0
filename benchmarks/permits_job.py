"""The whole permits job by the commands that a person types: permits in, duplicates resolved, sorted and discarded,
owners and values looked up, scored by a reasoner, put into buckets for a buyer. JSON.

The permits are real ones of Austin (GALENA_SHARED_DATA, or ../shared/data beside the checkout), their dates moved so
that the newest is of yesterday. The county is a server on this machine with a roll made of the permits' own addresses
(permits_roll.py), so that every true join is known; the reasoner is one that takes 2 to 8 seconds a call. Looking up
and scoring are each killed in the middle (kill -9) and started again; both servers count what they were asked.

    .venv/bin/python benchmarks/permits_job.py [--permits 200] [--calls-per-s 10] [--layer] [--at-once 16] [--no-kill]
"""

import argparse
import csv
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from permits_roll import Roll, make_roll

from galena.bootstrap import open_galena
from galena.playbooks import load
from galena.settings import Settings
from galena.simulator.providers.appraisal import LAYER, SEARCH, Appraisal
from galena.simulator.providers.reasoner import Manner, ReasonerServer, running_reasoner
from galena.simulator.providers.server import ProviderServer
from galena.stores import enrichment, leads, projections
from galena.workflows.context import Context
from galena.workflows.workspaces import find_workspace

ROOT = Path(__file__).parents[1]
GALENA = Path(sys.executable).with_name("galena")
COUNTIES = "Travis, TX; Williamson, TX; Hays, TX"
"""Over which Austin spreads: where the roll's houses lie."""

KILLED_AT = 0.5
_SAMPLE_S = 0.25


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--permits", type=int, default=200)
    parser.add_argument(
        "--calls-per-s", type=float, default=10.0, help="0: what the connector states (2 a second)."
    )
    parser.add_argument("--layer", action="store_true", help="Ask a map layer, ten leads in one request.")
    parser.add_argument("--at-once", type=int, default=16, help="Calls to the reasoner under way at once.")
    parser.add_argument("--latency", type=float, nargs=2, default=(2.0, 8.0), help="Seconds of the reasoner.")
    parser.add_argument("--no-kill", action="store_true")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="permits_job_"))
    try:
        print(json.dumps(measured(asked, folder), indent=1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measured(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The job, step by step."""
    rows = permits(asked.permits)
    roll = make_roll([row["permit_location"] for row in rows], tarrant_sample(), seed=7)
    file = folder / "austin_permits.csv"
    write(file, rows)
    county = ProviderServer(Appraisal(roll.parcels).answer)
    latency = (asked.latency[0], asked.latency[1])
    with county.running(), running_reasoner(Manner(latency_s=latency)) as reasoner, watched(folder) as memory:
        job = Job(folder, county, reasoner, asked)
        began = time.perf_counter()
        steps = job.run(file)
        minutes = (time.perf_counter() - began) / 60
        joins = compared(folder, rows, roll)
    return {
        "permits": len(rows),
        "addresses": len(roll.true),
        "parcels": len(roll.parcels),
        "minutes": round(minutes, 2),
        "leads_a_minute": round(len(rows) / minutes),
        "peak_memory_mb": round(memory[0] / 1e6),
        "steps": steps,
        "county": job.county_story(),
        "reasoner": reasoner.tally.as_dict(),
        "joins": joins,
    }


class Job:
    """The commands, one after the other, on one data folder."""

    def __init__(
        self, folder: Path, county: ProviderServer, reasoner: ReasonerServer, asked: argparse.Namespace
    ) -> None:
        self.folder, self.county, self.reasoner, self.asked = folder, county, reasoner, asked
        self.steps: dict[str, Any] = {}

    def run(self, file: Path) -> dict[str, Any]:
        """Everything; what each step took and said."""
        kind, address = ("cad_dallas", LAYER) if self.asked.layer else ("cad_tarrant", "")
        ranked = str(self.folder / "ranked.csv")
        self.step("run", "run", str(file), "--playbook", "permits", "--out", ranked)
        self.step("resolve", "resolve")
        self.step(
            "connect", "connect", "add", kind, "--private", "--set", f"address={self.county.url}{address}",
            "--set", f"counties={COUNTIES}", "--set", f"calls_per_s={self.asked.calls_per_s:g}",
        )  # fmt: skip
        self.county.asked.clear()
        leads = self.count()
        wanted = round(KILLED_AT * leads / (4 if self.asked.layer else 1.6))
        self.killable("enrich", lambda: len(self.county.asked) >= wanted, "enrich", "--all")
        self.step("reason_setup", "reason", "setup", "--url", self.reasoner.address, "--no-key", "--private")
        self.reasoner.tally.paid.clear()
        self.reasoner.tally.asked.clear()
        self.reasoner.tally.calls.clear()
        half = round(KILLED_AT * 0.8 * leads)
        at_once = ("--at-once", str(self.asked.at_once))
        self.killable("reason", lambda: self.paid() >= half, "reason", "run", *at_once)
        self.step("export", "sell", "export", "--buyer", "A buyer", "--out", str(self.folder / "shelves"))
        self.step("export_again", "sell", "export", "--buyer", "A buyer", "--out", str(self.folder / "again"))
        self.steps["buckets"] = buckets(self.folder / "shelves")
        return self.steps

    def paid(self) -> int:
        """Answers that the reasoner charged."""
        return sum(self.reasoner.tally.paid.values())

    def count(self) -> int:
        """Leads that are not discarded."""
        return statuses(self.folder).get("active", 0) + statuses(self.folder).get("needs_enrichment", 0)

    def step(self, name: str, *words: str) -> None:
        """One command to its end."""
        began = time.perf_counter()
        done = subprocess.run(self._line(words), capture_output=True, text=True, env=self._environment())
        if done.returncode:
            raise SystemExit(f"galena {' '.join(words[:2])} failed:\n{done.stderr}{done.stdout}")
        told = json.loads(done.stdout.strip().splitlines()[-1])
        self.steps[name] = {"seconds": round(time.perf_counter() - began, 1), "said": shortened(told)}
        print(f"{name}: {self.steps[name]['seconds']} s", file=sys.stderr)

    def killable(self, name: str, is_half: Callable[[], bool], *words: str) -> None:
        """One command that is killed half-way and started again, unless nothing is to be killed."""
        if not self.asked.no_kill:
            began = time.perf_counter()
            process = subprocess.Popen(
                self._line(words),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._environment(),
            )
            while process.poll() is None and not is_half():
                time.sleep(0.05)
            ended = process.poll() is not None
            process.kill()
            process.wait()
            self.steps[f"{name}_killed"] = {
                "seconds": round(time.perf_counter() - began, 1),
                "ended_before": ended,
                "county_calls": len(self.county.asked),
                "reasoner_paid": self.paid(),
            }
            # What was under way when the process died is still answered, and charged, by the reasoner.
            time.sleep(self.asked.latency[1] if name == "reason" else 0.5)
            self.steps[f"{name}_killed"]["reasoner_paid_after"] = self.paid()
        self.step(name, *words)

    def county_story(self) -> dict[str, Any]:
        """What the county was asked, and how often about the same address."""
        asked = [
            each.query.get("Address") or each.query.get("where", "")
            for each in self.county.asked
            if each.path in (SEARCH, f"{LAYER}/query")
        ]
        terms = [part for each in asked for part in each.split(" OR ")]
        times = Counter(part.strip("()") for part in terms)
        return {
            "calls": len(asked),
            "addresses": len(times),
            "asked_twice": sum(count - 1 for count in times.values()),
            "most_in_a_second": self.county.most_calls_in(1.0),
        }

    def _line(self, words: tuple[str, ...]) -> list[str]:
        return [str(GALENA), *words, "--home", str(self.folder / "home"), "--json"]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "GALENA_HOME": str(self.folder / "home")}


def permits(count: int) -> list[dict[str, str]]:
    """Real permits, each number once, drawn from half a year; the newest is issued yesterday."""
    found: dict[str, dict[str, str]] = {}
    path = shared_data() / "permits_austin" / "austin_permits_2015H2.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["permit_number"], row)
    drawn = random.Random(7).sample(
        [row for row in found.values() if row["status"] and _day(row) > date.min], count
    )
    newest = max(_day(row) for row in drawn)
    moved = datetime.now(UTC).date() - timedelta(days=1) - newest
    for row in drawn:
        row["date_issued"] = (_day(row) + moved).strftime("%m/%d/%Y")
    return drawn


def _day(row: Mapping[str, str]) -> date:
    try:
        return datetime.strptime(row["date_issued"], "%m/%d/%Y").date()
    except (TypeError, ValueError):
        return date.min


def tarrant_sample() -> list[dict[str, Any]]:
    """The parcels of the public sample."""
    path = shared_data() / "tarrant_parcels" / "tad-parcels-fort-worth-SAMPLE.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        found: list[dict[str, Any]] = json.load(stream)["parcels"]
    return [each for each in found if each["total_value"]]


def shared_data() -> Path:
    """The folder of public data sets."""
    named = os.environ.get("GALENA_SHARED_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        raise SystemExit(f"public data sets not found at {folder}: set GALENA_SHARED_DATA to their folder")
    return folder


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """The permits as the city publishes them."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.DictWriter(stream, fieldnames=[name for name in rows[0] if name], extrasaction="ignore")
        out.writeheader()
        out.writerows(rows)


def statuses(folder: Path) -> Counter[str]:
    """How many leads stand how."""
    return Counter(each.status for each, _ in known_leads(folder))


def known_leads(folder: Path) -> Iterator[tuple[Any, Any]]:
    """Each lead, and what its look-ups ended with."""
    with open_galena(Settings(home=folder / "home")) as galena:
        workspace = find_workspace(galena.door, "permits")
        context = Context(galena.door, workspace.id, load("permits"), "a benchmark", galena.clock)
        with context.session() as session:
            ids = projections.lead_ids(session, after=leads.FIRST, limit=1_000_000)
            found = leads.load_many(session, ids)
            past = enrichment.past_of(session, ids)
        for each in ids:
            yield found[each].lead, past.get(each, ())


def compared(folder: Path, rows: list[dict[str, str]], roll: Roll) -> dict[str, Any]:
    """What was joined, beside what is true; by what was done to the address."""
    addresses = {row["permit_number"]: row["permit_location"] for row in rows}
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    grades: Counter[str] = Counter()
    for lead, past in known_leads(folder):
        if lead.status not in ("active", "needs_enrichment"):
            continue
        address = addresses[lead.fields["permit_number"]]
        true, got = roll.true[address], lead.fields.get("parcel_id")
        tally = by_kind[roll.kinds[address]]
        tally["leads"] += 1
        tally["true_parcel"] += true is not None
        tally["joined"] += got is not None
        tally["right"] += got is not None and got == true
        outcome = past[-1].outcome if past else "not asked"
        tally[outcome] += 1
        if past and outcome == "found":
            grades["exact" if past[-1].confidence >= 1 else "near"] += 1
    return {
        "all": quality(sum(by_kind.values(), Counter())),
        "by_kind": {kind: quality(tally) for kind, tally in sorted(by_kind.items())},
        "confidence": dict(grades),
    }


def quality(tally: Counter[str]) -> dict[str, Any]:
    """Precision and recall of joins, and the counts behind them."""
    joined, true, right = tally["joined"], tally["true_parcel"], tally["right"]
    return {
        "leads": tally["leads"],
        "with_a_true_parcel": true,
        "joined": joined,
        "right": right,
        "precision": round(right / joined, 4) if joined else None,
        "recall": round(right / true, 4) if true else None,
        **{
            name: tally[name]
            for name in ("absent", "unsure", "unasked", "failed", "not asked")
            if tally[name]
        },
    }


def buckets(folder: Path) -> dict[str, Any]:
    """The files of the export."""
    files = {str(each.relative_to(folder)): _lines(each) for each in sorted(folder.rglob("tier_*.csv"))}
    tiers: Counter[str] = Counter()
    for name, lines in files.items():
        tiers[Path(name).stem] += lines
    return {"files": len(files), "leads": sum(files.values()), "by_tier": dict(tiers)}


def _lines(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return sum(1 for _ in csv.DictReader(stream))


def shortened(told: Any) -> Any:
    """What a command said, without its lists."""
    if not isinstance(told, dict):
        return told
    return {name: shortened(each) for name, each in told.items() if not isinstance(each, list)}


@contextmanager
def watched(folder: Path) -> Iterator[list[int]]:
    """The most memory that the commands and their database had at once, in bytes; shared pages count once."""
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(_SAMPLE_S):
            most[0] = max(most[0], _memory(str(folder)))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def _memory(folder: str) -> int:
    own: dict[int, psutil.Process] = {}
    for process in psutil.process_iter(["cmdline"]):
        if process.pid != os.getpid() and any(folder in word for word in process.info["cmdline"] or ()):
            own[process.pid] = process
    total = 0
    for root in list(own.values()):
        try:
            own |= {each.pid: each for each in root.children(recursive=True)}
        except psutil.Error:
            continue
    for process in own.values():
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


if __name__ == "__main__":
    main()
