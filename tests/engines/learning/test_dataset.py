"""A table of past leads is made ready, or refused with a reason that says what to do."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from galena.engines.learning.dataset import DatasetError, dataset_of
from galena.engines.learning.outcome import OutcomeError
from galena.kit.errors import InputError


def _frame(outcomes: list[object], name: str = "result") -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "visits": rng.integers(0, 30, len(outcomes)),
            "source": rng.choice(["web", "fair"], len(outcomes)),
            name: outcomes,
        },
        strict=False,
    )


@pytest.mark.parametrize(
    ("won", "lost"),
    [
        (1, 0),
        (1.0, 0.0),
        ("1", "0"),
        (True, False),
        ("yes", "no"),
        ("Y", "N"),
        ("Won", "Lost"),
        ("Closed Won", "Closed Lost"),
        ("Converted", "Not Converted"),
        ("qualified", "unqualified"),
        ("Booked", "no show"),
        ("TRUE", "FALSE"),
        ("something new", "lost"),
    ],
)
def test_well_known_pairs_are_guessed(won: object, lost: object) -> None:
    data = dataset_of(_frame([lost, won, lost] * 20), target="result")
    assert data.target.tolist() == [0.0, 1.0, 0.0] * 20
    assert data.outcome.guessed
    assert (data.outcome.positives, data.outcome.negatives) == (20, 40)


def test_the_guess_is_said() -> None:
    data = dataset_of(_frame(["won ", "LOST", "Won", None] * 20), target="result")
    assert data.outcome.sentence() == (
        "“Won” in column “result” taken as the success (40 rows), “LOST” the other outcome (20 rows); "
        "20 rows without an outcome are left out."
    )


def test_the_person_may_name_the_positive() -> None:
    data = dataset_of(_frame(["A", "B", "B"] * 20), target="result", positive=" b ")
    assert data.positives == 40
    assert not data.outcome.guessed
    churn = dataset_of(_frame(["yes", "no", "no"] * 20), target="result", positive="no")
    assert churn.positives == 40


def test_open_rows_are_left_out_and_the_others_keep_their_numbers() -> None:
    data = dataset_of(_frame([None, "won", "lost", ""] * 20), target="result")
    assert data.rows == 40
    assert data.row_numbers[:4].tolist() == [1, 2, 5, 6]
    assert data.outcome.unlabelled == 40
    assert "result" not in data.frame.columns


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (["won"] * 60, "has the same outcome"),
        ([None] * 60, "is empty"),
        (["won", "lost"] * 14, "Too few rows"),
        (["won"] * 7 + ["lost"] * 60, "Too few rows with the outcome “won”"),
        (["won"] * 60 + ["lost"] * 7, "Too few rows with the outcome “lost”"),
        (["A", "B"] * 30, "is not clear"),
        (["won"] * 59 + ["lost"] * 30 + ["open"] * 9, "has 3 different outcomes"),
        (list(range(60)), "has 60 different outcomes"),
        (["Converted"] * 50 + ["Convertd"] * 10, "spelt in two ways"),
    ],
)
def test_refusals_say_why(outcomes: list[object], said: str) -> None:
    with pytest.raises(InputError) as caught:
        dataset_of(_frame(outcomes), target="result")
    assert said in str(caught.value)
    assert caught.value.remedy


def test_typos_and_twins_are_named_with_their_counts() -> None:
    with pytest.raises(OutcomeError) as caught:
        dataset_of(_frame(["Converted"] * 40 + ["Lost"] * 30 + ["Convertd"] + ["No"] * 2), target="result")
    assert "“Convertd” (1 row) looks like “Converted”." in caught.value.remedy
    assert "“No” (2 rows) may mean the same as “Lost”." in caught.value.remedy
    assert caught.value.facts == {"“Converted”": 40, "“Lost”": 30, "“No”": 2, "“Convertd”": 1}


def test_a_wrong_positive_is_refused_with_the_values_there_are() -> None:
    with pytest.raises(OutcomeError) as caught:
        dataset_of(_frame(["A", "B"] * 30), target="result", positive="C")
    assert caught.value.facts == {"“A”": 30, "“B”": 30}


def test_a_wrong_column_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(DatasetError, match="Did you mean “Converted ”"):
        dataset_of(_frame([1, 0] * 30, "Converted "), target="Convertd")
    with pytest.raises(DatasetError, match="no column “when”"):
        dataset_of(_frame([1, 0] * 30), target="result", time="when")


def test_spaces_and_case_of_a_column_name_do_not_matter_when_clear() -> None:
    assert dataset_of(_frame([1, 0] * 30, " Converted "), target="converted").rows == 60


def test_an_empty_table_and_a_table_without_inputs_are_refused() -> None:
    with pytest.raises(DatasetError, match="no rows"):
        dataset_of(_frame([]), target="result")
    with pytest.raises(DatasetError, match="No column is left"):
        dataset_of(_frame([1, 0] * 30), target="result", drop=["visits", "source"])


@pytest.mark.parametrize(
    "given",
    [
        [date(2026, 1, 1 + index % 28) for index in range(60)],
        [f"2026-01-{1 + index % 28:02d}" for index in range(60)],
        [f"{1 + index % 28:02d}/01/2026 10:00" for index in range(60)],
        [1_700_000_000 + index % 28 for index in range(60)],
        [str(1_700_000_000 + index % 28) for index in range(60)],
        [str(index % 28) for index in range(60)],
    ],
)
def test_times_are_read_from_dates_and_growing_numbers(given: list[object]) -> None:
    data = dataset_of(_frame([1, 0] * 30).with_columns(when=pl.Series(given)), target="result", time="when")
    assert data.times is not None
    assert (np.diff(data.times[:28]) > np.timedelta64(0, "us")).all()
    assert data.times[0] == data.times[28]


def test_words_are_no_time() -> None:
    with pytest.raises(DatasetError, match="cannot be read as a time"):
        dataset_of(_frame([1, 0] * 30), target="result", time="source")


def test_groups_are_numbers_and_rows_without_one_stand_alone() -> None:
    frame = _frame([1, 0] * 30).with_columns(firm=pl.Series(["a", "b", None] * 20))
    data = dataset_of(frame, target="result", group="firm")
    assert data.groups is not None
    assert data.groups[0] == data.groups[3] != data.groups[1]
    assert len(set(data.groups.tolist())) == 22
    assert "firm" not in data.reading.names


def test_dropping_columns_keeps_the_reason() -> None:
    data = dataset_of(_frame([1, 0] * 30), target="result", drop=["visits"])
    assert data.dropped == {"result": "the outcome", "visits": "dropped on request"}
    less = dataset_of(_frame([1, 0] * 30), target="result").without(["visits"], "probably knows the outcome")
    assert less.reading.names == ("source",)
    assert less.dropped["visits"] == "probably knows the outcome"
    assert less.frame.columns == ["source"]
