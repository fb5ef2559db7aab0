"""Scores a workspace and kills itself with SIGKILL at a given step: run as a program by the tests.

Steps are counted in twos: a batch written and not yet committed, then the same batch committed.
"""

import os
import signal
import sys
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.kit.database import make_engine
from galena.playbooks import load
from galena.stores import score_runs
from galena.stores.door import Door
from galena.workflows import rescore as story
from galena.workflows.context import Context


def main(url: str, workspace: str, as_of: str, batch: int, kill_at: int) -> None:
    story.BATCH = batch
    steps = iter(range(1_000_000))
    checkpoint = score_runs.checkpoint

    def step(*_: Any) -> None:
        if next(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def written(*arguments: Any, **more: Any) -> None:
        checkpoint(*arguments, **more)
        step()

    score_runs.checkpoint = written
    moment = datetime.fromisoformat(as_of)
    context = Context(Door(make_engine(url)), UUID(workspace), load("brokerage"), clock=lambda: moment)
    print("begin", flush=True)
    story.rescore(context, as_of=moment, advance=step)


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5]))
