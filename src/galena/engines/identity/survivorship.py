"""Survivorship: which of several values of a field stands.

Per field the value with the greater provenance stands: the more trusted source, then the newer fact, then the
later arrival. What a record does not know changes nothing, so a known value is never overwritten by an unknown
one. Because the greater of two is the same in any order, adding records one by one gives the same lead as
rebuilding it from all of them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from galena.domain.lead import Provenance


class Standing(NamedTuple):
    """The values that stand, where each comes from, and the fields whose value the last step changed."""

    fields: dict[str, Any]
    provenance: dict[str, Provenance]
    changed: frozenset[str]


def merge(
    fields: Mapping[str, Any],
    provenance: Mapping[str, Provenance],
    record_fields: Mapping[str, Any],
    record: Provenance,
) -> Standing:
    """A lead's values after one more record; the arguments are left as they are.

    Args:
        fields, provenance: the lead before.
        record_fields: the known values of the record (None counts as unknown).
        record: where these come from.
    """
    merged, sources = dict(fields), dict(provenance)
    changed = set()
    for name, value in record_fields.items():
        if value is None:
            continue
        standing = sources.get(name)
        if standing is not None and standing >= record:
            continue
        if name not in merged or merged[name] != value:
            changed.add(name)
        merged[name] = value
        sources[name] = record
    return Standing(merged, sources, frozenset(changed))


def survivors(records: Iterable[tuple[Provenance, Mapping[str, Any]]]) -> Standing:
    """The values that stand among all records of a lead, in whatever order they come."""
    fields: dict[str, Any] = {}
    sources: dict[str, Provenance] = {}
    for record, values in records:
        for name, value in values.items():
            if value is None:
                continue
            standing = sources.get(name)
            if standing is None or standing < record:
                fields[name] = value
                sources[name] = record
    return Standing(fields, sources, frozenset(fields))
