"""Sets the project up in its own folder; run by `make setup` with any Python from 3.11, standard library only.

Makes .venv from the locked packages, fetches the front-end packages, copies what the pages need, and compiles the
code of models. A second run does nothing; a run that was killed is started over.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "galena-setup.json"
INCOMPLETE = VENV / "galena-setup-incomplete"
VENDOR = ROOT / "src/galena/surfaces/web/static/vendor"
LEAST_FREE_BYTES = 1_000_000_000
PAUSES_S = (3, 15)


class SetupError(Exception):
    """The set-up cannot go on; the text says why and what to do."""


def main() -> int:
    """Runs the set-up; the exit status is 1 when it failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what the tests and checks need")
    parser.add_argument("--browser", action="store_true", help="also a Chromium, where apt can install one")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    try:
        with alone():
            set_up(with_tests=arguments.tests)
            if arguments.browser:
                ensure_browser()
    except SetupError as error:
        print(f"galena: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"galena: the set-up failed: {error}\nCheck the folder {ROOT} and its disk.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("galena: the set-up was interrupted; run it again to finish it.", file=sys.stderr)
        return 130
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Lets one set-up of this folder run at a time; the kernel frees the lock of a killed one."""
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another set-up of this folder.")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def set_up(*, with_tests: bool) -> None:
    """Brings the environment and the front-end files up to date, each only when something changed."""
    have = read_stamp()
    with_tests = with_tests or have.get("with_tests") is True
    wanted = {
        "root": str(ROOT),
        "with_tests": with_tests,
        "python": digest("requirements-dev.lock" if with_tests else "requirements.lock", "pyproject.toml"),
        "front": digest("package.json", "package-lock.json"),
        "compiled": digest(*compiled_sources()),
    }
    python_is_current = all(have.get(key) == wanted[key] for key in ("root", "with_tests", "python"))
    front_is_current = (
        all(have.get(key) == wanted[key] for key in ("front", "with_tests")) and has_front_end()
    )
    if not (python_is_current and environment_works()):
        check_room()
        install_python_packages(with_tests=with_tests)
    if not front_is_current:
        install_front_end(with_tests=with_tests)
    if not (python_is_current and have.get("compiled") == wanted["compiled"]):
        compile_model_code()
    write_bytecode()
    if have != wanted:
        write_stamp(wanted)
        print("Set up.")


def digest(*names: str) -> str:
    """A digest of the named files of the project."""
    return hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in names)).hexdigest()


def read_stamp() -> dict[str, object]:
    """What the last finished set-up installed; empty when there was none."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and not INCOMPLETE.exists() else {}


def write_stamp(content: dict[str, object]) -> None:
    """Records a finished set-up, whole or not at all."""
    building = STAMP.with_suffix(".new")
    building.write_text(json.dumps(content, indent=2) + "\n")
    building.replace(STAMP)


def check_room() -> None:
    """Refuses to begin an installation that would fill the disk."""
    free = shutil.disk_usage(ROOT).free
    if free < LEAST_FREE_BYTES:
        raise SetupError(
            f"the disk of {ROOT} has {free // 1_000_000} MB left and the packages need about "
            f"{LEAST_FREE_BYTES // 1_000_000} MB. Free some space and run the command again."
        )


# --- Python packages


def install_python_packages(*, with_tests: bool) -> None:
    """Makes .venv and installs the locked packages and the project itself into it."""
    clear_unusable_environment()
    lock = "requirements-dev.lock" if with_tests else "requirements.lock"
    VENV.mkdir(exist_ok=True)
    INCOMPLETE.touch()
    if not environment_works():
        print(f"Making .venv with Python {sys.version.split()[0]}.")
        run_step("the Python environment could not be made", [sys.executable, "-m", "venv", str(VENV)])
    count = (ROOT / lock).read_text().count("==")
    print(f"Installing {count} Python packages; the first time this takes a minute or so.", flush=True)
    pip_install("the Python packages could not be installed", "--require-hashes", "--no-deps", "-r", lock)
    # The builder comes from the lock as well, so nothing is fetched that is not named there with its hash.
    pip_install("the project could not be installed", "--no-deps", "--no-build-isolation", "-e", ".")
    INCOMPLETE.unlink()


def clear_unusable_environment() -> None:
    """Removes a .venv that was moved, lost its Python, or was left half installed."""
    if not VENV.exists():
        return
    if not INCOMPLETE.exists() and not (VENV / "pyvenv.cfg").exists() and any(VENV.iterdir()):
        raise SetupError(f"{VENV} is not a Python environment. Move it away and run the command again.")
    if INCOMPLETE.exists() or not environment_works():
        print("Starting .venv over: the last set-up did not finish, or its Python has gone.")
        doomed = VENV.with_name(f".venv-old-{os.getpid()}")
        VENV.rename(doomed)
        shutil.rmtree(doomed)


def environment_works() -> bool:
    """Whether .venv has a Python of its own, and its programs were made for this folder."""
    python = VENV / "bin/python"
    if not python.exists():
        return False
    if STAMP.exists() and read_stamp().get("root", str(ROOT)) != str(ROOT):
        return False
    probe = subprocess.run(
        [str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], check=False
    )
    return probe.returncode == 0


def pip_install(complaint: str, *arguments: str) -> None:
    """Installs with the environment's pip, again after a pause when the network failed."""
    command = [str(VENV / "bin/python"), "-m", "pip", "install", "--quiet", "--no-input", *arguments]
    run_step(complaint, command, pauses_s=PAUSES_S)


def compiled_sources() -> list[str]:
    """The source files with functions that become machine code."""
    files = sorted((ROOT / "src/galena/kit/tabular").glob("*.py"))
    return [str(file.relative_to(ROOT)) for file in files if "@compiled" in file.read_text()]


def compile_model_code() -> None:
    """Makes the machine code of models now; without it the first scoring would, and nothing else changes."""
    print("Compiling the code of models; this takes some ten seconds.", flush=True)
    command = [str(VENV / "bin/python"), "-m", "galena.kit.tabular.compile_all"]
    try:
        run_step("the code of models could not be compiled", command)
    except SetupError as error:
        print(f"{error}\nThe first scoring will compile it.")


def write_bytecode() -> None:
    """Compiles the project's modules that changed, also where Python is told not to keep what it compiles.

    Each command would compile what it needs of a thousand modules again, for several seconds.
    """
    command = [str(VENV / "bin/python"), "-m", "compileall", "-q", "-j", "0", "src/galena"]
    try:
        run_step("the project could not be compiled", command)
    except SetupError as error:
        print(f"{error}\nCommands will take a few seconds longer to begin.")


# --- front-end packages


def install_front_end(*, with_tests: bool) -> None:
    """Fetches the locked npm packages and copies the files named in package.json to the static folder."""
    print("Fetching the front-end packages.", flush=True)
    npm, environment = find_npm()
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not with_tests:
        command.append("--omit=dev")
    run_step(
        "the front-end packages could not be fetched", command, pauses_s=PAUSES_S, environment=environment
    )
    building = VENDOR.with_name("vendor.new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for name, source in vendor_files().items():
        shutil.copyfile(ROOT / "node_modules" / source, building / name)
    shutil.rmtree(VENDOR, ignore_errors=True)
    building.rename(VENDOR)


def has_front_end() -> bool:
    """Whether every file the pages need is there."""
    return all((VENDOR / name).exists() for name in vendor_files())


def vendor_files() -> dict[str, str]:
    """The name in the static folder and the path below node_modules of each file the pages need."""
    files = json.loads((ROOT / "package.json").read_text())["vendor"]
    assert isinstance(files, dict)
    return files


def find_npm() -> tuple[list[str], dict[str, str]]:
    """The command for npm and its environment: the machine's Node from 18, else the locked one from a package."""
    if shutil.which("npm") and shutil.which("node"):
        shown = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
        major = shown.strip().removeprefix("v").split(".")[0]
        npm_runs = subprocess.run(["npm", "--version"], capture_output=True, check=False).returncode == 0
        if npm_runs and major.isdecimal() and int(major) >= 18:
            return ["npm"], {}
    if not (VENV / "bin/npm").exists():
        print("There is no Node 18 or newer here: installing it into .venv.", flush=True)
        pip_install(
            "Node could not be installed", "--require-hashes", "--no-deps", "-r", "requirements-node.lock"
        )
    return [str(VENV / "bin/npm")], {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


# --- a browser for the tests


def ensure_browser() -> None:
    """Installs Chromium where there is none and apt may be used; without it the browser tests skip."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print("There is no Chromium here: the browser tests will be skipped.")
        return
    print("Installing Chromium for the browser tests.", flush=True)
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run_step("apt-get update failed", ["apt-get", "-qq", "update"], PAUSES_S, environment)
        install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"]
        run_step("apt-get install chromium failed", install, PAUSES_S, environment)
    except SetupError as error:
        print(f"{error}\nThe browser tests will be skipped.")


def run_step(
    complaint: str,
    command: list[str],
    pauses_s: tuple[int, ...] = (),
    environment: dict[str, str] | None = None,
) -> None:
    """Runs a command, again after each pause, and raises SetupError with what it said when it failed each time."""
    # A PYTHONPATH, a target folder or a --user from the caller's surroundings would put packages elsewhere.
    strange = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
    surroundings = {name: value for name, value in os.environ.items() if name not in strange}
    surroundings |= {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"} | (environment or {})
    for pause_s in (*pauses_s, None):
        done = subprocess.run(
            command,
            env=surroundings,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode == 0:
            return
        if pause_s is not None:
            print(f"{complaint[0].upper()}{complaint[1:]}; trying again in {pause_s} s.", flush=True)
            time.sleep(pause_s)
    said = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-15:])
    raise SetupError(f"{complaint}:\n{said}\nCheck the network and the disk, then run the command again.")


if __name__ == "__main__":
    sys.exit(main())
