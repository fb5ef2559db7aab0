"""Assignments with what became of them, as learning reads them."""

import io
from datetime import datetime

import polars as pl

from galena.engines.learning.feedback import attempts_of
from galena.stores import attempts
from galena.workflows.context import Context


def read_attempts(context: Context, since: datetime) -> pl.DataFrame:
    """Assignments from an instant on, in the order in which they were made.

    Columns: assignment_id, lead_id, score_id, assigned_at, propensity, explored, and what `attempts_of` adds.
    """
    with context.session() as session:
        assigned, said = (
            attempts.read_assigned(session, since=since),
            attempts.read_said(session, since=since),
        )
    whole = {"assigned_at_us": pl.Int64, "score_id": pl.Int64, "propensity": pl.Float64}
    given = pl.read_csv(io.BytesIO(assigned), infer_schema=False, schema_overrides=whole)
    told = pl.read_csv(
        io.BytesIO(said), infer_schema=False, schema_overrides={"at_us": pl.Int64, "stage": pl.Int64}
    )
    return attempts_of(
        given.with_columns(_moment("assigned_at_us"), pl.col("explored") == "t").drop("assigned_at_us"),
        told.with_columns(_moment("at_us")).drop("at_us"),
    )


def _moment(name: str) -> pl.Expr:
    return pl.from_epoch(name, "us").dt.replace_time_zone("UTC").alias(name.removesuffix("_us"))
