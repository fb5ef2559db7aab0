"""A model takes over on later leads: the better one does, the worse and the lucky one do not."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from galena.kit.errors import ConflictError, InputError
from galena.stores import audit
from galena.workflows.model_promotion import promote
from galena.workflows.model_trial import Trial, try_model

ROWS = 400
UNTIL = datetime(2026, 1, 31, 23, tzinfo=UTC)


@pytest.fixture
def later(tmp_path):
    """later(won_every): leads of which every so many is won, one per hour from the end of the training on."""

    def write(won_every=5, start=date(2026, 2, 1), rows=ROWS):
        file = tmp_path / f"later-{won_every}-{start}-{rows}.csv"
        came = [datetime(start.year, start.month, start.day) + timedelta(hours=n) for n in range(rows)]
        pl.DataFrame(
            {
                "visits": [n * 7 % 50 for n in range(rows)],
                "came": [f"{each:%Y-%m-%d %H:%M}" for each in came],
                "outcome": ["won" if n % won_every == 0 else "lost" for n in range(rows)],
            }
        ).write_csv(file)
        return Trial(file, "outcome", time="came")

    return write


def test_the_better_one_takes_over(context, store, register, later):
    # One lead in five is won: saying 0.2 costs -(0.2 ln 0.2 + 0.8 ln 0.8) = 0.5004 a lead, saying 0.5 costs 0.6931.
    one, two = register(0.5, data_to=UNTIL), register(0.2, data_to=UNTIL)
    promote(context, store, one.id, anyway="first")
    verdict = try_model(context, store, two.id, later())
    assert (verdict.model_id, verdict.against, verdict.better) == (two.id, one.id, True)
    assert verdict.certainty > 0.95
    assert verdict.detail["champion_log_loss"] == pytest.approx(0.6931, abs=1e-4)
    assert verdict.detail["challenger_log_loss"] == pytest.approx(0.5004, abs=1e-4)
    assert (verdict.detail["leads"], verdict.detail["positives"], verdict.detail["left_out"]) == (
        ROWS,
        ROWS // 5,
        0,
    )
    assert verdict.detail["against"] == "booked:1"
    assert promote(context, store, two.id, verdict=verdict).champion.name == "booked:2"


def test_the_worse_one_does_not(context, store, register, later):
    one, two = register(0.2), register(0.5)
    promote(context, store, one.id, anyway="first")
    verdict = try_model(context, store, two.id, later())
    assert (verdict.better, verdict.detail["verdict"]) == (False, "worse")
    with pytest.raises(ConflictError, match="does not show"):
        promote(context, store, two.id, verdict=verdict)


def test_the_first_is_tried_against_the_base_rate(context, store, register, later):
    model = register(0.2, row_count=100, positive_count=50)
    verdict = try_model(context, store, model.id, later())
    assert (verdict.against, verdict.detail["against"], verdict.better) == (None, "the base rate", True)
    assert promote(context, store, model.id, verdict=verdict).former is None


def test_leads_of_the_time_of_the_training_do_not_count(context, store, register, later):
    one, two = register(0.5, data_to=UNTIL - timedelta(days=9)), register(0.2, data_to=UNTIL)
    promote(context, store, one.id, anyway="first")
    verdict = try_model(context, store, two.id, later(start=date(2026, 1, 29)))  # 72 hours before the end
    assert (verdict.detail["left_out"], verdict.detail["leads"]) == (72, ROWS - 72)
    with pytest.raises(InputError, match="is later than the training"):
        try_model(context, store, two.id, later(start=date(2025, 1, 1)))


def test_patience_does_not_win(context, store, register, later):
    one, two, three = register(0.24), register(0.2), register(0.2)
    promote(context, store, one.id, anyway="first")
    small = later(rows=330)
    first = try_model(context, store, two.id, small)
    again = try_model(context, store, two.id, small)
    assert (first.detail["looked_before"], again.detail["looked_before"]) == (False, True)
    assert again.certainty == again.detail["certainty_any_time"] < first.certainty
    assert try_model(context, store, three.id, small).detail["looked_before"] is False
    with context.session() as session:
        tried = [
            each for each in audit.list_(session, subject=f"model:{two.id}") if each.action == "try_model"
        ]
    assert len(tried) == 2


def test_what_cannot_be_tried_is_said(context, store, register, later, tmp_path):
    one = register(0.2)
    with pytest.raises(InputError):
        try_model(context, store, one.id, Trial(tmp_path / "nowhere.csv", "outcome"))
    with pytest.raises(InputError, match="no column"):
        try_model(context, store, one.id, Trial(later().table, "outcom"))
    with pytest.raises(InputError, match="Too few rows"):
        try_model(context, store, one.id, later(rows=20))
    promote(context, store, one.id, anyway="x")
    with pytest.raises(InputError, match="champion already"):
        try_model(context, store, one.id, later())
