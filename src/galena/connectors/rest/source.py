"""A described REST source, pulled stream by stream.

The state of a stream is what one needs to go on, and nothing more:

    {"cursor": "2026-03-01T10:00:00", "ties": 3}          keyset: asked again from the cursor, behind 3 already seen
    {"cursor": ..., "high": ..., "position": {...}}       other kinds, in the middle of a pull
    {"cursor": ...}                                       between pulls

A pull that ended begins the next one at its cursor; what lies exactly there is fetched again, since more may have
come with the same time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

import orjson

from galena.connectors.rest.asking import Asking, records_in
from galena.connectors.rest.description import Cursor, Description, Stream
from galena.connectors.rest.paging import Pager, Position
from galena.connectors.rest.places import ABSENT, at
from galena.connectors.rest.templates import FILTERS, filled
from galena.domain.connector import Access, Page, Trial
from galena.kit.errors import ConfigurationError, NotFoundError
from galena.kit.web import Answer, Call, UnreadableAnswerError, WebClient

SAMPLE_RECORDS = 50
MOST_PAGES = 200_000


class RestSource:
    """Pulls the streams of a description."""

    def __init__(self, description: Description, access: Access, web: WebClient) -> None:
        self._streams = {name: _settled(stream, access) for name, stream in description.streams.items()}
        self._asking = Asking(description, access, web)

    def streams(self) -> tuple[str, ...]:
        """Its kinds of record, in the order they should be pulled."""
        return tuple(self._streams)

    def mapping_name(self, stream: str) -> str:
        """The mapping of a stream's records; empty: none of its own."""
        return filled(self._stream(stream).mapping, self._asking.known) or ""

    def try_out(self, stream: str) -> Trial:
        """Asks for the first records of a stream.

        Raises:
            GalenaError: it does not answer as documented, and why.
        """
        described = self._stream(stream)
        small = described.paging.model_copy(update={"size": min(described.paging.size, SAMPLE_RECORDS)})
        call = self._call(
            stream, described.model_copy(update={"paging": small}), _beginning(described, self._asking), {}
        )
        body, answer = self._asking.ask(call)
        records = _kept(described, records_in(body, described.records_at, label=stream))
        columns = _columns(described, body, answer)
        note = "" if records else "It answers, but holds no records at the moment."
        return Trial(tuple(records[:SAMPLE_RECORDS]), columns or _names(records), note)

    def pages(self, stream: str, state: Mapping[str, Any]) -> Iterator[Page]:
        """The pages since a state; an empty state is the beginning.

        Raises:
            WebError: the provider gave no usable answer; pages that came before stand.
        """
        described = self._stream(stream)
        if described.paging.kind == "keyset":
            return self._by_keys(stream, described, dict(state))
        return self._by_position(stream, described, dict(state))

    def _by_position(self, name: str, stream: Stream, state: dict[str, Any]) -> Iterator[Page]:
        since = state.get("cursor", _beginning(stream, self._asking))
        high = state.get("high", since)
        position: Position = state.get("position", {})
        pager = Pager(stream.paging)
        for _ in range(MOST_PAGES):
            records, body, answer = self._ask(name, stream, since, position)
            high = _highest(stream.cursor, high, records)
            following = pager.following(position, records, body, answer, self._asking.query_key)
            columns = _columns(stream, body, answer)
            if following is None:
                yield Page(
                    tuple(_kept(stream, records)),
                    _state(cursor=high),
                    columns,
                    is_last=True,
                    calls=answer.attempts,
                )
                return
            if following == position:
                break
            position = following
            yield Page(
                tuple(_kept(stream, records)),
                _state(cursor=since, high=high, position=dict(position)),
                columns,
                calls=answer.attempts,
            )
        raise _circles(name)

    def _by_keys(self, name: str, stream: Stream, state: dict[str, Any]) -> Iterator[Page]:
        since = state.get("cursor", _beginning(stream, self._asking))
        ties = int(state.get("ties", 0))
        cursor = stream.cursor
        assert cursor is not None
        pager = Pager(stream.paging)
        for _ in range(MOST_PAGES):
            records, body, answer = self._ask(name, stream, since, {"value": ties})
            following = pager.following({}, records, body, answer, "")
            last = _highest(cursor, since, records)
            is_last = following is None
            if not is_last and not records:
                break
            if _written(cursor, last) == _written(cursor, since):
                ties += len(records)
            else:
                ties = _ties(cursor, records, last)
            since = last
            kept = _state(cursor=since) if is_last else _state(cursor=since, ties=ties)
            yield Page(
                tuple(_kept(stream, records)), kept, _columns(stream, body, answer), is_last, answer.attempts
            )
            if is_last:
                return
        raise _circles(name)

    def _ask(
        self, name: str, stream: Stream, since: Any, position: Position
    ) -> tuple[list[Any], Any, Answer]:
        body, answer = self._asking.ask(self._call(name, stream, since, position))
        return records_in(body, stream.records_at, label=name), body, answer

    def _call(self, name: str, stream: Stream, since: Any, position: Position) -> Call:
        if "url" in position:
            bare = self._asking.call(stream.request, {}, label=name)
            return replace(self._asking.authorised(replace(bare, params=())), url=str(position["url"]))
        known = {"cursor": _asked_from(stream.cursor, since)} if since is not None else {}
        call = self._asking.call(stream.request, known, label=name)
        return replace(call, params=(*call.params, *Pager(stream.paging).params(position)))

    def _stream(self, name: str) -> Stream:
        found = self._streams.get(name)
        if found is None:
            raise NotFoundError(
                "There is no such stream.",
                facts={"stream": name},
                remedy=f"Known: {', '.join(self.streams())}.",
            )
        return found


