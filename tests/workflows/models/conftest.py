"""A workspace with a few leads, an object store, and models so small that one can compute them in the head."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from galena.domain.registered_model import RegisteredModel
from galena.kit.database import make_engine
from galena.kit.errors import InputError
from galena.kit.object_store import FolderStore, open_object_store
from galena.playbooks import load
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows import model_artefacts
from galena.workflows.context import Context
from galena.workflows.model_registry import ModelFacts, register_model
from galena.workflows.workspaces import ensure_workspace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class TestClock:
    """A clock one can set."""

    __test__ = False
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@dataclass
class PlainModel:
    """Says `share` of every lead, and a little more of each later one."""

    share: float
    step: float = 0.0
    columns: tuple[str, ...] = ()
    seen: list[pl.DataFrame] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)

    def predict(self, frame: pl.DataFrame) -> Any:
        self.seen.append(frame)
        probability = self.share + self.step * np.arange(frame.height)
        missing = tuple(name for name in self.columns if name not in frame.columns)
        return SimpleNamespace(
            probability=probability,
            low=probability / 2,
            high=(1 + probability) / 2,
            confidence=np.full(frame.height, 0.9),
            members=np.stack([probability, probability], axis=1),
            table=SimpleNamespace(missing_columns=missing),
        )


def read_plain(folder: Path) -> Any:
    try:
        return PlainModel(**json.loads((folder / "model.json").read_bytes()))
    except (OSError, ValueError, TypeError) as fault:
        raise InputError("this folder holds no model") from fault


@pytest.fixture(autouse=True)
def plain_models(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(model_artefacts, "read_folder", read_plain)
    model_artefacts.forget_models()
    yield
    model_artefacts.forget_models()


@pytest.fixture(scope="session")
def prepared(database_server: Any, copied_database: Any) -> Iterator[str]:
    """A migrated database, to be copied."""
    with copied_database(database_server.with_database("template0").url) as url:
        engine = make_engine(url)
        migrate(engine)
        engine.dispose()
        yield url


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def context(prepared: str, copied_database: Any, clock: TestClock) -> Iterator[Context]:
    """An empty workspace of the b2b playbook."""
    with copied_database(prepared) as url:
        engine = make_engine(url)
        door = Door(engine)
        workspace = ensure_workspace(door, "b2b", actor="a test")
        yield Context(door, workspace.id, load("b2b"), "a test", clock)
        engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    opened = open_object_store(tmp_path / "objects")
    assert isinstance(opened, FolderStore)
    return opened


@pytest.fixture
def write_model(tmp_path: Path) -> Callable[..., Path]:
    """write_model(share, **more): the folder of a model."""

    def write(share: float = 0.5, **more: Any) -> Path:
        folder = tmp_path / f"model-{share}-{len(list(tmp_path.iterdir()))}"
        (folder / "more").mkdir(parents=True)
        (folder / "model.json").write_text(json.dumps({"share": share, **more}))
        (folder / "more" / "report.json").write_text("{}")
        return folder

    return write


@pytest.fixture
def register(
    context: Context, store: FolderStore, write_model: Callable[..., Path]
) -> Callable[..., RegisteredModel]:
    """register(share, purpose=..., **facts): a registered model."""

    def make(
        share: float = 0.5, *, status: Any = "candidate", model: dict[str, Any] | None = None, **facts: Any
    ) -> RegisteredModel:
        about = ModelFacts(**{"purpose": "booked", "why": "weekly", **facts})
        return register_model(context, store, write_model(share, **(model or {})), about, status=status)

    return make
