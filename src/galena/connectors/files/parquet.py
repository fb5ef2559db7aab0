"""Parquet into rows."""

import base64
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from galena.connectors.files.header import unique_names
from galena.connectors.files.json_values import storable
from galena.connectors.files.unpack import Content
from galena.domain.record import Row, RowFault, excerpt
from galena.kit.errors import InputError

BATCH_ROWS = 2_048


class ParquetRows:
    """The rows of one Parquet file, in batches."""

    format = "parquet"
    delimiter: str | None = None

    def __init__(self, content: Content) -> None:
        self._content = content
        self._path: Path = content.local_path()
        self._odd_count = 0
        try:
            with pq.ParquetFile(self._path) as file:
                names = file.schema_arrow.names
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from error
        if len(names) > content.limits.columns:
            raise InputError(
                "The file has too many columns.",
                facts={"file": content.name, "columns": len(names), "limit": content.limits.columns},
                remedy="Keep only the columns you need.",
            )
        self.columns, self.notes = unique_names(names)

    def _damaged(self, error: Exception) -> InputError:
        return InputError(
            "The Parquet file is damaged or cut off.",
            facts={"file": self._content.name, "detail": str(error)[:200]},
            remedy="Fetch the file again.",
        )

    @property
    def found(self) -> list[str]:
        """Notes from reading so far."""
        what = "value(s) cannot be stored as they are and are shown as text (binary as base64)."
        return [f"{self._odd_count} {what}"] if self._odd_count else []

    def rows(self, skip_rows: int = 0) -> Iterator[Row | RowFault]:
        """Rows in file order, without the first `skip_rows`.

        Raises:
            InputError: the file is damaged behind its beginning.
        """
        self._odd_count = 0
        number = 0
        for batch in self._batches():
            if number + batch.num_rows <= skip_rows:
                number += batch.num_rows
                continue
            large = batch.nbytes > self._content.limits.cell_bytes
            for payload in self._payloads(batch):
                number += 1
                if number > skip_rows:
                    yield self._large(number, payload) if large else Row(number, payload)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            with pq.ParquetFile(self._path) as file:
                for batch in file.iter_batches(batch_size=BATCH_ROWS):
                    yield batch.rename_columns(list(self.columns))
        except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
            raise self._damaged(error) from error

    def _payloads(self, batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
        columns = [self._values(column) for column in batch.columns]
        names = self.columns
        if not columns:
            return iter({} for _ in range(batch.num_rows))
        return (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))

    def _values(self, column: pa.Array) -> list[Any]:
        kind = column.type
        if pa.types.is_timestamp(kind) and kind.unit == "ns":
            column = column.cast(pa.timestamp("us", kind.tz), safe=False)
        try:
            values: list[Any] = column.to_pylist()
        except (pa.ArrowException, ValueError, OverflowError, UnicodeDecodeError):
            values = [self._one(column[place]) for place in range(len(column))]
        if pa.types.is_integer(kind) or pa.types.is_temporal(kind) or pa.types.is_boolean(kind):
            return values
        return [self._storable(value) for value in values]

    def _one(self, scalar: pa.Scalar) -> Any:
        try:
            return scalar.as_py()
        except (pa.ArrowException, ValueError, OverflowError):
            self._odd_count += 1
            return str(scalar)

    def _storable(self, value: Any) -> Any:
        if type(value) is str and "\x00" not in value:
            return value
        if type(value) is float and math.isfinite(value):
            return value
        if isinstance(value, bytes):
            self._odd_count += 1
            return base64.b64encode(value).decode()
        if isinstance(value, float):
            # Arrow files say "missing" with NaN where Python frames wrote them.
            self._odd_count += math.isinf(value)
            return None if math.isnan(value) else str(value)
        if isinstance(value, dict):
            return {storable(str(key)): self._storable(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._storable(inner) for inner in value]
        cleaned = storable(value)
        self._odd_count += cleaned is not value
        return cleaned

    def _large(self, number: int, payload: dict[str, Any]) -> Row | RowFault:
        limit = self._content.limits.cell_bytes
        for name, value in payload.items():
            if isinstance(value, str) and len(value) * 4 > limit and len(value.encode()) > limit:
                reason = f"The cell has {len(value.encode()):,} bytes; the limit is {limit:,}."
                kept = {key: excerpt(v) if isinstance(v, str) else v for key, v in payload.items()}
                return RowFault(number, name, excerpt(value), reason, kept)
        return Row(number, payload)
