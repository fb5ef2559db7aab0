"""Root hands the server to an unprivileged account; ordinary users run their own; neither meets the other's data."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from galena.kit.errors import UnavailableError
from galena.kit.postgres import binaries, running_server
from galena.kit.postgres.account import account_for
from galena.kit.postgres.layout import Layout
from galena.kit.postgres.postmaster import find_postmaster

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can try out other accounts"),
]

NOBODY = 65534
SOURCES = Path(__file__).parents[3] / "src"

USE_ONCE = """
import sys, psycopg
from pathlib import Path
from galena.kit.errors import GalenaError
from galena.kit.postgres import running_server
try:
    with running_server(Path(sys.argv[1]), durable=False) as address, psycopg.connect(address.url) as connection:
        print(connection.execute("SELECT 'answered'").fetchone()[0])
except GalenaError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder everybody may enter, unlike pytest's own."""
    place = Path(tempfile.mkdtemp(prefix="galena-test-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def install_into(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `folder` the place where the programs are installed."""
    installed = binaries.installed_folder()
    for name in (installed.parts[-3], f"{installed.parts[-3]}.libs"):
        if (installed.parents[2] / name).exists():
            shutil.copytree(installed.parents[2] / name, folder / name)
    inside = folder.joinpath(*installed.parts[-3:])
    monkeypatch.setattr(binaries, "installed_folder", lambda: inside)


def as_nobody(folder: Path) -> str:
    """What the ordinary user nobody gets who uses the server of `folder` once."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages = Path(psycopg.__file__).parents[1]
    for python in (sys.executable, f"/usr/bin/python{version}", f"/usr/local/bin/python{version}"):
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", python, "-c"]
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{SOURCES}:{packages}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        probe = [*command, "import galena, psycopg"]
        if (
            shutil.which("setpriv")
            and subprocess.run(probe, cwd="/", env=environment, capture_output=True).returncode == 0
        ):
            done = subprocess.run(
                [*command, USE_ONCE, str(folder)], cwd="/", env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()
    pytest.skip(
        f"no Python {version} (with the packages) that user {NOBODY} can reach: not tried as an ordinary user"
    )


def test_root_hands_the_server_over_and_keeps_the_rest(tmp_path: Path) -> None:
    parents = [path.stat().st_mode for path in tmp_path.parents]
    with running_server(tmp_path / "home" / "postgres", durable=False):
        layout = Layout((tmp_path / "home" / "postgres").resolve())
        found = find_postmaster(layout.cluster)
        assert found is not None
        assert Path(f"/proc/{found.pid}").stat().st_uid == account_for(layout.cluster).user_id != 0
    assert layout.folder.stat().st_uid == 0
    assert layout.cluster.stat().st_uid != 0
    assert [path.stat().st_mode for path in tmp_path.parents] == parents


def test_root_may_keep_data_in_a_folder_closed_to_all_others(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for _ in range(2):
        with (
            running_server(closed / "postgres", durable=False) as address,
            psycopg.connect(address.url) as connection,
        ):
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert closed.stat().st_mode & 0o777 == 0o700


def test_programs_in_a_closed_folder_are_copied_once(
    open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = open_place / "closed"
    closed.mkdir(mode=0o700)
    install_into(closed, monkeypatch)
    monkeypatch.setattr(binaries, "_SHARED_PLACES", (open_place / "shared",))
    for _ in range(2):
        home = closed / "home" / "postgres"
        with running_server(home, durable=False) as address, psycopg.connect(address.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert closed.stat().st_mode & 0o777 == 0o700
    (copy,) = (open_place / "shared").iterdir()
    assert copy.stat().st_uid == 0
    assert not any(path.stat().st_mode & 0o022 for path in copy.rglob("*") if not path.is_symlink())


def test_place_others_may_write_to_gets_no_programs(
    open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = open_place / "closed"
    closed.mkdir(mode=0o700)
    (open_place / "shared").mkdir()
    (open_place / "shared").chmod(0o777)
    install_into(closed, monkeypatch)
    monkeypatch.setattr(binaries, "_SHARED_PLACES", (open_place / "shared",))
    with pytest.raises(UnavailableError, match="programs do not run"), running_server(closed / "postgres"):
        pass
    assert list((open_place / "shared").iterdir()) == []


def test_ordinary_user_runs_a_server(open_place: Path) -> None:
    home = open_place / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    assert as_nobody(home / "postgres") == "answered"
    assert {path.stat().st_uid for path in (home / "postgres").iterdir()} == {NOBODY}


def test_root_and_the_owner_take_turns(open_place: Path) -> None:
    home = open_place / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    assert as_nobody(home / "postgres") == "answered"
    (home / "postgres" / "server.log").unlink()
    with (
        running_server(home / "postgres", durable=False) as address,
        psycopg.connect(address.url) as connection,
    ):
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert as_nobody(home / "postgres") == "answered"


def test_ordinary_user_shares_the_server_of_root_in_their_folder(open_place: Path) -> None:
    home = open_place / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    assert as_nobody(home / "postgres") == "answered"
    with running_server(home / "postgres", durable=False) as address:
        assert as_nobody(home / "postgres") == "answered"
        with psycopg.connect(address.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_folder_one_may_not_write_to_is_explained(open_place: Path) -> None:
    said = as_nobody(open_place / "postgres")
    assert said.startswith("UnavailableError galena may not write to the database folder")
    assert str(open_place / "postgres") in said


def test_folder_of_another_user_is_explained(open_place: Path) -> None:
    (open_place / "postgres" / "cluster").mkdir(parents=True)
    os.chown(open_place / "postgres", NOBODY, NOBODY)
    assert as_nobody(open_place / "postgres").startswith(
        "ConfigurationError the database folder belongs to another"
    )


def test_short_socket_folder_of_somebody_else_is_refused(open_place: Path) -> None:
    folder = open_place / ("long-" * 20) / "postgres"
    folder.mkdir(parents=True)
    squatted = Layout(folder).socket_folder
    squatted.mkdir()
    os.chown(squatted, 12345, 12345)
    try:
        with pytest.raises(UnavailableError, match="socket"), running_server(folder, durable=False):
            pass
    finally:
        squatted.rmdir()
