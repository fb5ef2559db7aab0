"""The Treasury's list of blocked persons (OFAC SDN): whose names come near.

The list is compared by name alone, and a name proves nothing: whatever comes near is for a person to look at. Nothing
is ever decided here.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from galena.kit.forms.companies import company_key
from galena.kit.forms.texts import folded
from galena.kit.web import UnreadableAnswerError

NEAR = 90.0
"""How alike (0-100) two names must be to be shown, legal forms left out and words in any order."""
SHORTEST_LETTERS = 5
"""Shorter names must be equal."""

_NULL = "-0-"
_SDN_COLUMNS, _ALT_COLUMNS = 12, 5
_FEWEST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Listed:
    """A name of the list.

    Attributes:
        kind: company (any organisation), person; ships and aircraft are left out.
        is_alias: whether it is an "also known as".
    """

    number: str
    name: str
    kind: str
    program: str
    is_alias: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """A listed name that comes near one asked about; `alike` 0-1."""

    listed: Listed
    alike: float

    @property
    def sentence(self) -> str:
        """For the person who reviews it."""
        alias = "an alias of entry" if self.listed.is_alias else "entry"
        return (
            f"{self.listed.name} ({alias} {self.listed.number}, program {self.listed.program or 'not said'}),"
            f" {self.alike:.0%} alike by name alone: to be reviewed"
        )


class SanctionsList:
    """The names of the list, to be compared with."""

    def __init__(self, names: Iterable[Listed]) -> None:
        self._keys: dict[str, dict[str, Listed]] = {"company": {}, "person": {}}
        for each in names:
            if key := _key(each.name, each.kind):
                self._keys[each.kind].setdefault(key, each)

    def __len__(self) -> int:
        return sum(len(each) for each in self._keys.values())

    def near(self, name: str, kind: str = "company", limit: int = 3) -> tuple[Near, ...]:
        """The listed names near this one, nearest first."""
        key, known = _key(name, kind), self._keys[kind]
        if not key:
            return ()
        if len(key.replace(" ", "")) < SHORTEST_LETTERS:
            return (Near(known[key], 1.0),) if key in known else ()
        found = process.extract(
            key, known.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=NEAR, limit=limit
        )
        return tuple(Near(known[each], round(score / 100, 3)) for each, score, _ in found)


def read_sanctions(main: bytes, aliases: bytes = b"") -> SanctionsList:
    """The list from SDN.CSV and ALT.CSV: no heading, "-0-" for nothing, a last line of one control character.

    Raises:
        UnreadableAnswerError: it is not in the documented shape.
    """
    names: dict[str, Listed] = {}
    skipped = set()
    for row in _rows(main, _SDN_COLUMNS, "SDN.CSV"):
        kind = {"": "company", "individual": "person"}.get(row[2].casefold())
        if kind is None:
            skipped.add(row[0])
        else:
            names[row[0]] = Listed(row[0], row[1], kind, row[3])
    if not names:
        raise _unreadable("SDN.CSV", "it holds no names")
    also = [
        Listed(row[0], row[3], names[row[0]].kind, names[row[0]].program, is_alias=True)
        for row in _rows(aliases, _ALT_COLUMNS, "ALT.CSV")
        if row[0] in names and row[0] not in skipped
    ]
    return SanctionsList([*names.values(), *also])


def _rows(content: bytes, columns: int, file: str) -> Iterable[list[str]]:
    text = content.decode("utf-8", "replace").replace("\x1a", "")
    for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), start=1):
        if not row or row == [""]:
            continue
        if len(row) < min(columns, _FEWEST_COLUMNS) or not row[0].strip().isdigit():
            raise _unreadable(file, f"line {number} does not begin with a number and a name")
        yield ["" if cell.strip() == _NULL else cell.strip() for cell in row]


def _key(name: str, kind: str) -> str:
    if kind == "company":
        return company_key(name)
    return " ".join(sorted(folded(name).split()))


def _unreadable(file: str, why: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        "The sanctions list is not in the documented shape.",
        facts={"file": file, "why": why},
        remedy="Nobody was compared with it. Try again later; if it stays so, the Treasury changed it.",
    )
