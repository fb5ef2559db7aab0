"""The ranked list: whole, in order, with reasons; shelves only where the playbook has them."""

import csv
from pathlib import Path

import polars as pl
import pytest

from galena.domain.listing import LeadQuery
from galena.kit.errors import ConfigurationError
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
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert written.rows == len(rows) == report.scored
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
