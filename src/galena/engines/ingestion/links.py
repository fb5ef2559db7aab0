"""Links: the texts by which details and signals find their leads.

A link is "<name>:<value>", the value trimmed, in lower case and with single spaces; its name is a lead field,
or "key" followed by a source for the source's own record key: "account:cancity", "key:crm:1042".
"""

from collections.abc import Iterable, Mapping
from typing import Any

from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.playbook import Playbook
from galena.engines.ingestion.payload import payload_hash, plain_text

LONGEST_LINK = 300


def link_of(name: str, value: Any) -> str | None:
    """The link of a value, or None when the value is empty. Overlong values are replaced by their hash."""
    text = " ".join(plain_text(value).casefold().split()).replace("\0", "�")
    if not text:
        return None
    if len(text) > LONGEST_LINK:
        text = "sha256-" + payload_hash(text.encode("utf-8", "replace"))
    return f"{name}:{text}"


def record_link(source: str, record_key: str) -> str:
    """The link by which a lead is found under its source's own key."""
    return link_of(f"key:{source}", record_key) or f"key:{source}:"


def linking_fields(playbook: Playbook, others: Iterable[SourceMapping] = ()) -> tuple[str, ...]:
    """The lead fields that some details or signals of the playbook (or of `others`) match on, sorted."""
    names = {
        name
        for mapping in (*playbook.mappings, *others)
        if mapping.role != "leads"
        for name in mapping.match
        if name in playbook.fields
    }
    return tuple(sorted(names))


def lead_links(
    fields: Mapping[str, Any], names: Iterable[str], record_links: Iterable[str]
) -> tuple[str, ...]:
    """All links of a lead, sorted: of its record keys and of its linking fields."""
    found = set(record_links)
    for name in names:
        value = fields.get(name)
        for each in value if isinstance(value, list) else (value,):
            link = link_of(name, each)
            if link:
                found.add(link)
    return tuple(sorted(found))
