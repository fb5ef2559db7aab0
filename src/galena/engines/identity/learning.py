"""Learning how often fields agree, without labels: Splink's expectation maximisation, drawn towards what is usual."""

# ruff: noqa: S608  (only names that this package makes, and numbers, are put into SQL)

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

import duckdb
import numpy as np

from galena.engines.identity.interruption import was_interrupted
from galena.engines.identity.ladders import Ladder
from galena.engines.identity.model import Counts, MatchModel
from galena.engines.identity.pairs import Pairs, Population, bounded, held
from galena.engines.identity.splink_settings import settings_of

Advance = Callable[[int, int], None]
"""Told how many pairs were weighed, and of how many."""

SAMPLE_ROWS = 1_200
"""Random agreement is counted over all pairs of so many records."""

MOST_SESSIONS = 4
_LEAST_SESSION_PAIRS, _MOST_SESSION_PAIRS = 20, 1_500_000
_PRIOR_PAIRS = 300.0
_PRIOR_MATCHES = 12.0
_LEAST_BITS = -14.0
"""Pairs below so many bits, prior counted in, are plainly different."""

PAIRS_AT_ONCE = 3_000_000
"""So many pairs are weighed at once, so that memory does not grow with the table."""

_BLOCKED_BY = (
    "id", "email", "phone", "date", "street", "website", "company", "name", "title", "surname", "postcode", "given",
    "city",
)  # fmt: skip


def learn(database: duckdb.DuckDBPyConnection, model: MatchModel) -> MatchModel:
    """The model with the chances of the table `records`, learned by Splink.

    Random agreement (u) is counted over the pairs of a sample; agreement of one and the same (m) is learned by
    expectation maximisation on blocks of a shared value, one field after the other.
    """
    from splink import DuckDBAPI, Linker

    with _quiet():
        database.execute(
            "CREATE OR REPLACE TEMP TABLE sample AS SELECT * FROM records"
            f" ORDER BY hash(row), row LIMIT {SAMPLE_ROWS}"
        ).fetchall()
        sample = Linker(DuckDBAPI(database).register("sample"), settings_of(model, trained=False), None)
        sample.training.estimate_u_using_random_sampling(
            max_pairs=1e9, seed=1, min_count_per_level=None, num_chunks=1
        )
        rows = min(SAMPLE_ROWS, model.rows)
        model = _with_u(model, sample.misc.save_model_to_json(), rows * (rows - 1) / 2)
        return _with_m(model, _sessions(database, model))


def _sessions(database: duckdb.DuckDBPyConnection, model: MatchModel) -> list[tuple[dict[str, Any], float]]:
    """What Splink learned of m in each session, and over how many matches."""
    from splink import DuckDBAPI, Linker
    from splink.internals.exceptions import SplinkException

    found = []
    for rule, pairs in _rules(database, model)[:MOST_SESSIONS]:
        linker = Linker(DuckDBAPI(database).register("records"), _u_known(model), None)
        try:
            session = linker.training.estimate_parameters_using_expectation_maximisation(
                rule, estimate_without_term_frequencies=True
            )
        except (SplinkException, ValueError) as fault:
            if was_interrupted(fault):
                raise
            # Splink ends a session in which it finds no match at all, or no value to compare.
            continue
        matches = session.core_model_settings.probability_two_random_records_match * pairs
        found.append((linker.misc.save_model_to_json(), float(matches)))
    return found


def _u_known(model: MatchModel) -> dict[str, Any]:
    settings = settings_of(model, trained=True)
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            level.pop("m_probability", None)
            level.pop("tf_adjustment_column", None)
            level.pop("tf_adjustment_weight", None)
            level.pop("disable_tf_exact_match_detection", None)
    return settings


def _rules(database: duckdb.DuckDBPyConnection, model: MatchModel) -> list[tuple[str, int]]:
    """Rules whose blocks hold enough pairs and not too many; few pairs first, since most of them are matches."""
    found = []
    for ladder in model.ladders:
        name = "postcode" if ladder.name == "place" and "postcode" in ladder.reads else ladder.name
        name = "city" if name == "place" else name
        if name.rstrip("_23456789") not in _BLOCKED_BY or name not in ladder.reads:
            continue
        pairs = database.execute(
            f"SELECT sum(n * (n - 1) / 2)::BIGINT FROM (SELECT count(*)::HUGEINT AS n FROM records"
            f" WHERE {name} IS NOT NULL GROUP BY {name})"
        ).fetchall()[0][0]
        if pairs and _LEAST_SESSION_PAIRS <= pairs <= _MOST_SESSION_PAIRS:
            found.append((f"l.{name} = r.{name}", int(pairs)))
    return sorted(found, key=lambda each: (each[1], each[0]))


