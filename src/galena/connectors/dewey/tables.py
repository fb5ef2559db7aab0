"""A delivered file as records: Parquet, JSON, JSON Lines or CSV, packed with gzip or not."""

import csv
import gzip
import io
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from galena.kit.web import UnreadableAnswerError

MOST_BYTES = 512_000_000
"""Of a file, unpacked."""


def records_of(name: str, content: bytes) -> list[Any]:
    """The rows of a file; its name tells what it is.

    Raises:
        UnreadableAnswerError: it is not what its name says, or of no known kind.
    """
    kind = name.lower()
    try:
        if kind.endswith(".gz"):
            with gzip.open(io.BytesIO(content)) as packed:
                content, kind = packed.read(MOST_BYTES), kind.removesuffix(".gz")
        if kind.endswith(".parquet"):
            return _parquet(content)
        if kind.endswith((".json", ".jsonl", ".ndjson")):
            return _json(content)
        if kind.endswith(".csv"):
            return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (OSError, EOFError, zlib.error, ValueError, csv.Error) as fault:
        raise UnreadableAnswerError(
            "A delivered file cannot be read.",
            facts={"file": name, "bytes": len(content), "why": type(fault).__name__},
            remedy="Pull again; when it stays so, tell the provider.",
        ) from fault
    raise UnreadableAnswerError(
        "A delivered file is of a kind that is not known.",
        facts={"file": name},
        remedy="Choose Parquet, JSON or CSV for the product.",
    )


def _json(content: bytes) -> list[Any]:
    text = content.strip()
    if text.startswith(b"["):
        found: list[Any] = orjson.loads(text)
        return found
    return [orjson.loads(line) for line in text.splitlines() if line.strip()]


def _parquet(content: bytes) -> list[Any]:
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped, unused-ignore]

    rows = ParquetFile(io.BytesIO(content)).read().to_pylist()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    """Dates, decimals and the like as texts, the rest as it is."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
