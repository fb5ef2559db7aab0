"""Which pairs are compared: those that share a block key, within a budget."""

from dataclasses import dataclass

import duckdb

ALL_PAIRS_ROWS = 1_500
"""Up to so many records every pair is compared."""

PAIRS_PER_ROW = 20
LEAST_PAIRS = 3_000_000
NEIGHBOURS = 4
"""In a block too large for all its pairs each record meets so many next ones in the order of names."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was chosen; the pairs are in the table `pairs` (join_key_l < join_key_r).

    Attributes:
        pairs: how many.
        largest_block: blocks with more records than this were not compared whole.
        thinned: how many such blocks there were.
    """

    pairs: int
    largest_block: int
    thinned: int


def choose_pairs(database: duckdb.DuckDBPyConnection, rows: int) -> Candidates:
    """Make the table `pairs` from the tables `records` and `keys`."""
    if rows <= ALL_PAIRS_ROWS:
        database.execute(
            "CREATE TABLE pairs AS SELECT '0' AS match_key, a.row AS join_key_l, b.row AS join_key_r"
            " FROM records a JOIN records b ON a.row < b.row"
        ).fetchall()
        return Candidates(_count(database), rows, 0)
    budget = max(LEAST_PAIRS, PAIRS_PER_ROW * rows)
    largest, thinned = _largest_block(database, budget)
    database.execute(
        # Only numbers are put in.
        f"""
        CREATE TABLE pairs AS
        WITH sized AS (SELECT key, count(*) AS size FROM keys GROUP BY key HAVING count(*) > 1),
        small AS (SELECT k.row, k.key FROM keys k JOIN sized s USING (key) WHERE s.size <= {largest}),
        large AS (
            SELECT k.row, k.key, row_number() OVER (PARTITION BY k.key ORDER BY r.place) AS place
            FROM keys k JOIN sized s USING (key) JOIN records r ON r.row = k.row WHERE s.size > {largest}
        ),
        met AS (
            SELECT a.row AS one, b.row AS other FROM small a JOIN small b ON a.key = b.key AND a.row < b.row
            UNION ALL
            SELECT least(a.row, b.row), greatest(a.row, b.row) FROM large a, range(1, {NEIGHBOURS + 1}) n(step)
            JOIN large b ON b.key = a.key AND b.place = a.place + n.step
        )
        SELECT '0' AS match_key, one AS join_key_l, other AS join_key_r FROM met GROUP BY one, other
        """  # noqa: S608
    ).fetchall()
    return Candidates(_count(database), largest, thinned)


def _largest_block(database: duckdb.DuckDBPyConnection, budget: int) -> tuple[int, int]:
    sizes = database.execute(
        "SELECT size, count(*) FROM (SELECT count(*) AS size FROM keys GROUP BY key) WHERE size > 1"
        " GROUP BY size ORDER BY size"
    ).fetchall()
    total, largest = 0, 1
    for size, blocks in sizes:
        total += blocks * size * (size - 1) // 2
        if total > budget and largest > 1:
            break
        largest = size
    return largest, sum(blocks for size, blocks in sizes if size > largest)


def _count(database: duckdb.DuckDBPyConnection) -> int:
    return int(database.execute("SELECT count(*) FROM pairs").fetchall()[0][0])
