"""Stored forms of values and contributions, one by one and for whole frames."""

import json
from datetime import UTC, date, datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from galena.engines.scoring.packing import (
    largest_reasons,
    pack_contributions,
    pack_values,
    packed_contributions,
    packed_values,
    unpack_values,
)
from galena.engines.scoring.slots import Slot
from galena.kit.expression import BOOLEAN, DATE, INSTANT, NUMBER, TEXT
from galena.kit.expression.types import polars_schema

SCHEMA = {"number": NUMBER, "flag": BOOLEAN, "words": TEXT, "day": DATE, "moment": INSTANT}
ROWS = st.fixed_dictionaries(
    {
        "number": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "flag": st.none() | st.booleans(),
        "words": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
        "day": st.none() | st.dates(),
        "moment": st.none() | st.datetimes(timezones=st.just(UTC)),
    }
)


@given(st.lists(ROWS, max_size=8))
def test_values_come_back_as_they_were(rows: list[dict[str, object]]) -> None:
    frame = pl.DataFrame(rows, schema=polars_schema(SCHEMA))
    for row, packed in zip(rows, packed_values(frame, SCHEMA), strict=True):
        assert unpack_values(packed, SCHEMA) == row
        assert unpack_values(json.loads(packed), SCHEMA) == row
        assert unpack_values(pack_values(row, list(SCHEMA)), SCHEMA) == row


def test_the_text_itself() -> None:
    row = {
        "number": 0.1 + 0.2,
        "flag": True,
        "words": 'say "é",\n',
        "day": date(2026, 3, 12),
        "moment": datetime(2026, 3, 12, 6, 30, tzinfo=UTC),
    }
    text = '[0.30000000000000004,true,"say \\"é\\",\\n","2026-03-12","2026-03-12T06:30:00.000000+00:00"]'
    assert pack_values(row, list(SCHEMA)) == text
    assert packed_values(pl.DataFrame([row], schema=polars_schema(SCHEMA)), SCHEMA).to_list() == [text]
    assert pack_values({}, ["number", "flag"]) == "[null,null]"


SLOTS = (
    Slot("start", "start", None, "_start"),
    Slot("one", "factor", "who", "_one"),
    Slot("two", "factor", "who", "_two"),
    Slot("cap:who", "cap", "who", "_cap"),
    Slot("temperature:hot", "temperature", None, "_hot"),
)
FRAME = pl.DataFrame(
    {
        "_start": [31, 31, 31],
        "_one": [-5, 0, 7],
        "_two": [4, 0, 7],
        "_cap": [-90, 0, 0],
        "_hot": [0, 0, 8],
    },
    schema=dict.fromkeys(("_start", "_one", "_two", "_cap", "_hot"), pl.Int64),
)


def test_contributions_as_arrays() -> None:
    texts = ["{31,-5,4,-90,0}", "{31,0,0,0,0}", "{31,7,7,0,8}"]
    assert packed_contributions(FRAME, SLOTS).to_list() == texts
    assert pack_contributions([31, -5, 4, -90, 0]) == texts[0]


def test_largest_reasons_name_places_and_leave_out_the_rest() -> None:
    assert largest_reasons(FRAME, SLOTS, 2).to_list() == [[1, 2], [], [4, 1]]
    assert largest_reasons(FRAME, SLOTS, 5).to_list() == [[1, 2], [], [4, 1, 2]]
    assert largest_reasons(FRAME, SLOTS[:1], 2).to_list() == [[], [], []]


def test_frames_without_rows() -> None:
    assert packed_contributions(FRAME.clear(), SLOTS).to_list() == []
    assert largest_reasons(FRAME.clear(), SLOTS, 2).to_list() == []
