"""Logs hold what is on the allow-list, and nothing of anybody."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.kit.logs import (
    ALLOWED,
    configure_logs,
    correlated,
    current_correlation_id,
    logger,
    only_allowed,
    silence_logs,
)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What was logged; the logging of the process is as before afterwards."""
    root = logging.getLogger()
    before, level, stream = list(root.handlers), root.level, io.StringIO()
    configure_logs(stream=stream)
    yield stream
    silence_logs()
    root.handlers[:] = before
    root.setLevel(level)


def _read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_a_json_object(lines: io.StringIO) -> None:
    logger("intake").info("import_done", import_id=UUID(int=1), rows=12, rows_per_s=3.5)
    (line,) = _read(lines)
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "import_done",
        "level": "info",
        "area": "intake",
        "import_id": str(UUID(int=1)),
        "rows": 12,
        "rows_per_s": 3.5,
    }


def test_what_is_not_allowed_is_left_out_by_name(lines: io.StringIO) -> None:
    logger("intake").warning("row_refused", row_number=3, email="ann@example.org", payload={"name": "Ann"})
    (line,) = _read(lines)
    assert line["left_out"] == ["email", "payload"]
    assert "ann" not in lines.getvalue().lower().replace("channel", "")


def test_an_error_is_shown_by_type_and_place(lines: io.StringIO) -> None:
    try:
        int("ann@example.org")
    except ValueError:
        logger("intake").exception("row_refused")
    (line,) = _read(lines)
    assert line["error"].startswith("ValueError at ")
    assert "test_logs.py" in line["error"]
    assert "ann@" not in lines.getvalue()


def test_the_words_of_an_error_or_an_event_do_not_pass(lines: io.StringIO) -> None:
    logger("intake").error("cannot read ann@example.org", error="no such person: ann@example.org")
    logger("intake").error("row_refused", error=ValueError("ann@example.org"))
    first, second = _read(lines)
    assert (first["event"], first["left_out"]) == ("unnamed_event", ["error_text"])
    assert second["error"] == "ValueError"
    assert "ann@" not in lines.getvalue()


def test_libraries_keep_their_place_and_lose_their_words(lines: io.StringIO) -> None:
    logging.getLogger("some.library").error("cannot reach %s", "ann@example.org")
    logging.getLogger("some.library").info("chatter")
    (line,) = _read(lines)
    assert (line["area"], line["level"]) == ("some.library", "error")
    assert "ann@" not in lines.getvalue()


def test_lines_of_one_piece_of_work_share_an_id(lines: io.StringIO) -> None:
    assert current_correlation_id() is None
    with correlated(workspace_id=UUID(int=2)) as known:
        assert current_correlation_id() == known
        logger("web").info("request")
        with correlated("inner"):
            logger("web").info("step")
    logger("web").info("after")
    shown = [(line.get("correlation_id"), line.get("workspace_id")) for line in _read(lines)]
    assert shown == [(known, str(UUID(int=2))), ("inner", str(UUID(int=2))), (None, None)]


def test_details_below_the_level_are_not_written(lines: io.StringIO) -> None:
    logger("web").debug("detail")
    assert lines.getvalue() == ""


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=3)))
def test_whatever_is_handed_over_no_unlisted_value_passes(event: dict[str, str]) -> None:
    kept = only_allowed(None, "info", dict(event))
    assert set(kept) - {"left_out"} <= ALLOWED | {"event", "level", "at", "area", "correlation_id", "error"}
    assert kept.get("left_out", []) == sorted(name[:200] for name in event if name not in kept)


def test_a_value_is_bounded() -> None:
    kept = only_allowed(None, "info", {"source": "x" * 10_000, "rows": list(range(100)), "job": {"a": 1}})
    assert (len(kept["source"]), len(kept["rows"]), kept["job"]) == (200, 20, "1 entries")
