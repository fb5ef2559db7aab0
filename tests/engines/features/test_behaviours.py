"""Decayed intensity: by hand, in any order, and against recomputation from all signals."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galena.domain.playbook import Behaviour
from galena.domain.signal import Signal
from galena.engines.features.behaviours import (
    DecayedState,
    StateAheadError,
    absorb,
    add,
    half_life_days,
    intensity,
    keeps_state,
    last_at,
    read,
)
from galena.engines.features.frames import signal_columns
from galena.engines.features.timeline import timeline
from galena.kit.errors import InputError

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def behaviour(decay: Any = "exponential", **settings: Any) -> Behaviour:
    given = {"name": "views", "label": "Views", "signals": ("viewed",), "half_life_days": 10} | settings
    return Behaviour(decay=decay, **given)


def viewed(days_ago: float) -> Signal:
    return Signal("viewed", AS_OF - days_ago * DAY)


def test_a_signal_adds_to_what_is_left() -> None:
    state = add(None, AS_OF - 20 * DAY, 4, 10)
    state = add(state, AS_OF - 10 * DAY, 4, 10)  # 4 / 2 + 4
    assert state == DecayedState(6, AS_OF - 10 * DAY)
    assert read(state, AS_OF, 10) == 3  # 6 / 2


def test_a_late_signal_adds_what_is_left_of_its_weight() -> None:
    state = add(DecayedState(6, AS_OF), AS_OF - 20 * DAY, 4, 10)  # 6 + 4 / 4
    assert state == DecayedState(7, AS_OF)


def test_the_cap_is_read_and_never_stored() -> None:
    state = add(add(None, AS_OF, 4, 10), AS_OF, 4, 10)
    assert state.value == 8
    assert read(state, AS_OF, 10, cap=5) == 5
    assert read(state, AS_OF + 10 * DAY, 10, cap=5) == 4  # 8 / 2, not 5 / 2


def test_without_signals_it_is_nought() -> None:
    assert read(None, AS_OF, 10) == 0
    assert intensity(behaviour(), [], AS_OF) == 0
    assert last_at(behaviour(), []) is None


def test_a_state_is_not_read_before_its_time() -> None:
    with pytest.raises(StateAheadError, match="from the lead's signals"):
        read(DecayedState(1, AS_OF), AS_OF - DAY, 10)


@pytest.mark.parametrize(
    ("decay", "expected"),
    [
        ("exponential", 2 * (1 + 0.5 + 0.25)),  # ages 0, 10 and 20 days, half-life 10, weight 2
        ("linear", 2 * (1 + 0.5 + 0)),
        ("step", 2 * 1),  # the one 10 days old is over
        ("none", 2 * 3),
    ],
)
def test_each_kind_of_decay_by_hand(decay: str, expected: float) -> None:
    moments = timeline([viewed(20), viewed(0), viewed(10), Signal("other", AS_OF), viewed(-1)], AS_OF)
    assert intensity(behaviour(decay, weight=2), moments, AS_OF) == pytest.approx(expected, abs=1e-12)
    assert last_at(behaviour(decay), moments) == AS_OF


def test_a_new_signal_changes_the_states_of_its_kind_only() -> None:
    tracked = [
        behaviour(weight=3),
        behaviour(name="calls", signals=("called",)),
        behaviour("none", name="ever", signals=("viewed", "called")),
        behaviour("linear", name="fading"),
    ]
    states = absorb(tracked, {"views": DecayedState(4, AS_OF - 10 * DAY)}, viewed(0))
    assert states == {"views": DecayedState(5, AS_OF), "ever": DecayedState(1, AS_OF)}  # 4 / 2 + 3, 0 + 1


days_ago = st.lists(st.floats(0, 400), min_size=1, max_size=20)
half_lives = st.floats(0.5, 100)


@given(days_ago, half_lives, st.floats(0.1, 50), st.randoms(), st.sampled_from(["exponential", "none"]))
@settings(max_examples=200, deadline=None)
def test_the_kept_state_equals_all_signals_in_any_order(
    days: list[float], half_life: float, weight: float, random: Any, decay: str
) -> None:
    tracked = behaviour(decay, half_life_days=half_life, weight=weight)
    found = [viewed(each) for each in days]
    expected = intensity(tracked, timeline(found, AS_OF), AS_OF)
    for order in (found, random.sample(found, len(found))):
        states: dict[str, DecayedState] = {}
        for signal in order:
            states |= absorb([tracked], states, signal)
        value = read(states["views"], AS_OF, half_life_days(tracked), tracked.cap)
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert states["views"].at == last_at(tracked, timeline(found, AS_OF))


def frames(days: list[float]) -> tuple[pl.DataFrame, pl.DataFrame]:
    leads = pl.DataFrame({"lead_id": [7, 8]})
    rows = [(7, each.kind, each.at) for each in map(viewed, days)]
    schema = {"lead_id": pl.Int64, "kind": pl.String, "at": pl.Datetime("us", "UTC")}
    return leads, pl.DataFrame(rows, schema=schema, orient="row")


@given(
    st.lists(st.floats(-5, 60), max_size=10),
    half_lives,
    st.sampled_from(["exponential", "linear", "step", "none"]),
    st.sampled_from([None, 2.5]),
)
@settings(max_examples=100, deadline=None)
def test_frames_equal_one_lead(days: list[float], half_life: float, decay: str, cap: float | None) -> None:
    tracked = behaviour(decay, half_life_days=half_life, cap=cap)
    leads, signals = frames(days)
    moments = timeline(map(viewed, days), AS_OF)
    found = signal_columns(leads, [], [tracked], AS_OF, signals=signals, states=None, channels={})
    assert found["lead_id"].to_list() == [7, 8]
    assert found["views_intensity"].to_list() == [
        pytest.approx(intensity(tracked, moments, AS_OF), abs=1e-9),
        0,
    ]
    assert found["views_last_at"].to_list() == [last_at(tracked, moments), None]


def states_frame(value: float, at: datetime) -> pl.DataFrame:
    return pl.DataFrame({"lead_id": [7], "behaviour": ["views"], "value": [value], "at": [at]})


def test_frames_read_kept_states() -> None:
    leads, _ = frames([])
    states = states_frame(8, AS_OF - 10 * DAY)
    found = signal_columns(leads, [], [behaviour(cap=3)], AS_OF, signals=None, states=states, channels={})
    assert found["views_intensity"].to_list() == [3, 0]  # 8 / 2, capped at 3
    assert found["views_last_at"].to_list() == [AS_OF - 10 * DAY, None]


def test_frames_recompute_what_keeps_no_state() -> None:
    leads, signals = frames([10, 5])
    tracked = [behaviour(), behaviour("linear", name="fading")]
    states = states_frame(8, AS_OF - 10 * DAY)
    found = signal_columns(leads, [], tracked, AS_OF, signals=signals, states=states, channels={})
    assert found["views_intensity"][0] == 4
    assert found["fading_intensity"][0] == 0.5 + 0.75


def test_frames_refuse_states_that_are_ahead() -> None:
    leads, _ = frames([])
    states = states_frame(8, AS_OF + DAY)
    with pytest.raises(StateAheadError):
        signal_columns(leads, [], [behaviour()], AS_OF, signals=None, states=states, channels={})


def test_leads_without_ids_cannot_have_signals() -> None:
    _, signals = frames([1])
    with pytest.raises(InputError, match="lead_id"):
        signal_columns(
            pl.DataFrame({"x": [1]}), [], [behaviour()], AS_OF, signals=signals, states=None, channels={}
        )


def test_states_alone_do_not_serve_what_needs_signals() -> None:
    leads, _ = frames([])
    states = states_frame(8, AS_OF)
    with pytest.raises(InputError, match="need the signals"):
        signal_columns(leads, [], [behaviour("step")], AS_OF, signals=None, states=states, channels={})


def test_only_exponential_and_none_keep_a_state() -> None:
    kinds = ("exponential", "linear", "step", "none")
    assert [keeps_state(behaviour(kind)) for kind in kinds] == [True, False, False, True]
    assert half_life_days(behaviour("none")) == math.inf
