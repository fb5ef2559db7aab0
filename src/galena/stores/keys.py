"""Keys that come from outside, made fit for an index."""

from galena.kit.ids import content_hash

LONGEST_KEY = 500
"""In characters; an index entry of PostgreSQL holds about 2,700 bytes."""


def bounded(key: str) -> str:
    """The key itself, or, when it is longer than LONGEST_KEY, its beginning and its hash."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = content_hash(key.encode("utf-8", "replace"))
    return f"{key[: LONGEST_KEY - 80]}~{digest}"
