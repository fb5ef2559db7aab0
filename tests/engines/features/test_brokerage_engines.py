"""The brokerage features on random leads: one lead, frames, DuckDB and a hand-written peer say the same."""

import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.domain.playbook import Field, FieldType, Playbook
from galena.domain.signal import Signal
from galena.engines.features import FeatureSet
from galena.kit.expression import polars_schema

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)
KINDS = ["email_sent", "email_opened", "email_sent", "call_made"]
SIGNALS = [Signal(kind, AS_OF - timedelta(days=days - 1)) for days, kind in enumerate(KINDS)]
PEER = Path(__file__).parents[3] / "benchmarks" / "peer_brokerage_features.py"
Lead = dict[str, Any]
MakeFrame = Callable[[list[Lead]], pl.DataFrame]
MakeLeads = Callable[[int, int], list[Lead]]
Bounds = Callable[[], Iterator[tuple[str, tuple[float | None, float | None]]]]


def some_date(random: Random) -> date:
    return date(2026, 1, 31) + timedelta(
        days=random.choice([random.randint(-2200, 900), random.randint(-200, 200)])
    )


def some_item(kind: str, random: Random) -> Any:
    if kind == "text":
        return random.choice(["1.03", "5.02,9.01", "8.01", ""])
    return (
        some_date(random) if kind == "date" else random.choice([0.0, 0.5, 2.0, random.randint(0, 80_000) / 4])
    )


def some_value(field: Field, random: Random) -> Any:
    """A value that a field may have."""
    if field.type is FieldType.LIST and not field.items:
        return random.choices(["how to sell", "Selling", "Russell", "ovens", ""], k=random.randint(0, 3))
    if field.type is FieldType.LIST:
        # The peer reads item numbers without asking whether they are there.
        return [
            {
                name: some_item(kind, random) if name == "items" or random.random() < 0.8 else None
                for name, kind in field.items.items()
            }
            for _ in range(random.randint(0, 3))
        ]
    if field.values:
        return random.choice(field.values)
    if field.type is FieldType.BOOLEAN:
        return random.random() < 0.5
    if field.type is FieldType.DATE:
        return some_date(random)
    if field.type is FieldType.INTEGER or field.type is FieldType.NUMBER:
        low, high = int(field.minimum or 0), int(min(field.maximum or 200, 100_000))
        whole = random.choice([low, high, random.randint(low, high)])
        return whole if field.type is FieldType.INTEGER else random.choice([whole, random.uniform(low, high)])
    return random.choice(["timing", "sold", "other", ""])


def random_leads(playbook: Playbook, seed: int, count: int) -> list[Lead]:
    """Leads that know from nearly nothing to nearly all of their fields."""
    random = Random(seed)
    leads = []
    for _ in range(count):
        known = random.choice([0.1, 0.5, 0.9])
        leads.append(
            {
                name: some_value(field, random) if random.random() < known else None
                for name, field in playbook.fields.items()
            }
        )
    return leads


seeds = st.integers(0, 2**32)
often = settings(max_examples=40, deadline=None)
seldom = settings(max_examples=3, deadline=None)


# Fixtures are functions: a failing example prints its arguments, and a whole playbook is too long to read.


@pytest.fixture(scope="session")
def make_leads(brokerage_playbook: Playbook) -> MakeLeads:
    return lambda seed, count: random_leads(brokerage_playbook, seed, count)


@pytest.fixture(scope="session")
def bounds(brokerage_playbook: Playbook) -> Bounds:
    return lambda: ((each.name, each.bounds or (None, None)) for each in brokerage_playbook.features)


@pytest.fixture(scope="session")
def frame_of(brokerage: FeatureSet) -> MakeFrame:
    schema = polars_schema(brokerage.schema)
    return lambda leads: pl.DataFrame(
        [{n: lead.get(n) for n in schema} for lead in leads], schema=schema, strict=False
    )


@pytest.fixture(scope="session")
def peer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("peer_brokerage_features", PEER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def close(found: Mapping[str, float | None], expected: Mapping[str, float | None], tolerance: float) -> None:
    """Both know the same features, with the same values."""
    assert {n for n, v in found.items() if v is None} == {n for n, v in expected.items() if v is None}
    known = {name: value for name, value in expected.items() if value is not None}
    assert {n: v for n, v in found.items() if v is not None} == pytest.approx(
        known, rel=tolerance, abs=tolerance
    )


def as_json(lead: Mapping[str, Any]) -> dict[str, Any]:
    """The lead as it is stored: dates as text."""
    return dict(json.loads(json.dumps(lead, default=date.isoformat)))


@given(seed=seeds)
@often
def test_bounds_hold(brokerage: FeatureSet, bounds: Bounds, make_leads: MakeLeads, seed: int) -> None:
    for lead in make_leads(seed, 5):
        found = brokerage.compute_one(lead, [], AS_OF)
        for name, (low, high) in bounds():
            value = found[name]
            if value is not None:
                assert low is None or value >= low - 1e-12, name
                assert high is None or value <= high + 1e-12, name


@given(seed=seeds)
@often
def test_one_lead_equals_frames(
    brokerage: FeatureSet, make_leads: MakeLeads, frame_of: MakeFrame, seed: int
) -> None:
    leads = make_leads(seed, 20)
    frame = brokerage.compute_frame(frame_of(leads), AS_OF)
    assert frame.columns == list(brokerage.names)
    for lead, row in zip(leads, frame.to_dicts(), strict=True):
        close(row, brokerage.compute_one(as_json(lead), [], AS_OF), 1e-12)


@given(seed=seeds)
@seldom
def test_duckdb_equals_frames(
    brokerage: FeatureSet, make_leads: MakeLeads, frame_of: MakeFrame, seed: int
) -> None:
    leads = frame_of(make_leads(seed, 100))
    expected = brokerage.compute_frame(leads, AS_OF)
    with duckdb.connect() as connection:
        connection.register("leads", brokerage.inputs_frame(leads, AS_OF).to_arrow())
        found = pl.from_arrow(connection.sql(brokerage.to_sql(AS_OF)).to_arrow_table())
    assert isinstance(found, pl.DataFrame)
    for row, wanted in zip(found.to_dicts(), expected.to_dicts(), strict=True):
        close(row, wanted, 1e-9)


@given(seed=seeds)
@often
def test_one_lead_equals_the_hand_written_peer(
    brokerage: FeatureSet, make_leads: MakeLeads, peer: ModuleType, seed: int
) -> None:
    for lead in make_leads(seed, 10):
        stored = as_json(lead)
        close(
            brokerage.compute_one(stored, SIGNALS, AS_OF),
            peer.brokerage_features(stored, SIGNALS, AS_OF),
            1e-12,
        )
