"""What is said of a table before it is learned from, and what a model is worth without suspected columns."""

import pytest

from galena.connectors.files.tables import TableFile
from galena.workflows.train_table import Order, TrainedTable, prepare_table


@pytest.fixture
def past(tmp_path):
    """40 leads: an id, visits, a signature that only winners have."""
    rows = [f"L{n:03d},{n * 7 % 40},{'signed' if n % 2 else ''},{n % 2}" for n in range(40)]
    path = tmp_path / "past.csv"
    path.write_text("id,visits,Contract,won\n" + "\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize(
    ("monotone", "drop_leaks", "notes"),
    [
        ({"id": 1}, False, ["“id” is not used (an id: every value differs), so there is nothing to hold"]),
        ({"Contract": 1}, True, ["“Contract” is not used (suspected of knowing the outcome)"]),
        ({"visits": 1}, True, []),
    ],
    ids=["an id", "left out as a leak", "used"],
)
def test_a_direction_of_a_column_that_is_not_used_is_told(past, tmp_path, monotone, drop_leaks, notes):
    past.write_text(past.read_text().replace(",0,", ",1,"))
    order = Order(target="won", monotone=monotone, drop_leaks=drop_leaks)
    prepared = prepare_table(TableFile(str(past)), tmp_path / "model", order)
    assert len(prepared.notes) == len(notes)
    assert all(said.startswith(start) for said, start in zip(prepared.notes, notes, strict=True))


@pytest.mark.parametrize(("won", "lost"), [("1", "0"), ("1.0", "0"), (" Signed ", "not  signed")])
def test_the_outcomes_are_named_in_any_spelling(tmp_path, won, lost):
    values = ("1.0", "0.0") if won.startswith("1") else ("signed", "Not signed")
    rows = [f"{n * 7 % 40},{(*values, 'open')[n % 3]}" for n in range(60)]
    (tmp_path / "past.csv").write_text("visits,won\n" + "\n".join(rows) + "\n")
    order = Order(target="won", positive=won, negative=(lost,))
    outcome = prepare_table(TableFile(str(tmp_path / "past.csv")), tmp_path / "model", order).dataset.outcome
    assert (outcome.positives, outcome.negatives, outcome.unlabelled) == (20, 20, 20)


def test_leads_whose_time_cannot_be_read_are_told(tmp_path):
    rows = [f"{'soon' if n < 7 else f'2026-01-{n % 28 + 1:02d}'},{n * 7 % 40},{n % 2}" for n in range(60)]
    (tmp_path / "past.csv").write_text("when,visits,won\n" + "\n".join(rows) + "\n")
    table = TableFile(str(tmp_path / "past.csv"))
    prepared = prepare_table(table, tmp_path / "model", Order(target="won", time="when"))
    assert prepared.notes == (
        "“when” holds no time that can be read in 7 rows of 60: the model learns from them as the earliest, and is not"
        " judged on them.",
    )


def test_what_suspected_columns_are_worth_is_said_in_pairs_of_leads():
    tried = TrainedTable(None, None, None, auc_with=0.976, auc_without=0.873, seconds=1.0)
    assert "in 98 of 100 pairs, without them in about 87 (50 is a coin)" in tried.cost_of_leaks
    assert TrainedTable(None, None, None, None, None, 1.0).cost_of_leaks == ""
