"""Whatever is done to a shipped playbook's text, it loads or says what is wrong; it never fails otherwise."""

import shutil
import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galena.playbooks import PlaybookError, check, folder_of, load

STRANGE = (
    "", "~", "TRUE", "-1", "1e999", ".nan", "2026-13-45", "'", '"', "[", "{a: 1}", "[1, 2]", "&a", "*a", "!x", "{}",
    "[]", "null", "a: b", "- x", "1 / 0", "((", "name", "as_of", "x" * 70, "\t", "\x07", "é", "|", ">-", "%", "@", "`",
)  # fmt: skip


def mutate(text: str, chance: Random) -> str:
    """The text with a line removed, doubled, moved, indented, or its value or key replaced."""
    lines = text.split("\n")
    place = chance.randrange(len(lines))
    line = lines[place]
    key, colon, value = line.partition(":")
    kind = chance.randrange(7)
    if kind == 0:
        del lines[place]
    elif kind == 1:
        lines.insert(place, line)
    elif kind == 2:
        lines.insert(chance.randrange(len(lines)), lines.pop(place))
    elif kind == 3:
        lines[place] = " " * chance.randrange(1, 5) + line
    elif kind == 4 and colon:
        lines[place] = f"{key}: {chance.choice(STRANGE)}"
    elif kind == 5 and colon:
        lines[place] = f"{key}{chance.choice(('s', '_x', ' y', ''))}:{value}"
    else:
        cut = chance.randrange(len(line) + 1)
        lines[place] = line[:cut] + chance.choice(STRANGE) + line[min(len(line), cut + chance.randrange(3)) :]
    return "\n".join(lines)


def mutated_folder(name: str, seed: int, into: Path) -> Path:
    chance = Random(seed)
    folder = into / name
    shutil.copytree(folder_of(name), folder)
    files = sorted(folder.rglob("*.yaml"))
    for _ in range(chance.randrange(1, 4)):
        path = chance.choice(files)
        path.write_text(mutate(path.read_text(encoding="utf-8"), chance), encoding="utf-8")
    return folder


def loads_or_explains(name: str, seed: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = mutated_folder(name, seed, Path(place))
        problems = check(folder)
        for problem in problems:
            assert problem.what
            assert min(problem.line, problem.column) >= 1
            assert (folder / problem.file).exists() or "there is no" in problem.what
        if problems:
            with pytest.raises(PlaybookError) as caught:
                load(folder)
            assert caught.value.problems == problems
        else:
            assert load(folder).playbook == name


@pytest.mark.slow
@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mutated_playbook_loads_or_explains(seed: int) -> None:
    loads_or_explains("permits", seed)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["b2b", "brokerage", "permits", "realestate"])
def test_many_mutations(name: str) -> None:
    for seed in range(250):
        loads_or_explains(name, seed)
