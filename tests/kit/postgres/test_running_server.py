"""The embedded server lives through everything that may happen to its users and to itself."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from galena.kit.errors import ConfigurationError, UnavailableError
from galena.kit.postgres import ServerAddress, cluster, running_server
from galena.kit.postgres.layout import Layout
from galena.kit.postgres.postmaster import find_postmaster, read_pid_file

pytestmark = pytest.mark.slow

USER = """
import sys, psycopg
from pathlib import Path
from galena.kit.postgres import running_server
with running_server(Path(sys.argv[1]), durable=False) as address:
    with psycopg.connect(address.url, autocommit=True) as connection:
        # PostgreSQL lets two sessions that create the same table at once collide, even with IF NOT EXISTS.
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(1)")
            connection.execute("CREATE TABLE IF NOT EXISTS fact (n serial)")
        print("ready", flush=True)
        for _ in sys.stdin:
            row = connection.execute("INSERT INTO fact DEFAULT VALUES RETURNING n").fetchone()
            print(row[0], flush=True)
"""
"""A process that uses a server: says `ready`, then saves one row per line it is given and says its number."""


StartUser = Callable[[Path], "User"]


class User:
    """One such process."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line:
            assert self.process.stderr is not None
            pytest.fail(self.process.stderr.read())
        return line

    def save_row(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.says())

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def leave(self) -> None:
        _, complaint = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, complaint


@pytest.fixture(scope="module")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a cluster nobody runs, for copies."""
    folder = tmp_path_factory.mktemp("made") / "postgres"
    with running_server(folder, durable=False):
        pass
    return folder


@pytest.fixture
def folder(made_folder: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of a cluster, with its server ended afterwards whatever the test did."""
    copy = tmp_path / "postgres"
    subprocess.run(["cp", "-a", str(made_folder), str(copy)], check=True)
    yield copy
    end_server(copy)


@pytest.fixture
def start_user() -> Iterator[StartUser]:
    """A function that starts a user; every user is gone when the test is over."""
    users: list[User] = []

    def start(folder: Path) -> User:
        users.append(User(folder))
        return users[-1]

    yield start
    for user in users:
        user.kill()


def end_server(folder: Path) -> None:
    found = find_postmaster(folder / "cluster")
    if found is not None:
        os.kill(found.pid, signal.SIGQUIT)
        eventually(lambda: find_postmaster(folder / "cluster") is None)


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.01)


def row_count(address: ServerAddress) -> int:
    with psycopg.connect(address.url) as connection:
        row = connection.execute("SELECT count(*) FROM fact").fetchone()
    assert row is not None
    return int(row[0])


def pid_of(folder: Path) -> int:
    found = find_postmaster(folder / "cluster")
    assert found is not None
    return found.pid