def _with_u(model: MatchModel, learned: dict[str, Any], pairs: float) -> MatchModel:
    chances = {}
    contacts = any(ladder.has_slips for ladder in model.ladders)
    for ladder, levels in _learned(model, learned):
        found = np.array([level.get("u_probability") or 0.0 for level in levels])
        usual = np.array([level.u for level in ladder.levels])
        seen = pairs if found.sum() > 0 else 0.0
        u = (found * seen + usual / usual.sum() * _PRIOR_PAIRS) / (seen + _PRIOR_PAIRS)
        u = held(u, ladder, contacts=contacts)
        chances[ladder.name] = tuple(
            (m, float(each)) for (m, _), each in zip(model.chances[ladder.name], u, strict=True)
        )
    return replace(model, chances=chances)


def _with_m(model: MatchModel, sessions: list[tuple[dict[str, Any], float]]) -> MatchModel:
    """The chances of all sessions, each counting for its matches, beside what is usual."""
    sums = {ladder.name: np.array([level.m for level in ladder.levels]) for ladder in model.ladders}
    sums = {name: usual / usual.sum() * _PRIOR_MATCHES for name, usual in sums.items()}
    for learned, matches in sessions:
        for ladder, levels in _learned(model, learned):
            found = np.array([level.get("m_probability") or 0.0 for level in levels])
            if 0.9 < found.sum() < 1.1:
                sums[ladder.name] += found * matches
    chances = {
        ladder.name: tuple(
            (float(m), u)
            for m, (_, u) in zip(bounded(sums[ladder.name], ladder), model.chances[ladder.name], strict=True)
        )
        for ladder in model.ladders
    }
    return replace(model, chances=chances)


def _learned(model: MatchModel, learned: dict[str, Any]) -> Iterator[tuple[Ladder, list[dict[str, Any]]]]:
    by_name = {each["output_column_name"]: each["comparison_levels"] for each in learned["comparisons"]}
    for ladder in model.ladders:
        yield ladder, [level for level in by_name[ladder.name] if not level.get("is_null_level")]


def predict(
    database: duckdb.DuckDBPyConnection,
    model: MatchModel,
    *,
    least_bits: float = _LEAST_BITS,
    advance: Advance = lambda _done, _total: None,
    at_once: int = PAIRS_AT_ONCE,
) -> Pairs:
    """The pairs of the table `pairs` that are not plainly different, weighed by Splink, so many at once.

    Args:
        advance: told how many pairs were weighed, and of how many.
    """
    if not model.ladders:
        nobody = np.empty(0, dtype=np.int64)
        return Pairs(
            nobody, nobody, nobody.astype(np.bool_), np.empty((0, 0), dtype=np.int8), np.empty((0, 0))
        )
    from splink import DuckDBAPI, Linker

    with _quiet():
        api = DuckDBAPI(database)
        linker = Linker(api.register("records"), settings_of(model, gammas=True), None)
        _register_frequencies(api, linker, database, model)
        parts = []
        done, total = 0, _count(database)
        advance(done, total)
        for first, last, pairs in _parts(database, at_once):
            database.execute(
                "CREATE OR REPLACE TABLE pairs_part AS SELECT * FROM pairs"
                f" WHERE join_key_l BETWEEN {first} AND {last}"
            ).fetchall()
            linker.table_management.register_blocked_pairs_for_predict(api.register("pairs_part"))
            found = linker.inference.predict(threshold_match_weight=least_bits)
            parts.append(_fetched(database, found.physical_name, model))
            found.drop_table_from_database_and_remove_from_cache()
            done += pairs
            advance(done, total)
        database.execute("DROP TABLE IF EXISTS pairs_part").fetchall()
        return _together(parts)


def _count(database: duckdb.DuckDBPyConnection) -> int:
    return int(database.execute("SELECT count(*) FROM pairs").fetchall()[0][0])


