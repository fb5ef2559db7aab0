"""A small market in a database of its own, and models for it that are made in no time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from galena.domain.blend import BLEND, Blend
from galena.domain.registered_model import RegisteredModel
from galena.engines.scoring.model_scoring import model_columns
from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.kit.object_store import open_object_store
from galena.playbooks import load
from galena.simulator.files import write_market
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.lead_history import past_leads
from galena.workflows.model_artefacts import forget_models
from galena.workflows.model_folder import save_model
from galena.workflows.model_promotion import promote
from galena.workflows.model_registry import ModelFacts, register_model
from galena.workflows.plans import active_plan
from galena.workflows.workspaces import ensure_workspace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BUSINESSES = 60


@pytest.fixture
def market(fresh_database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Context]:
    """Sixty simulated businesses with their signals, taken in and not scored yet; as a parameter, another market."""
    files = write_market(
        tmp_path, seed=getattr(request, "param", 3), count=BUSINESSES, as_of=date(2026, 11, 20), worked=0.8
    )
    engine = make_engine(fresh_database)
    try:
        migrate(engine)
        door = Door(engine, open_object_store(tmp_path / "objects"))
        workspace = ensure_workspace(door, "brokerage", actor="a test")
        context = Context(door, workspace.id, load("brokerage"), "a test", fixed_clock(NOON))
        ingest_files(
            context, [str(files.businesses), str(files.signals)], IntakeOptions(accept_proposal=True)
        )
        yield context
    finally:
        forget_models()
        engine.dispose()


@pytest.fixture
def register(tmp_path: Path, small_model: Callable[..., Any]) -> Callable[..., RegisteredModel]:
    """A function: registers a small model of a head in a workspace, as candidate, challenger or champion."""
    numbers = count()

    def make(
        context: Context,
        head: str = "booked",
        *,
        weight: float = 0.6,
        status: str = "champion",
        blended: bool = True,
    ) -> RegisteredModel:
        with context.session() as session:
            plan = active_plan(session)
        past = past_leads(context, plan, context.clock())
        columns = model_columns(plan.scorer.value_schema, [])
        target = (np.array(past.points) > np.median(past.points)).astype(np.float64)
        blend = Blend(head=head, intercept=-2.0, slope=0.03, weight=weight, labels=100)
        meta = {BLEND: blend.model_dump(mode="json")} if blended else {}
        made = replace(small_model(past.values.select(columns), target, seed=next(numbers)), meta=meta)
        folder = tmp_path / f"model-{next(numbers)}"
        save_model(folder, made, "{}", "")
        facts = ModelFacts(head, "a test", feature_set_hash=plan.features.hash)
        store = context.door.objects
        assert store is not None
        first: Any = "challenger" if status == "challenger" else "candidate"
        model = register_model(context, store, folder, facts, status=first)
        return promote(context, store, model.id, anyway="a test").champion if status == "champion" else model

    return make
