"""Registered models for tests of pages: real registry and object store, a model as simple as a number."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from galena.bootstrap import Galena
from galena.domain.registered_model import RegisteredModel
from galena.domain.tenancy import Workspace
from galena.kit.object_store import open_object_store
from galena.stores.door import OPERATOR
from galena.surfaces.web.pages import models_files
from galena.workflows import model_artefacts
from galena.workflows.context import Context
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
    "members": [
        {"name": "catboost", "kind": "boosting", "weight": 0.5},
        {"name": "forest", "kind": "forest", "weight": 0.2},
        {"name": "net", "kind": "net", "weight": 0.3},
    ],
    "training_seconds": 48.2,
    "peak_memory_mb": 812,
    "versions": {"catboost": "1.2.10", "scikit-learn": "1.9"},
    "columns": ["owner_age", "industry", "annual_revenue"],
}
REPORT = {
    "usable_signal": True,
    "importance": [
        {"column": "owner_age", "importance": 0.5},
        {"column": "industry", "importance": 0.3},
        {"column": "annual_revenue", "importance": 0.2},
    ],
}
PAGE = "<!doctype html><html lang=en><title>Report</title><body><h1>The report</h1></body></html>"


def _read_plain(folder: Path) -> Any:
    """A model that says the same of every lead."""
    share = json.loads((folder / "model.json").read_bytes())["share"]

    def predict(frame: Any, **_: Any) -> Any:
        said = np.full(frame.height, share)
        return SimpleNamespace(
            probability=said,
            low=said / 2,
            high=(1 + said) / 2,
            confidence=np.full(frame.height, 0.9),
            members=np.stack([said, said], axis=1),
            table=SimpleNamespace(missing_columns=()),
        )

    return SimpleNamespace(predict=predict)


@contextmanager
def plain_models() -> Iterator[None]:
    """Artefacts are read as stand-ins while this lasts."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(model_artefacts, "read_folder", _read_plain)
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
    store = open_object_store(galena.settings.home / "objects")
    return register_model(
        context_of(galena, workspace), store, folder, ModelFacts(**(facts | more)), status=status
    )
