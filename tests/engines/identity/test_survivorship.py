"""Which value stands."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from galena.domain.lead import Provenance
from galena.engines.identity import merge, survivors

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def origin(trust: float, age_days: int, number: int) -> Provenance:
    return Provenance(trust, NOW - timedelta(days=age_days), UUID(int=number), f"s{trust}")


def test_trust_then_freshness_then_arrival():
    first = merge({}, {}, {"a": 1, "b": 1, "c": 1, "d": 1}, origin(0.5, 5, 1))
    assert first.changed == {"a", "b", "c", "d"}
    trusted = merge(*first[:2], {"a": 2}, origin(0.9, 9, 2))
    newer = merge(*trusted[:2], {"a": 3, "b": 3}, origin(0.5, 1, 3))
    later = merge(*newer[:2], {"b": 4, "c": 4}, origin(0.5, 5, 4))
    assert (later.fields, later.changed) == ({"a": 2, "b": 3, "c": 4, "d": 1}, {"c"})


def test_unknown_changes_nothing_and_the_arguments_stay_as_they_are():
    fields, sources = {"a": 1}, {"a": origin(0.1, 5, 1)}
    after = merge(fields, sources, {"a": None, "b": 2}, origin(0.9, 0, 2))
    assert (after.fields, after.changed) == ({"a": 1, "b": 2}, {"b"})
    assert fields == {"a": 1}
    assert set(sources) == {"a"}


def test_the_same_value_from_a_better_source_is_no_change():
    after = merge({"a": 1}, {"a": origin(0.1, 5, 1)}, {"a": 1}, origin(0.9, 0, 2))
    assert after.changed == frozenset()
    assert after.provenance["a"].trust == 0.9


values = st.dictionaries(st.sampled_from("abcd"), st.none() | st.integers(0, 3))
records = st.lists(st.tuples(st.sampled_from([0.1, 0.5]), st.integers(0, 3), values), max_size=8).map(
    lambda rows: [(origin(trust, age, n), fields) for n, (trust, age, fields) in enumerate(rows)]
)


@given(records=records, order=st.randoms())
def test_adding_one_by_one_in_any_order_equals_rebuilding_from_all(records, order):
    shuffled = list(records)
    order.shuffle(shuffled)
    fields, sources = {}, {}
    for record, record_fields in shuffled:
        fields, sources, _ = merge(fields, sources, record_fields, record)
    rebuilt = survivors(records)
    assert fields == rebuilt.fields
    assert sources == rebuilt.provenance
