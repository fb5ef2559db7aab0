"""The only place that wires things together."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from galena.kit.clock import Clock, system_clock
from galena.kit.database import open_database
from galena.kit.logs import configure_logs, silence_logs
from galena.kit.object_store import LaterObjectStore, ObjectStore, open_object_store
from galena.kit.traces import tracing
from galena.settings import Settings, load_settings
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.stores.outbox import make_months, prune

EVENTS_KEPT = timedelta(days=400)
"""Events are kept at least so long; older months of the outbox are dropped whenever Galena starts. What they told of is
kept where it happened: scores, imports, models and the audit trail have their own histories."""


@dataclass(frozen=True, slots=True)
class Galena:
    """A running installation: its settings, the door to its data, its clock, and the engine behind the door for
    what is done outside transactions (holds, back-ups, migrations)."""

    settings: Settings
    engine: Engine
    door: Door
    clock: Clock


def settings_with(home: Path | None = None) -> Settings:
    """The settings of the environment, with the folder named on the command line when there is one."""
    settings = load_settings()
    return settings.model_copy(update={"home": home.expanduser().absolute()}) if home else settings


@contextmanager
def open_engine(settings: Settings) -> Iterator[Engine]:
    """The database of this installation, started when none runs, as it is: nothing is migrated."""
    with open_database(settings) as engine:
        yield engine


def open_objects(settings: Settings) -> ObjectStore:
    """Where models are stored: what GALENA_OBJECT_STORE_URL names, else `<home>/objects`.

    Raises:
        ConfigurationError: the address is of an unknown kind, or its driver is not installed.
    """
    return open_object_store(_objects_place(settings))


def _objects_place(settings: Settings) -> str | Path:
    return settings.object_store_url or settings.home / "objects"


@contextmanager
def _logging(settings: Settings) -> Iterator[None]:
    """Log lines of this process go to `<home>/logs/galena.jsonl`; nowhere when that cannot be written."""
    file = settings.home / "logs" / "galena.jsonl"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError:
        file = Path(os.devnull)
    with file.open("a", encoding="utf-8") as stream:
        configure_logs(level=settings.log_level, stream=stream)
        try:
            yield
        finally:
            silence_logs()


@contextmanager
def open_galena(settings: Settings, clock: Clock = system_clock) -> Iterator[Galena]:
    """This installation, its database started and migrated; the database stops again with its last user.

    Raises:
        UnavailableError: the database cannot start or does not answer.
        ConfigurationError: a setting is wrong, or the database is newer than this program.
    """
    with (
        open_engine(settings) as engine,
        _logging(settings),
        tracing(settings.traces, settings.traces_endpoint),
    ):
        migrate(engine)
        today = clock().date()
        make_months(engine, today)
        prune(engine, today - EVENTS_KEPT)
        yield Galena(settings, engine, Door(engine, LaterObjectStore(_objects_place(settings)), clock), clock)
