"""What became of assigned leads, read from what their brokers said: graded, per head, and open where nobody knows yet.

The newest word of each stage counts. A booked meeting, or anything said after one, is a yes for "books a meeting"; no
answer, not interested and do not contact are a no; interest for later leaves it open, and so does silence: nobody has
said no. A wrong number tells of the data and not of the lead: it is neither, and has no grade.
"""

from typing import Final

import polars as pl

from galena.domain.dispositions import RULES

BOOKED: Final = {"booked": 1.0, "no_answer": 0.0, "not_interested": 0.0, "do_not_contact": 0.0}
WON: Final = {"closed_won": 1.0, "closed_lost": 0.0}
GRADES: Final = {rule.outcome: rule.grade for rule in RULES.values() if rule.grade is not None}
"""How good a lead was by what came of the outreach: booked 1, callback or future 0.7, no answer 0.5, not interested
0.3, do not contact 0."""
HARM: Final = "do_not_contact"
_DAY_US: Final = 86_400_000_000


def attempts_of(assigned: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Assignments with what became of them, in the same order.

    Args:
        assigned: `assignment_id`, `assigned_at` and anything else, a row each.
        said: `assignment_id`, `stage` (1 after outreach, 2 after the meeting), `outcome`, `at`; what was taken back is
            not among them.

    Returns:
        The assignments with `grade` (0-1, null open), `booked` and `won` (1, 0, null open; won only where booked),
        `waited_days` and `won_waited_days` (null while open), and `harm` (1 where it is not to be contacted).
    """
    newest = said.sort("at", maintain_order=True).group_by("assignment_id", "stage").last()
    first = _stage(newest, 1, BOOKED).with_columns(
        grade=pl.col("outcome").replace_strict(GRADES, default=None, return_dtype=pl.Float64),
        harm=(pl.col("outcome") == HARM).cast(pl.Float64),
    )
    second = _stage(newest, 2, WON).rename({"label": "won", "at": "won_at", "outcome": "second"})
    both = assigned.join(
        first.rename({"label": "booked", "at": "booked_at"}).drop("outcome"),
        on="assignment_id",
        how="left",
        maintain_order="left",
    ).join(second, on="assignment_id", how="left", maintain_order="left")
    met = pl.col("second").is_not_null()
    booked_at = pl.col("booked_at").fill_null(pl.col("won_at"))
    return (
        both.with_columns(
            booked=pl.when(met).then(1.0).otherwise("booked"),
            grade=pl.when(met).then(1.0).otherwise("grade"),
            booked_at=booked_at,
            harm=pl.col("harm").fill_null(0.0),
        )
        .with_columns(waited_days=_days("booked_at", "booked"), won_waited_days=_days("won_at", "won"))
        .drop("booked_at", "won_at", "second")
    )


def _stage(newest: pl.DataFrame, stage: int, labels: dict[str, float]) -> pl.DataFrame:
    label = pl.col("outcome").replace_strict(labels, default=None, return_dtype=pl.Float64)
    of_stage = newest.filter(pl.col("stage") == stage)
    return of_stage.select("assignment_id", "outcome", "at", label=label)


def _days(until: str, label: str) -> pl.Expr:
    waited = (pl.col(until) - pl.col("assigned_at")).dt.total_microseconds() / _DAY_US
    return pl.when(pl.col(label).is_not_null()).then(pl.max_horizontal(waited, 0.0))
