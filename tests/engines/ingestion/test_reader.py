"""Keys, hashes, links, signals and rejections; and that nothing makes a reader raise."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from galena.domain.playbook import Mapping, Playbook
from galena.engines.ingestion import MappedRow, Reader, Rejection, canonical_json, record_link

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def test_all_faults_of_a_row_are_reported_together(read_one):
    row = read_one({"r": "much", "d": "soon"}, {"revenue": "r", "founded_on": "d"}, key=("none",))
    assert isinstance(row, Rejection)
    assert [fault.field for fault in row.faults] == ["key", "revenue", "founded_on"]
    assert json.loads(row.payload) == {"id": "1", "r": "much", "d": "soon"}


def test_the_payload_decides_the_hash_and_not_its_order(playbook):
    reader = Reader(Mapping(source="crm", key=("id",)), playbook, NOW)
    one = reader.read({"id": "1", "b": 2}, 1)
    same = reader.read({"b": 2, "id": "1"}, 2)
    other = reader.read({"b": 3, "id": "1"}, 3)
    assert one.payload_hash == same.payload_hash != other.payload_hash
    assert one.record_key == other.record_key == "1"


def test_without_a_key_the_whole_payload_is_the_key_and_an_empty_row_is_refused(playbook):
    reader = Reader(Mapping(source="crm"), playbook, NOW)
    assert reader.read({"a": "x"}, 1).record_key == reader.read({"a": "x"}, 2).record_key
    assert isinstance(reader.read({"a": " ", "b": None}, 3), Rejection)


def test_keys_of_several_columns(read_one):
    assert read_one({"a": " x ", "b": 5.0}, {}, key=("a", "b")).record_key == "x|5"
    assert read_one({"a": "", "b": "5"}, {}, key=("a", "b")).record_key == "|5"
    assert isinstance(read_one({"a": "k" * 501}, {}, key=("a",)), Rejection)


def test_observed_time_is_never_after_receipt(read_one):
    assert read_one({"at": "2026-05-01"}, {}, observed_at="at").observed_at == datetime(
        2026, 5, 1, tzinfo=UTC
    )
    assert read_one({"at": "2027-05-01"}, {}, observed_at="at").observed_at == NOW
    assert read_one({"at": ""}, {}, observed_at="at").observed_at == NOW
    assert isinstance(read_one({"at": "soon"}, {}, observed_at="at"), Rejection)


def test_links(read_one):
    assert read_one({"id": "A1"}, {}).links == ()
    assert record_link("crm", " A1 ") == "key:crm:a1"
    details = {"role": "details", "match": {"account": "acc"}}
    assert read_one({"acc": "  CanCity  Ltd "}, {}, **details).links == ("account:cancity ltd",)
    assert isinstance(read_one({"acc": " "}, {}, **details), Rejection)
    by_key = {"role": "signals", "match": {"key": "lead"}, "match_source": "other"}
    assert read_one({"lead": "X9"}, {}, **by_key).links == ("key:other:x9",)
    by_phone = {"role": "details", "match": {"phone": "p"}}
    assert read_one({"p": "512-555-0100"}, {}, **by_phone).links == ("phone:+15125550100",)


def test_signals(read_one):
    signals = [{"kind_column": "what", "at": "when", "attributes": {"value": "v"}, "when_column": "ok"}]
    row = read_one({"what": "Call", "when": "2026-01-02", "v": "$5", "ok": "yes"}, {}, signals=signals)
    (signal,) = row.signals
    assert (signal.kind, signal.at, signal.attributes) == (
        "call",
        datetime(2026, 1, 2, tzinfo=UTC),
        {"value": 5.0},
    )
    assert row.happenings[0].identity == "crm:1:call:2026-01-02T00:00:00+00:00"
    assert read_one({"what": "call", "when": "2026-01-02", "ok": "No"}, {}, signals=signals).signals == ()
    refused = read_one({"what": "wave", "when": "", "ok": "1"}, {}, signals=signals)
    assert [fault.column for fault in refused.faults] == ["what", "when"]


def test_signals_with_an_id_of_their_own_are_known_by_it(read_one):
    row = read_one({"e": "E7"}, {}, signals=[{"kind": "visit", "external_id": "e"}])
    assert row.happenings[0].identity == "crm:id:E7"
    assert row.signals[0].at == NOW


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.dates()
    | st.datetimes()
    | st.binary(max_size=5)
    | st.sampled_from(
        ["1,2,3", "$", "%", "(", "()", "31/31/2020", "2020-13-01", "[1", "{}", "+", "=1", "\ud800", "٣"]
    )
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(payload=st.dictionaries(st.sampled_from("abcdefghijklmno"), values))
def test_reading_never_raises_and_gives_json(playbook: Playbook, payload: dict[str, Any]):
    fields = {
        name: {"column": letter} for name, letter in zip(playbook.fields, "abcdefghijklmn", strict=True)
    }
    signals = ({"kind": "visit", "at": "o", "attributes": {"x": "b"}, "external_id": "c"},)
    mapping = Mapping.model_validate(
        {"source": "crm", "key": ("a", "o"), "fields": fields, "signals": signals}
    )
    row = Reader(mapping, playbook, NOW).read(payload, 1)
    assert "\\u0000" not in row.payload.decode()
    json.loads(row.payload)
    if isinstance(row, MappedRow):
        text = json.dumps([dict(row.fields), row.record_key, list(row.links)], allow_nan=False)
        assert "\\u0000" not in text
        text.encode()
    else:
        assert row.faults


def test_payloads_that_json_can_hardly_hold_are_kept_nevertheless():
    deep: dict[str, Any] = {"id": 1}
    for _ in range(2_000):
        deep = {"id": 1, "in": deep}
    kept = json.loads(canonical_json({"big": 10**400, "half": "\ud800", "nul": "a\0b", "deep": deep}))
    assert kept["big"] == str(10**400)
    assert (kept["half"], kept["nul"]) == ("?", "a\ufffdb")
    assert kept["deep"]["in"]["id"] == 1
