"""What somebody changes is what they saw: ETags on answers, If-Match on changes."""

import hashlib
from typing import Annotated, Any

import orjson
from fastapi import Header
from pydantic import BaseModel

from galena.kit.errors import GalenaError

IfMatch = Annotated[
    str | None,
    Header(
        max_length=500, description="The ETag of what you saw: the change is made only if it is still so."
    ),
]
CHANGED: dict[int | str, dict[str, Any]] = {
    412: {"description": "It is no longer as you saw it: look again, then change it."}
}


class ChangedMeanwhileError(GalenaError):
    """What was to be changed is no longer what the sender saw."""

    http_status = 412


def tag_of(item: BaseModel) -> str:
    """The ETag of an item: the same as long as nothing that it shows changes."""
    content = orjson.dumps(item.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def ensure_unchanged(if_match: str | None, tag: str) -> None:
    """Nothing, where the sender saw this version or says nothing of it.

    Raises:
        ChangedMeanwhileError: they saw another one.
    """
    if if_match is None or "*" in (given := [each.strip() for each in if_match.split(",")]) or tag in given:
        return
    raise ChangedMeanwhileError(
        "This was changed since you looked.",
        facts={"etag": tag},
        remedy="Get it again, and repeat the change with its new ETag in If-Match.",
    )
