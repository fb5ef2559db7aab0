"""Registered models for tests of pages: real registry and object store, a small model of the leads there are."""

import json
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from galena.bootstrap import Galena, open_objects
from galena.domain.blend import BLEND, Blend
from galena.domain.registered_model import RegisteredModel
from galena.domain.tenancy import Workspace
from galena.kit.tabular.model import TabularModel
from galena.stores import leads, signals
from galena.stores.door import OPERATOR
from galena.surfaces.web.pages import models_files
from galena.workflows import model_artefacts
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.lead_frames import leads_frame, signals_frame
from galena.workflows.model_registry import ModelFacts, register_model
from galena.workflows.plans import active_plan

METRICS = {
    "auc": {"value": 0.83, "low": 0.79, "high": 0.87},
    "lift_10": {"value": 3.4, "low": 2.9, "high": 4.0},
    "gain_20": {"value": 0.52, "low": 0.47, "high": 0.57},
    "average_precision": {"value": 0.41, "low": 0.35, "high": 0.47},
    "log_loss": {"value": 0.302, "low": 0.28, "high": 0.325},
    "brier": {"value": 0.094, "low": 0.085, "high": 0.103},
    "ece_debiased": {"value": 0.012, "low": 0.004, "high": 0.021},
}
CARD = {
    "seed": 7,
    "members": ["forest", "net"],
    "weights": {"forest": 0.6, "net": 0.4},
    "base_rate": 0.15,
    "usable_signal": True,
    "versions": {"catboost": "1.2.10", "scikit-learn": "1.9"},
    "columns": ["owner_age", "industry", "annual_revenue"],
    "training_s": 48.2,
    BLEND: {"head": "booked", "weight": 0.6},
}
TABLE_CARD = {name: part for name, part in CARD.items() if name != BLEND}
"""Of a model that was trained on a table, not on the leads of a workspace."""
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FOUND = (0.045, 0.085, 0.19, 0.34, 0.52, 0.65, 0.75, 0.83, 0.89, 0.94, 0.97, 0.99, 1.0)
REPORT = {
    "usable_signal": True,
    "headline": {"sentences": ["The best 20 % of the leads hold 52 % of the wins."]},
    "rows": 1240,
    "positives": 186,
    "judged_rows": 1000,
    "base_rate": 0.15,
    "split": "Judged on the leads that came last.",
    "notes": ["12 leads had no date."],
    "members": [
        {"name": "forest", "kind": "forest", "weight": 0.6, "metrics": {"auc": {"value": 0.82}}},
        {"name": "net", "kind": "net", "weight": 0.4, "metrics": {}},
    ],
    "columns": [
        {"name": "owner_age", "kind": "number", "importance": 0.5, "missing_share": 0.1},
        {"name": "industry", "kind": "category", "importance": 0.3, "missing_share": 0.0},
        {"name": "annual_revenue", "kind": "number", "importance": 0.2, "missing_share": 0.0},
    ],
    "gains": [
        {
            "share": share,
            "leads": round(1000 * share),
            "threshold": round(0.9 - 0.85 * share, 3),
            "found": found,
            "rate": 0.15 * found / share,
            "lift": found / share,
        }
        for share, found in zip(SHARES, FOUND, strict=True)
    ],
    "leak_suspects": [],
}
PAGE = "<!doctype html><html lang=en><title>Report</title><body><h1>The report</h1></body></html>"


_made: list[TabularModel] = []


