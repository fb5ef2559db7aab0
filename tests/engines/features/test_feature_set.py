"""A feature set: fields, aggregates and behaviours together, for one lead and for frames; its hash; its errors."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from galena.domain.playbook import Playbook
from galena.domain.signal import Signal
from galena.engines.features import DecayedState, FeatureSet, StateAheadError
from galena.kit.errors import InputError
from galena.kit.expression import ExpressionError

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SmallPlaybook = Callable[..., Playbook]

FIELDS = {
    "budget": {"type": "number", "label": "Budget"},
    "age": {"type": "integer", "label": "Age"},
    "agreed": {"type": "boolean", "label": "Agreed"},
    "secret": {"type": "number", "label": "Known later", "outcome": True},
}
PARTS: dict[str, Any] = {
    "fields": FIELDS,
    "signal_kinds": {"opened": {"label": "Opened", "channel": "email"}, "visited": {"label": "Visited"}},
    "aggregates": [
        {"name": "opens_7d", "aggregate": "count", "signals": ["opened"], "window_days": 7},
        {"name": "opens_before", "aggregate": "count", "signals": ["opened"], "window_days": 7, "offset_days": 7},
    ],
    "behaviours": [{"name": "visits", "label": "Visits", "signals": ["visited"], "half_life_days": 10, "cap": 3}],
    "features": [
        {"name": "velocity", "sql": "opens_7d - opens_before"},
        {"name": "interest", "sql": "visits_intensity / 3", "bounds": [0, 1]},
        {"name": "silent_days", "sql": "days_since(visits_last_at)"},
        {"name": "hot", "sql": "interest > 0.5 AND agreed"},
        {"name": "age", "sql": "age", "bounds": [18, 120]},
        {"name": "agreed", "sql": "agreed"},
        {"name": "budget", "sql": "budget"},
    ],
}  # fmt: skip
SIGNALS = [
    Signal("opened", AS_OF - 1 * DAY),
    Signal("opened", AS_OF - 2 * DAY),
    Signal("opened", AS_OF - 8 * DAY),
    Signal("visited", AS_OF - 10 * DAY),
    Signal("visited", AS_OF),
    Signal("visited", AS_OF + DAY),
]
KNOWN = {"budget": 5, "age": 40, "agreed": True}
EXPECTED = {
    "velocity": 1,  # 2 in the last week - 1 in the week before
    "interest": 0.5,  # (1 + 1 / 2) / 3; the visit of tomorrow is not known
    "silent_days": 0,
    "hot": 0,  # 0.5 is not over 0.5
    "age": 40,
    "agreed": 1,
    "budget": 5,
}


def frames(signals: list[Signal]) -> tuple[pl.DataFrame, pl.DataFrame]:
    leads = pl.DataFrame({"lead_id": ["b", "a"], **{name: [None, value] for name, value in KNOWN.items()}})
    rows = [("a", signal.kind, signal.at, "{}") for signal in signals]
    schema = {
        "lead_id": pl.String,
        "kind": pl.String,
        "at": pl.Datetime("us", "UTC"),
        "attributes": pl.String,
    }
    return leads, pl.DataFrame(rows, schema=schema, orient="row")


def test_one_lead_by_hand(small_playbook: SmallPlaybook) -> None:
    features = FeatureSet.of(small_playbook(**PARTS))
    assert features.compute_one(KNOWN, SIGNALS, AS_OF) == pytest.approx(EXPECTED, abs=1e-12)
    assert features.compute_one(KNOWN, SIGNALS[::-1], AS_OF) == features.compute_one(KNOWN, SIGNALS, AS_OF)


def test_a_frame_by_hand(small_playbook: SmallPlaybook) -> None:
    features = FeatureSet.of(small_playbook(**PARTS))
    leads, signals = frames(SIGNALS)
    found = features.compute_frame(leads, AS_OF, signals)
    assert found.columns == ["lead_id", *features.names]
    nobody, known = found.to_dicts()
    assert known == {"lead_id": "a"} | EXPECTED
    # Without signals: counts and intensities are 0, dates unknown; 0 > 0.5 is false whatever was agreed.
    assert nobody == {
        "lead_id": "b", "velocity": 0, "interest": 0, "silent_days": None, "hot": 0, "age": None, "agreed": None,
        "budget": None,
    }  # fmt: skip


def test_a_frame_of_fields_alone(small_playbook: SmallPlaybook) -> None:
    features = FeatureSet.of(small_playbook(**PARTS))
    found = features.compute_frame(pl.DataFrame({"budget": [1, 2]}), AS_OF)
    assert found["budget"].to_list() == [1, 2]
    assert found["velocity"].to_list() == [0, 0]


def test_what_was_known_then(small_playbook: SmallPlaybook) -> None:
    """Ten days earlier only one visit had happened, whatever is known today."""
    features = FeatureSet.of(small_playbook(**PARTS))
    then = AS_OF - 10 * DAY
    assert features.compute_one(KNOWN, SIGNALS, then) == features.compute_one(KNOWN, SIGNALS[3:4], then)
    assert features.compute_one(KNOWN, SIGNALS, then)["interest"] == pytest.approx(1 / 3)


def test_a_placeholder_that_is_passed_on_is_unknown(small_playbook: SmallPlaybook) -> None:
    features = FeatureSet.of(small_playbook(**PARTS))
    for age, expected in ((17, None), (18, 18), (120, 120), (121, None), (0, None), (None, None)):
        assert features.compute_one({"age": age}, SIGNALS, AS_OF)["age"] == expected


def test_definitions_are_those_that_are_not_passed_on(small_playbook: SmallPlaybook) -> None:
    features = FeatureSet.of(small_playbook(**PARTS))
    assert [definition.name for definition in features.definitions] == [
        "velocity",
        "interest",
        "silent_days",
        "hot",
    ]
    assert {"budget", "opens_7d", "visits_intensity", "visits_last_at", "category"} <= set(features.schema)
    assert "secret" not in features.schema


def states_of(features: FeatureSet, signals: list[Signal]) -> dict[str, DecayedState]:
    states: dict[str, DecayedState] = {}
    for signal in signals:
        states |= features.absorb(states, signal)
    return states


BEHAVIOURS_ALONE = PARTS | {"aggregates": [], "features": PARTS["features"][1:4]}


def test_kept_states_give_the_same(small_playbook: SmallPlaybook) -> None:
    features = FeatureSet.of(small_playbook(**BEHAVIOURS_ALONE))
    assert not features.needs_signals
    states = states_of(features, SIGNALS[:5][::-1])
    expected = features.compute_one(KNOWN, SIGNALS, AS_OF)
    assert features.compute_one(KNOWN, None, AS_OF, states) == pytest.approx(expected, abs=1e-12)
    leads, _ = frames([])
    kept = pl.DataFrame(
        [{"lead_id": "a", "behaviour": n, "value": s.value, "at": s.at} for n, s in states.items()]
    )
    found = features.compute_frame(leads, AS_OF, states=kept).filter(pl.col("lead_id") == "a").to_dicts()[0]
    assert found == pytest.approx({"lead_id": "a"} | expected, abs=1e-12)


def test_a_state_that_is_ahead_is_recomputed_or_refused(small_playbook: SmallPlaybook) -> None:
    features = FeatureSet.of(small_playbook(**BEHAVIOURS_ALONE))
    states = states_of(features, SIGNALS)  # with the visit of tomorrow
    expected = features.compute_one(KNOWN, SIGNALS, AS_OF)
    assert features.compute_one(KNOWN, SIGNALS, AS_OF, states) == expected
    with pytest.raises(StateAheadError, match="before its latest signal"):
        features.compute_one(KNOWN, None, AS_OF, states)


def test_states_alone_do_not_serve_aggregates(small_playbook: SmallPlaybook) -> None:
    features = FeatureSet.of(small_playbook(**PARTS))
    assert features.needs_signals
    with pytest.raises(InputError, match="need the signals"):
        features.compute_one(KNOWN, None, AS_OF, {})


def test_as_of_needs_a_time_zone(small_playbook: SmallPlaybook) -> None:
    features = FeatureSet.of(small_playbook(**PARTS))
    with pytest.raises(InputError, match="time zone"):
        features.compute_one(KNOWN, [], datetime(2026, 1, 31))
    with pytest.raises(InputError, match="time zone"):
        features.compute_frame(pl.DataFrame({"budget": [1]}), datetime(2026, 1, 31))


def test_features_may_stand_in_any_order_but_not_in_a_circle(small_playbook: SmallPlaybook) -> None:
    turned = small_playbook(**(PARTS | {"features": PARTS["features"][::-1]}))
    assert FeatureSet.of(turned).compute_one(KNOWN, SIGNALS, AS_OF) == pytest.approx(EXPECTED)
    circle = [{"name": "one", "sql": "two + 1"}, {"name": "two", "sql": "one + 1"}]
    with pytest.raises(ExpressionError, match="circle"):
        FeatureSet.of(small_playbook(features=circle))


@pytest.mark.parametrize("sql", ["budgt + 1", "secret", "budget / age", "budget +", "(SELECT 1)", "now()"])
def test_a_wrong_definition_is_refused(small_playbook: SmallPlaybook, sql: str) -> None:
    with pytest.raises(ExpressionError):
        FeatureSet.of(small_playbook(fields=FIELDS, features=[{"name": "wrong", "sql": sql}]))


def changed(part: str, index: int, **change: Any) -> dict[str, Any]:
    items = [dict(item) for item in PARTS[part]]
    items[index] |= change
    return PARTS | {part: items}


def test_the_hash_knows_what_changes_a_number(small_playbook: SmallPlaybook) -> None:
    base = FeatureSet.of(small_playbook(**PARTS)).hash
    same = [
        PARTS | {"features": PARTS["features"][::-1], "aggregates": PARTS["aggregates"][::-1]},
        changed("features", 0, label="Speed", description="How fast."),
        changed("aggregates", 0, label="Opens"),
        changed("behaviours", 0, label="Looks"),
        PARTS | {"fields": FIELDS | {"other": {"type": "text", "label": "Other"}}},
    ]
    other = [
        changed("features", 0, sql="opens_7d - opens_before + 0.5"),
        changed("features", 4, bounds=[21, 120]),
        changed("features", 0, name="speed"),
        changed("aggregates", 0, window_days=8),
        changed("behaviours", 0, cap=4),
        PARTS | {"features": PARTS["features"][:-1]},
    ]
    assert [FeatureSet.of(small_playbook(**parts)).hash for parts in same] == [base] * len(same)
    hashes = {FeatureSet.of(small_playbook(**parts)).hash for parts in other}
    assert len(hashes) == len(other)
    assert base not in hashes


@pytest.mark.slow
def test_the_hash_is_the_same_in_every_process(brokerage_playbook: Playbook, brokerage: FeatureSet) -> None:
    program = (
        "import sys; from galena.domain.playbook import Playbook; from galena.engines.features import FeatureSet; "
        "print(FeatureSet.of(Playbook.model_validate_json(sys.stdin.read())).hash)"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            input=brokerage_playbook.model_dump_json(),
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == brokerage.hash
