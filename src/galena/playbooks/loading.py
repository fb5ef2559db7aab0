"""Playbooks read from folders, checked whole, and kept."""

from functools import lru_cache
from pathlib import Path

from galena.domain.playbook import Playbook
from galena.kit.errors import NotFoundError
from galena.playbooks.expressions import expression_problems
from galena.playbooks.files import MAIN_FILE, read_folder
from galena.playbooks.problem import PlaybookError, Problem
from galena.playbooks.references import Checked, reference_problems
from galena.playbooks.shape import shape
from galena.playbooks.wording import did_you_mean

_HOME = Path(__file__).parent

_Stamp = tuple[tuple[str, int, int], ...]


def shipped() -> tuple[str, ...]:
    """The names of the playbooks that come with Galena, alphabetically."""
    return tuple(sorted(path.parent.name for path in _HOME.glob(f"*/{MAIN_FILE}")))


def load(name_or_path: str | Path) -> Playbook:
    """The playbook of a shipped name, or of a folder (or its `playbook.yaml`), checked.

    An unchanged folder is read once per process.

    Raises:
        NotFoundError: neither a shipped playbook nor a folder with a playbook.
        PlaybookError: the files have mistakes; all of them are in `problems`.
    """
    folder = folder_of(name_or_path)
    playbook, problems = _examined(folder, _stamp(folder))
    if problems or playbook is None:
        raise PlaybookError(folder.name, problems)
    return playbook


def check(name_or_path: str | Path) -> tuple[Problem, ...]:
    """Every mistake in a playbook's files, in file order; empty when it can be used.

    Raises:
        NotFoundError: neither a shipped playbook nor a folder with a playbook.
    """
    folder = folder_of(name_or_path)
    return _examined(folder, _stamp(folder))[1]


def folder_of(name_or_path: str | Path) -> Path:
    """The folder a playbook's name or path stands for.

    Raises:
        NotFoundError: neither a shipped playbook nor a folder with a playbook.
    """
    path = Path(name_or_path)
    if str(name_or_path) in shipped():
        return _HOME / str(name_or_path)
    if path.name == MAIN_FILE and path.is_file():
        path = path.parent
    if path.is_dir():
        return path.resolve()
    raise NotFoundError(
        f"There is no playbook {str(name_or_path)!r}",
        facts={"shipped": ", ".join(shipped())},
        remedy=did_you_mean(str(name_or_path), shipped(), what="Shipped playbooks")
        or "Name a shipped playbook or a folder.",
    )


@lru_cache(maxsize=64)
def _examined(folder: Path, stamp: _Stamp) -> tuple[Playbook | None, tuple[Problem, ...]]:
    """The playbook and its problems; `stamp` makes the memory forget a folder whose files changed."""
    del stamp
    files = read_folder(folder)
    if not files.data:
        return None, tuple(sorted(files.problems))
    shaped = shape(files)
    problems = {*files.problems, *shaped.problems}
    playbook = shaped.playbook
    if playbook is not None and not files.unread:
        checked = Checked(playbook, files, shaped)
        problems.update(reference_problems(checked), expression_problems(checked))
        if shaped.whole and playbook.playbook != folder.name:
            problems.add(
                files.problem(
                    ("playbook",),
                    "the playbook's name must be its folder's name",
                    value=playbook.playbook,
                    remedy=f"Write `playbook: {folder.name}` or rename the folder.",
                )
            )
    return playbook, tuple(sorted(problems))


def _stamp(folder: Path) -> _Stamp:
    """Names, sizes and times of a folder's YAML files."""
    found = []
    for path in sorted((*folder.glob("*.y*ml"), *folder.glob("sources/*.y*ml"))):
        try:
            state = path.stat()
        except OSError:
            continue
        found.append((str(path.relative_to(folder)), state.st_mtime_ns, state.st_size))
    return tuple(found)