def _settled(stream: Stream, access: Access) -> Stream:
    """The stream with the size of pages and the column of changes that the settings name."""
    changed: dict[str, Any] = {}
    size = access.settings.get(stream.paging.size_setting or "")
    if size is not None:
        changed["paging"] = stream.paging.model_copy(update={"size": int(size)})
    if stream.cursor is not None:
        field = filled(stream.cursor.field, {"settings": access.settings})
        if field is None:
            raise ConfigurationError(
                "The column that tells when a record changed is not named.",
                facts={"wanted": stream.cursor.field},
            )
        changed["cursor"] = stream.cursor.model_copy(update={"field": field})
    return stream.model_copy(update=changed)


def _state(**parts: Any) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value is not None}


def _beginning(stream: Stream, asking: Asking) -> str | None:
    return filled(stream.cursor.initial, asking.known) or None if stream.cursor else None


def _written(cursor: Cursor, value: Any) -> Any:
    """The cursor as it is sent: coarser, perhaps, than what the records say."""
    return FILTERS[cursor.write](value) if cursor.write and value is not None else value


def _asked_from(cursor: Cursor | None, since: Any) -> Any:
    if cursor is None:
        return since
    if cursor.kind == "instant" and cursor.overlap_s:
        since = _earlier(since, cursor.overlap_s)
    return _written(cursor, since)


def _earlier(since: Any, overlap_s: float) -> Any:
    if isinstance(since, int | float):
        return since - overlap_s * 1000
    try:
        return (datetime.fromisoformat(str(since)) - timedelta(seconds=overlap_s)).isoformat()
    except ValueError:
        return since


def _highest(cursor: Cursor | None, high: Any, records: Sequence[Any]) -> Any:
    """The greatest cursor of the records, and of what was the greatest before."""
    if cursor is None:
        return high
    for record in records:
        value = at(record, cursor.field)
        if value in (ABSENT, None, "") or isinstance(value, dict | list):
            continue
        if high is None or _order(cursor, value) > _order(cursor, high):
            high = value
    return high


def _order(cursor: Cursor, value: Any) -> Any:
    if cursor.kind == "number":
        try:
            return float(value)
        except (TypeError, ValueError):
            return float("-inf")
    if cursor.kind == "instant" and not isinstance(value, str):
        return FILTERS["iso"](value) + f"{int(value) % 1000:03d}"
    return str(value)


def _ties(cursor: Cursor, records: Sequence[Any], last: Any) -> int:
    """How many records at the end of the page have, as it is sent, the very cursor of the last."""
    end = _written(cursor, last)
    return sum(
        1 for _ in takewhile(lambda each: _written(cursor, at(each, cursor.field)) == end, reversed(records))
    )


def _columns(stream: Stream, body: Any, answer: Answer) -> tuple[str, ...] | None:
    found: Any = ABSENT
    if stream.columns_header and (text := answer.headers.get(stream.columns_header.lower())):
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            found = ABSENT
    elif stream.columns_at:
        found = at(body, stream.columns_at)
    if not isinstance(found, list) or not found:
        return None
    return tuple(name for name in map(str, found) if name not in stream.leave_out)


def _kept(stream: Stream, records: Sequence[Any]) -> Sequence[Any]:
    """The records without what is left out of them."""
    if not stream.leave_out and not stream.blank:
        return records
    return [_kept_of(stream, each) if isinstance(each, dict) else each for each in records]


def _kept_of(stream: Stream, record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, str) and value.strip() in stream.blank else value
        for name, value in record.items()
        if name not in stream.leave_out
    }


def _names(records: Sequence[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in records if isinstance(each, Mapping) for name in each))


def _circles(name: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        "The provider's pages lead in circles, so that no end is in sight.",
        facts={"stream": name},
        remedy="Check how its paging is described.",
    )
