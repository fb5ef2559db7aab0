"""Aggregates over signals: arithmetic by hand, and one lead against frames."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from galena.domain.playbook import Aggregate, Where
from galena.domain.signal import Signal
from galena.engines.features.aggregate_frames import aggregates_frame, without_signals
from galena.engines.features.aggregates import aggregates_one
from galena.engines.features.timeline import timeline
from galena.kit.errors import InputError

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)  # a Saturday
CHANNELS = {"opened": "email", "visited": "web"}


def ago(days: float, kind: str = "opened", **attributes: Any) -> Signal:
    return Signal(kind, AS_OF - timedelta(days=days), attributes)


def frame_of(leads: Mapping[int, Sequence[Signal]]) -> pl.DataFrame:
    rows = [(i, s.kind, s.at, json.dumps(s.attributes)) for i, signals in leads.items() for s in signals]
    schema = {"lead_id": pl.Int64, "kind": pl.String, "at": pl.Datetime("us", "UTC"), "attributes": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def both(aggregate: Aggregate, signals: Sequence[Signal]) -> float | None:
    """The value for one lead, after checking that the frame says the same."""
    one = aggregates_one([aggregate], timeline(signals, AS_OF), AS_OF, CHANNELS)[aggregate.name]
    rows = aggregates_frame([aggregate], frame_of({1: signals}), AS_OF, CHANNELS).to_dicts()
    many = rows[0][aggregate.name] if rows else without_signals([aggregate])[aggregate.name]
    assert many == (one if one is None else pytest.approx(one, rel=1e-12, abs=1e-12))
    return one


def agg(kind: Any, **settings: Any) -> Aggregate:
    return Aggregate(name="a", aggregate=kind, **settings)


PRICES = [ago(0, price=10), ago(1, price=30), ago(3, price=20)]

BY_HAND = [
    ("count in a window leaves out its far edge", agg("count", window_days=7), [ago(0), ago(6.9), ago(7)], 2),
    ("the window before starts there", agg("count", window_days=7, offset_days=7), [ago(6.9), ago(7), ago(14)], 1),
    ("a signal after as_of is not known", agg("count"), [ago(0), ago(-0.001)], 1),
    ("count of one kind", agg("count", signals=("visited",)), [ago(1), ago(2, "visited")], 1),
    ("count of nothing", agg("count"), [], 0),
    ("sum: 10 + 30 + 20", agg("sum", value="price"), PRICES, 60),
    ("sum of nothing", agg("sum", value="price"), [], 0),
    ("mean: 60 / 3", agg("mean", value="price"), PRICES, 20),
    ("a text that is a number counts, another is skipped", agg("mean", value="price"),
     [ago(1, price="4"), ago(2, price=" 6.0 "), ago(3, price="n/a"), ago(4, price=None), ago(5)], 5),
    ("median of 10, 20, 30, 100: (20 + 30) / 2", agg("median", value="price"), [*PRICES, ago(9, price=100)], 25),
    ("last: the newest that has the value", agg("last", value="price"), [*PRICES, ago(0)], 10),
    ("last of two at one time: the greater", agg("last", value="price"), [ago(1, price=2), ago(1, price=7)], 7),
    ("least", agg("least", value="price"), PRICES, 10),
    ("greatest", agg("greatest", value="price"), PRICES, 30),
    # mean 20, squares 100 + 100 + 0, divided by 3
    ("spread", agg("spread", value="price"), PRICES, math.sqrt(200 / 3)),
    # days 0, 2, 3 (mean 5/3) and values 20, 30, 10 (mean 20):
    # above (1/3 * 10) + (4/3 * -10) = -10; below 25/9 + 1/9 + 16/9 = 42/9
    ("slope", agg("slope", value="price"), PRICES, -10 / (42 / 9)),
    ("slope of one time is unknown", agg("slope", value="price"), [ago(1, price=1), ago(1, price=2)], None),
    ("distinct values: 5, 5.0 and '5' are one", agg("distinct", value="home"),
     [ago(1, home=5), ago(2, home=5.0), ago(3, home="5"), ago(4, home="x"), ago(5)], 2),
    ("distinct kinds", agg("distinct"), [ago(1), ago(2), ago(3, "visited")], 2),
    ("recency", agg("recency"), [ago(2.5), ago(9)], 2.5),
    ("recency of nothing is unknown", agg("recency"), [], None),
    ("rate: 3 in 30 days", agg("rate", window_days=30), [ago(1), ago(2), ago(3)], 0.1),
    # 31 January noon back to 30 January 00:00 is 1.5 days: two signals on the 30th, one on the 31st
    ("active days of UTC", agg("active_days"), [ago(0.1), ago(0.6), ago(1.4)], 2),
    ("mean gap: (4 + 2) / 2", agg("mean_gap"), [ago(1), ago(5), ago(7)], 3),
    ("mean gap of one is unknown", agg("mean_gap"), [ago(1)], None),
    # gaps 4 and 2, mean 3, squares 1 + 1, divided by 2
    ("spread of gaps", agg("spread_gap"), [ago(1), ago(5), ago(7)], 1),
    ("spread of one gap is unknown", agg("spread_gap"), [ago(1), ago(5)], None),
    # email 2 of 4, web 1, sms 1: 0.5 * 1 + 0.25 * 2 + 0.25 * 2 = 1.5 bits
    ("entropy over channels", agg("entropy"),
     [ago(1), ago(2), ago(3, "visited"), ago(4, channel="SMS"), ago(5, "other")], 1.5),
    ("entropy of one channel", agg("entropy"), [ago(1), ago(2)], 0),
    ("entropy of none is unknown", agg("entropy"), [ago(1, "other")], None),
    ("streak up to today", agg("streak_days"), [ago(0), ago(1), ago(1.1), ago(2), ago(4)], 3),
    ("streak up to yesterday lives", agg("streak_days"), [ago(1), ago(2)], 2),
    ("streak that ended is 0", agg("streak_days"), [ago(2), ago(3)], 0),
    # Saturday noon (0), Friday (1), Sunday before (6): 2 of 3 at a weekend
    ("weekend share", agg("share", where=Where(attribute="weekday", at_least=6)), [ago(0), ago(1), ago(6)], 2 / 3),
    ("evening share", agg("share", where=Where(attribute="hour_of_day", at_least=18, at_most=21)),
     [ago(0), ago(0.7), ago(0.75)], 2 / 3),
    ("share of nothing is unknown", agg("share", where=Where(attribute="weekday", at_least=6)), [], None),
    ("questions", agg("share", where=Where(attribute="text", contains=("?",))), [ago(1, text="Why?"), ago(2)], 0.5),
    ("phrases", agg("count", where=Where(attribute="text", contains=("as soon as", "urgent"))),
     [ago(1, text="URGENT please"), ago(2, text="as soon as you can"), ago(3, text="some day")], 2),
    ("moves back", agg("count", where=Where(attribute="direction", equals=("back",))),
     [ago(1, direction="Back"), ago(2, direction="on"), ago(3)], 1),
    ("yes is a number too", agg("count", where=Where(attribute="read", equals=("true",))),
     [ago(1, read=True), ago(2, read=False), ago(3, read="true")], 2),
    # 2, 4 and 9 characters, one a day: slope of 2, 4, 9 over days 0, 1, 2 = (9 - 2) / 2
    ("messages get longer", agg("slope", value="text_length"),
     [ago(3, text="ab"), ago(2, text="abcd"), ago(1, text="abcdefghi")], 3.5),
]  # fmt: skip


@pytest.mark.parametrize(
    ("aggregate", "signals", "expected"), [case[1:] for case in BY_HAND], ids=[case[0] for case in BY_HAND]
)
def test_aggregate_by_hand(aggregate: Aggregate, signals: list[Signal], expected: float | None) -> None:
    found = both(aggregate, signals)
    assert found == (expected if expected is None else pytest.approx(expected, rel=1e-12, abs=1e-12))


def test_every_kind_of_aggregate_has_an_example() -> None:
    kinds = Aggregate.model_fields["aggregate"].annotation.__args__  # type: ignore[union-attr]
    assert {case[1].aggregate for case in BY_HAND} == set(kinds)


@pytest.mark.parametrize("wrong", [{"aggregate": "mean"}, {"aggregate": "share"}, {"aggregate": "rate"}])
def test_an_aggregate_without_what_it_needs_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="needs"):
        Aggregate(name="a", **wrong)


def test_a_frame_without_its_columns_is_explained() -> None:
    with pytest.raises(InputError, match="kind, at"):
        aggregates_frame([agg("count")], pl.DataFrame({"lead_id": [1]}), AS_OF, {})


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        timeline([Signal("opened", datetime(2026, 1, 1))], AS_OF)


ALL_KINDS = Aggregate.model_fields["aggregate"].annotation.__args__  # type: ignore[union-attr]
OF_VALUE = {"sum", "mean", "median", "last", "slope", "spread", "least", "greatest"}
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-50, 50),
    st.integers(-800, 800).map(lambda n: n / 8),
    st.sampled_from(["3", "x", "", "-1e2"]),
)
signals = st.builds(
    lambda kind, days, value, name: ago(days, kind, **({"v": value} | ({"channel": name} if name else {}))),
    st.sampled_from(["opened", "visited", "other"]),
    st.one_of(st.sampled_from([0.0, 1.0, 7.0, 14.0]), st.integers(-300, 4000).map(lambda n: n / 100)),
    values,
    st.sampled_from(["", "sms", "phone"]),
)
aggregates = st.builds(
    lambda kind, kinds, days, offset, where: Aggregate(
        name="a",
        aggregate=kind,
        signals=kinds,
        window_days=days if days or kind != "rate" else 5,
        offset_days=offset,
        value="v" if kind in OF_VALUE or (kind == "distinct" and offset) else None,
        where=Where(attribute="v", at_least=0) if where or kind == "share" else None,
    ),
    st.sampled_from(ALL_KINDS),
    st.sampled_from([(), ("opened",), ("opened", "other")]),
    st.sampled_from([None, 1, 7, 30]),
    st.sampled_from([0, 7]),
    st.booleans(),
)


@given(aggregates, st.lists(signals, max_size=12), st.randoms())
@settings(max_examples=150, deadline=None)
def test_one_lead_equals_frame_and_order_plays_no_part(
    aggregate: Aggregate, found: list[Signal], random: Any
) -> None:
    value = aggregates_one([aggregate], timeline(found, AS_OF), AS_OF, CHANNELS)["a"]
    shuffled = random.sample(found, len(found))
    assert aggregates_one([aggregate], timeline(shuffled, AS_OF), AS_OF, CHANNELS)["a"] == value
    rows = aggregates_frame([aggregate], frame_of({1: shuffled}), AS_OF, CHANNELS).to_dicts()
    many = rows[0]["a"] if rows else without_signals([aggregate])["a"]
    assert many == (value if value is None else pytest.approx(value, rel=1e-9, abs=1e-9))


@given(aggregates, st.lists(signals, max_size=12), st.lists(st.floats(1e-6, 30), max_size=5))
@settings(max_examples=100, deadline=None)
def test_what_comes_later_changes_nothing(
    aggregate: Aggregate, found: list[Signal], later: list[float]
) -> None:
    more = [*found, *(ago(-days, v=99) for days in later)]
    one, two = (aggregates_one([aggregate], timeline(each, AS_OF), AS_OF, CHANNELS) for each in (found, more))
    assert one == two
