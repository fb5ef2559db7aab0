"""The `galena` command run in this process, against databases that are copies of a prepared one."""

import contextlib
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from galena.surfaces.cli.main import main

LEADS = 60
PERMITS_HEAD = "permit_number,description,issued_on,declared_value,permit_type,status,site_address,work_class"


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What the last line of standard output holds; with --json there is no other."""
        (line,) = self.out.splitlines()
        return json.loads(line)


Galena = Callable[..., Outcome]


class _Terminal(io.StringIO):
    def __init__(self, text: str, is_terminal: bool) -> None:
        super().__init__(text)
        self.buffer = io.BytesIO(text.encode())
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def run_galena(
    home: Path, database: str | None, *arguments: object, typed: str | None = None, piped: str = ""
) -> Outcome:
    """One command, as `main` runs it. With `typed`, somebody sits at the terminal and types that; `piped` comes from
    another program."""
    out, err = io.StringIO(), io.StringIO()
    settings = {"GALENA_HOME": str(home)} | ({"GALENA_DATABASE_URL": database} if database else {})
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    with (
        mock.patch.dict(os.environ, settings),
        mock.patch.object(sys, "argv", ["galena", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", _Terminal(typed or piped, typed is not None)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    assert isinstance(status, int)
    text = out.getvalue() + err.getvalue()
    assert "Traceback" not in text
    assert status == 0 or text.strip()
    return Outcome(status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def empty_database(database_server: Any, copied_database: Any) -> Callable[[], Any]:
    """A function that gives a context with a new empty database."""
    return lambda: copied_database(database_server.with_database("template0").url)


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory, empty_database: Any) -> Iterator[str]:
    """A database with the workspaces `demo` (invented businesses, scored) and `permits` (three rows, one of them
    quarantined, scored): read it, never change it."""
    home = tmp_path_factory.mktemp("market")
    file = home / "permits.csv"
    file.write_text(
        "\n".join(
            (
                PERMITS_HEAD,
                "P-1,Re-roof of a house,2026-03-02,18000,Building Permit,Active,1 First St,Remodel",
                "P-2,New swimming pool,2026-03-01,65000,Building Permit,Active,2 Second St,New",
                "P-3,Kitchen remodel,2026-02-27,a lot,Building Permit,Active,3 Third St,Remodel",
            )
        )
    )
    with empty_database() as url:
        assert run_galena(home, url, "demo", "--leads", LEADS).status == 0
        taken = run_galena(home, url, "ingest", file, "-p", "permits", "--json").json
        assert (taken["rows"], taken["created"], taken["quarantined"]) == (3, 2, 1)
        assert run_galena(home, url, "score", "-w", "permits").status == 0
        yield url


@pytest.fixture(scope="session")
def reading(market: str, tmp_path_factory: pytest.TempPathFactory) -> Galena:
    """galena(*arguments) on the market, for commands that only look."""
    home = tmp_path_factory.mktemp("home")
    return lambda *arguments, database=market, **more: run_galena(home, database, *arguments, **more)


@pytest.fixture
def galena(market: str, copied_database: Any, tmp_path: Path) -> Iterator[Galena]:
    """galena(*arguments) on a copy of the market of one's own."""
    with copied_database(market) as url:
        yield lambda *arguments, **more: run_galena(tmp_path / "home", url, *arguments, **more)


@pytest.fixture
def fresh(empty_database: Any, tmp_path: Path) -> Iterator[Galena]:
    """galena(*arguments) where there is nothing yet."""
    with empty_database() as url:
        yield lambda *arguments, **more: run_galena(tmp_path / "home", url, *arguments, **more)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(name, *lines): a file of these lines."""

    def make(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return make


@pytest.fixture
def permits(write: Callable[..., Path]) -> Path:
    """Three permits, all of which can be used."""
    return write(
        "permits.csv",
        PERMITS_HEAD,
        "A-1,Re-roof of a house,2026-03-02,18000,Building Permit,Active,1 First St,Remodel",
        "A-2,New swimming pool,2026-03-01,65000,Building Permit,Active,2 Second St,New",
        "A-3,Kitchen remodel,2026-02-27,30000,Building Permit,Active,3 Third St,Remodel",
    )
