"""One lead, whole: features, rules, tier and explanation, per shipped playbook. Prints one line of JSON.

The leads are simulated businesses (brokerage) or leads with random known fields (the others). The baseline in the same
run is the frame path called for one lead at a time, which is what a batch-only scorer would have to do.

    .venv/bin/python benchmarks/one_lead.py
"""

import gc
import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter_ns, thread_time_ns
from typing import Any

import orjson
import polars as pl

sys.path.insert(0, str(Path(__file__).parent))

from galena.playbooks import load
from galena.simulator.market import businesses
from galena.simulator.mess import Mess, records
from galena.workflows.plans import compile_playbook

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
LEADS = 1_000
ROUNDS = 10
FRAME_CALLS = 50


def main() -> None:
    """Measure and print."""
    compiled = compile_playbook(load("brokerage"))
    leads = [_fields(next(records(each, Mess(), 1))) for each in businesses(1, LEADS, date(2026, 11, 20))]

    def features(lead: dict[str, Any]) -> object:
        return compiled.features.compute_one(lead, (), AS_OF)

    def whole(lead: dict[str, Any]) -> object:
        inputs = compiled.features.inputs_one(lead, (), AS_OF)
        return compiled.explainer.explain(compiled.scorer.score_one(inputs, AS_OF), inputs)  # type: ignore[arg-type]

    def frame(lead: dict[str, Any]) -> object:
        return compiled.scorer.score_frame(pl.DataFrame([lead], infer_schema_length=1), AS_OF)

    found = {
        "leads": LEADS,
        "calls": LEADS * ROUNDS,
        "features": _times(features, leads, ROUNDS),
        "features_rules_explanation": _times(whole, leads, ROUNDS),
        "frame_of_one": _times(frame, leads[:FRAME_CALLS], 1),
    }
    found["frame_to_generated_p50"] = round(
        found["frame_of_one"]["p50_us"] / found["features_rules_explanation"]["p50_us"], 1
    )
    print(json.dumps(found))


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    known = {
        name: value
        for name, value in row.items()
        if value not in (None, "call for figure") and name != "external_id"
    }
    found: dict[str, Any] = orjson.loads(orjson.dumps(known, default=str))
    return found


def _times(
    call: Callable[[dict[str, Any]], object], leads: list[dict[str, Any]], rounds: int
) -> dict[str, float]:
    """Wall and processor times per call in microseconds; processor times leave out what other programs take."""
    for lead in leads[:50]:
        call(lead)
    gc.collect()
    gc.disable()
    wall, processor = [], []
    for _ in range(rounds):
        for lead in leads:
            began, thread = perf_counter_ns(), thread_time_ns()
            call(lead)
            processor.append(thread_time_ns() - thread)
            wall.append(perf_counter_ns() - began)
    gc.enable()
    return {
        "p50_us": _percentile(wall, 50),
        "p99_us": _percentile(wall, 99),
        "p50_processor_us": _percentile(processor, 50),
        "p99_processor_us": _percentile(processor, 99),
    }


def _percentile(values: list[int], share: int) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)] / 1_000, 1)


if __name__ == "__main__":
    main()
