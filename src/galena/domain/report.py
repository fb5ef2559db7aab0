"""A report: tables of figures with what they mean, the same for screens, files and paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

ColumnKind = Literal["text", "count", "share", "money", "days", "number"]
"""count: whole. share: 0-1, shown as a percentage. money: in the report's currency. days: one decimal."""

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `label` is what people read."""

    name: str
    label: str
    kind: ColumnKind = "count"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of figures.

    Attributes:
        name: for files, such as `by_broker`.
        total: the line under the rows; None where nothing adds up.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None

    def records(self) -> Iterator[dict[str, Cell]]:
        """The rows by the names of their columns."""
        names = [column.name for column in self.columns]
        for row in self.rows:
            yield dict(zip(names, row, strict=True))

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        names = [column.name for column in self.columns]
        total = dict(zip(names, self.total, strict=True)) if self.total else None
        return {"name": self.name, "title": self.title, "rows": list(self.records()), "total": total}


@dataclass(frozen=True, slots=True)
class Report:
    """Tables, what they say in a sentence, and how the figures are made.

    Attributes:
        since, until: the days the leads were given on, both inclusive; None: without a bound.
        said: what it comes to, in sentences.
        method: how the figures are made, in sentences.
    """

    name: str
    title: str
    currency: str
    tables: tuple[Table, ...]
    said: tuple[str, ...]
    method: tuple[str, ...]
    since: date | None = None
    until: date | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "report": self.name,
            "currency": self.currency,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "tables": [table.as_dict() for table in self.tables],
            "said": list(self.said),
            "method": list(self.method),
        }
