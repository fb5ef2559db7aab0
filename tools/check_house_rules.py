"""House rules no linter knows: the wall clock behind one door, file sizes, file names, lock files without hosts.

Run by `make check`; prints each breach as `file:line: what, and what to do`, and exits with 1 when there is any.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OVERSIZED = ROOT / "tools/oversized_files.txt"
CLOCK_DOOR = "src/galena/kit/clock.py"
MOST_LINES_SOURCE = 400
MOST_LINES_TEST = 600

WALL_CLOCK_CALLS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "date.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.strftime",
}
REFUSED_NAME = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|logic|common)(_|$)")
ADDRESS = re.compile(r"https?://|file://|resolved\"")
LOCK_FILES = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock", "package-lock.json")


def main() -> int:
    """Checks every tracked file; the exit status is 1 when a rule is broken."""
    files = tracked_files()
    breaches = [*size_breaches(files), *clock_breaches(files), *name_breaches(files), *lock_breaches()]
    for breach in breaches:
        print(breach)
    print(f"House rules: {len(files)} Python files, {len(breaches)} breaches.")
    return 1 if breaches else 0


def tracked_files() -> list[str]:
    """The Python files of the project, as paths below its root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return sorted(file for file in set(listed) if (ROOT / file).exists())


def size_breaches(files: list[str]) -> Iterator[str]:
    """Files over the ceiling that are not on the list of old offenders, and offenders that grew or were mended."""
    allowed = oversized_files()
    for file in files:
        count = line_count(file)
        most = MOST_LINES_TEST if file.startswith("tests/") else MOST_LINES_SOURCE
        if file in allowed:
            if count > allowed[file]:
                yield f"{file}:1: grew from {allowed[file]} to {count} lines; split it"
            elif count < allowed[file]:
                new = f"lower its number to {count}" if count > most else "take it off the list"
                yield f"{file}:1: shrank to {count} lines: {new} in tools/oversized_files.txt"
        elif count > most:
            yield f"{file}:1: {count} lines, the ceiling is {most}; split it by noun or role"
    for file in allowed.keys() - set(files):
        yield f"tools/oversized_files.txt: {file} is gone; take it off the list"


def oversized_files() -> dict[str, int]:
    """The old offenders and their sizes; the list may only shrink."""
    lines = [line.split() for line in OVERSIZED.read_text().splitlines() if line and not line.startswith("#")]
    return {file: int(count) for count, file in lines}


def line_count(file: str) -> int:
    """The number of lines of a file of the project."""
    return len((ROOT / file).read_text().splitlines())


def clock_breaches(files: list[str]) -> Iterator[str]:
    """Calls that read the wall clock outside its door."""
    for file in files:
        if file.startswith("src/") and file != CLOCK_DOOR:
            for node in ast.walk(ast.parse((ROOT / file).read_text(), file)):
                if isinstance(node, ast.Attribute) and dotted_name(node) in WALL_CLOCK_CALLS:
                    yield f"{file}:{node.lineno}: reads the wall clock; take a Clock of galena.kit.clock"


def dotted_name(node: ast.expr) -> str:
    """`a.b.c` of an expression made of names and attributes, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted_name(node.value)}.{node.attr}"
    return ""


def name_breaches(files: list[str]) -> Iterator[str]:
    """Files whose name says nothing."""
    for file in files:
        if any(REFUSED_NAME.search(part) for part in Path(file).with_suffix("").parts):
            yield f"{file}:1: its name says nothing; name the noun and its role"


def lock_breaches() -> Iterator[str]:
    """Lock files that name the host they were made from."""
    for file in LOCK_FILES:
        for number, line in enumerate((ROOT / file).read_text().splitlines(), start=1):
            if ADDRESS.search(line):
                yield f"{file}:{number}: names a host; write it again with make lock"


if __name__ == "__main__":
    sys.exit(main())
