"""`galena doctor`: check this installation and name the fix for each fault."""

import importlib.util
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click

from galena.bootstrap import open_engine, settings_with
from galena.kit.errors import GalenaError
from galena.settings import Settings
from galena.surfaces.cli.options import home_option, json_option
from galena.surfaces.cli.output import emit_json

LEAST_FREE_GB = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and the fix when something is wrong."""

    check: str
    state: Literal["good", "warning", "fault"]
    detail: str
    fix: str = ""


@click.command("doctor")
@home_option
@json_option
def command(home: Path | None, as_json: bool) -> int:
    """Check this installation: Python, folder, disk, database, pages, playbooks, port."""
    settings = settings_with(home)
    findings = []
    for check in CHECKS:
        for finding in check(settings):
            findings.append(finding)
            if not as_json:
                _show(finding)
    faults = sum(finding.state == "fault" for finding in findings)
    if as_json:
        emit_json({"faults": faults, "findings": [asdict(finding) for finding in findings]})
    else:
        click.echo("Everything is in order." if not faults else f"{faults} to mend.")
    return 1 if faults else 0


def _show(finding: Finding) -> None:
    colour = {"good": "green", "warning": "yellow", "fault": "red"}[finding.state]
    click.echo(f"{click.style(finding.state.ljust(8), fg=colour)} {finding.check}: {finding.detail}")
    if finding.fix:
        click.echo(f"         fix: {finding.fix}")


def _python(_settings: Settings) -> Iterator[Finding]:
    yield Finding("Python", "good", ".".join(str(part) for part in sys.version_info[:3]))


def _folder(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    existing = next((place for place in (home, *home.parents) if place.exists()), None)
    if existing is None or not os.access(existing, os.W_OK | os.X_OK):
        fix = f"Make {existing} writable for you, or set GALENA_HOME to a folder that is."
        yield Finding("Data folder", "fault", f"{home} cannot be written", fix)
        return
    yield Finding("Data folder", "good", str(home))
    free_gb = shutil.disk_usage(existing).free / 1e9
    state: Literal["good", "fault"] = "good" if free_gb >= LEAST_FREE_GB else "fault"
    fix = "" if state == "good" else "Free some space, or set GALENA_HOME to a folder on another disk."
    yield Finding("Free space", state, f"{free_gb:,.1f} GB", fix)


def _database(settings: Settings) -> Iterator[Finding]:
    from galena.stores.migrations import schema_version

    kind = "the one of GALENA_DATABASE_URL" if settings.database_url else "embedded"
    try:
        with open_engine(settings) as engine:
            version = schema_version(engine)
    except GalenaError as fault:
        yield Finding("Database", "fault", str(fault), fault.remedy or "See the reason above.")
        return
    yield Finding("Database", "good", f"{kind}, answers, schema {version or 'not made yet'}")


def _pages(_settings: Settings) -> Iterator[Finding]:
    found = importlib.util.find_spec("galena.surfaces.web")
    places = list(found.submodule_search_locations or []) if found else []
    vendor = Path(places[0], "static", "vendor", "htmx.min.js") if places else None
    if vendor is not None and vendor.exists():
        yield Finding("Web pages", "good", "fonts and scripts are in place")
    else:
        yield Finding(
            "Web pages", "warning", "fonts and scripts are missing", "Run `make setup` in the clone."
        )


def _playbooks(_settings: Settings) -> Iterator[Finding]:
    from galena.playbooks import load, shipped

    for name in shipped():
        try:
            playbook = load(name)
        except GalenaError as fault:
            yield Finding(
                f"Playbook {name}", "fault", str(fault), "Run `galena playbook check` for the places."
            )
        else:
            yield Finding(
                f"Playbook {name}", "good", f"version {playbook.version}, {len(playbook.features)} features"
            )


def _port(settings: Settings) -> Iterator[Finding]:
    with socket.socket() as probe:
        taken = probe.connect_ex((settings.host, settings.port)) == 0
    if taken:
        fix = "If that is not Galena, set GALENA_PORT or use `galena up --port`."
        yield Finding("Port", "warning", f"{settings.port} is in use", fix)
    else:
        yield Finding("Port", "good", f"{settings.port} is free")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _python,
    _folder,
    _database,
    _pages,
    _playbooks,
    _port,
)
