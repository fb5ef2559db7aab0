"""Logs: one JSON object per line, tied together by correlation ids, never with personal data.

A line holds the event's name (lower case, underscores) and only values under names of an allow-list: numbers,
names of things, ids. Whatever else is handed over is left out, and its name is noted, so that an unlisted value is
missed and not leaked. Values are bounded in length. Exceptions are shown by their type and where they were raised,
without their message, which may quote data.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, TextIO
from uuid import UUID

import orjson
import structlog

from galena.kit.ids import new_id

ALLOWED = frozenset(
    {
        *("action", "actor", "as_of", "attempt", "bytes", "channel", "code", "command", "connection_id"),
        *("connector", "count", "created", "host", "label", "provider"),
        *("discarded", "duration_ms", "event_kind", "exit_code", "export_id", "feature", "file_format"),
        *("import_id", "job", "lead_id", "leads", "method", "moved", "path_template", "pid", "playbook"),
        *("port", "position", "quarantined", "record_id", "retry_in_s", "revision", "revision_id", "role"),
        *("row_number", "rows", "rows_per_s", "run_id", "schema_version", "score_id", "scored", "source"),
        *("status", "step", "tenant_id", "tier", "trigger", "unchanged", "updated", "user_id", "version"),
        *("workspace_id",),
    }
)
"""The names under which values may be logged: none of them ever holds a person's data."""

_OWN = frozenset({"event", "level", "at", "area", "correlation_id", "error"})
_LONGEST = 200
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

_Event = MutableMapping[str, Any]


def configure_logs(*, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Sends every log line of the process, the libraries' too, to `stream` (standard error) as JSON.

    Lines of libraries lose their text, which may quote data, and keep where they came from and how grave they are.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_LibraryLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _place_of_error,
            only_allowed,
            _as_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> Any:
    """A logger: `logger("intake").info("import_done", import_id=..., rows=...)`."""
    return structlog.get_logger(area=name)


@contextmanager
def correlated(correlation_id: str | None = None, **values: Any) -> Iterator[str]:
    """Ties the log lines of the block together; yields the id, a new one unless given.

    `values` of the allow-list (workspace_id, user_id ...) are put on each of the lines.
    """
    known = correlation_id or new_correlation_id()
    with structlog.contextvars.bound_contextvars(correlation_id=known, **values):
        yield known


def new_correlation_id() -> str:
    """A new id for a piece of work: a request, a command, a webhook on its way to the screen."""
    return new_id().hex


def current_correlation_id() -> str | None:
    """The id of the block this code runs in."""
    found = structlog.contextvars.get_contextvars().get("correlation_id")
    return None if found is None else str(found)


def only_allowed(_logger: Any, _method: str, event: _Event) -> _Event:
    """Keeps the values of the allow-list; notes the names, never the values, of what it leaves out."""
    kept: _Event = {}
    left_out = []
    for name, value in event.items():
        if name in _OWN or name in ALLOWED:
            kept[name] = _plain(value) if name != "event" else _event_name(value)
        else:
            left_out.append(str(name)[:_LONGEST])
    if left_out:
        kept["left_out"] = sorted(left_out)
    return kept


def _place_of_error(_logger: Any, _method: str, event: _Event) -> _Event:
    given = event.pop("error", None)
    if given is not None and not isinstance(given, BaseException):
        event["error_text"] = given  # Not on the list: the words of an error may quote data.
    info = event.pop("exc_info", None) or given
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = error_place(error)
    return event


def error_place(error: BaseException) -> str:
    """The error's type and the line that raised it: `ValueError at galena/kit/ids.py:12`."""
    return f"{type(error).__name__}{_place(error.__traceback__)}"


def _place(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    if not frames:
        return ""
    last = frames[-1]
    return f" at {'/'.join(last.filename.replace(chr(92), '/').split('/')[-3:])}:{last.lineno}"


def _event_name(value: Any) -> str:
    # A sentence may hold anything; a name is one of ours.
    return value if isinstance(value, str) and _NAME.fullmatch(value) else "unnamed_event"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, UUID | datetime | date):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in list(value)[:20]]
    if isinstance(value, Mapping):
        return f"{len(value)} entries"
    return str(value)[:_LONGEST]


def _as_line(_logger: Any, _method: str, event: _Event) -> str:
    return orjson.dumps(dict(event), default=str).decode()


class _LibraryLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event: _Event = {
            "event": "library_message",
            "level": record.levelname.lower(),
            "area": record.name,
            "at": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "correlation_id": current_correlation_id(),
            "code": f"{record.filename}:{record.lineno}",
        }
        if record.exc_info and record.exc_info[1] is not None:
            event["error"] = error_place(record.exc_info[1])
        return _as_line(None, "", event)


def silence_logs() -> None:
    """Logs nothing of Galena's own any more, as before `configure_logs`: the output belongs to whoever uses it."""
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if not isinstance(each.formatter, _LibraryLines)]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, only_allowed, _as_line],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )


silence_logs()
