"""Peers of `benchmarks/linkage.py`: other ways to find rows that are one, run on the same tables."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Pairs = set[tuple[int, int]]
NAME_LIKE = 85.0
BLOCK_LETTERS = 3


@dataclass(frozen=True)
class Task:
    """Files, and whose each row is (rows of all files counted through); across: only pairs between the files count."""

    name: str
    files: tuple[Path, ...]
    truth: Pairs
    across: bool
    name_columns: tuple[str, ...]
    contact_columns: tuple[str, ...] = ()


def pair_of(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def pairs_of(groups: Sequence[Any]) -> Pairs:
    """All pairs of places with the same group."""
    members: dict[Any, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        members[group].append(at)
    return {pair for each in members.values() for pair in itertools.combinations(each, 2)}


def groups_of(pairs: Pairs, rows: int) -> list[int]:
    """Row -> the smallest row it is connected with."""
    parent = list(range(rows))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for one, other in pairs:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    return [root(row) for row in range(rows)]


def by_exact_rule(rows: list[dict[str, str]], task: Task, _first: int) -> list[int]:
    """Rows with the same e-mail or the same digits in the phone number are one."""
    pairs: Pairs = set()
    for column in task.contact_columns:
        seen: dict[str, int] = {}
        for at, row in enumerate(rows):
            value = (
                "".join(each for each in row.get(column, "") if each.isdigit()) or row.get(column, "").lower()
            )
            if value:
                pairs.add(pair_of(seen.setdefault(value, at), at))
    return groups_of(pairs, len(rows))


def by_rapidfuzz(rows: list[dict[str, str]], task: Task, first: int) -> list[int]:
    """Within blocks of names that begin alike, rows whose whole text is 85 of 100 alike are one."""
    from rapidfuzz import fuzz

    blocks: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        name = " ".join(row.get(column, "") for column in task.name_columns).strip().lower()
        blocks[name[:BLOCK_LETTERS]].append(at)
    texts = [" ".join(value.lower() for key, value in row.items() if not key.endswith("id")) for row in rows]
    pairs = {
        (one, other)
        for members in blocks.values()
        for one, other in itertools.combinations(members, 2)
        if (not task.across or one < first <= other)
        and fuzz.token_sort_ratio(texts[one], texts[other]) >= NAME_LIKE
    }
    return groups_of(pairs, len(rows))


def by_splink(rows: list[dict[str, str]], task: Task, first: int) -> list[int]:
    """Splink as its tutorial uses it: one comparison per column as it stands, threshold one half."""
    import logging

    import duckdb
    import pyarrow as pa
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    columns = [name for name in rows[0] if not name.endswith("id") or name == "soc_sec_id"]
    table = pa.Table.from_pylist(
        [
            {"unique_id": at, "source": int(at >= first), **{name: row.get(name) or None for name in columns}}
            for at, row in enumerate(rows)
        ]
    )
    with duckdb.connect() as database:
        database.register("given", table)
        database.execute("CREATE TABLE rows_given AS SELECT * FROM given").fetchall()
        rules = [block_on(name) for name in columns if len({row.get(name) for row in rows}) > 1]
        few = [
            rule for rule, name in zip(rules, columns, strict=False) if _block_pairs(rows, name) < 2_000_000
        ]
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=[cl.JaroWinklerAtThresholds(name, [0.9, 0.7]) for name in columns],
            blocking_rules_to_generate_predictions=few,
        )
        linker = Linker(DuckDBAPI(database).register("rows_given"), settings, None)
        linker.training.estimate_probability_two_random_records_match(few[:1], recall=0.7)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for rule in few[:2]:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        found = linker.inference.predict(threshold_match_probability=0.5)
        query = f"SELECT unique_id_l, unique_id_r FROM {found.physical_name}"
        pairs = {pair_of(*pair) for pair in database.execute(query).fetchall()}
    if task.across:
        pairs = {pair for pair in pairs if pair[0] < first <= pair[1]}
    return groups_of(pairs, len(rows))


def _block_pairs(rows: list[dict[str, str]], name: str) -> int:
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.get(name):
            counts[row[name]] += 1
    return sum(count * (count - 1) // 2 for count in counts.values())


PEERS: dict[str, Callable[[list[dict[str, str]], Task, int], list[int]]] = {
    "exact_email_or_phone": by_exact_rule,
    "splink_defaults": by_splink,
    "rapidfuzz_in_blocks": by_rapidfuzz,
}
