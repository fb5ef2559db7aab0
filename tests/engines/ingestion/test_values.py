"""What each type makes of what people write."""

from datetime import UTC, date, datetime

import pytest

UNKNOWN = object()
REFUSED = object()


@pytest.mark.parametrize(
    ("field", "written", "expected"),
    [
        ("revenue", "1,234.50", 1234.5),
        ("revenue", "1.234,50", 1234.5),
        ("revenue", "1234,5", 1234.5),
        ("revenue", "1,234", 1234.0),
        ("revenue", "1 234 567", 1234567.0),
        ("revenue", "$3.2M", 3_200_000.0),
        ("revenue", "USD 12k", 12_000.0),
        ("revenue", "€ 1.5bn", 1_500_000_000.0),
        ("revenue", "1e5", 100_000.0),
        ("revenue", 12, 12.0),
        ("revenue", "(123)", REFUSED),  # -123 is below the minimum of 0
        ("revenue", "12 %", 12.0),
        ("share", "12 %", 0.12),
        ("share", "(0.5)", -0.5),
        ("share", "1.01", REFUSED),
        ("revenue", "NaN", UNKNOWN),
        ("revenue", float("nan"), UNKNOWN),
        ("revenue", "inf", REFUSED),
        ("revenue", "1e16", REFUSED),
        ("revenue", 10**400, REFUSED),
        ("revenue", "1,23,4", REFUSED),
        ("revenue", "about 5", REFUSED),
        ("revenue", "n/a", UNKNOWN),
        ("employees", "1,200", 1200),
        ("employees", "12.0", 12),
        ("employees", "12.5", REFUSED),
        ("exporting", "Yes", True),
        ("exporting", "0", False),
        ("exporting", 1, True),
        ("exporting", "maybe", REFUSED),
        ("founded_on", "2024-02-29", "2024-02-29"),
        ("founded_on", "2023-02-29", REFUSED),
        ("founded_on", "20240131", "2024-01-31"),
        ("founded_on", "31/01/2024", "2024-01-31"),
        ("founded_on", "01/31/2024", "2024-01-31"),
        ("founded_on", "04/04/2024", "2024-04-04"),
        ("founded_on", "03/04/2024", REFUSED),  # 3 April or 4 March
        ("founded_on", "Jan 31, 2024", "2024-01-31"),
        ("founded_on", "31st January 2024", "2024-01-31"),
        ("founded_on", "2024-01-31T23:30:00-06:00", "2024-01-31"),
        ("founded_on", datetime(2024, 1, 31, 5), "2024-01-31"),
        ("founded_on", date(2024, 1, 31), "2024-01-31"),
        ("founded_on", "1600-01-01", REFUSED),
        ("founded_on", "2999-01-01", REFUSED),
        ("founded_on", 45292, REFUSED),
        ("seen_at", "2024-01-31 10:00", "2024-01-31T10:00:00+00:00"),
        ("seen_at", "2024-01-31T10:00:00+02:00", "2024-01-31T08:00:00+00:00"),
        ("seen_at", "31 Jan 2024 1:05 pm", "2024-01-31T13:05:00+00:00"),
        ("seen_at", 1_700_000_000, "2023-11-14T22:13:20+00:00"),
        ("seen_at", "1700000000000", "2023-11-14T22:13:20+00:00"),
        ("size", " small ", "Small"),
        ("size", "huge", REFUSED),
        ("company", "  Acme\0 Ltd ", "Acme\ufffd Ltd"),
        ("company", "NULL", UNKNOWN),
        ("company", "None", "None"),
        ("company", "x" * 100_001, REFUSED),
        ("tags", "a; b;;c", ["a", "b", "c"]),
        ("tags", '["a", "b,c"]', ["a", "b,c"]),
        ("tags", ["a", None, 5], ["a", "5"]),
        ("tags", "one", ["one"]),
        ("tags", [], []),
        ("loans", [{"amount": "$5", "due_on": "2026-01-31"}], [{"amount": 5.0, "due_on": "2026-01-31"}]),
        ("loans", '{"amount": "n/a"}', [{"amount": None, "due_on": None}]),
        ("loans", "five", REFUSED),
        ("email", "Ann <Ann.Lee@EXAMPLE.com>", "Ann.Lee@example.com"),
        ("phone", "(512) 555-0100", "+15125550100"),
        ("phone", "+44 20 7946 0018", "+442079460018"),
    ],
)
def test_value(read_one, field, written, expected):
    row = read_one({"x": written}, {field: "x"})
    if expected is REFUSED:
        (fault,) = row.faults
        assert (fault.field, fault.column) == (field, "x")
        assert fault.reason
    elif expected is UNKNOWN:
        assert row.fields == {}
    else:
        assert row.fields == {field: expected}
        assert type(row.fields[field]) is type(expected)


@pytest.mark.parametrize(
    ("field", "written"), [("email", "ann(at)example.com"), ("phone", "12"), ("phone", "call me")]
)
def test_contacts_that_are_wrong_become_unknown_with_a_warning(read_one, field, written):
    row = read_one({"x": written, "c": "Acme"}, {field: "x", "company": "c"})
    assert row.fields == {"company": "Acme"}
    assert [(warning.field, warning.value) for warning in row.warnings] == [(field, written)]


def test_phone_is_dialled_in_the_country_of_the_row(read_one):
    fields = {"phone": "p", "country": "c"}
    assert read_one({"p": "020 7946 0018", "c": "United Kingdom"}, fields).fields["phone"] == "+442079460018"
    assert read_one({"p": "09810012345", "c": "India"}, fields).fields["phone"] == "+919810012345"


def test_mapping_options(read_one):
    read = read_one(
        {"n": "1100.04", "name": "Lee, Ann", "a": "12", "b": " Main ", "c": "", "s": "SML", "g": "Select"},
        {
            "revenue": {"column": "n", "unit_scale": 1000},
            "company": {"column": "name", "split": ",", "part": -1},
            "account": {"join": ("a", "b", "c")},
            "size": {"column": "s", "values": {"sml": "small"}},
            "country": {"column": "g", "default": "US"},
            "exporting": {"constant": "yes"},
        },
        nulls=("select",),
    )
    assert read.fields == {
        "revenue": 1100040.0,
        "company": "Ann",
        "account": "12 Main",
        "size": "Small",
        "country": "US",
        "exporting": True,
    }


def test_formats_are_tried_in_order_and_iso_is_always_understood(read_one):
    form = {"founded_on": {"column": "d", "format": ("%d-%m-%Y %H:%M", "%d-%m-%Y")}}
    assert read_one({"d": "03-04-2024"}, form).fields == {"founded_on": "2024-04-03"}
    assert read_one({"d": "03-04-2024 10:30"}, form).fields == {"founded_on": "2024-04-03"}
    assert read_one({"d": "2024-04-03"}, form).fields == {"founded_on": "2024-04-03"}


def test_nested_paths_and_headings_with_dots(read_one):
    nested = {"owner": {"name": "Ann"}, "items": [{"price": "5"}, {"price": "7"}], "x.y": "flat"}
    fields = {"company": "owner.name", "revenue": "items.-1.price", "account": "x.y", "country": "owner.0.q"}
    assert read_one(nested, fields).fields == {"company": "Ann", "revenue": 7.0, "account": "flat"}


def test_instants_keep_their_zone_when_written_with_an_offset(read_one):
    row = read_one({"d": "2024-01-31"}, {}, observed_at="d")
    assert row.observed_at == datetime(2024, 1, 31, tzinfo=UTC)
