"""How the values of `galena model`'s options are written: budgets, lists of columns, directions."""

import csv
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from galena.surfaces.cli.output import say

STOPPED = "Stopped. Nothing was written; the same command starts anew."
_BUDGET = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?)?", re.IGNORECASE)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
LEAST_BUDGET_S, MOST_BUDGET_S = 1.0, 86_400.0
_DIRECTIONS = {"up": 1, "down": -1}

model_option = click.option(
    "--model",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder that `galena model train` wrote.",
)


encoding_option = click.option(
    "--encoding", metavar="NAME", help="Of a text file, such as cp1252; found from its content if not given."
)
sheet_option = click.option("--sheet", metavar="NAME", help="Of a workbook; the first if not given.")


class Budget(click.ParamType[float]):
    """A span of time: 120, 90s, 2m, 1h; in seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = _BUDGET.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is not a time. Write it as 120, 90s or 2m.", param, ctx)
        seconds = float(found[1]) * _SECONDS[(found[2] or "s")[0].lower()]
        if not LEAST_BUDGET_S <= seconds <= MOST_BUDGET_S:
            self.fail(f"{value!r} is not between 1 second and 24 hours.", param, ctx)
        return seconds


class Columns(click.ParamType[tuple[str, ...]]):
    """Names between commas; a name with a comma in it stands in double quotes."""

    name = "col,col"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = next(csv.reader([str(value)], skipinitialspace=True), [])
        found = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
        if not found:
            self.fail("It names no column.", param, ctx)
        return found


class Directions(click.ParamType[dict[str, int]]):
    """COL:up or COL:down between commas."""

    name = "col:up|down"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, int]:
        if isinstance(value, dict):
            return value
        found: dict[str, int] = {}
        for item in Columns().convert(value, param, ctx):
            column, _, way = item.rpartition(":")
            if not column.strip() or way.strip().lower() not in _DIRECTIONS:
                self.fail(f"{item!r}: write it as COLUMN:up or COLUMN:down.", param, ctx)
            name, direction = column.strip(), _DIRECTIONS[way.strip().lower()]
            if found.setdefault(name, direction) != direction:
                self.fail(f"{name!r} cannot go up and down.", param, ctx)
        return found


@contextmanager
def whole_or_nothing() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the command with the word that nothing was written."""
    try:
        yield
    except KeyboardInterrupt as end:
        say(f"\n{STOPPED}")
        raise click.exceptions.Exit(getattr(end, "exit_code", 130)) from end


@contextmanager
def ended_at_once() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the process there and then, for work that leaves nothing behind: a member of a model
    that is growing in another thread would be waited for otherwise."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        shown_cursor = "\x1b[?25h" if sys.stderr.isatty() else ""
        say(f"{shown_cursor}\n{STOPPED}")
        sys.stderr.flush()
        os._exit(128 + number)

    numbers = [
        number
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if threading.current_thread() is threading.main_thread()
        and signal.getsignal(number) != signal.SIG_IGN
    ]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def usable_threads() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_way(lists: tuple[dict[str, int], ...]) -> dict[str, int]:
    """The directions of an option that was given several times.

    Raises:
        click.UsageError: a column is to go up and down.
    """
    found: dict[str, int] = {}
    for name, direction in (item for each in lists for item in each.items()):
        if found.setdefault(name, direction) != direction:
            raise click.UsageError(f"--monotone: {name!r} cannot go up and down.")
    return found


def united(lists: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The names of an option that was given several times."""
    return tuple(dict.fromkeys(name for names in lists for name in names))
