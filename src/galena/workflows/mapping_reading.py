"""Kept mappings read: the same content is checked once in a process, however many messages ask for it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from galena.domain.playbook import Mapping as SourceMapping


def read_mapping(content: Mapping[str, Any] | None) -> SourceMapping:
    """A mapping as it was kept."""
    return _read(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=512)
def _read(content: bytes) -> SourceMapping:
    return SourceMapping.model_validate(orjson.loads(content))
