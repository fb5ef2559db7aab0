"""The guides of the documentation, to be read and searched in the app."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import galena
from galena.kit.errors import NotFoundError

FOLDERS = ("how-to", "tutorial", "explanation")
FOLDER_WORDS = {"how-to": "How to", "tutorial": "First steps", "explanation": "How it works"}
_SNIPPET = 160


@dataclass(frozen=True, slots=True)
class Guide:
    """A page of the documentation.

    Attributes:
        name: in the address.
        text: as it was written, without the title.
        lead: its first paragraph, without marks.
    """

    name: str
    folder: str
    title: str
    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A guide that a search found, with the place where the words stand."""

    guide: Guide
    snippet: str


def guides_folder() -> Path:
    """Where the documentation lies: beside the program."""
    return Path(galena.__file__).parents[2] / "docs"


@lru_cache(maxsize=4)
def read_guides(folder: Path) -> tuple[Guide, ...]:
    """Every guide, by title within its part; none where the documentation was not installed."""
    found = []
    for part in FOLDERS:
        for file in sorted((folder / part).glob("*.md")):
            title, _, text = file.read_text(encoding="utf-8").partition("\n")
            name = file.stem.replace("_", "-").lower()
            found.append(Guide(name, part, title.lstrip("# ").strip(), _first(text), text.strip()))
    return tuple(sorted(found, key=lambda guide: (FOLDERS.index(guide.folder), guide.title.casefold())))


def find_guide(name: str) -> Guide:
    """The guide of this name.

    Raises:
        NotFoundError: there is none.
    """
    for guide in read_guides(guides_folder()):
        if guide.name == name:
            return guide
    raise NotFoundError("There is no such guide.", remedy="Look for it on the page of all guides.")


def search_guides(words: str, *, limit: int = 20) -> tuple[Hit, ...]:
    """Guides in which every word occurs, those first that have it in the title, then most often."""
    wanted = words.casefold().split()
    if not wanted:
        return ()
    ranked = []
    for guide in read_guides(guides_folder()):
        title, text = guide.title.casefold(), guide.text.casefold()
        if all(word in title or word in text for word in wanted):
            in_title = sum(word in title for word in wanted)
            often = sum(text.count(word) for word in wanted)
            ranked.append(((-in_title, -often), Hit(guide, _around(guide.text, wanted[0]))))
    return tuple(hit for _, hit in sorted(ranked, key=lambda pair: pair[0])[:limit])


def _first(text: str) -> str:
    for block in text.split("\n\n"):
        plain = _plain(block)
        if plain and not block.lstrip().startswith(("#", "|", "```", "-", "<", "!")):
            # What goes on from a command above it begins in the middle of a sentence.
            begun = plain[0].upper() + plain[1:]
            return begun if len(begun) <= _SNIPPET else begun[:_SNIPPET].rsplit(" ", 1)[0] + " …"
    return ""


def _around(text: str, word: str) -> str:
    plain = _plain(text)
    at = max(plain.casefold().find(word), 0)
    begin = max(0, plain.rfind(" ", 0, max(at - 60, 0)))
    piece = plain[begin : begin + _SNIPPET].strip()
    return f"{'… ' if begin else ''}{piece}{' …' if begin + _SNIPPET < len(plain) else ''}"


def _plain(text: str) -> str:
    unlinked = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(re.sub(r"[#|>]+", " ", re.sub(r"[`*]+", "", unlinked)).split())
