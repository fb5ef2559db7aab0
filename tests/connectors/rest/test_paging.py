"""Every way in which one page follows another, against a server that answers so."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from galena.connectors.rest import Description, RestSource
from galena.domain.connector import Access
from galena.kit.web import (
    AddressGuard,
    BusyError,
    KeyRefusedError,
    Limits,
    RefusedError,
    UnreadableAnswerError,
    WebClient,
)
from galena.simulator.providers.server import Asked, ProviderServer, Reply

ROWS = [{"id": number, "changed": number // 2} for number in range(7)]


@pytest.fixture
def source_of() -> Iterator[Callable[..., tuple[RestSource, ProviderServer]]]:
    """A function: from a protocol and a stream to a source beside its server."""
    with ExitStack() as closing:

        def make(answer: Callable[[Asked], Reply], stream: dict[str, Any], **more: Any) -> Any:
            server = closing.enter_context(ProviderServer(answer).running())
            web = WebClient("it", guard=AddressGuard(private_ok=True), limits=Limits(attempts=1))
            closing.enter_context(web)
            described = Description.model_validate(
                {"base_url": server.url, "streams": {"a": {"request": {"path": "/x"}, **stream}}, **more}
            )
            return RestSource(described, Access({}, {"key": "k", "token": "hush-hush"}), web), server

        yield make


def all_ids(source: RestSource, state: dict[str, Any] | None = None) -> list[int]:
    return [record["id"] for page in source.pages("a", state or {}) for record in page.records]


def test_offsets(source_of: Any) -> None:
    def answer(asked: Asked) -> Reply:
        start = int(asked.query["skip"])
        return Reply(ROWS[start : start + int(asked.query["take"])])

    paging = {"kind": "offset", "size": 3, "size_param": "take", "position_param": "skip"}
    source, server = source_of(answer, {"paging": paging})
    assert all_ids(source) == list(range(7))
    assert [asked.query["skip"] for asked in server.asked] == ["0", "3", "6"]


def test_offsets_that_say_whether_more_follows(source_of: Any) -> None:
    """The server gives fewer than asked for: only its own word tells when it is over."""

    def answer(asked: Asked) -> Reply:
        start = int(asked.query["skip"])
        return Reply({"rows": ROWS[start : start + 2], "more": start + 2 < len(ROWS)})

    paging = {"kind": "offset", "size": 100, "position_param": "skip", "more_at": "more"}
    source, server = source_of(answer, {"records_at": "rows", "paging": paging})
    assert all_ids(source) == list(range(7))
    assert len(server.asked) == 4


def test_numbered_pages_until_one_is_empty(source_of: Any) -> None:
    def answer(asked: Asked) -> Reply:
        start = (int(asked.query["page"]) - 1) * 3
        return Reply(ROWS[start : start + 3])

    paging = {"kind": "page", "size": 50, "position_param": "page", "ends": "empty"}
    assert all_ids(source_of(answer, {"paging": paging})[0]) == list(range(7))


def test_numbered_pages_up_to_the_number_told(source_of: Any) -> None:
    def answer(asked: Asked) -> Reply:
        start = int(asked.query["p"]) * 4
        return Reply({"data": ROWS[start : start + 4], "meta": {"pages": 1}})

    paging = {"kind": "page", "first": 0, "position_param": "p", "pages_at": "meta.pages"}
    source, server = source_of(answer, {"records_at": "data", "paging": paging})
    assert all_ids(source) == list(range(7))
    assert len(server.asked) == 2


def test_tokens(source_of: Any) -> None:
    tokens = {"": ("x", 0), "x": ("y", 3), "y": (None, 6)}

    def answer(asked: Asked) -> Reply:
        following, start = tokens[asked.query.get("after", "")]
        return Reply({"data": ROWS[start : start + 3], "next": following})

    paging = {"kind": "token", "position_param": "after", "next_at": "next"}
    source, _ = source_of(answer, {"records_at": "data", "paging": paging})
    assert all_ids(source) == list(range(7))
    states = [dict(page.state) for page in source.pages("a", {})]
    assert states == [{"position": {"value": "x"}}, {"position": {"value": "y"}}, {}]
    assert all_ids(source, states[0]) == [3, 4, 5, 6], "it goes on behind the first page"


def test_links_in_the_answer_without_the_key_in_the_state(source_of: Any) -> None:
    def answer(asked: Asked) -> Reply:
        assert asked.query["key"] == "k"
        start = int(asked.query.get("from", 0))
        following = f"/x?from={start + 3}&key=k" if start < 6 else None
        return Reply({"data": ROWS[start : start + 3], "links": {"next": following}})

    source, _ = source_of(
        answer,
        {"records_at": "data", "paging": {"kind": "next_link", "next_at": "links.next"}},
        auth={"kind": "query", "name": "key"},
    )
    assert all_ids(source) == list(range(7))
    assert all("key=" not in str(page.state) for page in source.pages("a", {}))


def test_links_in_the_header(source_of: Any) -> None:
    def answer(asked: Asked) -> Reply:
        assert asked.headers["authorization"] == "Bearer k"
        start = int(asked.query.get("from", 0))
        link = f'</x?from={start + 4}>; rel="next", </x>; rel="first"' if start < 4 else '</x>; rel="first"'
        return Reply(ROWS[start : start + 4], headers={"link": link})

    source, _ = source_of(answer, {"paging": {"kind": "link_header"}}, auth={"kind": "bearer"})
    assert all_ids(source) == list(range(7))


def test_a_link_to_another_server_is_not_followed(source_of: Any) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply({"data": ROWS, "next": "https://elsewhere.example/x"})

    source, _ = source_of(answer, {"records_at": "data", "paging": {"kind": "next_link", "next_at": "next"}})
    with pytest.raises(UnreadableAnswerError, match="another server"):
        all_ids(source)


def test_circles_are_left(source_of: Any) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply({"data": ROWS, "next": "same"})

    paging = {"kind": "token", "position_param": "after", "next_at": "next"}
    with pytest.raises(UnreadableAnswerError, match="circles"):
        all_ids(source_of(answer, {"records_at": "data", "paging": paging})[0])


KEYSET = {"kind": "keyset", "size": 3, "size_param": "take", "position_param": "skip"}
BY_CHANGE = {"field": "changed", "kind": "number"}


def by_change(rows: list[dict[str, Any]]) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        since = float(asked.query.get("since", -1))
        found = sorted(
            (row for row in rows if row["changed"] >= since), key=lambda row: (row["changed"], row["id"])
        )
        start = int(asked.query.get("skip", 0))
        return Reply(found[start : start + int(asked.query["take"])])

    return answer


def test_pages_by_change_go_past_any_number_of_equal_changes(source_of: Any) -> None:
    rows = [{"id": number, "changed": 0 if number < 11 else number} for number in range(14)]
    stream = {
        "request": {"path": "/x", "params": {"since": "{cursor}"}},
        "paging": KEYSET,
        "cursor": BY_CHANGE,
    }
    assert all_ids(source_of(by_change(rows), stream)[0]) == list(range(14))


def test_a_row_that_changes_meanwhile_costs_no_other_row(source_of: Any) -> None:
    """With offsets the fourth row would slide into the place of the third, and never be seen."""
    rows = [{"id": number, "changed": number} for number in range(7)]
    stream = {
        "request": {"path": "/x", "params": {"since": "{cursor}"}},
        "paging": KEYSET,
        "cursor": BY_CHANGE,
    }
    source, _ = source_of(by_change(rows), stream)
    seen = []
    for page in source.pages("a", {}):
        seen += [record["id"] for record in page.records]
        rows[1]["changed"] = 50
    assert sorted(set(seen)) == list(range(7))
    assert seen.count(1) == 2


def test_the_next_pull_begins_at_the_last_change(source_of: Any) -> None:
    rows = [{"id": number, "changed": number} for number in range(4)]
    stream = {
        "request": {"path": "/x", "params": {"since": "{cursor}"}},
        "paging": KEYSET,
        "cursor": BY_CHANGE,
    }
    source, _ = source_of(by_change(rows), stream)
    state = dict(list(source.pages("a", {}))[-1].state)
    assert state == {"cursor": 3}
    rows.append({"id": 4, "changed": 4})
    assert all_ids(source, state) == [3, 4]


def test_other_kinds_take_the_highest_change_when_all_is_read(source_of: Any) -> None:
    def answer(asked: Asked) -> Reply:
        start = int(asked.query.get("skip", 0))
        return Reply(ROWS[::-1][start : start + 3])

    paging = {"kind": "offset", "size": 3, "position_param": "skip"}
    request = {"path": "/x", "params": {"since": "{cursor}"}}
    source, server = source_of(answer, {"request": request, "paging": paging, "cursor": BY_CHANGE})
    states = [dict(page.state) for page in source.pages("a", {})]
    assert states[-1] == {"cursor": 3}
    assert states[0] == {"high": 3, "position": {"value": 3}}
    all_ids(source, states[-1])
    assert server.asked[-1].query["since"] == "3"


ERRORS = {
    "errors": [
        {
            "at": "error",
            "message_at": "error.text",
            "code_at": "error.code",
            "key_codes": ["498"],
            "busy_codes": ["429"],
        }
    ]
}


@pytest.mark.parametrize(("code", "error"), [(498, KeyRefusedError), (429, BusyError), (400, RefusedError)])
def test_faults_inside_good_answers_are_found(source_of: Any, code: int, error: type[Exception]) -> None:
    source, _ = source_of(lambda asked: Reply({"error": {"code": code, "text": "so it is"}}), {}, **ERRORS)
    with pytest.raises(error) as told:
        all_ids(source)
    assert "so it is" in str(told.value)


def test_records_that_are_not_where_they_should_be_are_told(source_of: Any) -> None:
    source, _ = source_of(lambda asked: Reply({"items": []}), {"records_at": "data.rows"})
    with pytest.raises(UnreadableAnswerError) as told:
        all_ids(source)
    assert told.value.facts["expected_at"] == "data.rows"
    assert told.value.facts["found"] == "items"


def test_a_provider_that_quotes_the_key_is_not_quoted(source_of: Any) -> None:
    source, _ = source_of(
        lambda asked: Reply({"error": {"code": 498, "text": "no such key: hush-hush"}}), {}, **ERRORS
    )
    with pytest.raises(KeyRefusedError) as told:
        all_ids(source)
    assert "hush-hush" not in str(told.value)
