"""The `galena` command as people run it: its own process, its own data folder, its own database."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from galena.kit.postgres import running_server


@dataclass(frozen=True)
class Told:
    """How a command ended; what it said in words is kept out of assertions, for it may name people."""

    status: int
    json: Any


Galena = Callable[..., Told]


@pytest.fixture(scope="module")
def galena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Galena]:
    """galena(*arguments) with --json, in a data folder that the module shares, whose database stays up meanwhile."""
    home = tmp_path_factory.mktemp("galena-home")

    def run(*arguments: object) -> Told:
        command = [str(Path(sys.executable).with_name("galena")), *map(str, arguments), "--json"]
        environment = {**os.environ, "GALENA_HOME": str(home)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines()
        assert len(lines) == 1, "with --json standard output is one line"
        return Told(done.returncode, json.loads(lines[0]))

    with running_server(home / "postgres", durable=False):
        yield run


def rows_of(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV file as Python's own reader finds them."""
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.fixture(scope="session")
def count_rows() -> Callable[[Path], int]:
    """How many rows a CSV file holds, by Python's own reader."""
    return lambda file: len(rows_of(file))


@pytest.fixture(scope="session")
def ranked() -> Callable[[Path], list[dict[str, str]]]:
    """The rows of an exported list."""
    return rows_of
