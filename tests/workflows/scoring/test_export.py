"""The ranked list: whole, in order, with reasons; shelves only where the playbook has them."""

import csv
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from galena.domain.listing import LeadQuery
from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import ConfigurationError
from galena.stores import exports
from galena.workflows import export as story
from galena.workflows.context import Context
from galena.workflows.export import export_buckets, export_list
from galena.workflows.rescore import rescore


def test_the_list_is_ranked_and_complete(
    market: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "PAGE", 25)  # more than one page
    report = rescore(market)
    out = tmp_path / "ranked.csv"
    with market.session() as session:
        written = export_list(session, out, "csv", LeadQuery(statuses=("active",)))
        (kept,) = exports.list_(session)
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert written.rows == len(rows) == report.scored == kept.row_count
    assert (kept.author, kept.file_name, kept.format) == ("a test", "ranked.csv", "csv")
    assert kept.query["statuses"] == ["active"]
    points = [float(row["score"]) for row in rows]
    assert points == sorted(points, reverse=True)
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["reasons"] and row["tier"] in report.tiers for row in rows)
    assert len({row["lead_id"] for row in rows}) == len(rows)


def test_formats_hold_the_same(market: Context, tmp_path: Path) -> None:
    rescore(market)
    with market.session() as session:
        for name in ("csv", "parquet", "json"):
            export_list(session, tmp_path / f"out.{name}", name, LeadQuery(tiers=("yellow",)))  # type: ignore[arg-type]
    parquet = pl.read_parquet(tmp_path / "out.parquet")
    columns = ["lead_id", "score", "tier", "reasons"]
    assert parquet.schema["lease_end_date"] == pl.Date
    assert pl.read_json(tmp_path / "out.json").select(columns).rows() == parquet.select(columns).rows()
    assert pl.read_csv(tmp_path / "out.csv").select(columns).rows() == parquet.select(columns).rows()


def test_a_playbook_without_shelves_says_so(market: Context, tmp_path: Path) -> None:
    with market.session() as session, pytest.raises(ConfigurationError, match="no shelves"):
        export_buckets(session, tmp_path, LeadQuery())
    assert list(tmp_path.glob("**/tier_*")) == []


def test_what_models_say_stands_beside_the_leads(
    market: Context, register: Callable[..., RegisteredModel], tmp_path: Path
) -> None:
    rescore(market)
    with market.session() as session:
        export_list(session, tmp_path / "rules.csv", "csv", LeadQuery())
    assert not [name for name in pl.read_csv(tmp_path / "rules.csv").columns if "probability" in name]
    register(market, "booked")
    register(market, "won")
    rescore(market)
    with market.session() as session:
        export_list(session, tmp_path / "models.csv", "csv", LeadQuery(statuses=("active",)))
    found = pl.read_csv(tmp_path / "models.csv")
    assert found["probability"].to_list() == found["probability_booked"].to_list()
    assert found["probability"].to_list() == pytest.approx((found["score"] / 100).to_list(), abs=1e-6)
    assert (found["probability_low"] <= found["probability"]).all()
    assert (found["probability"] <= found["probability_high"]).all()
    worth = (
        found["annual_revenue"] * 0.05 * found["probability_booked"] * found["probability_won_given_booked"]
    )
    assert found["expected_value"].to_list() == pytest.approx(worth.to_list(), nan_ok=True)
