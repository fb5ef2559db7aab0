"""New leads scored: every row kept in its place, what was odd is named, and the sums can be redone."""

import csv
from datetime import UTC, datetime

import numpy as np
import pytest

from galena.connectors.files.tables import TableFile
from galena.domain.playbook import Tier
from galena.kit.errors import ConfigurationError, InputError
from galena.playbooks import load, shipped
from galena.workflows.explain_table import explain_row
from galena.workflows.score_table import ADDED, score_table
from galena.workflows.tiering import TopShares, thresholds

from .plain_model import PlainModel

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def scored(tmp_path):
    """scored(text, **options): the result and the rows of the file written."""

    def run(text, model=None, **options):
        path, out = tmp_path / "new.csv", tmp_path / "scored.csv"
        path.write_text(text, newline="")
        done = score_table(TableFile(str(path)), model or PlainModel(), out, **options)
        with out.open(newline="", encoding="utf-8") as file:
            return done, list(csv.DictReader(file))

    return run


def test_every_row_gets_its_score_tier_and_reasons(scored):
    done, rows = scored("visits,source,phone_ok\n5,referral,yes\n0,web,no\n,,\n")
    assert list(rows[0]) == ["visits", "source", "phone_ok", *ADDED]
    assert [row["score"] for row in rows] == ["50.0000", "25.0000", "30.0000"]
    assert [row["probability"] for row in rows] == ["0.500000", "0.250000", "0.300000"]
    assert (rows[0]["probability_low"], rows[0]["probability_high"]) == ("0.450000", "0.550000")
    assert [row["tier"] for row in rows] == ["A", "C", "B"]
    assert [rows[0][f"reason_{n}"] for n in range(1, 6)] == [
        "visits is 5: +10 points",
        "source is 'referral': +10 points",
        "",
        "",
        "",
    ]
    assert rows[1]["reason_1"] == "phone_ok is no: -5 points"
    assert rows[2]["reason_1"] == ""
    assert (done.rows, done.tiers) == (3, {"A": 1, "B": 1, "C": 1})
    assert done.mean_probability == pytest.approx(0.35)


def test_the_file_is_read_in_blocks_and_ranked_as_a_whole(scored, monkeypatch):
    monkeypatch.setattr("galena.workflows.score_table._MOST_ROWS", 7)
    monkeypatch.setattr("galena.workflows.score_table._EXPLAINED_AT_ONCE", 9)
    visits = [number * 7 % 17 for number in range(50)]
    done, rows = scored("visits,n\n" + "".join(f"{v},{n}\n" for n, v in enumerate(visits)))
    assert [row["n"] for row in rows] == [str(n) for n in range(50)]
    order = sorted(range(50), key=lambda n: (-visits[n], n))
    assert [n for n in range(50) if rows[n]["tier"] == "A"] == sorted(order[:10])
    assert [n for n in range(50) if rows[n]["tier"] == "B"] == sorted(order[10:25])
    assert done.tiers == {"A": 10, "B": 15, "C": 25}


@pytest.mark.parametrize(
    ("rows", "capacity", "tiers"),
    [
        (0, None, ""),
        (1, None, "A"),
        (2, None, "AB"),
        (10, None, "AABBBCCCCC"),
        (5, 1, "ABBCC"),
        (5, 9, "AAAAA"),
        (5, 5, "AAAAA"),
    ],
)
def test_tiers_by_rank(rows, capacity, tiers):
    scores = np.arange(rows, 0, -1.0)
    assert "".join(TopShares(capacity)(scores, scores)) == tiers


def test_among_equal_scores_the_earlier_row_is_better():
    assert TopShares(2)(np.array([5.0, 7.0, 7.0, 7.0]), np.ones(4)) == ["C", "A", "A", "B"]


@pytest.mark.parametrize(
    ("scores", "capacity", "shared"),
    [
        ([5, 4, 3, 2, 1], None, []),
        ([5, 5, 3, 2, 1], None, [("A", 5.0, 2, 1)]),
        ([5, 5, 5, 5, 5], None, [("A", 5.0, 5, 1), ("B", 5.0, 5, 3)]),
        ([9, 5, 5, 5, 1], None, [("B", 5.0, 3, 2)]),
        ([5.00001, 5.0, 3, 2, 1], 1, [("A", 5.0, 2, 1)]),  # equal as they are written
        ([5, 5], 9, []),
        ([], None, []),
    ],
)
def test_where_a_tier_ends_among_equals(scores, capacity, shared):
    found = TopShares(capacity).shared_borders(np.array(scores, np.float64))
    assert [(each.tier, each.score, each.leads, each.inside) for each in found] == shared


def test_tiers_of_a_playbook():
    for name in shipped():
        playbook = load(name)
        rule = thresholds(playbook.rules.tiers, name, NOW)
        named = [tier.name for tier in playbook.rules.tiers]
        assert rule(np.array([100.0, 0.0]), np.array([1.0, 1.0])) == [named[0], named[-1]]
    assert thresholds(load("brokerage").rules.tiers, "b", NOW)(
        np.array([75.0, 75.0]), np.array([0.8, 0.6])
    ) == ["green", "yellow"]


def test_a_tier_that_reads_more_than_a_score_is_refused():
    tiers = (
        Tier(name="a", label="A", when="score > 50 AND value > 3"),
        Tier(name="b", label="B", when="TRUE"),
    )
    with pytest.raises(ConfigurationError, match="more than score and confidence"):
        thresholds(tiers, "mine", NOW)


