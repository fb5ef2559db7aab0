"""The house rules find what they are for, and nothing else."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The checker, looking at a small project of its own."""
    spec = importlib.util.spec_from_file_location("check_house_rules", ROOT / "tools/check_house_rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "OVERSIZED", tmp_path / "oversized_files.txt")
    (tmp_path / "oversized_files.txt").write_text("# lines path\n")
    return module


def write(root: Path, file: str, text: str) -> list[str]:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text)
    return [file]


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import datetime\nx = datetime.now()",
        "import datetime\nx = datetime.datetime.now()",
        "from datetime import date\nx = date.today()",
        "import time\nx = time.time()",
        "import time\nf = time.time",
    ],
)
def test_wall_clock_is_found(rules: ModuleType, tmp_path: Path, line: str) -> None:
    files = write(tmp_path, "src/galena/domain/lead.py", line)
    (breach,) = rules.clock_breaches(files)
    assert breach.startswith("src/galena/domain/lead.py:2: reads the wall clock")


def test_clock_door_and_stop_watches_may_read_time(rules: ModuleType, tmp_path: Path) -> None:
    files = write(tmp_path, "src/galena/kit/clock.py", "import time\ntime.time()")
    files += write(tmp_path, "src/galena/kit/locks.py", "import time\ntime.monotonic()")
    assert list(rules.clock_breaches(files)) == []


def test_ceiling_is_four_hundred_lines_and_six_hundred_in_tests(rules: ModuleType, tmp_path: Path) -> None:
    files = write(tmp_path, "src/a.py", "\n" * 400) + write(tmp_path, "tests/a.py", "\n" * 600)
    assert list(rules.size_breaches(files)) == []
    files = write(tmp_path, "src/b.py", "\n" * 401) + write(tmp_path, "tests/b.py", "\n" * 601)
    assert len(list(rules.size_breaches(files))) == 2


@pytest.mark.parametrize(
    ("lines", "complaint"), [(501, "grew"), (499, "lower its number"), (400, "take it off")]
)
def test_old_offenders_may_only_shrink(rules: ModuleType, tmp_path: Path, lines: int, complaint: str) -> None:
    (tmp_path / "oversized_files.txt").write_text("500 src/a.py\n")
    (breach,) = rules.size_breaches(write(tmp_path, "src/a.py", "\n" * lines))
    assert complaint in breach


def test_old_offender_that_is_gone_leaves_the_list(rules: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "oversized_files.txt").write_text("500 src/a.py\n")
    (breach,) = rules.size_breaches([])
    assert "is gone" in breach


def test_names_that_say_nothing_are_refused(rules: ModuleType) -> None:
    refused = ["src/utils.py", "src/lead_helpers.py", "src/misc/lead.py", "src/score_logic.py"]
    assert len(list(rules.name_breaches([*refused, "src/logical_plan.py", "src/lead.py"]))) == len(refused)


def test_lock_files_name_no_host(rules: ModuleType, tmp_path: Path) -> None:
    for file in rules.LOCK_FILES:
        write(tmp_path, file, "a==1 \\\n    --hash=sha256:00\n")
    assert list(rules.lock_breaches()) == []
    write(tmp_path, "package-lock.json", '{\n"resolved": "https://x/a.tgz"\n}')
    write(tmp_path, "requirements.lock", "--index-url https://x/simple\n")
    assert len(list(rules.lock_breaches())) == 2
