"""The behavioural set, item by item, on one small history: each can be said with aggregates, behaviours and SQL."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from galena.domain.playbook import Playbook
from galena.domain.signal import Signal
from galena.engines.features import FeatureSet

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)  # a Saturday


def ago(days: float, kind: str, **attributes: Any) -> Signal:
    return Signal(kind, AS_OF - timedelta(days=days), attributes)


HISTORY = [
    ago(0.5, "viewed", home="A", price=400, depth=4),  # midnight of Saturday
    ago(1, "viewed", home="A", price=420, depth=2),  # Friday noon
    ago(2, "viewed", home="B", price=410, depth=3),
    ago(9, "viewed", home="C", price=300, depth=3),
    ago(16, "viewed", home="D", price=500, depth=3),
    ago(1, "saved", home="A"),
    ago(2, "showing_requested", home="A"),
    ago(20, "email_sent"),
    ago(10, "email_sent"),
    ago(9.5, "email_opened"),
    ago(9.4, "email_clicked"),
    ago(12, "replied", hours=30, sentiment=-0.5, text="Maybe in 3 months?"),
    ago(8, "replied", hours=8, sentiment=0.1, text="Our budget is 400,000"),
    ago(4, "replied", hours=2, sentiment=0.7, text="As soon as possible, can we meet?"),
    ago(30, "bounced"),
    ago(40, "no_show"),
    ago(25, "stage_changed", direction="on"),
    ago(21, "stage_changed", direction="back"),
    ago(6, "stage_changed", direction="on"),
]


def count(name: str, *signals: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "aggregate": "count", "signals": signals, **more}


def of(name: str, aggregate: str, value: str | None, *signals: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "aggregate": aggregate, "value": value, "signals": signals, **more}


def says(*phrases: str) -> dict[str, Any]:
    return {"attribute": "text", "contains": phrases}


WEEK = {"window_days": 7}
AGGREGATES = [
    *(count(f"views_{days}d", "viewed", window_days=days) for days in (1, 7, 30, 90)),
    count("views_week_2", "viewed", **WEEK, offset_days=7),
    count("views_week_3", "viewed", **WEEK, offset_days=14),
    of("days_since_view", "recency", None, "viewed"),
    of("view_days", "active_days", None, "viewed"),
    of("view_gap", "mean_gap", None, "viewed"),
    of("view_gap_spread", "spread_gap", None, "viewed", window_days=2.5),
    of("view_streak", "streak_days", None, "viewed"),
    of("channels", "entropy", None, "viewed", "email_opened", "email_clicked"),
    *(
        count(name, name)
        for name in ("email_sent", "email_opened", "email_clicked", "replied", "bounced", "no_show")
    ),
    of("response_hours", "median", "hours", "replied"),
    of("response_trend", "slope", "hours", "replied"),
    of("sentiment_mean", "mean", "sentiment", "replied"),
    of("sentiment_last", "last", "sentiment", "replied"),
    of("sentiment_trend", "slope", "sentiment", "replied"),
    count("urgent_count", "replied", where=says("as soon as", "urgent", "asap")),
    count("time_frames", "replied", where=says("month", "week")),
    count("budgets", "replied", where=says("budget")),
    of("questions", "share", None, "replied", where=says("?")),
    of("length_trend", "slope", "text_length", "replied"),
    of("depth", "mean", "depth", "viewed"),
    count("saves", "saved"),
    count("showings", "showing_requested"),
    of("homes", "distinct", "home", "viewed"),
    of("price_high", "greatest", "price", "viewed"),
    of("price_low", "least", "price", "viewed"),
    of("price_spread_now", "spread", "price", "viewed", **WEEK),
    of("price_spread_all", "spread", "price", "viewed"),
    of("weekend_views", "share", None, "viewed", where={"attribute": "weekday", "at_least": 6}),
    of("night_views", "share", None, "viewed", where={"attribute": "hour_of_day", "at_most": 5}),
    of("days_in_stage", "recency", None, "stage_changed"),
    count("moves_back", "stage_changed", where={"attribute": "direction", "equals": ["back"]}),
]
ITEMS: list[tuple[str, str, float]] = [
    ("count in a day", "views_1d", 1),  # one exactly a day old is out
    ("count in 7, 30 and 90 days", "views_7d + views_30d * 10 + views_90d * 100", 553),
    ("velocity", "views_7d - views_week_2", 2),  # 3 - 1
    ("acceleration", "views_7d - 2 * views_week_2 + views_week_3", 2),  # (3 - 1) - (1 - 1)
    ("recency", "days_since_view", 0.5),
    ("active days", "view_days", 5),
    ("mean gap", "view_gap", 3.875),  # (16 - 0.5) / 4
    ("spread of gaps", "view_gap_spread", 0.25),  # gaps 1 and 0.5
    ("streak", "view_streak", 3),  # Saturday, Friday, Thursday
    ("channel mix", "channels", 0.8631205685666311),  # 5 web and 2 e-mail: -(5/7 ld 5/7 + 2/7 ld 2/7)
    ("open rate", "email_opened / NULLIF(email_sent, 0)", 0.5),
    ("click rate", "email_clicked / NULLIF(email_opened, 0)", 1),
    ("reply rate", "replied / NULLIF(email_sent, 0)", 1.5),
    ("median response time", "response_hours", 8),
    ("response trend", "response_trend", -3.5),  # (2 - 30) / 8 days: even steps, so the ends decide
    ("mean sentiment", "sentiment_mean", 0.1),
    ("last sentiment", "sentiment_last", 0.7),
    ("sentiment trend", "sentiment_trend", 0.15),  # (0.7 + 0.5) / 8
    ("urgency phrases", "urgent_count", 1),
    ("time-frame phrases", "time_frames", 1),
    ("budget mentions", "budgets", 1),
    ("question rate", "questions", 2 / 3),
    ("message-length trend", "length_trend", (33 - 18) / 8),  # 18, 21 and 33 characters, 12, 8 and 4 days ago
    ("page depth", "depth", 3),
    ("saves", "saves", 1),
    ("showing requests", "showings", 1),
    ("repeat views", "views_90d - homes", 1),
    ("price range", "price_high - price_low", 200),
    ("price narrowing", "price_spread_now < price_spread_all", 1),
    ("weekend pattern", "weekend_views", 0.2),  # the one at midnight of Saturday
    ("hour pattern", "night_views", 0.2),
    ("bounces", "bounced", 1),
    ("no-shows", "no_show", 1),
    ("days in stage", "days_in_stage", 6),
    ("moves back", "moves_back", 1),
    ("decayed intensity", "saves_felt_intensity", 0.5),  # one save, a half-life of a day ago
]


def behavioural(small_playbook: Callable[..., Playbook]) -> Playbook:
    kinds = {signal.kind for signal in HISTORY}
    channels = {"viewed": "web", "email_opened": "email", "email_clicked": "email"}
    return small_playbook(
        signal_kinds={kind: {"label": kind, "channel": channels.get(kind)} for kind in kinds},
        aggregates=AGGREGATES,
        behaviours=[{"name": "saves_felt", "label": "Saves", "signals": ["saved"], "half_life_days": 1}],
        features=[{"name": f"item_{place}", "sql": sql} for place, (_, sql, _) in enumerate(ITEMS)],
    )


def test_every_item_can_be_said(small_playbook: Callable[..., Playbook]) -> None:
    found = FeatureSet.of(behavioural(small_playbook)).compute_one({}, HISTORY, AS_OF)
    named = dict(zip((item for item, _, _ in ITEMS), found.values(), strict=True))
    assert named == pytest.approx({item: value for item, _, value in ITEMS}, abs=1e-12)


def test_the_signals_of_a_few_leads_are_read_as_those_of_many(
    small_playbook: Callable[..., Playbook], monkeypatch: pytest.MonkeyPatch
) -> None:
    features = FeatureSet.of(behavioural(small_playbook))
    leads = pl.DataFrame({"lead_id": ["quiet", "busy"]})
    told = [("busy", each.kind, each.at, json.dumps(each.attributes)) for each in HISTORY]
    signals = pl.DataFrame(told, schema=["lead_id", "kind", "at", "attributes"], orient="row").cast(
        {"at": pl.Datetime("us", "UTC")}
    )
    as_many = features.inputs_frame(leads, AS_OF, signals)
    monkeypatch.setattr("galena.kit.expression.program.FEW_ROWS", 2)
    assert_frame_equal(features.inputs_frame(leads, AS_OF, signals), as_many, check_column_order=False)
