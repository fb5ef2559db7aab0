"""Registers a model and kills itself with SIGKILL at a given step: run as a program by the tests.

Steps: 0 the upload is noted, 1 the object is half written, 2 the object is stored, 3 the row is written and not yet
committed, 4 it is committed.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from galena.kit.database import make_engine
from galena.kit.object_store import FolderStore
from galena.playbooks import load
from galena.stores import models
from galena.stores.door import Door
from galena.workflows import model_artefacts, model_registry
from galena.workflows.context import Context
from galena.workflows.model_registry import ModelFacts, register_model


def main(url: str, workspace: str, objects: str, folder: str, kill_at: int) -> None:
    model_artefacts.read_folder = lambda _: None  # type: ignore[assignment,return-value]
    at = {"step": -1}

    def reached(step: int) -> None:
        at["step"] = step
        if step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    class Store(FolderStore):
        def put(self, name: str, content: bytes) -> None:
            reached(0)
            if kill_at == 1:
                part = Path(objects) / f"{name}.0123456789ab.part"
                part.parent.mkdir(parents=True)
                part.write_bytes(content[:100])
            reached(1)
            super().put(name, content)
            reached(2)

    register = model_registry._register

    def written(*arguments: Any, **more: Any) -> Any:
        made = register(*arguments, **more)
        reached(3)
        return made

    model_registry._register = written
    context = Context(Door(make_engine(url)), UUID(workspace), load("b2b"))
    register_model(context, Store(Path(objects)), Path(folder), ModelFacts("booked"))
    with context.session() as session:
        assert len(models.list_(session)) == 1
    reached(4)


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))
