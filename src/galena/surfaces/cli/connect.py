"""`galena connect`: connections to providers, added after a trial that worked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.kit.errors import InputError
from galena.surfaces.cli.connect_output import (
    connection_json,
    connection_line,
    show_kind,
    tell_done,
    tell_trial,
)
from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.domain.connector import Manifest
    from galena.surfaces.cli.work import Work
    from galena.workflows.gateway import Gateway


@click.group("connect", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Connect sources and look-ups; without a command it lists what is connected."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx.obj)


@command.command("kinds")
@click.argument("connector", required=False)
@place_options
@click.pass_context
def kinds(ctx: click.Context, /, connector: str | None, **place: Any) -> None:
    """What can be connected; with CONNECTOR, its settings, presets, rate, cost and terms."""
    from galena.bootstrap import settings_with
    from galena.connectors.catalogue import broken_connectors, find_connector, list_connectors

    at = place_of(ctx, **place)
    home = settings_with(at.home).home
    found = [find_connector(connector, home)] if connector else list(list_connectors(home))
    if at.as_json:
        emit_json({"connectors": [each.manifest.model_dump(mode="json") for each in found]})
    elif connector:
        show_kind(found[0].manifest)
    else:
        rows = [
            (
                each.manifest.name,
                each.manifest.title,
                ", ".join(sorted(each.manifest.capabilities)),
                each.manifest.quality,
            )
            for each in found
        ]
        show(table(rows, ("connector", "what it is", "does", "quality")))
        for name, fault in broken_connectors(home).items():
            say(f"connectors/{name} in the data folder cannot be used. {fault}")


@command.command("add")
@click.argument("connector")
@click.option("--preset", help="Settings known to work: `galena connect kinds CONNECTOR` lists them.")
@click.option("--name", help="What to call it. Default: the preset's or the connector's name.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting; may be repeated.")
@click.option(
    "--key-file",
    "key_files",
    multiple=True,
    metavar="NAME=FILE",
    help="A key, read from a file; else it is asked for.",
)
@click.option(
    "--schedule", help="hourly, daily, weekly, monthly, or a cron expression (UTC). Default: by hand."
)
@click.option(
    "--private", is_flag=True, help="The provider runs inside your own network; else that is refused."
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A YAML file that says which column is which field.",
)
@click.option("--yes", "-y", is_flag=True, help="Accept a proposed mapping without asking.")
@place_options
@click.pass_context
def add(
    ctx: click.Context,
    /,
    connector: str,
    preset: str | None,
    name: str | None,
    settings: tuple[str, ...],
    key_files: tuple[str, ...],
    schedule: str | None,
    private: bool,
    mapping_file: Path | None,
    yes: bool,
    **place: Any,
) -> None:
    """Connect CONNECTOR: it is tried first, and kept only when it works."""
    from galena.playbooks.mapping_file import read_mapping
    from galena.surfaces.cli.work import working
    from galena.workflows.connections import NewConnection, add_connection
    from galena.workflows.gateway import gateway_of

    at = place_of(ctx, **place)
    mapping = read_mapping(mapping_file) if mapping_file else None
    with working("galena connect", at.home, at.workspace, at.playbook, make=True) as work:
        gateway = gateway_of(work.galena.settings)
        manifest = gateway.connector(connector).manifest
        new = NewConnection(
            connector,
            preset,
            name,
            _pairs(settings, "--set"),
            _keys(manifest, gateway, key_files),
            schedule,
            private,
            mapping,
            yes,
        )
        report = add_connection(work.context, gateway, new)
    tell_trial(report, at, f"Connected as {report.connection.name}.")
    if not at.as_json:
        pulled = "source" in manifest.capabilities or "events" in manifest.capabilities
        say(
            f"Next: `galena pull {report.connection.name}`."
            if pulled
            else "It is asked when leads are enriched."
        )


def _pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise click.BadParameter(f"write it as NAME=VALUE, not {each!r}", param_hint=option)
        pairs[name.strip()] = value
    return pairs


def _keys(
    manifest: "Manifest", gateway: "Gateway", key_files: tuple[str, ...], *, ask_all: bool = False
) -> dict[str, str]:
    """The keys: from files, from the environment (which keeps them), or typed unseen. Never from the command line."""
    found: dict[str, str] = {}
    for name, file in _pairs(key_files, "--key-file").items():
        try:
            found[name] = Path(file).expanduser().read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise InputError(
                "The file of the key cannot be read.", facts={"file": file, "why": str(fault)}
            ) from None
    given = found.keys() | (set() if ask_all else gateway.from_environment(manifest).keys())
    for name, secret in manifest.secrets.items():
        if name in given or not (sys.stdin.isatty() and (secret.required or ask_all)):
            continue
        typed = click.prompt(
            f"{secret.label} ({secret.description or 'not shown'})",
            hide_input=True,
            default="",
            show_default=False,
            err=True,
        )
        if typed:
            found[name] = typed
    return found


@command.command("test")
@click.argument("name")
@place_options
@click.pass_context
def test(ctx: click.Context, /, name: str, **place: Any) -> None:
    """Try the connection NAME again; nothing changes."""
    from galena.workflows.connections import try_connection

    at = place_of(ctx, **place)
    with _open(at) as (work, gateway):
        report = try_connection(work.context, gateway, name)
    tell_trial(report, at, f"{name} works.")


@command.command("key")
@click.argument("name")
@click.option("--key-file", "key_files", multiple=True, metavar="NAME=FILE", help="A key, read from a file.")
@place_options
@click.pass_context
def key(ctx: click.Context, /, name: str, key_files: tuple[str, ...], **place: Any) -> None:
    """Give the connection NAME other keys: they are tried first."""
    from galena.stores import connections
    from galena.workflows.connections import change_secrets

    at = place_of(ctx, **place)
    with _open(at) as (work, gateway):
        with work.session() as session:
            kept = connections.load(session, name)
        keys = _keys(gateway.connector(kept.connector).manifest, gateway, key_files, ask_all=True)
        if not keys:
            raise InputError("No key was given.", remedy="Type it when asked, or give --key-file NAME=FILE.")
        report = change_secrets(work.context, gateway, name, keys)
    tell_trial(report, at, f"{name} has its new key.")


@command.command("schedule")
@click.argument("name")
@click.argument("schedule", metavar="WHEN")
@place_options
@click.pass_context
def schedule(ctx: click.Context, /, name: str, schedule: str, **place: Any) -> None:
    """Pull NAME hourly, daily, weekly, monthly, by a cron expression (UTC), or `never` by itself."""
    from galena.workflows.connections import schedule_connection

    at = place_of(ctx, **place)
    with _open(at) as (work, _):
        schedule_connection(work.context, name, None if schedule == "never" else schedule)
    tell_done(at, name, "It is pulled by hand alone." if schedule == "never" else f"It is pulled {schedule}.")


@command.command("pause")
@click.argument("name")
@place_options
@click.pass_context
def pause(ctx: click.Context, /, name: str, **place: Any) -> None:
    """Let NAME rest: its schedule is passed over until it is resumed."""
    from galena.workflows.connections import pause_connection

    at = place_of(ctx, **place)
    with _open(at) as (work, _):
        pause_connection(work.context, name)
    tell_done(at, name, f"{name} rests. `galena connect resume {name}` ends that.")


@command.command("resume")
@click.argument("name")
@place_options
@click.pass_context
def resume(ctx: click.Context, /, name: str, **place: Any) -> None:
    """End the rest of NAME."""
    from galena.workflows.connections import resume_connection

    at = place_of(ctx, **place)
    with _open(at) as (work, _):
        resume_connection(work.context, name)
    tell_done(at, name, f"{name} is at work again.")


@command.command("remove")
@click.argument("name")
@place_options
@click.pass_context
def remove(ctx: click.Context, /, name: str, **place: Any) -> None:
    """Remove the connection NAME with its key; what it brought stays."""
    from galena.workflows.connections import remove_connection

    at = place_of(ctx, **place)
    with _open(at) as (work, _):
        remove_connection(work.context, name)
    tell_done(at, name, f"{name} is removed, and its key with it. What it brought stays.")


@command.command("list")
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, **place: Any) -> None:
    """What is connected, and how it fares."""
    _list(place_of(ctx, **place))


def _list(at: Place) -> None:
    from galena.stores import connections

    with _open(at) as (work, _), work.session() as session:
        found = connections.list_all(session)
        slug = work.workspace.slug
    if at.as_json:
        emit_json({"workspace": slug, "connections": [connection_json(each) for each in found]})
        return
    rows = [connection_line(each) for each in found]
    heads = (
        "connection",
        "connector",
        "state",
        "pulled",
        "last success (UTC)",
        "next (UTC)",
        "records",
        "set aside",
    )
    show(
        table(rows, heads) if rows else "Nothing is connected yet. `galena connect kinds` lists what can be."
    )
    for each in found:
        if each.error:
            say(f"{each.name}: {each.error}")


@contextmanager
def _open(at: Place) -> Iterator[tuple["Work", "Gateway"]]:
    from galena.surfaces.cli.work import working
    from galena.workflows.gateway import gateway_of

    with working("galena connect", at.home, at.workspace, at.playbook) as work:
        yield work, gateway_of(work.galena.settings)
