"""One lead through the three compilers, which must agree."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from galena.kit.expression import Definition, Program

sys.path.insert(0, str(Path(__file__).parent))  # for the modules that these tests share

from expression_leads import AS_OF, SCHEMA, alike, frame_of, in_duckdb


@pytest.fixture
def value_of() -> Callable[..., Any]:
    """A function from an expression and a lead to its value, after all three compilers agreed on it."""

    def compute(sql: str, **lead: Any) -> Any:
        program = Program.build([Definition("f", sql)], SCHEMA)
        value = program.one()(lead, AS_OF)["f"]
        frame = frame_of([lead])
        from_frame = program.frame(frame, AS_OF)["f"][0]
        assert alike(value, from_frame, 0.0), f"{sql}: one {value!r}, frame {from_frame!r}"
        from_sql = in_duckdb(program, frame)[0]["f"]
        assert alike(value, from_sql, 1e-9), f"{sql}: one {value!r}, duckdb {from_sql!r}"
        return value

    return compute


@pytest.fixture
def type_of() -> Callable[[str], str]:
    """A function from an expression to the name of its type."""
    return lambda sql: str(Program.build([Definition("f", sql)], SCHEMA).types["f"])


@pytest.fixture(autouse=True, scope="module")
def frames_as_frames() -> Iterator[None]:
    """Small frames are computed as large ones are, or the compilers for leads and for frames were not compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("galena.kit.expression.program.FEW_ROWS", -1)
        yield
