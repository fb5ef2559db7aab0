"""Writes docs/reference/commands.md and settings.md from the program; with --check only says if they are current."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from galena.settings import Settings, variable_of
from galena.surfaces.cli.main import galena

FOLDER = Path(__file__).resolve().parents[1] / "docs/reference"

COMMANDS_HEAD = """# Commands

<!-- Written by tools/document_commands.py from the program: change that, then run `make docs`. -->

In a clone `galena` is `.venv/bin/galena`. Results go to standard output; progress and mistakes to standard error.
With `--json` standard output is one line of JSON and nothing else; a mistake is then
`{"error": ..., "facts": ..., "remedy": ...}`. Commands start the database when none runs and stop it again. Ctrl-C and
SIGTERM end each of them in order; what was finished is kept.

| exit status | meaning |
| --- | --- |
| 0 | done |
| 1 | done, with something left to mend: a row still refused, a fault the doctor found |
| 2 | the call, a file, a setting or a playbook is wrong |
| 3 | what was named does not exist |
| 4 | something is not there right now: database, disk, port |
| 5 | it does not fit the state things are in |
| 70 | a fault inside Galena; the details are in the file it names |
| 130, 143, 129 | stopped by Ctrl-C, SIGTERM, or the end of the terminal |

Two options stand almost everywhere: `--home FOLDER` (the folder of all data) and `--json`.
"""

SETTINGS_HEAD = """# Settings

<!-- Written by tools/document_commands.py from the program: change that, then run `make docs`. -->

Every setting is an environment variable. One that is wrong is refused by name before anything starts.

| variable | default | meaning |
| --- | --- | --- |
"""


def main() -> int:
    """Write the pages, or with --check compare them; the exit status is 1 when one is not current."""
    pages = {"commands.md": commands_page(), "settings.md": settings_page()}
    stale = [name for name, text in pages.items() if _kept(name) != text]
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"{name} is not current: run `make docs`.")
        return 1 if stale else 0
    for name in stale:
        (FOLDER / name).write_text(pages[name], encoding="utf-8")
    return 0


def commands_page() -> str:
    """Every command with its arguments and options, in the order of `galena --help`."""
    return "\n".join([COMMANDS_HEAD, *_command(galena, ("galena",))])


def settings_page() -> str:
    """Every setting with its default."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory or field.default is None else f"`{field.default}`"
        rows.append(f"| `{variable_of(name)}` | {default} | {field.description} |\n")
    return SETTINGS_HEAD + "".join(rows)


def _kept(name: str) -> str | None:
    file = FOLDER / name
    return file.read_text(encoding="utf-8") if file.exists() else None


def _command(command: click.Command, path: tuple[str, ...]) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(path))
    if len(path) > 1:
        yield f"{'#' * len(path)} `{' '.join(path)}`\n"
        usage = " ".join(command.collect_usage_pieces(context))
        yield f"`{' '.join(path)} {usage}`\n"
        yield _paragraphs(command.help or "")
        yield from _options(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _command(inner, (*path, name))


def _paragraphs(text: str) -> str:
    paragraphs = text.replace("\b", "").split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs if each.strip()) + "\n"


def _options(command: click.Command) -> Iterator[str]:
    rows = []
    for each in command.params:
        if isinstance(each, click.Option):
            names = ", ".join((*each.opts, *each.secondary_opts))
            value = "" if each.is_flag else f" {each.make_metavar(click.Context(command))}"
            rows.append(f"| `{names}{value.replace('|', ' or ')}` | {_meaning(each)} |")
    if rows:
        yield "| option | meaning |\n| --- | --- |\n" + "\n".join(rows) + "\n"


def _meaning(option: click.Option) -> str:
    shown = f" Default: {option.default}." if option.show_default else ""
    return (option.help or "").replace("|", "\\|") + shown


if __name__ == "__main__":
    sys.exit(main())
