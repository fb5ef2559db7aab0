"""The set-up: what it takes for done, and what it starts over."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
COMPILED = "galena.kit.tabular.compile_all"


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The set-up of an empty project folder; every step that would run a program is only noted in `steps`."""
    spec = importlib.util.spec_from_file_location("galena_setup", ROOT / "tools/setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "STAMP", venv / "galena-setup.json")
    monkeypatch.setattr(module, "INCOMPLETE", venv / "galena-setup-incomplete")
    monkeypatch.setattr(module, "VENDOR", tmp_path / "vendor")
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml", "package-lock.json"):
        (tmp_path / name).write_text(f"of {name}")
    sources = tmp_path / "src/galena/kit/tabular"
    sources.mkdir(parents=True)
    (sources / "trees.py").write_text("@compiled()")
    (tmp_path / "package.json").write_text(json.dumps({"vendor": {"x.js": "x/x.js"}}))
    module.steps = []
    monkeypatch.setattr(module, "run_step", lambda *given, **named: pretend(module, given[1]))
    monkeypatch.setattr(module, "find_npm", lambda: (["npm"], {}))
    return module


def pretend(module: ModuleType, command: list[str]) -> None:
    """Leaves the traces of a command without running it."""
    if "compileall" in command:
        return  # Each set-up looks at all modules and does what is left to do.
    module.steps.append(next(word for word in ("venv", "pip", "npm", COMPILED) if word in command))
    if "venv" in command:
        (module.VENV / "bin").mkdir(parents=True)
        (module.VENV / "bin/python").symlink_to(sys.executable)
        (module.VENV / "pyvenv.cfg").touch()
    if "npm" in command:
        (module.ROOT / "node_modules/x").mkdir(parents=True, exist_ok=True)
        (module.ROOT / "node_modules/x/x.js").touch()


EVERYTHING = ["venv", "pip", "pip", "npm", COMPILED]


def test_first_run_does_everything_and_the_second_nothing(setup: ModuleType) -> None:
    setup.set_up(with_tests=False)
    assert setup.steps == EVERYTHING
    assert (setup.VENDOR / "x.js").exists()
    setup.steps.clear()
    setup.set_up(with_tests=False)
    assert setup.steps == []


def test_set_up_for_tests_is_not_taken_back_by_a_plain_one(setup: ModuleType) -> None:
    setup.set_up(with_tests=True)
    setup.steps.clear()
    setup.set_up(with_tests=False)
    assert setup.steps == []


@pytest.mark.parametrize(
    ("changed", "steps"),
    [
        ("requirements.lock", ["pip", "pip", COMPILED]),
        ("pyproject.toml", ["pip", "pip", COMPILED]),
        ("package-lock.json", ["npm"]),
        ("requirements-dev.lock", []),
        ("src/galena/kit/tabular/trees.py", [COMPILED]),
    ],
)
def test_only_what_changed_is_done_again(setup: ModuleType, changed: str, steps: list[str]) -> None:
    setup.set_up(with_tests=False)
    setup.steps.clear()
    (setup.ROOT / changed).write_text("other @compiled()")
    setup.set_up(with_tests=False)
    assert setup.steps == steps


def test_lost_page_file_is_fetched_again(setup: ModuleType) -> None:
    setup.set_up(with_tests=False)
    setup.steps.clear()
    (setup.VENDOR / "x.js").unlink()
    setup.set_up(with_tests=False)
    assert setup.steps == ["npm"]


def test_killed_installation_is_started_over(setup: ModuleType) -> None:
    setup.set_up(with_tests=False)
    setup.steps.clear()
    setup.INCOMPLETE.touch()
    (setup.VENV / "half").touch()
    setup.set_up(with_tests=False)
    assert setup.steps[:3] == EVERYTHING[:3]
    assert not (setup.VENV / "half").exists()


def test_moved_folder_is_started_over(setup: ModuleType) -> None:
    setup.set_up(with_tests=False)
    setup.steps.clear()
    stamp = json.loads(setup.STAMP.read_text())
    setup.STAMP.write_text(json.dumps(stamp | {"root": "/elsewhere"}))
    setup.set_up(with_tests=False)
    assert setup.steps[:3] == EVERYTHING[:3]


def test_folder_of_that_name_that_is_no_environment_is_left_alone(setup: ModuleType) -> None:
    setup.VENV.mkdir()
    (setup.VENV / "letter.txt").touch()
    with pytest.raises(setup.SetupError, match="not a Python environment"):
        setup.set_up(with_tests=False)
    assert (setup.VENV / "letter.txt").exists()


def test_full_disk_is_told_before_anything_is_done(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "LEAST_FREE_BYTES", 10**18)
    with pytest.raises(setup.SetupError, match="MB left"):
        setup.set_up(with_tests=False)
    assert setup.steps == []


def find_python(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tools/find_python.sh")],
        env={"PATH": str(path), **environment},
        cwd=path,
        capture_output=True,
        text=True,
    )


def test_named_python_is_used(tmp_path: Path) -> None:
    assert find_python(tmp_path, PYTHON=sys.executable).stdout.strip() == sys.executable


@pytest.mark.parametrize(
    ("answer", "complaint"), [("exit 1", "no Python 3.11"), ('case "$2" in *venv*) exit 1;; esac', "no venv")]
)
def test_missing_python_or_module_is_explained(tmp_path: Path, answer: str, complaint: str) -> None:
    fake = tmp_path / "python3.12"
    fake.write_text(f"#!/bin/sh\n{answer}\n")
    fake.chmod(0o755)
    done = find_python(tmp_path, PYTHON=str(fake))
    assert done.returncode == 1
    assert complaint in done.stderr
