"""The leads of a workspace as reports read them: given, and what became of them."""

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
from polars.datatypes import DataTypeClass

from galena.domain.dispositions import RULES
from galena.domain.playbook import Playbook
from galena.engines.insight.worked import GIVEN, SAID, worked
from galena.stores import outcome_frames
from galena.stores.door import Session

_CALLS = [rule.outcome for rule in RULES.values() if rule.is_call]


def worked_leads(
    session: Session, playbook: Playbook, *, since: date | None = None, until: date | None = None
) -> pl.DataFrame:
    """Every lead that was given from one day to another (UTC, both inclusive), once, with what became of it.

    Columns: as `engines.insight.worked.worked` gives them.
    """
    outcomes = playbook.outcomes
    given = outcome_frames.read_given(
        session,
        source="source" if "source" in playbook.fields else "",
        industry=outcomes.industry or "",
        segment=outcomes.segment or "",
        since=_start(since) if since else None,
        until=_start(until + timedelta(days=1)) if until else None,
    )
    said = _frame(outcome_frames.read_said(session), {**SAID, "is_call": None})
    return worked(_frame(given, GIVEN), said.with_columns(is_call=pl.col("outcome").is_in(_CALLS)))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _frame(csv: bytes, schema: Mapping[str, pl.DataType | DataTypeClass | None]) -> pl.DataFrame:
    """The CSV as a frame of the schema; instants come as microseconds, what is None in the schema does not come."""
    wanted = {name: kind for name, kind in schema.items() if kind is not None}
    instants = {name: pl.Int64 for name, kind in wanted.items() if isinstance(kind, pl.Datetime)}
    flags = {name: pl.String for name, kind in wanted.items() if kind == pl.Boolean}
    frame = pl.read_csv(io.BytesIO(csv), schema_overrides={**wanted, **instants, **flags})
    return frame.with_columns(
        *(pl.from_epoch(name, "us").dt.replace_time_zone("UTC") for name in instants),
        *(pl.col(name) == "t" for name in flags),
    ).select(list(wanted))
