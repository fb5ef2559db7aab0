"""Imports and undos killed with SIGKILL, then run again: the same end as without."""

import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.undo import undo_import

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = 45  # in batches of 10: opened, five times read, taken and committed, done
KILLED = -signal.SIGKILL
STEPS = 1 + 5 * 3 + 1
PROGRAM = Path(__file__).with_name("import_until_killed.py")


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    lines = ["deal,account,amount,email,opened"]
    lines += [
        f"D{n % 31},A{n % 4},{'many' if n % 11 == 0 else n},,2026-01-{n % 27 + 1:02}" for n in range(ROWS)
    ]
    path = tmp_path / "deals.csv"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.csv"
    path.write_text("\n".join(["account,sector,typical", *(f"A{n},sector {n},{n}" for n in range(25))]))
    return path


def start(
    database_url: str, context: Any, what: str, subject: object, kill_at: int
) -> subprocess.Popen[bytes]:
    arguments = [database_url, str(context.workspace_id), what, str(subject), str(kill_at)]
    return subprocess.Popen([sys.executable, str(PROGRAM), *arguments], stdout=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes]) -> int:
    process.communicate(timeout=60)
    return process.returncode


def undisturbed(new_context: Any, meaning: Any, *files: Path) -> Any:
    context = replace(new_context(), clock=lambda: NOON)
    reports = [ingest_file(context, path, IntakeOptions(batch_rows=10)) for path in files]
    return meaning(context), reports[-1].counts


@pytest.mark.slow
@pytest.mark.parametrize("kill_at", [0, 2, 3, 8, STEPS - 2])
def test_a_killed_import_goes_on_where_it_stopped(
    database_url, new_context, meaning, deals, accounts, kill_at
):
    expected, counts = undisturbed(new_context, meaning, accounts, deals)
    context = replace(new_context(), clock=lambda: NOON)
    ingest_file(context, accounts)
    assert ended(start(database_url, context, "ingest", deals, kill_at)) == KILLED
    report = ingest_file(context, deals, IntakeOptions(batch_rows=10))
    assert report.counts == counts
    assert report.resumed_at_row == min(ROWS, 10 * (kill_at // 3))
    assert sum(each.rows for each in report.reasons) == counts.quarantined
    assert meaning(context) == expected
    with context.session() as session:
        assert session.connection.execute(text("SELECT count(*) FROM imports")).scalar_one() == 2


@pytest.mark.slow
def test_killed_again_and_again(database_url, new_context, meaning, deals, accounts):
    expected, _ = undisturbed(new_context, meaning, deals, accounts)
    context = replace(new_context(), clock=lambda: NOON)
    ingest_file(context, deals)
    for kill_at in (2, 1, 4, 3):
        assert ended(start(database_url, context, "ingest", accounts, kill_at)) == KILLED
    assert ended(start(database_url, context, "ingest", accounts, -1)) == 0
    assert meaning(context) == expected


@pytest.mark.soak
def test_imports_and_undos_killed_at_any_moment(
    database_url, new_context, meaning, deals, accounts, soak_seconds
):
    """Whenever the process dies, the import goes on, and an undo happened whole or not at all."""
    chance = random.Random(7)
    expected, _ = undisturbed(new_context, meaning, accounts, deals)
    without, _ = undisturbed(new_context, meaning, accounts)
    end = time.monotonic() + soak_seconds
    while time.monotonic() < end:
        context = replace(new_context(), clock=lambda: NOON)
        ingest_file(context, accounts)
        _kill_after(start(database_url, context, "ingest", deals, -1), chance.uniform(0, 0.6))
        import_id = finished(context) or ingest_file(context, deals, IntakeOptions(batch_rows=10)).import_id
        assert meaning(context) == expected
        _kill_after(start(database_url, context, "undo", import_id, -1), chance.uniform(0, 0.1))
        with context.session() as session:
            session.connection.execute(text("SELECT pg_sleep(0.1)"))
        assert meaning(context) in (expected, without)
        undo_import(context, import_id)
        assert meaning(context) == without


def finished(context: Any) -> Any:
    """The import of the deals, when it was done before the kill."""
    with context.session() as session:
        query = text("SELECT id FROM imports WHERE source = 'deals' AND status = 'done'")
        return session.connection.execute(query).scalar()


def _kill_after(process: subprocess.Popen[bytes], seconds: float) -> None:
    assert process.stdout
    process.stdout.readline()  # it has begun
    time.sleep(seconds)
    process.kill()
    process.wait(60)
    process.stdout.close()
