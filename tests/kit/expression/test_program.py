"""Programs: order, inputs, constants, macros, frames and their columns, keeping columns, SQL for other tables."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import duckdb
import polars as pl
import pytest

from galena.kit.errors import InputError
from galena.kit.expression import (
    BOOLEAN,
    DATE,
    INSTANT,
    NUMBER,
    STANDARD_MACROS,
    TEXT,
    Definition,
    Macro,
    Program,
    check,
    list_of,
    list_of_scalars,
    polars_schema,
)

AS_OF = datetime(2025, 6, 1, 12, tzinfo=UTC)
SCHEMA = {
    "revenue": NUMBER,
    "staff": NUMBER,
    "city": TEXT,
    "won": BOOLEAN,
    "opened": DATE,
    "seen": INSTANT,
    "liens": list_of({"amount": NUMBER, "filed": DATE}),
    "tags": list_of_scalars(TEXT),
}


def program(*lines: str, **options: Any) -> Program:
    """A program of `name: expression` lines."""
    definitions = [Definition(*(part.strip() for part in line.split(":", 1))) for line in lines]
    return Program.build(definitions, SCHEMA, **options)


CHAIN = (
    "score: size * 2 + risk",
    "size: revenue / 10",
    "risk: CASE WHEN won THEN size ELSE late END",
    "late: recency(opened, 10)",
)


def test_definitions_come_after_what_they_use() -> None:
    order = program(*CHAIN).order
    assert sorted(order) == ["late", "risk", "score", "size"]
    assert order.index("size") < order.index("risk") < order.index("score")
    assert order.index("late") < order.index("risk")


def test_uses_are_direct_and_inputs_reach_through() -> None:
    built = program(*CHAIN)
    assert built.uses("risk") == {"won", "size", "late"}
    assert built.inputs_of("risk") == {"won", "revenue", "opened"}
    assert built.inputs_of("score") == {"won", "revenue", "opened"}
    assert built.inputs_of("size") == {"revenue"}
    assert built.inputs == {"won", "revenue", "opened"}


def test_fields_inside_items_are_no_uses() -> None:
    built = program(
        "amount: count_of(liens, amount > 5)", "other: any_of(liens, filed IS NULL) OR amount > 1"
    )
    assert built.uses("amount") == {"liens"}
    assert built.uses("other") == {"liens", "amount"}


def test_types_and_values_of_a_chain() -> None:
    built = program(*CHAIN, "label: concat(city, '!')", "hot: score > 3")
    assert {name: str(kind) for name, kind in built.types.items()} == {
        "score": "number", "size": "number", "risk": "number", "late": "number", "label": "text", "hot": "boolean"
    }  # fmt: skip
    lead = {"revenue": 10, "won": False, "opened": "2025-05-27", "city": "Troy"}
    values = {"size": 1.0, "late": 0.5, "risk": 0.5, "score": 2.5, "label": "Troy!", "hot": False}
    assert built.one()(lead, AS_OF) == values


def test_constants_are_names_with_values() -> None:
    constants = {"weight": 0.5, "cap": 10, "home": "Troy", "active": True, "start": date(2025, 1, 1)}
    built = program(
        "a: least(cap, revenue * weight)",
        "b: city = home AND active",
        "c: opened >= start",
        constants=constants,
    )
    assert built.one()({"revenue": 8, "city": "Troy", "opened": "2025-01-01"}, AS_OF) == {
        "a": 4.0,
        "b": True,
        "c": True,
    }


def test_a_macro_of_ones_own_with_a_default_and_another_macro_inside() -> None:
    fresh = Macro("fresh", ("d", "days", "bonus"), "recency(d, days) * bonus", {"days": "10", "bonus": "2"})
    macros = {**STANDARD_MACROS, "fresh": fresh}
    built = program("a: fresh(opened)", "b: fresh(opened, 20, 4)", macros=macros)
    assert built.one()({"opened": "2025-05-27"}, AS_OF) == {"a": 1.0, "b": 3.0}
    assert fresh.signature == "fresh(d, days = 10, bonus = 2)"


def test_quoted_names_may_hold_anything() -> None:
    schema = {'Annual "Rev" (USD)': NUMBER, "select": TEXT}
    built = Program.build(
        [Definition("a", '"Annual ""Rev"" (USD)" + 1'), Definition("b", "\"select\" = 'x'")], schema
    )
    lead = {'Annual "Rev" (USD)': 1, "select": "x"}
    assert built.one()(lead, AS_OF) == {"a": 2.0, "b": True}
    frame = pl.DataFrame([lead])
    assert built.frame(frame, AS_OF).to_dicts() == [{"a": 2.0, "b": True}]
    with duckdb.connect() as connection:
        connection.register("my table", frame.to_arrow())
        assert connection.execute(built.to_sql(table="my table", as_of=AS_OF)).fetchall() == [(2.0, True)]


class Kind(StrEnum):
    TROY = "Troy"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("revenue", 3, 3.0), ("revenue", Decimal("1.5"), 1.5), ("revenue", "3", None), ("revenue", True, None),
        ("revenue", 10**400, None), ("revenue", Decimal("NaN"), None), ("revenue", [1], None),
        ("city", Kind.TROY, "Troy"), ("city", 5, None), ("won", 1, None), ("won", "true", None),
        ("opened", "2025-01-02", date(2025, 1, 2)), ("opened", "2025-01-02T23:00:00Z", date(2025, 1, 2)),
        ("opened", "2024-W01-1", None), ("opened", "20250102", None), ("opened", "soon", None), ("opened", 5, None),
        ("opened", datetime(2025, 1, 2, 23, tzinfo=timezone(timedelta(hours=-5))), date(2025, 1, 3)),
        ("seen", "2025-01-02T03:04:05+01:00", datetime(2025, 1, 2, 2, 4, 5, tzinfo=UTC)),
        ("seen", datetime(2025, 1, 2), datetime(2025, 1, 2, tzinfo=UTC)),
        ("seen", date(2025, 1, 2), datetime(2025, 1, 2, tzinfo=UTC)),
        ("seen", "0001-01-01T00:00:00+14:00", None), ("seen", "never", None), ("seen", {}, None),
        ("count_of(liens)", "no list", None), ("count_of(liens)", [1, "x", None], 3.0),
        ("sum_of(liens, amount)", [{"amount": "7"}, {"amount": 2}, 5], 2.0),
        ("list_contains(tags, 'a')", ("b", "a"), True), ("list_contains(tags, 'a')", [1], False),
    ],
)  # fmt: skip
def test_values_of_a_lead_that_do_not_fit_count_as_null(field: str, value: Any, expected: Any) -> None:
    name = field.split("(")[-1].split(",")[0].rstrip(")")
    assert program(f"f: {field}").one()({name: value}, AS_OF) == {"f": expected}


def test_as_of_needs_a_time_zone_and_may_have_any() -> None:
    built = program("day: cast(as_of AS date)")
    east = datetime(2025, 6, 2, 1, tzinfo=timezone(timedelta(hours=2)))
    assert built.one()({}, east) == {"day": date(2025, 6, 1)}
    for run in (lambda when: built.one()({}, when), lambda when: built.frame(pl.DataFrame({"x": [1]}), when)):
        with pytest.raises(ValueError, match="time zone"):
            run(datetime(2025, 6, 1))


class TestFrame:
    def test_the_columns_are_the_definitions_in_order_row_by_row(self) -> None:
        frame = pl.DataFrame({"revenue": [10.0, None, 30.0]})
        found = program("half: revenue / 2", "twice: half * 4").frame(frame, AS_OF)
        assert found.columns == ["half", "twice"]
        assert found.rows() == [(5.0, 20.0), (None, None), (15.0, 60.0)]

    def test_keep_picks_definitions_and_columns(self) -> None:
        frame = pl.LazyFrame({"id": ["a", "b"], "revenue": [1, 2], "unused": [0, 0]})
        found = program("half: revenue / 2", "twice: half * 4", "bad: staff + 1").frame(
            frame, AS_OF, ["id", "twice"]
        )
        assert found.rows(named=True) == [{"id": "a", "twice": 2.0}, {"id": "b", "twice": 4.0}]

    def test_keeping_an_unknown_name_is_an_error(self) -> None:
        with pytest.raises(InputError, match="no such column or definition"):
            program("half: revenue / 2").frame(pl.DataFrame({"revenue": [1]}), AS_OF, ["id"])

    def test_absent_columns_are_null(self) -> None:
        built = program(
            "a: revenue + 1",
            "b: count_of(liens, amount > 1)",
            "c: list_contains(tags, 'a')",
            "d: coalesce(city, 'x')",
        )
        found = built.frame(pl.DataFrame({"id": [1, 2]}), AS_OF)
        assert found.rows() == [(None, None, None, "x")] * 2
        assert found.schema == {"a": pl.Float64, "b": pl.Float64, "c": pl.Boolean, "d": pl.String}

    def test_constants_have_the_height_of_the_frame(self) -> None:
        built = program("a: 1", "b: as_of", "c: NULL")
        assert built.frame(pl.DataFrame({"id": [1, 2, 3]}), AS_OF).height == 3
        assert built.frame(pl.DataFrame({"id": [1, 2, 3]}).clear(), AS_OF).height == 0

    def test_near_column_types_are_read(self) -> None:
        frame = pl.DataFrame(
            {
                "revenue": pl.Series([7], dtype=pl.Int16),
                "staff": pl.Series([Decimal("2.5")], dtype=pl.Decimal(10, 2)),
                "city": pl.Series(["Troy"], dtype=pl.Categorical),
                "won": pl.Series([None], dtype=pl.Null),
                "opened": ["2025-05-27"],
                "seen": pl.Series([datetime(2025, 6, 1)], dtype=pl.Datetime("ms")),
                "liens": pl.Series([[{"filed": "2025-01-01", "amount": 3, "more": 1}]]),
                "tags": pl.Series([["a"]], dtype=pl.List(pl.Categorical)),
            }
        )
        built = program(
            "a: revenue + staff", "b: city || '!'", "c: won IS NULL", "d: days_since(opened)", "e: days_since(seen)",
            "f: sum_of(liens, amount)", "g: latest_of(liens, filed)", "h: list_contains(tags, 'a')",
        )  # fmt: skip
        expected = (9.5, "Troy!", True, 5.0, 0.5, 3.0, date(2025, 1, 1), True)
        assert built.frame(frame, AS_OF).rows() == [expected]

    def test_texts_of_dates_are_read_as_for_one_lead(self) -> None:
        texts = [
            "2025-01-02",
            "2025-1-2",
            "2024-W01-1",
            "2025-02-30",
            "2025-01-02T10:00:00Z",
            None,
            "x",
            "2025-01-02",
        ]
        built = program("f: opened", "g: seen")
        found = built.frame(pl.DataFrame({"opened": texts, "seen": texts}), AS_OF).rows(named=True)
        assert found == [built.one()({"opened": text, "seen": text}, AS_OF) for text in texts]

    def test_an_item_field_that_is_absent_is_null(self) -> None:
        frame = pl.DataFrame({"liens": [[{"amount": 1.0}], [], None]})
        found = program("f: count_of(liens, filed IS NULL)").frame(frame, AS_OF)
        assert found["f"].to_list() == [1.0, 0.0, None]

    @pytest.mark.parametrize(
        ("name", "values", "sql"),
        [
            ("revenue", ["1"], "revenue"), ("revenue", [True], "revenue"), ("city", [1], "city"), ("won", [1], "won"),
            ("opened", [5], "opened"), ("liens", ["x"], "count_of(liens)"), ("tags", [[1]], "list_contains(tags, 'a')"),
        ],
    )  # fmt: skip
    def test_a_column_of_another_kind_is_an_error(self, name: str, values: list[Any], sql: str) -> None:
        with pytest.raises(InputError, match="does not hold"):
            program(f"f: {sql}").frame(pl.DataFrame({name: values}), AS_OF)

    def test_division_by_one_value_is_true_division(self) -> None:
        # Polars multiplies by the reciprocal: 29 * (1 / 100) is 0.29000000000000004.
        values = [float(number) for number in range(1, 2000)]
        built = program(
            "a: revenue / 100", "b: revenue / (1 + abs(days_since('2025-05-01')))", "c: staff / 7"
        )
        found = built.frame(pl.DataFrame({"revenue": values, "staff": values}), AS_OF)
        assert found["a"].to_list() == [value / 100 for value in values]
        assert found["b"].to_list() == [value / 32 for value in values]
        assert found["c"].to_list() == [value / 7 for value in values]

    def test_sums_run_from_first_to_last(self) -> None:
        amounts = [1e16, 1.0, -1e16, 0.1, 0.2, 0.3] * 40
        total = 0.0
        for amount in amounts:
            total += amount
        lead = {"liens": [{"amount": amount} for amount in amounts]}
        built = program("f: sum_of(liens, amount)")
        assert built.one()(lead, AS_OF) == {"f": total}
        assert built.frame(pl.DataFrame([lead]), AS_OF)["f"].to_list() == [total]

    def test_a_frame_built_with_the_schema_is_taken_as_it_is(self) -> None:
        frame = pl.DataFrame([dict.fromkeys(SCHEMA)], schema=polars_schema(SCHEMA))
        assert frame.schema["liens"] == pl.List(pl.Struct({"amount": pl.Float64, "filed": pl.Date}))
        assert program("f: revenue").frame(frame, AS_OF).rows() == [(None,)]


class TestSql:
    def test_kept_columns_stand_first(self) -> None:
        frame = pl.DataFrame({"id": ["a"], "revenue": [3], "i": [0]})
        sql = program("f: revenue * 2").to_sql(as_of=AS_OF, keep=["id"])
        with duckdb.connect() as connection:
            connection.register("leads", frame.to_arrow())
            result = connection.execute(sql)
            assert [column[0] for column in result.description] == ["id", "f"]
            assert result.fetchall() == [("a", 6.0)]

    def test_text_of_a_user_stays_text(self) -> None:
        sql = program("f: city = 'x'' OR 1=1; DROP TABLE leads; --'").to_sql(as_of=AS_OF)
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE leads AS SELECT 'x'' OR 1=1; DROP TABLE leads; --' AS city")
            assert connection.execute(sql).fetchall() == [(True,)]

    def test_other_dialects_are_translations(self) -> None:
        assert "`city`" in program("f: upper(city)").to_sql("spark", as_of=AS_OF)


def test_check_tells_the_type() -> None:
    assert check("count_of(liens) + 1", SCHEMA) == NUMBER
    assert check("opened", SCHEMA) == DATE


def test_lists_hold_scalars_only() -> None:
    with pytest.raises(ValueError, match="scalars"):
        list_of({"inner": list_of_scalars(TEXT)})


def test_long_cases_and_chains_are_computed() -> None:
    whens = " ".join(f"WHEN revenue = {number} THEN {number + 1}" for number in range(300))
    built = program(f"a: CASE {whens} ELSE -1 END", f"b: {' + '.join(['revenue'] * 390)}")
    assert built.one()({"revenue": 299}, AS_OF) == {"a": 300.0, "b": 299.0 * 390}
    assert built.frame(pl.DataFrame({"revenue": [299]}), AS_OF).rows() == [(300.0, 299.0 * 390)]


def test_the_sum_of_many_quotients_is_not_too_large() -> None:
    ratios = " + ".join(["revenue / nullif(staff, 0)"] * 60)
    built = program(f"a: {ratios}")
    assert built.one()({"revenue": 3, "staff": 2}, AS_OF) == {"a": 90.0}
    assert built.frame(pl.DataFrame({"revenue": [3], "staff": [2]}), AS_OF).rows() == [(90.0,)]