def _parts(database: duckdb.DuckDBPyConnection, at_once: int) -> list[tuple[int, int, int]]:
    """The pairs in parts by their left rows: first row, last row, about `at_once` pairs or those of one row; one part
    for no pair at all."""
    got = database.execute(
        "SELECT join_key_l AS row, count(*) AS pairs FROM pairs GROUP BY join_key_l ORDER BY join_key_l"
    ).fetchnumpy()
    rows, pairs = np.asarray(got["row"], dtype=np.int64), np.asarray(got["pairs"], dtype=np.int64)
    if not rows.size:
        return [(0, 0, 0)]
    numbers = (np.cumsum(pairs) - pairs) // at_once
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    ends = np.append(starts[1:], rows.size)
    return [
        (int(rows[start]), int(rows[end - 1]), int(pairs[start:end].sum()))
        for start, end in zip(starts, ends, strict=True)
    ]


def _together(parts: list[Pairs]) -> Pairs:
    if len(parts) == 1:
        return parts[0]
    return Pairs(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Pairs)))


def _fetched(database: duckdb.DuckDBPyConnection, name: str, model: MatchModel) -> Pairs:
    present = {row[0] for row in database.execute(f"DESCRIBE {name}").fetchall()}
    columns = []
    for at, ladder in enumerate(model.ladders):
        top = len(ladder.levels) - 1
        frequency = (
            f" + coalesce(mw_tf_adj_{ladder.name}, 0.0)" if f"mw_tf_adj_{ladder.name}" in present else ""
        )
        columns.append(
            f"(CASE WHEN gamma_{ladder.name} < 0 THEN -1 ELSE {top} - gamma_{ladder.name} END)::TINYINT AS l{at}"
        )
        columns.append(f"(mw_{ladder.name}{frequency})::DOUBLE AS b{at}")
    got = database.execute(
        f"SELECT p.row_l, p.row_r, (a.table_no <> b.table_no) AS across, {', '.join(columns)} FROM {name} p"
        " JOIN records a ON a.row = p.row_l JOIN records b ON b.row = p.row_r ORDER BY p.row_l, p.row_r"
    ).fetchnumpy()
    width = len(model.ladders)
    levels = np.stack([np.asarray(got[f"l{at}"], dtype=np.int8) for at in range(width)], axis=1)
    bits = np.stack([np.asarray(got[f"b{at}"], dtype=np.float64) for at in range(width)], axis=1)
    return Pairs(
        left=np.asarray(got["row_l"], dtype=np.int64),
        right=np.asarray(got["row_r"], dtype=np.int64),
        across=np.asarray(got["across"], dtype=np.bool_),
        levels=levels,
        bits=bits,
    )


def _register_frequencies(
    api: Any, linker: Any, database: duckdb.DuckDBPyConnection, model: MatchModel
) -> None:
    """The model's own frequencies in place of Splink's: without the pair itself, and sane for small tables."""
    import polars as pl

    for name in model.expected:
        counts = model.frequencies.get(name, Counts())
        rare = counts.frequency("", model.expected[name])
        common = pl.DataFrame(
            {"value": list(counts.of), "share": [model.frequency(name, value) for value in counts.of]},
            schema={"value": pl.String, "share": pl.Float64},
        )
        database.register("common_values", common.to_arrow())
        database.execute(
            f"CREATE OR REPLACE TABLE frequency_{name} AS SELECT v.{name},"
            f" coalesce(c.share, {rare!r}::DOUBLE) AS tf_{name}"
            f" FROM (SELECT DISTINCT {name} FROM records WHERE {name} IS NOT NULL) v"
            f" LEFT JOIN common_values c ON c.value = v.{name}"
        ).fetchall()
        database.unregister("common_values")
        linker.table_management.register_term_frequency_lookup(api.register(f"frequency_{name}"), name)


def population_of(database: duckdb.DuckDBPyConnection, model: MatchModel) -> Population:
    """How many records there are by table, and how often each ladder finds both values."""
    sizes = database.execute("SELECT count(*) FROM records GROUP BY table_no ORDER BY table_no").fetchall()
    shares = ", ".join(f"avg(({_known(ladder)})::INT)::DOUBLE" for ladder in model.ladders)
    filled = database.execute(f"SELECT {shares} FROM records").fetchall()[0] if model.ladders else ()
    return Population(tuple(size for (size,) in sizes), tuple(float(share) ** 2 for share in filled))


def _known(ladder: Ladder) -> str:
    names = [name for name in ladder.reads if f"{name}_l IS NULL" in ladder.missing] or [ladder.reads[0]]
    return " OR ".join(f"{name} IS NOT NULL" for name in names)


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink tells its progress by logging; what matters is told by the caller."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
