"""Leads, signals and states as frames, read in bulk from the stores without a Python object per lead."""

import io
from collections.abc import Mapping

import polars as pl

from galena.domain.playbook import Playbook
from galena.domain.playbook.schema import field_type
from galena.kit.expression import DATE, INSTANT, TEXT, Type, polars_schema

_JSON_KINDS = {DATE: TEXT, INSTANT: TEXT}
"""JSON has no dates: they are read as text, and expressions read the text as dates."""


PREVIOUS: dict[str, pl.DataType] = {
    "previous_tier": pl.String(),
    "previous_temperature": pl.String(),
    "previous_micropoints": pl.Int64(),
    "previous_confidence": pl.Float64(),
    "previous_fit": pl.Float64(),
    "previous_engagement": pl.Float64(),
    "previous_revision_id": pl.String(),
    "previous_model_id": pl.String(),
}
"""What leads bring of the score that stands."""

STANDING: dict[str, pl.DataType] = {"standing_tier": pl.String(), "placed_tier": pl.String()}
"""The tier that stands, and the same where capacity set it."""


def leads_frame(csv: bytes, playbook: Playbook) -> pl.DataFrame:
    """What `stores.leads.read_batch` gives, as a frame: lead_id, lead_key, lead_source, lead_status,
    lead_status_reason, lead_category, lead_trade_group, PREVIOUS, STANDING, and a column per field."""
    frame = pl.read_csv(io.BytesIO(csv), infer_schema=False, schema_overrides=PREVIOUS | STANDING)
    fields = frame["fields"].str.json_decode(_struct(playbook)).struct.unnest()
    source = frame["lead_key"].str.split_exact(":", 1).struct.field("field_0").alias("lead_source")
    return frame.drop("fields").hstack([source]).hstack(fields)


def signals_frame(csv: bytes) -> pl.DataFrame:
    """What `stores.signals.read_range` gives, as features read it: lead_id, kind, at, attributes."""
    frame = pl.read_csv(io.BytesIO(csv), infer_schema=False, schema_overrides={"at_us": pl.Int64})
    at = pl.from_epoch("at_us", "us").dt.replace_time_zone("UTC").alias("at")
    return frame.select("lead_id", "kind", at, "attributes")


def plain_struct(kinds: Mapping[str, Type]) -> pl.Struct:
    """Fields of these types as JSON gives them: dates are text, also inside lists."""
    return pl.Struct({name: _plain(_JSON_KINDS.get(kind, kind)) for name, kind in kinds.items()})


def _struct(playbook: Playbook) -> pl.Struct:
    known = {name: field for name, field in playbook.fields.items() if not field.outcome}
    return plain_struct({name: field_type(field) for name, field in known.items()})


def _plain(kind: Type) -> pl.DataType:
    """The type JSON gives: dates inside lists are text, too."""
    column = polars_schema({"x": kind})["x"]
    return _without_dates(column)


def _without_dates(column: pl.DataType) -> pl.DataType:
    if isinstance(column, pl.List):
        return pl.List(_without_dates(column.inner))  # type: ignore[arg-type]
    if isinstance(column, pl.Struct):
        return pl.Struct({field.name: _without_dates(field.dtype) for field in column.fields})  # type: ignore[arg-type]
    return pl.String() if column.is_temporal() else column
