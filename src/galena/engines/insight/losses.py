"""Why leads were lost: the reasons people gave, counted."""

from collections.abc import Mapping

import polars as pl

from galena.domain.report import Column, Table
from galena.engines.insight.funnel import GROUP_WORDS

_OUTCOMES = {1: "not interested", 2: "closed lost"}
_COLUMNS = (
    Column("stage", "After", "text"),
    Column("reason", "Reason", "text"),
    Column("code", "Code", "text"),
    Column("leads", "Leads"),
    Column("share", "Share of those lost", "share"),
)


def reasons(leads: pl.DataFrame, labels: Mapping[str, str], by: str | None = None) -> Table:
    """How many leads were lost for which reason.

    Args:
        leads: as `worked.worked` gives them; those that were not lost are passed over.
        labels: code -> the reason in words.
        by: a grouping, whose shares are of its own losses; None: all together.
    """
    lost = leads.filter(
        pl.col("reason").is_not_null()
        & (
            (pl.col("closing") == "closed_lost").fill_null(False)
            | ((pl.col("outcome") == "not_interested").fill_null(False) & pl.col("closing").is_null())
        )
    )
    group = [by] if by else []
    counts = lost.group_by([*group, "reason_stage", "reason"]).agg(leads=pl.len())
    sizes = counts.with_columns(whole=pl.col("leads").sum().over(group) if group else pl.col("leads").sum())
    ordered = sizes.sort([*group, "leads", "reason"], descending=[*(False for _ in group), True, False])
    rows = tuple(
        (
            *([str(row[by])] if by else []),
            _OUTCOMES[row["reason_stage"]],
            labels.get(row["reason"], row["reason"]),
            row["reason"],
            row["leads"],
            row["leads"] / row["whole"],
        )
        for row in ordered.iter_rows(named=True)
    )
    head = (Column(by, GROUP_WORDS[by], "text"),) if by else ()
    words = f", by {GROUP_WORDS[by].lower()}" if by else ""
    total = (*(["all"] if by else []), "" if by else "all", "", "", lost.height, 1.0 if lost.height else None)
    return Table(
        f"reasons{f'_by_{by}' if by else ''}", f"Why leads were lost{words}", (*head, *_COLUMNS), rows, total
    )
