"""Takes a file in, or an import back, and kills itself with SIGKILL at a given step: run as a program by the tests."""

import os
import runpy
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from galena.kit.database import make_engine
from galena.stores.door import Door
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions, Progress, ingest_file
from galena.workflows.undo import undo_import

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def main(url: str, workspace: str, what: str, subject: str, kill_at: int) -> None:
    make_playbook = runpy.run_path(str(Path(__file__).with_name("conftest.py")))["make_playbook"]
    context = Context(Door(make_engine(url)), UUID(workspace), make_playbook(), clock=lambda: NOON)
    steps = iter(range(1_000_000))

    def step(_: Progress) -> None:
        if next(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    print("begin", flush=True)
    if what == "ingest":
        ingest_file(context, subject, IntakeOptions(batch_rows=10, progress=step))
    else:
        undo_import(context, UUID(subject))


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))
