"""How leads stand after a scoring: active, discarded or waiting, in which category, and marked where facts lack."""

from collections.abc import Sequence
from uuid import UUID

import polars as pl

from galena.domain.lead import NOT_ENRICHED
from galena.stores import leads
from galena.stores.door import Session
from galena.stores.leads import Standing


def write_standings(session: Session, batch: pl.DataFrame, found: pl.DataFrame, needs: Sequence[str]) -> None:
    """Writes statuses and categories, of the leads where something may differ.

    Args:
        found: what scoring found of the batch, in its order.
        needs: fields without which a lead is marked as not enriched, where it is scored all the same.
    """
    is_scored = pl.col("status") == "scored"
    lacks = pl.repeat(False, batch.height, eager=True)
    for name in needs:
        lacks = lacks | batch[name].is_null()
    marked = pl.when(is_scored & lacks).then(pl.lit(NOT_ENRICHED)).otherwise("reason")
    written = found.select(
        pl.col("id"),
        pl.when(is_scored).then(pl.lit("active")).otherwise("status").alias("status"),
        marked.alias("reason"),
        "category",
        "trade_group",
    )
    before = batch.select("lead_status", "lead_status_reason", "lead_category", "lead_trade_group")
    differs = [
        written[new].ne_missing(before[old])
        for new, old in zip(written.columns[1:], before.columns, strict=True)
    ]
    differing = written.filter(pl.any_horizontal(differs))
    if differing.is_empty():
        return
    leads.set_standings(
        session,
        (
            Standing(UUID(lead_id), status, reason, category, group)
            for lead_id, status, reason, category, group in differing.iter_rows()
        ),
    )
