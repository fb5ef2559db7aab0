"""Whether a source's columns changed since the last time: new, gone, or under another name."""

from collections.abc import Collection
from dataclasses import dataclass

from rapidfuzz import fuzz

from galena.domain.playbook import Mapping as SourceMapping
from galena.engines.ingestion.recognition import heading, payload_names

ALIKE = 60.0
"""How alike (0-100) two headings must be to be taken for one that was renamed."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How the columns of a source changed.

    Attributes:
        new: columns that were not there before, and that the mapping does not know.
        missing: columns that are gone.
        renamed: pairs of one that is gone and the new one that probably took its place.
    """

    new: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.missing or self.renamed)


def compare_columns(before: Collection[str], now: Collection[str], mapping: SourceMapping) -> Drift:
    """What changed between the columns known and those seen; nothing when none were known."""
    if not before:
        return Drift()
    expected = {name.partition(".")[0] for name in (*payload_names(mapping), *mapping.columns_ignored)}
    gone = [name for name in before if name not in now]
    fresh = [name for name in now if name not in before]
    pairs = _renamed(gone, fresh)
    taken = {name for pair in pairs for name in pair}
    return Drift(
        new=tuple(name for name in fresh if name not in taken and name not in expected),
        missing=tuple(name for name in gone if name not in taken),
        renamed=pairs,
    )


def drift_sentences(drift: Drift, mapping: SourceMapping) -> tuple[str, ...]:
    """The change in words, with the fields it concerns."""
    fills = {
        column: name
        for name, part in mapping.fields.items()
        for column in (part.column, *part.join)
        if column
    }

    def field_of(column: str) -> str:
        return fills[column].replace("_", " ") if column in fills else ""

    told = [
        f"Column {old} is now probably called {new}"
        + (f"; until the mapping says so, {field_of(old)} stays empty." if field_of(old) else ".")
        for old, new in drift.renamed
    ]
    told += [
        f"Column {name} is gone" + (f"; {field_of(name)} stays empty." if field_of(name) else ".")
        for name in drift.missing
    ]
    told += [f"Column {name} is new; nothing is read from it." for name in drift.new]
    return tuple(told)


def _renamed(gone: list[str], fresh: list[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of old and new headings, the most alike first, each used once."""
    scored = sorted(
        ((fuzz.ratio(heading(old), heading(new)), old, new) for old in gone for new in fresh), reverse=True
    )
    pairs: list[tuple[str, str]] = []
    used: set[str] = set()
    for alike, old, new in scored:
        if alike >= ALIKE and old not in used and new not in used:
            pairs.append((old, new))
            used |= {old, new}
    return tuple(pairs)