def test_what_differs_from_the_training_is_named_and_scored_all_the_same(scored):
    done, rows = scored("source,visits,colour\nweb,many,red\nradio,inf,red\nreferral,4,blue\n")
    found = done.findings
    assert found.missing_columns == ("phone_ok",)
    assert found.extra_columns == ("colour",)
    assert found.unreadable["visits"].count == 2
    assert found.unreadable["visits"].examples == ("many", "inf")
    assert found.unseen == {"source": 1}
    assert [row["score"] for row in rows] == ["30.0000", "30.0000", "48.0000"]
    assert done.as_dict()["unreadable"] == {"visits": {"count": 2, "examples": ["many", "inf"]}}


def test_columns_known_from_the_training_are_no_news(scored):
    done, _ = scored("visits,won,x\n1,0,2\n", seen_columns=("won",))
    assert done.findings.extra_columns == ("x",)


def test_a_row_that_cannot_be_read_keeps_its_place_without_a_score(scored):
    done, rows = scored("visits,source,phone_ok\n5,web,yes\n1,2\n9,web,yes\n")
    assert [row["score"] for row in rows] == ["40.0000", "", "48.0000"]
    assert rows[1]["tier"] == ""
    assert rows[1]["reason_1"].startswith("This row could not be read: The row has 2 cells")
    assert done.tiers == {"A": 1, "B": 1}
    assert [each.number for each in done.findings.unread_rows] == [2]
    assert done.as_dict()["scored"] == 2


def test_where_no_row_can_be_read_nothing_is_written(scored, tmp_path):
    with pytest.raises(InputError, match="None of the 2 rows could be read") as refused:
        scored("visits,source,phone_ok\n1,5,web,yes\n2,0,web,yes\n")
    assert "Every row has one cell more than the header" in refused.value.remedy
    assert not (tmp_path / "scored.csv").exists()
    with pytest.raises(InputError, match="The only row could not be read"):
        scored("visits,source,phone_ok\n1\n")


def test_a_header_alone_gives_a_header_alone(scored):
    done, rows = scored("visits,source\n")
    assert (done.rows, rows, done.tiers, done.mean_probability) == (0, [], {}, None)
    assert done.findings.missing_columns == ("phone_ok",)
    assert done.out.read_text() == f"visits,source,{','.join(ADDED)}\n"


def test_without_a_signal_everybody_gets_the_average_and_nobody_stands_out(scored):
    done, rows = scored("visits\n1\n9\n", PlainModel(usable_signal=False))
    assert [row["score"] for row in rows] == ["30.0000", "30.0000"]
    assert done.tiers == {"C": 2}
    assert "no usable signal" in rows[0]["reason_1"]
    assert rows[0]["reason_2"] == ""
    low = (Tier(name="hot", label="Hot", when="score > 20"), Tier(name="cold", label="Cold", when="TRUE"))
    done, _ = scored("visits\n1\n9\n", PlainModel(usable_signal=False), tiers=thresholds(low, "mine", NOW))
    assert done.tiers == {"hot": 2}


def test_input_columns_of_the_same_name_are_kept(scored):
    _, rows = scored("visits,score,tier\n5,bad,Z\n")
    assert list(rows[0])[:3] == ["visits", "score_input", "tier_input"]
    assert (rows[0]["score_input"], rows[0]["tier_input"], rows[0]["score"]) == ("bad", "Z", "40.0000")


def test_values_come_through_as_they_stood(scored, tmp_path):
    text = 'id,visits,note\n007,5,"a ""b"", c"\n08,"6",\n1e5,7,""\n'
    scored(text)
    written = (tmp_path / "scored.csv").read_text().splitlines()
    for before, after in zip(text.splitlines(), written, strict=True):
        assert after.startswith(before + ",")


def test_texts_in_reasons_stay_on_one_line_and_short(scored):
    _, rows = scored('visits,source\n1,"referral\n"\n')
    assert rows[0]["reason_1"] == "source is 'referral': +10 points"


def test_a_failure_leaves_no_file(tmp_path):
    class Failing(PlainModel):
        def explain(self, frame, **_):
            raise InputError("broken")

        def predict(self, frame, **_):
            return PlainModel().predict(frame)

    path = tmp_path / "new.csv"
    path.write_text("visits\n1\n")
    with pytest.raises(InputError, match="broken"):
        score_table(TableFile(str(path)), Failing(), tmp_path / "o.csv")
    assert [each.name for each in tmp_path.iterdir()] == ["new.csv"]


def test_an_explanation_adds_up_and_its_changes_were_tried(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("visits,source,phone_ok\n5,web,no\n2,referral,yes\n16,web,yes\n")
    found = explain_row(TableFile(str(path)), PlainModel(), 1)
    assert found.score == pytest.approx(30 + 10 - 5)
    assert found.base_points + sum(each.points for each in found.effects) == pytest.approx(found.score)
    assert [each.column for each in found.effects] == ["visits", "phone_ok", "source"]
    assert [(c.column, c.before, c.after, c.score) for c in found.changes] == [
        ("visits", "5", "16", pytest.approx(57)),
        ("source", "web", "referral", pytest.approx(45)),
        ("phone_ok", "no", "yes", pytest.approx(40)),
    ]
    fixed = explain_row(TableFile(str(path)), PlainModel(), 1, fixed=["visits"])
    assert [each.column for each in fixed.changes] == ["source", "phone_ok"]


@pytest.mark.parametrize(
    ("row", "fixed", "words"),
    [(9, (), "no row 9"), (1, ("nothing",), "reads no column"), (2, (), "could not")],
)
def test_what_cannot_be_explained_is_said(tmp_path, row, fixed, words):
    path = tmp_path / "new.csv"
    path.write_text("visits,source\n5,web\n1,2,3\n")
    with pytest.raises(Exception, match=words):
        explain_row(TableFile(str(path)), PlainModel(), row, fixed)
