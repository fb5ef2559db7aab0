"""Which records of one or several tables are one: from normal records to leads, without labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.identity import candidates, learning, record_table
from galena.engines.identity.candidates import Candidates
from galena.engines.identity.clusters import Clusters, Guards, cluster
from galena.engines.identity.interruption import interruptible
from galena.engines.identity.layout import Layout
from galena.engines.identity.lookalikes import refine_apart, tables_without_duplicates
from galena.engines.identity.model import MatchModel, Thresholds, untrained_model
from galena.engines.identity.pairs import Pairs, Population, Weighed, refine
from galena.engines.identity.splink_settings import SHARED_MASS

LEAST_LEARNED_ROWS = 60
"""From fewer records nothing can be learned; the usual chances stand."""

MEMORY_GB = 4
"""So much memory the comparing may take before it lays things aside."""

LEAST_PRECISION = 0.88
LEAST_MERGE, LEAST_REVIEW = 0.5, 0.1

Watch = Callable[[str, int, int | None], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Linked:
    """What linking found.

    Attributes:
        pairs: all that are not plainly different; `probability` of each.
        clusters: the leads.
        unique: numbers of tables that have no duplicates of their own.
        expected_precision: the share of the merged pairs that are right, by the model's own probabilities; None where
            nothing was merged.
    """

    model: MatchModel
    pairs: Pairs
    probability: NDArray[np.float64]
    rival: NDArray[np.float64]
    clusters: Clusters
    candidates: Candidates
    unique: frozenset[int]
    expected_precision: float | None


def link(
    frames: Sequence[pl.DataFrame],
    layout: Layout,
    tables: NDArray[np.int32],
    *,
    watch: Watch = lambda _doing, _done, _total: None,
    model: MatchModel | None = None,
    folder: str | None = None,
    together: Sequence[tuple[int, int]] = (),
) -> Linked:
    """Group records that are one.

    Args:
        frames: normal records as `record_table.frame_of` makes them; rows count from 0.
        tables: the number of the file each row came from.
        model: what was learned earlier; None: learn from these records.
        together: pairs of rows that are one for certain.
        folder: where what does not fit into memory may be laid aside.
    """
    rows = len(tables)
    with interruptible(), duckdb.connect() as database:
        database.execute(SHARED_MASS).fetchall()
        if folder:
            database.execute(f"SET temp_directory = '{folder}'").fetchall()
            database.execute(f"SET memory_limit = '{MEMORY_GB}GB'").fetchall()
        watch("Finding pairs", 0, rows)
        given = model or _counted(frames, layout, rows)
        record_table.load(
            database, frames, tables, given, advance=lambda done: watch("Finding pairs", done, rows)
        )
        chosen = candidates.choose_pairs(database, rows)
        learned = given
        if model is None and rows >= LEAST_LEARNED_ROWS and given.ladders:
            watch("Learning", 0, None)
            learned = learning.learn(database, given)
        pairs = learning.predict(
            database, learned, advance=lambda done, total: watch("Comparing", done, total)
        )
        population = learning.population_of(database, learned)
        weighed = refine(pairs, learned, population)
    watch("Deciding", 0, None)
    return _decided(weighed, pairs, population, tables, chosen, together)


def _counted(frames: Sequence[pl.DataFrame], layout: Layout, rows: int) -> MatchModel:
    values, words = record_table.counted(frames, layout)
    return replace(untrained_model(layout, rows=rows), frequencies=values, words=words)


def _decided(
    weighed: Weighed,
    pairs: Pairs,
    population: Population,
    tables: NDArray[np.int32],
    chosen: Candidates,
    together: Sequence[tuple[int, int]],
) -> Linked:
    unique = tables_without_duplicates(pairs, weighed, tables, population)
    if unique:
        weighed = refine_apart(pairs, weighed, population, tables, unique)
    guards = Guards(tables, unique)
    merge = merge_threshold(weighed.probability)
    found = cluster(
        pairs.left,
        pairs.right,
        weighed.probability,
        len(tables),
        merge=merge,
        guards=guards,
        together=together,
    )
    joined = found.of[pairs.left] == found.of[pairs.right]
    model = weighed.model.with_thresholds(Thresholds(merge, LEAST_REVIEW))
    return Linked(
        model=model,
        pairs=pairs,
        probability=weighed.probability,
        rival=weighed.rival,
        clusters=found,
        candidates=chosen,
        unique=unique,
        expected_precision=float(weighed.probability[joined].mean()) if joined.any() else None,
    )


def merge_threshold(probability: NDArray[np.float64]) -> float:
    """The least probability of a pair that is merged: so low that of all merged pairs 88 in 100 should be right, by
    the model's own probabilities, and never below one half."""
    sure = np.sort(probability[probability >= LEAST_MERGE])[::-1]
    if not sure.size:
        return LEAST_MERGE
    kept = int((np.cumsum(sure) / np.arange(1, sure.size + 1) >= LEAST_PRECISION).sum())
    return float(sure[kept - 1]) if kept else float(sure[0])
