"""What became of each lead, read from its outcome fields: positive, negative, or open.

Open leads are censored: nobody knows yet, and no model learns from them. The labels' as_of is the newest day that the
leads themselves speak of, so that leads of an old file do not all seem to have been silent for years.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from galena.domain.playbook import Head, Playbook
from galena.domain.playbook.schema import field_schema, outcome_schema
from galena.kit.expression import BOOLEAN, INSTANT, TEXT, Definition, Program, Schema


@dataclass(frozen=True, slots=True)
class HeadLabels:
    """What became of some leads, as one head asks it.

    Attributes:
        label: 1 positive, 0 negative, null open; of a head that is given another, null unless that one is positive.
        decided_at: when it was known, where the playbook says; else null.
    """

    label: pl.Series
    decided_at: pl.Series

    @property
    def decided(self) -> int:
        """How many are positive or negative."""
        return self.label.len() - self.label.null_count()

    @property
    def positives(self) -> int:
        """How many are positive."""
        return int(self.label.fill_null(0.0).sum())


@dataclass(frozen=True, slots=True)
class Labels:
    """What became of some leads, row by row.

    Attributes:
        as_of: the newest day the leads speak of.
        arrived_at: when each came in, where a field says so; else null.
        heads: by name.
    """

    as_of: datetime
    arrived_at: pl.Series
    heads: Mapping[str, HeadLabels]

    def only(self, rows: list[int]) -> "Labels":
        """Of some of the leads."""
        kept = {
            name: HeadLabels(head.label.gather(rows), head.decided_at.gather(rows))
            for name, head in self.heads.items()
        }
        return Labels(self.as_of, self.arrived_at.gather(rows), kept)


class Labeller:
    """The labels of a playbook, compiled once."""

    def __init__(self, playbook: Playbook) -> None:
        models = playbook.models
        self.playbook = playbook
        schema = outcome_schema(playbook)
        known: Schema = {**field_schema(playbook), "lead_source": TEXT}
        self._arrival = Program.build([_instant("arrived_at", models.arrived_at)], known)
        moments = [_instant(f"decided_{head.name}", head.decided_at) for head in models.heads]
        self._moments = Program.build(moments, schema) if moments else None
        sides = {f"positive_{head.name}": f"COALESCE({head.positive}, FALSE)" for head in models.heads}
        sides |= {f"negative_{head.name}": f"COALESCE({head.negative}, FALSE)" for head in models.heads}
        expected = [Definition(name, sql, BOOLEAN) for name, sql in sides.items()]
        self._sides = Program.build(expected, schema) if expected else None

    @property
    def inputs(self) -> frozenset[str]:
        """The fields that labels are read from; of `lead_source`, the source is told with them."""
        programs = (self._arrival, self._moments, self._sides)
        return frozenset().union(*(each.inputs for each in programs if each is not None)) - {"lead_source"}

    def read(self, leads: pl.DataFrame, now: datetime) -> Labels:
        """The labels of leads.

        Args:
            leads: a column per field, outcome fields too, and `lead_source`; what is left out is unknown.
            now: what lies after it is not read as a day the leads speak of.
        """
        arrived = self._arrival.frame(leads, now)["arrived_at"]
        if self._moments is None or self._sides is None:
            return Labels(now, arrived, {})
        moments = self._moments.frame(leads, now)
        as_of = _newest([arrived, *moments.get_columns()], now)
        sides = self._sides.frame(leads, as_of)
        found: dict[str, HeadLabels] = {}
        for head in self.playbook.models.heads:
            label = _label(sides, head.name)
            if head.given is not None:
                asked = found[head.given].label == 1.0
                label = pl.select(pl.when(asked).then(label)).to_series()
            found[head.name] = HeadLabels(label.alias("label"), moments[f"decided_{head.name}"])
        return Labels(as_of, arrived, found)


def outcome_fields(playbook: Playbook, head: Head) -> tuple[str, ...]:
    """The outcome fields that the labels of a head read, in the playbook's order."""
    both = Definition("read", f"({head.positive}) OR ({head.negative})")
    read = Program.build([both], outcome_schema(playbook)).inputs
    return tuple(name for name, field in playbook.fields.items() if field.outcome and name in read)


def _label(sides: pl.DataFrame, head: str) -> pl.Series:
    positive, negative = pl.col(f"positive_{head}"), pl.col(f"negative_{head}")
    return sides.select(label=pl.when(positive).then(1.0).when(negative).then(0.0)).to_series()


def _newest(columns: list[pl.Series], now: datetime) -> datetime:
    """The latest instant of any column that is not after now; now where there is none."""
    newest = [column.filter(column <= now).max() for column in columns]
    known = [each for each in newest if isinstance(each, datetime)]
    return max(known).astimezone(UTC) if known else now


def _instant(name: str, sql: str | None) -> Definition:
    return Definition(name, f"CAST(({sql}) AS TIMESTAMP)" if sql else "NULL", INSTANT)
