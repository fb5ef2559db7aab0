"""A provider that answers look-ups in the shape of this product's own contracts.

`GET <path>?<what is asked>` with a bearer key gives `{"data": [...]}`; faults are `{"error": {"code", "message"}}`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from galena.simulator.providers.server import Asked, Reply

KEY = "good-key"


def answer_look_up(
    asked: Asked, rows: Sequence[Mapping[str, Any]], path: str, by: Mapping[str, str]
) -> Reply:
    """The rows whose columns say what is asked.

    Args:
        by: parameter -> the column it is compared with; a parameter that is not sent is not compared.
    """
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        return _fault(401, "bad_key", "The key is not known.")
    if asked.path != path:
        return _fault(404, "not_found", "There is no such page.")
    if not asked.query.keys() & by.keys():
        return _fault(400, "nothing_asked", f"Give one of {', '.join(by)}.")
    found = [
        row
        for row in rows
        if all(
            str(row[column]).casefold() == asked.query[param].casefold()
            for param, column in by.items()
            if param in asked.query
        )
    ]
    return Reply({"data": found})


def _fault(status: int, code: str, words: str) -> Reply:
    return Reply({"error": {"code": code, "message": words}}, status)