def _model_of(context: Context) -> TabularModel:
    """A small model of the workspace's leads and the rules beside it, made once for all tests."""
    if not _made:
        with context.session() as session:
            plan = active_plan(session)
            batch = leads_frame(leads.read_batch(session, after=leads.FIRST, limit=1_000), plan.playbook)
            told = signals_frame(signals.read_some(session, batch["lead_id"].to_list()))
        now = context.clock()
        inputs = plan.features.inputs_frame(batch, now, told).rename({"lead_id": "id"})
        packed = plan.scorer.score_frame(inputs, now, packed=True).filter(pl.col("status") == "scored")
        values = [plan.scorer.unpack_values(each) for each in packed["values"]]
        columns = ("owner_age", "industry", "annual_revenue", "years_in_business")
        table = pl.DataFrame([{name: row.get(name) for name in columns} for row in values])
        won = (table["owner_age"].fill_null(50) > 60).cast(pl.Float64).to_numpy()
        fitted = runpy.run_path(str(Path(__file__).parents[2] / "small_tabular_model.py"))["made"](table, won)
        blend = Blend(
            head="booked", intercept=-3.0, slope=0.06, weight=0.6, labels=1240, rules=plan.scorer.rules
        )
        _made.append(replace(fitted, meta={BLEND: blend.model_dump(mode="json")}))
    return _made[0]


def _read(folder: Path) -> TabularModel:
    """What a registered folder holds; its file is read, so that what was changed is noticed."""
    json.loads((folder / "model.json").read_bytes())
    return _made[0]


@contextmanager
def small_models() -> Iterator[None]:
    """Artefacts are read as the small model while this lasts."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(model_artefacts, "read_folder", _read)
        model_artefacts.forget_models()
        yield
    model_artefacts.forget_models()


def context_of(galena: Galena, workspace: Workspace) -> Context:
    """Where a test's work takes place."""
    with galena.door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        playbook = active_plan(session).playbook
    return Context(galena.door, workspace.id, playbook, "a test", galena.clock)


def register(galena: Galena, workspace: Workspace, folder: Path, **more: Any) -> RegisteredModel:
    """A registered stand-in; `more` replaces facts, `page` and `report` its files, `status` its status."""
    _model_of(context_of(galena, workspace))
    store = open_objects(galena.settings)
    galena.door.objects = store
    folder = folder / f"model-{len(list(folder.iterdir())) if folder.exists() else 0}"
    folder.mkdir(parents=True)
    share = more.pop("share", 0.2)
    report, page = more.pop("report", REPORT), more.pop("page", PAGE)
    (folder / "model.json").write_text(json.dumps({"share": share}))
    (folder / models_files.REPORT).write_text(json.dumps(report))
    if page:
        (folder / models_files.PAGE).write_text(page)
    facts: dict[str, Any] = {
        "purpose": "booked",
        "why": "100 new outcomes",
        "data_hash": "d1",
        "data_from": datetime(2025, 1, 7, tzinfo=UTC),
        "data_to": datetime(2025, 1, 7, tzinfo=UTC) + timedelta(days=400),
        "row_count": 1240,
        "positive_count": 186,
        "metrics": METRICS,
        "card": CARD,
    }
    status = more.pop("status", "candidate")
    return register_model(
        context_of(galena, workspace), store, folder, ModelFacts(**(facts | more)), status=status
    )


def bring_outcomes(galena: Galena, workspace: Workspace, folder: Path, count: int) -> None:
    """Takes in `count` more businesses of which it is known whether they booked: old owners mostly did."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        f"Firm {n},Dallas,{('Restaurant', 'Trucking', 'Bakery')[n % 3]},{(n * 37) % 900 + 100}000,5,P-{n},"
        f"{30 + (n * 7) % 50},{'yes' if (30 + (n * 7) % 50 > 58) != (n % 9 == 0) else 'no'},{_day(n)}"
        for n in range(count)
    ]
    file = folder / f"worked-{count}.csv"
    heading = "Business name,City,Industry,Annual revenue,Employees,Ref No,Owner age,Booked,Booked on"
    file.write_text("\n".join([heading, *rows]))
    ingest_files(context_of(galena, workspace), [str(file)], IntakeOptions(accept_proposal=True))


def _day(number: int) -> str:
    return f"{datetime(2025, 3, 1, tzinfo=UTC) + timedelta(days=number % 300):%Y-%m-%d}"