def test_first_use_makes_the_cluster_and_the_last_user_stops_it(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "postgres"
    with running_server(folder) as address, psycopg.connect(address.url) as connection:
        row = connection.execute("SELECT current_user, current_database(), lower('ŁÓDŹ')").fetchone()
    assert row == ("galena", "galena", "łódź")
    assert find_postmaster(folder / "cluster") is None
    assert sorted(path.name for path in folder.iterdir()) == [
        "cluster",
        "in-use.lock",
        "server.log",
        "start.lock",
    ]


def test_nobody_else_on_the_machine_gets_in(folder: Path) -> None:
    with running_server(folder, durable=False) as address:
        assert address.password not in repr(address)
        assert folder.stat().st_mode & 0o077 == 0
        assert Layout(folder).password_file.stat().st_mode & 0o077 == 0
        with psycopg.connect(address.url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        wrong = ServerAddress(address.socket_folder, "guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong.url)


def test_second_user_in_the_same_process_attaches(folder: Path) -> None:
    with running_server(folder, durable=False):
        pid = pid_of(folder)
        with running_server(folder, durable=False):
            assert pid_of(folder) == pid
        assert pid_of(folder) == pid


def test_second_process_attaches_and_outlives_the_first(folder: Path, start_user: StartUser) -> None:
    first = start_user(folder)
    assert first.says() == "ready"
    pid = pid_of(folder)
    second = start_user(folder)
    assert second.says() == "ready"
    first.save_row()
    first.leave()
    assert pid_of(folder) == pid
    assert second.save_row() == 2
    second.leave()
    assert find_postmaster(folder / "cluster") is None


def test_killed_user_loses_no_row_and_the_next_attaches(folder: Path, start_user: StartUser) -> None:
    user = start_user(folder)
    user.says()
    saved = [user.save_row() for _ in range(50)]
    pid = pid_of(folder)
    user.kill()
    with running_server(folder, durable=False) as address:
        assert pid_of(folder) == pid
        assert row_count(address) == len(saved)
    assert find_postmaster(folder / "cluster") is None


def test_killed_server_with_killed_user_starts_again_with_all_rows(
    folder: Path, start_user: StartUser
) -> None:
    user = start_user(folder)
    user.says()
    saved = [user.save_row() for _ in range(50)]
    os.kill(pid_of(folder), signal.SIGKILL)
    user.kill()
    with running_server(folder, durable=False) as address:
        assert row_count(address) == len(saved)


def test_killed_server_is_started_again_under_its_user(folder: Path) -> None:
    with running_server(folder, durable=False) as address:
        with psycopg.connect(address.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE fact AS SELECT 1 AS n")
        killed = pid_of(folder)
        os.kill(killed, signal.SIGKILL)

        def is_back() -> bool:
            with suppress(psycopg.OperationalError):
                return row_count(address) == 1
            return False

        eventually(is_back)
        assert pid_of(folder) != killed
    assert find_postmaster(folder / "cluster") is None


def test_workers_that_outlive_a_killed_server_are_ended(folder: Path) -> None:
    with running_server(folder, durable=False) as address:
        busy = psycopg.connect(address.url, autocommit=True)
        sleeper = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import sys, psycopg; psycopg.connect(sys.argv[1]).execute("
                "'SELECT count(*) FROM generate_series(1, 1000000000000)')",
                address.url,
            ],
            stderr=subprocess.DEVNULL,
        )

        def is_counting() -> bool:
            query = (
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE query LIKE '%generate_series(1,%' AND state = 'active' AND pid <> pg_backend_pid()"
            )
            row = busy.execute(query).fetchone()
            return row is not None and row[0] == 1

        eventually(is_counting)
        killed = pid_of(folder)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: find_postmaster(folder / "cluster") is not None and pid_of(folder) != killed)
        assert sleeper.wait(timeout=30) != 0
        busy.close()


@pytest.mark.parametrize(
    "content", ["", "nonsense\n", "1\n", "me\n", "4194303\n/x\n0\n5432\n.\n\n  0 0\nready\n"]
)
def test_left_over_pid_file_does_not_hinder(folder: Path, content: str) -> None:
    pid_file = folder / "cluster" / "postmaster.pid"
    pid_file.write_text(content.replace("me", str(os.getpid())))
    shutil.copystat(folder / "cluster" / "PG_VERSION", pid_file)
    owner = (folder / "cluster").stat()
    os.chown(pid_file, owner.st_uid, owner.st_gid)
    with running_server(folder, durable=False) as address, psycopg.connect(address.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_users_that_come_at_once_share_one_new_cluster(tmp_path: Path, start_user: StartUser) -> None:
    folder = tmp_path / "postgres"
    users = [start_user(folder) for _ in range(3)]
    assert [user.says() for user in users] == ["ready"] * 3
    assert sorted(user.save_row() for user in users) == [1, 2, 3]
    for user in users:
        user.leave()
    assert find_postmaster(folder / "cluster") is None


def test_killed_creation_leaves_nothing_half(tmp_path: Path, start_user: StartUser) -> None:
    folder = tmp_path / "postgres"
    user = start_user(folder)
    eventually(lambda: any(folder.glob(".building-*/data/global")))
    user.kill()
    assert not (folder / "cluster").exists()
    with running_server(folder, durable=False) as address, psycopg.connect(address.url) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("galena",)
    with running_server(folder, durable=False):
        assert not any(folder.glob(".building-*"))


def test_failed_creation_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ROLE", "pg_not_allowed")
    with (
        pytest.raises(UnavailableError, match="could not be created") as caught,
        running_server(tmp_path / "postgres"),
    ):
        pass
    assert "pg_" in caught.value.facts["complaint"]
    assert not (tmp_path / "postgres" / "cluster").exists()


def test_disk_without_room_is_refused_at_first_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "LEAST_FREE_BYTES", 10**18)
    with pytest.raises(UnavailableError, match="too full") as caught, running_server(tmp_path / "postgres"):
        pass
    assert caught.value.facts["folder"] == tmp_path / "postgres"
    assert caught.value.facts["free_mb"] > 0


def test_other_version_is_refused_and_left_alone(folder: Path) -> None:
    (folder / "cluster" / "PG_VERSION").write_text("14\n")
    with pytest.raises(ConfigurationError, match="version") as caught, running_server(folder):
        pass
    assert caught.value.facts["found_version"] == "14"
    assert read_pid_file(folder / "cluster") is None


def test_server_that_cannot_start_says_why(folder: Path) -> None:
    (folder / "cluster" / "pg_hba.conf").write_text("nonsense\n")
    with pytest.raises(UnavailableError, match="did not start") as caught, running_server(folder):
        pass
    assert "pg_hba.conf" in caught.value.facts["complaint"]
    assert "server.log" in caught.value.remedy


def test_lost_password_is_explained(folder: Path) -> None:
    (folder / "cluster" / "galena-password").unlink()
    with pytest.raises(UnavailableError, match="password"), running_server(folder, durable=False):
        pass


def test_path_where_a_file_stands_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UnavailableError, match="cannot be used"),
        running_server(tmp_path / "file" / "postgres"),
    ):
        pass


@pytest.mark.parametrize("name", ["long-" * 20, "a,b", "with space 100% ünï"])
def test_any_path_will_do(made_folder: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "postgres"
    folder.parent.mkdir()
    subprocess.run(["cp", "-a", str(made_folder), str(folder)], check=True)
    with running_server(folder, durable=False) as address, psycopg.connect(address.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_error_in_the_block_passes_unchanged(folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="mine"), running_server(folder, durable=False):
        raise FileNotFoundError("mine")
    assert find_postmaster(folder / "cluster") is None
