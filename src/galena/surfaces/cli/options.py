"""Options that several commands share, with one name and one sentence each."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import click

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of all data. Default: GALENA_HOME, else ~/.local/share/galena.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON, for scripts.")

workspace_option = click.option(
    "--workspace", "-w", help="The workspace to work in. Default: the one of the playbook, or the only one."
)

playbook_option = click.option(
    "--playbook", "-p", help="permits, brokerage, realestate, b2b, or the folder of a playbook of your own."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works and how it speaks.

    Attributes:
        workspace: its name; None: the one of the playbook, or the only one.
        as_json: one line of JSON instead of words.
    """

    workspace: str | None = None
    playbook: str | None = None
    home: Path | None = None
    as_json: bool = False


def place_options(command: Any) -> Any:
    """--workspace, --playbook, --home and --json, for a group and its commands alike; see `place_of`."""
    for option in (json_option, home_option, playbook_option, workspace_option):
        command = option(command)
    return command


def place_of(ctx: click.Context, **given: Any) -> Place:
    """The place a command was given; what it was not given is taken from its group, so that
    `galena quarantine --json list` and `galena quarantine list --json` are the same."""
    outer = ctx.obj if isinstance(ctx.obj, Place) else Place()
    return Place(**{name: value or getattr(outer, name) for name, value in given.items()})


class Moment(click.ParamType[datetime]):
    """A date (the end of that day, UTC) or an instant in ISO 8601."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            if len(value) == len("2026-01-31"):
                return datetime.combine(date.fromisoformat(value), time(23, 59, 59), tzinfo=UTC)
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date. Write it as 2026-01-31.", param, ctx)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


as_of_option = click.option(
    "--as-of", type=Moment(), help="Score as things stood on this date (2026-01-31). Default: now."
)
