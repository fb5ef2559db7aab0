"""Scores and the events that tell of them, as lines of many leads and as rows of a few, for the stores."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import polars as pl

from galena.domain.events import NewEvent
from galena.domain.scored import ScoreHeader
from galena.stores import scores


def score_lines(scored: pl.DataFrame) -> bytes:
    """Scores as `scores.record_csv` reads them."""
    reasons = pl.concat_str(
        pl.lit("{"), pl.col("reasons").cast(pl.List(pl.String)).list.join(","), pl.lit("}")
    ).alias("reasons")
    columns = [pl.col("id") if name == "lead_id" else pl.col(name) for name, _ in scores.CSV_COLUMNS[:-1]]
    return scored.select(*columns, reasons).write_csv(include_header=False).encode()


def few_score_events(told: Iterable[Mapping[str, Any]], header: ScoreHeader) -> list[NewEvent]:
    """`score_events` of a few leads, row by row."""
    return [
        NewEvent(
            "scored"
            if row["standing_tier"] is None
            else "score_changed"
            if row["standing_tier"] == row["tier"]
            else "tier_changed",
            UUID(row["id"]),
            {
                "tier": row["tier"],
                "tier_before": row["standing_tier"],
                "micropoints": row["micropoints"],
                "micropoints_before": row["previous_micropoints"],
                "change": None
                if row["previous_micropoints"] is None
                else row["micropoints"] - row["previous_micropoints"],
                "trigger": header.trigger,
            },
        )
        for row in told
    ]


def few_score_rows(scored: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Scores as `scores.record_few` reads them."""
    own = {"lead_id": "id"}
    return [
        {
            **{name: row[own.get(name, name)] for name, _ in scores.CSV_COLUMNS[:-1]},
            "reasons": "{" + ",".join(map(str, row["reasons"])) + "}",
        }
        for row in scored
    ]


def score_events(told: pl.DataFrame, header: ScoreHeader) -> bytes:
    """An event per lead whose tier or score is new, as the outbox reads them."""
    payload = pl.struct(
        "tier",
        pl.col("standing_tier").alias("tier_before"),
        "micropoints",
        pl.col("previous_micropoints").alias("micropoints_before"),
        (pl.col("micropoints") - pl.col("previous_micropoints")).alias("change"),
        pl.lit(header.trigger).alias("trigger"),
    ).struct.json_encode()
    before, after = pl.col("standing_tier"), pl.col("tier")
    kind = (
        pl.when(before.is_null())
        .then(pl.lit("scored"))
        .when(before == after)
        .then(pl.lit("score_changed"))
        .otherwise(pl.lit("tier_changed"))
    )
    events = told.select(kind.alias("kind"), pl.col("id"), payload.alias("payload"))
    return events.write_csv(include_header=False).encode()
