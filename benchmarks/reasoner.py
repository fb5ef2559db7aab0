"""Leads a minute that a reasoner scores, one at a time and many at once, with an endpoint that takes its time. JSON.

The endpoint runs on this machine and answers after 2 to 8 seconds, or after a part of that: `--scale 0.1` makes every
second a tenth, and then the figures speak of such an endpoint. One at a time is measured on fewer leads.

    .venv/bin/python benchmarks/reasoner.py [--leads 500] [--scale 0.25]
"""

import argparse
import json
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from galena.bootstrap import open_galena
from galena.domain.reasoner import ReasonerSetup, TokenPrices
from galena.playbooks import load
from galena.settings import Settings
from galena.simulator.providers.reasoner import Manner, running_reasoner
from galena.stores import reasoner_setups
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.reason import reason_leads
from galena.workflows.reason_options import ReasonOptions
from galena.workflows.rescore import rescore
from galena.workflows.workspaces import ensure_workspace

LATENCY_S = (2.0, 8.0)
ALONE = 12
AT_ONCE = (16, 64)
TRADES = (
    "New swimming pool",
    "Kitchen remodel",
    "Wood fence",
    "Metal roof",
    "Rear addition",
    "Solar panels",
    "Patio cover",
)
HEAD = "permit_number,description,issued_on,declared_value,permit_type,property_use,site_address\n"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=500)
    parser.add_argument("--scale", type=float, default=1.0)
    asked = parser.parse_args()
    runs = [measured(ALONE, 1, asked.scale), *(measured(asked.leads, each, asked.scale) for each in AT_ONCE)]
    base = runs[0]["leads_a_minute"]
    for run in runs:
        run["times_one_at_a_time"] = round(run["leads_a_minute"] / base, 1)
    print(json.dumps({"latency_s": LATENCY_S, "scale": asked.scale, "runs": runs}))


def measured(leads: int, at_once: int, scale: float) -> dict[str, Any]:
    """One run on a fresh database."""
    latency = (LATENCY_S[0] * scale, LATENCY_S[1] * scale)
    with tempfile.TemporaryDirectory() as home, open_galena(Settings(home=Path(home))) as galena:
        workspace = ensure_workspace(galena.door, "permits", actor="a benchmark")
        context = Context(galena.door, workspace.id, load("permits"), "a benchmark", galena.clock)
        ingest_files(context, [str(_permits(Path(home), leads))], IntakeOptions(accept_proposal=True))
        with running_reasoner(Manner(latency_s=latency)) as server:
            with context.session() as session:
                setup = ReasonerSetup(
                    server.address,
                    "deepseek-reasoner",
                    TokenPrices(0.28, 0.028, 0.42),
                    concurrency=at_once,
                    allow_private=True,
                    changed_at=galena.clock(),
                )
                reasoner_setups.record(session, setup)
            rescore(context)
            began = time.perf_counter()
            report = reason_leads(context, key=None, options=ReasonOptions(seed=1))
            took_s = time.perf_counter() - began
            tally = server.tally.as_dict()
    answered = report.created + report.updated
    return {
        "at_once": at_once,
        "leads": answered,
        "calls": report.calls,
        "most_at_once": tally["most_at_once"],
        "seconds": round(took_s, 1),
        "leads_a_minute": round(60 * answered / took_s, 1),
        "spent_usd": round(report.spent, 4),
        "paid_twice": tally["paid_twice"],
    }


def _permits(folder: Path, count: int) -> Path:
    chance = random.Random(7)
    today = datetime.now(UTC).date().isoformat()
    rows = [
        f"B{place:06},{chance.choice(TRADES)} number {place},{today},{chance.randrange(3, 90) * 1000},"
        f"Permit,residential,{place} Elm St"
        for place in range(count)
    ]
    path = folder / "permits.csv"
    path.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
