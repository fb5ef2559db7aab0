"""What is weighed one by one in Python is what Splink weighs in bulk: every level, every bit."""

import runpy
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from galena.engines.identity import columns, learning, record_table
from galena.engines.identity.model import untrained_model
from galena.engines.identity.records import normal_record
from galena.engines.identity.splink_settings import SHARED_MASS
from galena.engines.identity.weighing import chance_of, weigh

tables = runpy.run_path(str(Path(__file__).parent / "tables.py"))


@pytest.mark.slow
@pytest.mark.parametrize("make", ["person", "firm", "product"])
def test_levels_and_bits_are_those_of_splink(make):
    rows, _ = tables["table"](tables[make], 70, 0.5)
    (layout,) = columns.layouts_of([{name: [row[name] for row in rows] for name in rows[0]}])
    frames = [record_table.frame_of([normal_record(row, layout) for row in rows], layout, 0)]
    values, words = record_table.counted(frames, layout)
    model = replace(untrained_model(layout, rows=len(rows)), frequencies=values, words=words)
    with duckdb.connect() as database:
        database.execute(SHARED_MASS).fetchall()
        record_table.load(database, frames, np.zeros(len(rows), dtype=np.int32), model)
        database.execute(
            "CREATE TABLE pairs AS SELECT '0' AS match_key, a.row AS join_key_l, b.row AS join_key_r"
            " FROM records a JOIN records b ON a.row < b.row"
        ).fetchall()
        pairs = learning.predict(database, model, least_bits=-10_000, at_once=700)

    assert len(pairs.left) == 70 * 69 / 2
    records = [model.record(row) for row in rows]
    seen = {ladder.name: set() for ladder in model.ladders}
    for at in range(len(pairs.left)):
        told = weigh(records[pairs.left[at]], records[pairs.right[at]], model)
        assert chance_of(records[pairs.left[at]], records[pairs.right[at]], model) == told.probability
        by_field = {each.field: each for each in told.fields}
        for place, ladder in enumerate(model.ladders):
            level = by_field[ladder.name].level if ladder.name in by_field else -1
            assert pairs.levels[at, place] == level, (
                ladder.name,
                records[pairs.left[at]],
                records[pairs.right[at]],
            )
            bits = by_field[ladder.name].bits if level >= 0 else 0.0
            assert pairs.bits[at, place] == pytest.approx(bits, abs=1e-9)
            seen[ladder.name].add(level)
        assert pairs.bits[at].sum() == pytest.approx(told.weight_bits, abs=1e-9)
    # The first and the last rung of every ladder that has values were stood on.
    for ladder in model.ladders:
        if seen[ladder.name] != {-1}:
            assert {0, len(ladder.levels) - 1} <= seen[ladder.name], ladder.name
