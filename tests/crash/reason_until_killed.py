"""Asks the reasoner about a workspace and kills itself with SIGKILL after so many answers: a program for the tests."""

import os
import signal
import sys
from datetime import UTC, datetime
from uuid import UUID

from galena.kit.database import make_engine
from galena.playbooks import load
from galena.stores.door import Door
from galena.workflows.context import Context
from galena.workflows.reason import reason_leads

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def main(url: str, workspace: str, kill_at: int) -> None:
    context = Context(Door(make_engine(url)), UUID(workspace), load("permits"), clock=lambda: NOON)

    answers = 0

    def advance(done: int, total: int | None = None, doing: str | None = None) -> None:
        nonlocal answers
        answers += 1
        if answers >= kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    print("begin", flush=True)
    reason_leads(context, key=None, advance=advance)


if __name__ == "__main__":
    main(*sys.argv[1:3], int(sys.argv[3]))
