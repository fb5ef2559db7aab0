"""A registration killed with SIGKILL at each step: a whole model or none, and what is left over is swept away."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from galena.kit.database import make_engine
from galena.kit.object_store import open_object_store
from galena.playbooks import load
from galena.stores import models, outbox
from galena.stores.door import Door
from galena.stores.holds import is_held
from galena.stores.migrations import migrate
from galena.workflows import model_artefacts
from galena.workflows.context import Context
from galena.workflows.model_registry import ModelFacts, register_model
from galena.workflows.workspaces import ensure_workspace

PROGRAM = Path(__file__).with_name("register_until_killed.py")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.json").write_text('{"share": 0.5}')
    return folder


@pytest.fixture
def context(fresh_database):
    engine = make_engine(fresh_database)
    migrate(engine)
    door = Door(engine)
    workspace = ensure_workspace(door, "b2b", actor="a test")
    yield Context(door, workspace.id, load("b2b"), "a test")
    engine.dispose()


def found(context):
    with context.session() as session:
        events = [event.kind for event in outbox.read(session) if event.kind.startswith("model")]
        return len(models.list_(session)), events, len(models.list_uploads(session))


def wait_until_let_go(context):
    """The server notices within moments that a killed process is gone."""
    for _ in range(100):
        with context.session() as session:
            if not any(is_held(session, upload_id) for upload_id, _ in models.list_uploads(session)):
                return
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kill_at", "registered"),
    [(0, 0), (1, 0), (2, 0), (3, 0), (4, 1)],
    ids=["noted", "half stored", "stored", "uncommitted", "committed"],
)
def test_a_killed_registration(context, folder, tmp_path, fresh_database, monkeypatch, kill_at, registered):
    objects = tmp_path / "objects"
    arguments = [fresh_database, str(context.workspace_id), str(objects), str(folder), str(kill_at)]
    assert subprocess.run([sys.executable, str(PROGRAM), *arguments]).returncode == -signal.SIGKILL
    assert found(context) == (registered, ["model_registered"] * registered, 1 - registered)
    store = open_object_store(objects)
    assert len(store.list_()) == (1 if kill_at > 1 else 0)
    assert len(store.list_(unfinished=True)) == (1 if kill_at == 1 else 0)

    wait_until_let_go(context)
    monkeypatch.setattr(model_artefacts, "read_folder", lambda _: None)
    again = register_model(context, store, folder, ModelFacts("booked"))
    assert again.version == registered + 1
    assert found(context) == (registered + 1, ["model_registered"] * (registered + 1), 0)
    with context.session() as session:
        assert set(store.list_()) == {model.object_name for model in models.list_(session)}
    assert store.list_(unfinished=True) == ()
