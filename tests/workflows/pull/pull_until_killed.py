"""Pulls a connection and kills itself with SIGKILL at a given step: run as a program by the tests."""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from galena.kit.database import make_engine
from galena.kit.secrets import SecretBox
from galena.playbooks import load
from galena.stores.door import Door
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.pull import pull_connection
from galena.workflows.pull_stream import PullOptions, PullProgress


def main(url: str, workspace: str, home: str, name: str, kill_at: int) -> None:
    now = [datetime(2026, 3, 1, 12, tzinfo=UTC)]

    def sleep(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    context = Context(Door(make_engine(url)), UUID(workspace), load("permits"), clock=lambda: now[0])
    gateway = Gateway(Path(home), SecretBox((bytes(32),)), sleep=sleep, environment={})
    steps = iter(range(1_000))

    def step(_: PullProgress) -> None:
        if next(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    pull_connection(context, gateway, name, PullOptions(progress=step))


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))
