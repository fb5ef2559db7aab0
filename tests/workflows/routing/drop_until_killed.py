"""Commits the drop of a day in child processes, each killed with SIGKILL at a point that its line of input names; run
as a program by the tests. The output has a line for each: the signal that ended the child, or 0."""

import os
import signal
import sys
from datetime import date, datetime
from uuid import UUID

from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.playbooks import load
from galena.stores.door import Door
from galena.workflows.context import Context
from galena.workflows.drop_commit import commit_drop


def commit(url: str, workspace: str, now: str, on: str, point: str) -> None:
    def reached(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    clock = fixed_clock(datetime.fromisoformat(now))
    context = Context(Door(make_engine(url)), UUID(workspace), load("brokerage"), "a test", clock)
    commit_drop(context, on=date.fromisoformat(on), reached=reached)
    reached("committed")


def main(*arguments: str) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            commit(*arguments, line.strip())  # type: ignore[call-arg]
            os._exit(0)
        print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
