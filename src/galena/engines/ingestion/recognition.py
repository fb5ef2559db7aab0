"""Which known source a file comes from, by its headings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from galena.domain.playbook import Mapping as SourceMapping

_APART = re.compile(r"[\W_]+")


def heading(name: str) -> str:
    """A heading without case, spaces and punctuation: "Lead Number", "lead_number" and "leadNumber" are one."""
    return _APART.sub("", name).casefold()


def recognise(
    columns: Sequence[str], sample: Sequence[Mapping[str, Any]], mappings: Iterable[SourceMapping]
) -> SourceMapping | None:
    """The mapping whose file this is, aligned with the file's own headings; None when no mapping fits.

    All of a mapping's `recognise` columns must be there, in any case and punctuation. Of several that fit, the
    one with the most `recognise` columns wins, then the one that uses the most columns of the file, then the
    first. `sample` shows columns that only nested records have.
    """
    present = set(columns).union(*(row.keys() for row in sample)) if sample else set(columns)
    known = {heading(name) for name in present}
    best: tuple[int, int] = (0, 0)
    found = None
    for mapping in mappings:
        wanted = {
            heading(name.split(".")[0]) if name not in present else heading(name)
            for name in mapping.recognise
        }
        if not wanted or not wanted <= known:
            continue
        used = len({heading(name) for name in payload_names(mapping)} & known)
        if (len(wanted), used) > best:
            best, found = (len(wanted), used), mapping
    return align(found, tuple(present)) if found else None


def align(mapping: SourceMapping, columns: Sequence[str]) -> SourceMapping:
    """The mapping with its column names written as the file writes them ("permit_number" -> "Permit Number").

    Names the file has exactly, and names it does not have at all, are left as they are.
    """
    exact = set(columns)
    by_heading: dict[str, str] = {}
    for name in columns:
        by_heading.setdefault(heading(name), name)

    def rename(name: str) -> str:
        if name in exact:
            return name
        first, dot, rest = name.partition(".")
        whole = by_heading.get(heading(name))
        return whole if whole is not None else by_heading.get(heading(first), first) + dot + rest

    if all(rename(name) == name for name in payload_names(mapping)):
        return mapping
    return _renamed(mapping, rename)


def payload_names(mapping: SourceMapping) -> tuple[str, ...]:
    """Every payload name that a mapping reads, in its order, without repetition."""
    names: list[str | None] = [*mapping.key, *mapping.match.values(), mapping.observed_at]
    for field in mapping.fields.values():
        names += [field.column, *field.join]
    for signal in mapping.signals:
        names += [signal.kind_column, signal.at, signal.when_column, signal.external_id]
        names += signal.attributes.values()
    return tuple(dict.fromkeys(name for name in names if name))


def unmapped_columns(mapping: SourceMapping, columns: Sequence[str]) -> tuple[str, ...]:
    """The file's columns that the mapping neither reads nor leaves out on purpose."""
    used = set(payload_names(mapping)) | set(mapping.columns_ignored)
    used |= {name.split(".")[0] for name in used}
    return tuple(name for name in columns if name not in used and name.strip())


def _renamed(mapping: SourceMapping, rename: Any) -> SourceMapping:
    def maybe(name: str | None) -> str | None:
        return rename(name) if name else name

    fields = {
        name: field.model_copy(
            update={"column": maybe(field.column), "join": tuple(rename(part) for part in field.join)}
        )
        for name, field in mapping.fields.items()
    }
    signals = tuple(
        signal.model_copy(
            update={
                "kind_column": maybe(signal.kind_column),
                "at": maybe(signal.at),
                "when_column": maybe(signal.when_column),
                "external_id": maybe(signal.external_id),
                "attributes": {name: rename(column) for name, column in signal.attributes.items()},
            }
        )
        for signal in mapping.signals
    )
    return mapping.model_copy(
        update={
            "key": tuple(rename(name) for name in mapping.key),
            "match": {name: rename(column) for name, column in mapping.match.items()},
            "observed_at": maybe(mapping.observed_at),
            "columns_ignored": tuple(rename(name) for name in mapping.columns_ignored),
            "fields": fields,
            "signals": signals,
        }
    )
