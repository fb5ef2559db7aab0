"""Every command explains itself, and every mistake is a sentence with an exit status."""

import json

import click
import pytest

from galena.surfaces.cli.main import COMMANDS
from galena.surfaces.cli.main import galena as root


def every_command() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []

    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        found.append(path)
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                walk(inner, (*path, name))

    walk(root, ())
    return found


@pytest.mark.parametrize("path", every_command(), ids=" ".join)
def test_each_command_has_help(reading, path):
    told = reading(*path, "--help")
    assert told.status == 0
    assert told.out.startswith(f"Usage: {' '.join(('galena', *path))}")
    assert told == reading(*path, "-h")


@pytest.mark.parametrize("path", every_command(), ids=" ".join)
def test_each_option_says_what_it_does(path):
    command: click.Command = root
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert path == () or command.get_short_help_str()
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.endswith((".", "]")), parameter.help


def test_the_list_of_commands_is_the_help(reading):
    told = reading("--help").out
    for name, (_, line) in COMMANDS.items():
        assert f"  {name}" in told
        assert line in told


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("scor",), 2, "Did you mean `galena score`?"),
        (("nothing-like-it",), 2, "There is no command"),
        (("score", "--bogus"), 2, "No such option"),
        (("ingest",), 2, "Missing argument"),
        (("ingest", "no-such-file.csv", "-p", "permits"), 2, "no such file"),
        (("ingest", "/dev/null", "-p", "permits"), 2, "device"),
        (("run", "no-such-file.csv", "-p", "permits", "-o", "x.csv"), 2, "no such file"),
        (("export",), 2, "Where to?"),
        (("export", "-o", "/no/such/folder/x.csv"), 2, "no folder"),
        (("export", "-o", "/"), 2, "is a folder"),
        (("explain", "no-such-lead", "-w", "demo"), 3, "No lead fits"),
        (("explain", "x", "-w", "no-such-workspace"), 3, "no workspace no-such-workspace"),
        (("score",), 3, "more than one workspace"),
        (("score", "-w", "demo", "--as-of", "yesterday"), 2, "Write it as 2026-01-31"),
        (("imports", "undo", "no-such-import", "-w", "demo"), 3, "No import begins like this"),
        (("imports", "undo", "", "-w", "demo"), 3, "No import begins like this"),
        (("quarantine", "show", "no-such-row", "-w", "permits"), 3, "No quarantined row"),
        (("quarantine", "show", "", "-w", "permits"), 3, "No quarantined row"),
        (("quarantine", "replay", "-w", "permits"), 2, "Which rows?"),
        (("quarantine", "replay", "--all", "--set", "a", "-w", "permits"), 2, "no correction"),
        (("playbook", "show", "permitz"), 3, "permits"),
        (("db", "restore", "no-such-file", "--yes"), 2, "no file"),
        (("demo", "--leads", "3"), 2, "--leads"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistakes_are_explained(reading, arguments, status, words):
    told = reading(*arguments)
    assert told.status == status
    assert words in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("scor", "--json"),
        ("ingest", "no-such-file.csv", "-p", "permits", "--json"),
        ("score", "--json"),
        ("explain", "no-such-lead", "-w", "demo", "--json"),
    ],
    ids=" ".join,
)
def test_with_json_a_mistake_is_one_line_of_it(reading, arguments):
    told = reading(*arguments)
    assert told.status != 0
    assert set(told.json) == {"error", "facts", "remedy"}


def test_what_nobody_foresaw_is_no_traceback(reading, monkeypatch, tmp_path):
    monkeypatch.setattr("galena.playbooks.shipped", lambda: 1 / 0)
    monkeypatch.setattr("galena.surfaces.cli.playbook.shipped", lambda: 1 / 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told = reading("playbook", "list", "--json")
    assert told.status == 70
    details = json.loads(told.out)["facts"]["details"]
    assert "ZeroDivisionError" in (tmp_path / details).read_text()


def test_where_there_is_nothing_one_is_told_how_to_begin(fresh):
    told = fresh("score")
    assert told.status == 3
    assert "galena ingest FILE --playbook NAME" in told.err
    assert "galena demo" in fresh("status").out
