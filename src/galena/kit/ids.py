"""Identifiers: time-ordered UUIDs (version 7, RFC 9562), so that rows land together in indexes."""

import hashlib
from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A new time-ordered UUID (version 7)."""
    return UUID(int=uuid_utils.uuid7().int)


def content_hash(content: bytes) -> str:
    """The SHA-256 of `content` as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
