"""The page of categories: the table, what was dropped, and the map's arithmetic."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from galena.domain.listing import LeadRow
from galena.surfaces.web.pages.categories import CELL, HEIGHT, WIDTH, place

TIERS = {"a": (0, "green"), "b": (1, "yellow")}
_ROW = LeadRow(
    id=uuid4(), key="k", title="A site", subtitle=None, status="active", status_reason=None, category="roof",
    trade_group=None, data_quality=1.0, updated_at=datetime(2026, 1, 1, tzinfo=UTC), fields={}, micropoints=1,
    tier="b", temperature=None, confidence=None, fit=None, engagement=None, revision_id=None, reasons=(),
    scored_at=None,
)  # fmt: skip


def _at(latitude: float, longitude: float, tier: str | None = "b") -> LeadRow:
    return replace(_ROW, id=uuid4(), tier=tier, fields={"latitude": latitude, "longitude": longitude})


def test_north_is_up_east_is_right_and_distances_are_true() -> None:
    south, north, east = place([_at(30, -97), _at(31, -97), _at(30, -96)], TIERS)
    assert (south.x, south.y) == (north.x, east.y)
    assert north.y < south.y
    assert east.x > south.x
    # At 30.5 degrees north a degree of longitude is 0.862 of a degree of latitude.
    assert (east.x - south.x) / (south.y - north.y) == pytest.approx(0.862, abs=0.001)


def test_near_ones_are_one_circle_in_the_colour_of_the_best() -> None:
    far = [_at(30 + step / 100, -97 - step / 100) for step in range(3)]
    spots = place([*far, _at(30, -97, None), _at(30, -97, "a")], TIERS)
    (crowd,) = [spot for spot in spots if spot.leads > 1]
    assert (crowd.leads, crowd.colour) == (3, "green")
    assert "3 here" in crowd.title
    assert crowd.radius <= CELL
    assert spots[-1] is crowd


def test_one_wrong_place_does_not_shrink_the_rest() -> None:
    many = [_at(30 + step % 20 / 100, -97 + step // 20 / 100) for step in range(400)]
    spots = place([*many, _at(-30, 20)], TIERS)
    assert max(spot.x for spot in spots) - min(spot.x for spot in spots) > WIDTH / 3
    assert all(0 <= spot.x <= WIDTH and 0 <= spot.y <= HEIGHT for spot in spots)


def test_one_place_and_none() -> None:
    assert place([], TIERS) == []
    (spot,) = place([_at(30, -97)], TIERS)
    assert (spot.x, spot.y) == (WIDTH / 2, HEIGHT / 2)


def test_the_page_counts_what_there_is(shown: Any) -> None:
    page = shown.admin().get("/categories")
    assert page.status_code == 200
    assert "Kept, by trade" in page.text
    assert "Dropped, and why" in page.text
