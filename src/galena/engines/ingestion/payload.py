"""Payloads: canonical JSON, its hash, and the value at a path."""

import datetime
import decimal
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
_ABSENT = object()
_DEEPEST = 100


def canonical_json(payload: Mapping[str, Any]) -> bytes:
    """The payload as JSON with sorted names, as PostgreSQL can hold it.

    NUL characters become U+FFFD and lone surrogates "?", since PostgreSQL refuses them; numbers that JSON cannot hold
    become null; dates and decimals become text. Never raises.
    """
    try:
        text = orjson.dumps(payload, default=_as_text, option=_OPTIONS)
    except (TypeError, ValueError, RecursionError):
        text = _forgiving_json(payload)
    if b"\\u0000" in text:
        text = orjson.dumps(clean(orjson.loads(text)), option=_OPTIONS)
    return text


def payload_hash(canonical: bytes) -> str:
    """The SHA-256 of canonical JSON as 64 hexadecimal digits."""
    return hashlib.sha256(canonical).hexdigest()


def clean(value: Any) -> Any:
    """The value with NUL characters replaced by U+FFFD and lone surrogates by "?", at any depth."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "�")
    if isinstance(value, dict):
        return {clean(str(name)): clean(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean(inner) for inner in value]
    return value


def _as_text(value: object) -> Any:
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return str(value)


def _forgiving_json(payload: Mapping[str, Any]) -> bytes:
    """For what orjson refuses: integers beyond 64 bits become text, and so does what lies too deep."""
    return orjson.dumps(_shallow(payload, _DEEPEST), default=_as_text, option=_OPTIONS)


def _shallow(value: Any, levels: int) -> Any:
    if isinstance(value, dict | list | tuple) and levels == 0:
        return "(nested too deeply)"
    if isinstance(value, dict):
        return {clean(str(name)): _shallow(inner, levels - 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_shallow(inner, levels - 1) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 63:
        return str(value) if value.bit_length() < 10_000 else "(a number of more than 3,000 digits)"
    return clean(value)


def picker(path: str) -> Callable[[Mapping[str, Any]], Any]:
    """A function that gives the value at `path` of a payload, or None.

    A payload name equal to the whole path wins ("owner.name" as a CSV heading); otherwise dots walk into
    nested objects and lists ("items.0.price").
    """
    if "." not in path:
        return lambda payload: payload.get(path)
    steps = path.split(".")

    def pick(payload: Mapping[str, Any]) -> Any:
        value: Any = payload.get(path, _ABSENT)
        return _walk(payload, steps) if value is _ABSENT else value

    return pick


def _walk(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple) and step.lstrip("-").isdigit():
            place = int(step) if len(step) < 10 else len(value)
            value = value[place] if -len(value) <= place < len(value) else None
        else:
            return None
    return value


def plain_text(value: Any) -> str:
    """A payload value as trimmed text: None is empty, true and false are in lower case, 5.0 is "5"."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dict | list):
        return canonical_json({"": value})[4:-1].decode()
    return str(_as_text(value)).strip()
