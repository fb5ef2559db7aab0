"""Documents are true: links lead somewhere, commands exist, generated pages are current, pages are in the index."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from galena.surfaces.cli.main import galena

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(?:console|sh|text|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path) -> list[str]:
    lines = [line.strip() for block in BLOCK.findall(page.read_text("utf-8")) for line in block.splitlines()]
    found = [line.removeprefix("$ ").removeprefix(".venv/bin/") for line in lines]
    return [line.partition("  # ")[0] for line in found if line.startswith("galena ")]


def targets(makefile: str) -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    local = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist_with_their_options(page):
    for line in commands(page):
        words = shlex.split(line.replace("{", "").replace("}", ""))[1:]
        command: click.Command = galena
        while words and isinstance(command, click.Group) and not words[0].startswith("-"):
            inner = command.get_command(click.Context(command), words[0])
            assert inner is not None, line
            command, words = inner, words[1:]
        known = {opt for each in command.params for opt in (*each.opts, *each.secondary_opts)}
        known |= {"--help", "-h", "--version"}
        given = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
        assert given <= known, line


def test_make_commands_exist():
    known = targets((ROOT / "Makefile").read_text("utf-8"))
    for page in PAGES:
        blocks = "\n".join(BLOCK.findall(page.read_text("utf-8")))
        inline = re.findall(r"`make ([a-z]+)", page.read_text("utf-8"))
        assert {*re.findall(r"^make ([a-z]+)", blocks, re.MULTILINE), *inline} <= known, name(page)


def test_generated_pages_are_current():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "write_docs.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_command_and_option_is_documented():
    page = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")

    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        if len(path) > 1:
            section = page.partition(f"# `{' '.join(path)}`\n")[2].partition("\n#")[0]
            assert section, path
            for each in command.params:
                if isinstance(each, click.Option):
                    assert max(each.opts, key=len) in section, (path, each.opts)
        if isinstance(command, click.Group):
            for child in command.list_commands(click.Context(command)):
                inner = command.get_command(click.Context(command), child)
                assert inner is not None
                walk(inner, (*path, child))

    walk(galena, ("galena",))


def test_every_page_is_in_the_index():
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text("utf-8"))}
    pages = {page for page in (ROOT / "docs").rglob("*.md") if page != index and "pictures" not in page.parts}
    assert sorted(name(page) for page in pages - linked) == []
