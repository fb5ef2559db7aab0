"""Lists a page at a time: cursors that say where to go on, opaque to whoever holds them."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel, Field

from galena.kit.errors import InputError

Cursor = Annotated[
    str | None,
    Query(max_length=2_000, description="The `next` of the page before; left out: the first page."),
]
PageSize = Annotated[int, Query(ge=1, le=500, description="How many items a page holds at most.")]
Item = TypeVar("Item")
_LONGEST_PART = 200


class Page(BaseModel):
    """What every page of a list has."""

    next: str | None = Field(
        description="Given back as `cursor`, the next page comes; null: this is the last one."
    )


def write_cursor(*parts: object) -> str:
    """A place in a list, as text."""
    return base64.urlsafe_b64encode(orjson.dumps([str(part) for part in parts])).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: Callable[[str], Any]) -> tuple[Any, ...]:
    """The parts of a cursor, each read by its kind.

    Raises:
        InputError: it is none that this list gave out.
    """
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise ValueError
        return tuple(kind(str(part)[:_LONGEST_PART]) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, binascii.Error, OverflowError) as error:
        raise InputError(
            "This cursor is none that this list gave out.",
            remedy="Give back the `next` of the page before as it is, or leave `cursor` out.",
        ) from error


def cut(
    items: Sequence[Item], limit: int, cursor: str | None, key: Callable[[Item], object]
) -> tuple[Sequence[Item], str | None]:
    """A page of a short list that is at hand as a whole, and where the next one begins.

    Args:
        key: what makes an item another than the others; a list that changed in between goes on behind the same item.

    Raises:
        InputError: the cursor's item is no longer in the list.
    """
    start = 0
    if cursor is not None:
        (last,) = read_cursor(cursor, str)
        places = [place for place, item in enumerate(items) if str(key(item)) == last]
        if not places:
            raise InputError("The item at which this page begins is gone.", remedy="Begin at the first page.")
        start = places[0] + 1
    found = items[start : start + limit]
    more = start + limit < len(items)
    return found, write_cursor(key(found[-1])) if more and found else None


def with_next(
    items: Sequence[Item], limit: int, place: Callable[[Item], tuple[object, ...]]
) -> tuple[Sequence[Item], str | None]:
    """A page and where the next one begins, of what was read with one item more than the page holds."""
    found = items[:limit]
    return found, write_cursor(*place(found[-1])) if len(items) > limit else None
