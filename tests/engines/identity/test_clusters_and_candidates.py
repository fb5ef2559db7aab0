"""Groups from pairs, with guards; and pairs from block keys, within a budget."""

import duckdb
import numpy as np
import pytest

from galena.engines.identity import candidates
from galena.engines.identity.clusters import Guards, cluster
from galena.engines.identity.linking import LEAST_MERGE, merge_threshold


def grouped(pairs, rows, *, merge=0.5, tables=None, unique=(), together=()):
    left, right, chance = (np.array(each) for each in zip(*pairs, strict=True)) if pairs else ([], [], [])
    return cluster(
        np.asarray(left, dtype=np.int64),
        np.asarray(right, dtype=np.int64),
        np.asarray(chance, dtype=np.float64),
        rows,
        merge=merge,
        guards=Guards(np.asarray(tables or [0] * rows, dtype=np.int32), frozenset(unique)),
        together=together,
    )


def test_what_is_sure_is_joined_and_groups_go_by_their_first_row():
    assert grouped([(1, 3, 0.99), (0, 2, 0.4)], 4).of.tolist() == [0, 1, 2, 1]


def test_a_chain_that_contradicts_itself_is_not_joined():
    # 0 and 1 are one, 1 and 2 may be (1 bit for it), but 0 and 2 are surely not (6.6 bits against it).
    found = grouped([(0, 1, 0.999), (1, 2, 0.67), (0, 2, 0.01)], 3)
    assert found.of.tolist() == [0, 0, 2]
    assert found.refused == (1,)


def test_a_chain_without_contradiction_is_joined():
    assert grouped([(0, 1, 0.99), (1, 2, 0.9)], 3).of.tolist() == [0, 0, 0]


def test_a_table_that_lists_everything_once_gives_a_lead_one_row():
    pairs = [(0, 2, 0.99), (1, 2, 0.98)]
    assert grouped(pairs, 3, tables=[0, 0, 1], unique=[0, 1]).of.tolist() == [0, 1, 0]
    assert grouped(pairs, 3, tables=[0, 0, 1]).of.tolist() == [0, 0, 0]


def test_what_a_person_says_stands_against_the_guards():
    assert grouped([], 3, tables=[0, 0, 0], unique=[0], together=[(0, 2)]).of.tolist() == [0, 1, 0]


def test_the_order_of_pairs_does_not_matter():
    draw = np.random.default_rng(1)
    pairs = [(a, b, float(draw.random())) for a in range(12) for b in range(a + 1, 12)]
    first = grouped(pairs, 12).of
    assert (grouped(list(reversed(pairs)), 12).of == first).all()


def test_the_threshold_keeps_the_expected_precision():
    # (0.99 + 0.99 + 0.70) / 3 = 0.893 is enough, with 0.51 it would be 0.798.
    assert merge_threshold(np.array([0.99, 0.51, 0.99, 0.70, 0.2])) == pytest.approx(0.70)
    assert merge_threshold(np.array([0.1])) == LEAST_MERGE
    assert merge_threshold(np.array([0.6])) == pytest.approx(0.6)


def chosen(keys, rows):
    with duckdb.connect() as database:
        database.execute("CREATE TABLE records (row BIGINT, place BIGINT)").fetchall()
        database.execute(f"INSERT INTO records SELECT r, r FROM range({rows}) t(r)").fetchall()
        database.execute("CREATE TABLE keys (row BIGINT, key UBIGINT)").fetchall()
        database.execute(f"INSERT INTO keys {keys}").fetchall()
        found = candidates.choose_pairs(database, rows)
        return found, database.execute("SELECT join_key_l, join_key_r FROM pairs ORDER BY 1, 2").fetchall()


def test_small_tables_are_compared_whole():
    found, pairs = chosen("SELECT 0, 0", 4)
    assert found.pairs == 6
    assert pairs == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def test_records_that_share_a_key_meet_once():
    rows = candidates.ALL_PAIRS_ROWS + 1
    found, pairs = chosen("VALUES (5, 1), (9, 1), (5, 2), (9, 2), (7, 3)", rows)
    assert (found.pairs, pairs, found.thinned) == (1, [(5, 9)], 0)


def test_a_block_beyond_the_budget_gives_neighbours_only(monkeypatch):
    monkeypatch.setattr(candidates, "LEAST_PAIRS", 1)
    monkeypatch.setattr(candidates, "PAIRS_PER_ROW", 0)
    rows = candidates.ALL_PAIRS_ROWS + 1
    found, pairs = chosen(
        "SELECT r, 1 FROM range(100) t(r) UNION ALL SELECT r, 2 FROM range(200, 202) t(r)", rows
    )
    assert found.thinned == 1
    assert (200, 201) in pairs
    assert len(pairs) == 1 + sum(min(candidates.NEIGHBOURS, 99 - r) for r in range(100))
