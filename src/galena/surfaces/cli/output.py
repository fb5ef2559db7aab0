"""How commands speak: results on standard output, everything else on standard error."""

import re
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import click
import orjson

from galena.kit.errors import GalenaError

_COMMANDS = re.compile(
    r"\x1b(?!\[[0-9;]*m|\[\?25h)"  # but colours, and the cursor shown again
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
)
LIST_LIMIT = 12
"""Facts that are lists show this many of their items."""


def say(text: str = "") -> None:
    """A line for a person, on standard error, so that standard output stays for results."""
    click.echo(harmless(text), err=True)


def show(text: str) -> None:
    """A result for a person, on standard output."""
    click.echo(harmless(text))


def harmless(text: str) -> str:
    """The text without what would command the terminal: names and values come from files of others. Colours stay."""
    return _COMMANDS.sub("", text)


def emit_json(record: Mapping[str, Any]) -> None:
    """One line of JSON, last on standard output."""
    click.echo(orjson.dumps(record, default=str).decode())


def show_error(fault: GalenaError, *, as_json: bool) -> None:
    """What is wrong, the facts, what to do next."""
    if as_json:
        emit_json(fault.as_dict())
    say(click.style("Error: ", fg="red", bold=True) + fault.what)
    for name, value in fault.facts.items():
        for line in _fact_lines(name, value):
            say(f"  {line}")
    if fault.remedy:
        say(click.style("What to do: ", bold=True) + fault.remedy)


def _fact_lines(name: str, value: Any) -> Iterator[str]:
    label = name.replace("_", " ")
    if isinstance(value, list | tuple):
        yield f"{label}:"
        for item in value[:LIST_LIMIT]:
            yield f"  - {item}"
        if len(value) > LIST_LIMIT:
            yield f"  - and {len(value) - LIST_LIMIT} more"
    else:
        yield f"{label}: {value}"


def show_unexpected(fault: Exception, *, as_json: bool) -> None:
    """A fault nobody foresaw: a sentence for the user, the details in a private file."""
    with tempfile.NamedTemporaryFile("w", prefix="galena-fault-", suffix=".txt", delete=False) as file:
        file.write("".join(traceback.format_exception(fault)))
    show_error(
        GalenaError(
            "Something went wrong inside Galena.",
            facts={"kind": type(fault).__name__, "details": str(Path(file.name))},
            remedy="Run `galena doctor`. The details file may hold parts of your data: read it before sharing.",
        ),
        as_json=as_json,
    )


class Advance(Protocol):
    """Called as work goes on: rows done so far, of how many (None: unknown), and what is being done."""

    def __call__(self, done: int, total: int | None = None, doing: str | None = None) -> None: ...


def _silent(done: int, total: int | None = None, doing: str | None = None) -> None:
    """Progress that nobody watches."""


@contextmanager
def progress(doing: str, *, quiet: bool) -> Iterator[Advance]:
    """A progress bar on standard error; silent with `quiet` or when nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=None)

        def advance(done: int, total: int | None = None, doing: str | None = None) -> None:
            bar.update(task, completed=done, total=total)
            if doing:
                bar.update(task, description=doing)

        yield advance


def table(rows: list[tuple[Any, ...]], headers: tuple[str, ...]) -> str:
    """Plain aligned columns; numbers to the right."""
    texts = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(header), *(len(row[i]) for row in texts), 0) for i, header in enumerate(headers)]
    numeric = [
        bool(rows) and all(isinstance(row[i], int | float | None) for row in rows)
        for i in range(len(headers))
    ]

    def line(cells: list[str]) -> str:
        parts = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, numeric, strict=True)
        )
        return "  ".join(parts).rstrip()

    return "\n".join([line(list(headers)), line(["-" * width for width in widths]), *map(line, texts)])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
