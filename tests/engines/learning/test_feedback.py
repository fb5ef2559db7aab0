"""What brokers said, read as labels: grades, two heads, and nothing where nobody knows."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from galena.engines.learning.feedback import GRADES, attempts_of

TUESDAY = datetime(2026, 11, 3, 6, tzinfo=UTC)


def _read(*words: tuple[str, str, int, float]) -> pl.DataFrame:
    """The attempts of leads a, b, c ... assigned on one Tuesday; words are (lead, outcome, stage, days after)."""
    names = sorted({word[0] for word in words} | {"z"})
    assigned = pl.DataFrame({"assignment_id": names, "assigned_at": [TUESDAY] * len(names)})
    told = [(name, stage, outcome, TUESDAY + timedelta(days=days)) for name, outcome, stage, days in words]
    said = pl.DataFrame(told, schema=["assignment_id", "stage", "outcome", "at"], orient="row")
    return attempts_of(assigned, said)


@pytest.mark.parametrize(
    ("outcome", "grade", "booked"),
    [
        ("booked", 1.0, 1.0),
        ("future_interest", 0.7, None),
        ("callback_requested", 0.7, None),
        ("no_answer", 0.5, 0.0),
        ("not_interested", 0.3, 0.0),
        ("do_not_contact", 0.0, 0.0),
        ("wrong_number", None, None),
        ("voicemail", None, None),
    ],
)
def test_the_grades_of_the_specification(outcome: str, grade: float | None, booked: float | None) -> None:
    lead, open_ = _read(("a", outcome, 1, 3.0)).to_dicts()
    assert (lead["grade"], lead["booked"], lead["won"]) == (grade, booked, None)
    assert lead["waited_days"] == (3.0 if booked is not None else None)
    assert lead["harm"] == (outcome == "do_not_contact")
    assert (open_["grade"], open_["booked"], open_["waited_days"]) == (None, None, None)
    assert GRADES["booked"] == 1.0


def test_the_newest_word_of_each_stage_counts() -> None:
    a, b, c, *_ = _read(
        ("a", "booked", 1, 5),
        ("a", "voicemail", 1, 1),
        ("a", "future_pending", 2, 9),
        ("a", "closed_won", 2, 40),
        ("b", "callback_requested", 1, 2),
        ("b", "not_interested", 1, 8),
        ("c", "closed_lost", 2, 20),
    ).to_dicts()
    assert (a["booked"], a["won"], a["waited_days"], a["won_waited_days"]) == (1, 1, 5, 40)
    assert (b["grade"], b["booked"], b["won"]) == (0.3, 0, None)
    # Whoever was met had a meeting, whether or not that was written down.
    assert (c["grade"], c["booked"], c["won"], c["waited_days"]) == (1, 1, 0, 20)
