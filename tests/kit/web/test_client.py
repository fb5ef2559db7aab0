"""Calls: limits, retries, redirects, the cache and the log, against a real server."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from galena.kit.logs import configure_logs, silence_logs
from galena.kit.web import (
    BrokenAnswerError,
    BusyError,
    Call,
    KeyRefusedError,
    Limits,
    MemoryCache,
    NoAnswerError,
    OversizeAnswerError,
    RefusedError,
    UnreadableAnswerError,
    WebClient,
    WebError,
)
from galena.simulator.providers.server import Asked, Fault, ProviderServer, Reply

Make = Callable[..., WebClient]


def test_an_answer_arrives(server: ProviderServer, client: Make) -> None:
    answer = client().send(Call(server.url + "/a?p=1", params=(("q", "x y"), ("q2", "&"))))
    assert answer.json() == {"path": "/a"}
    assert server.asked[0].query == {"p": "1", "q": "x y", "q2": "&"}


@pytest.mark.parametrize(
    "fault", [Fault("hang_up"), Fault("cut_body"), Fault("error", status=500), Fault("busy")]
)
def test_what_fails_once_is_tried_again(
    server: ProviderServer, client: Make, fault: Fault, timeline: Any
) -> None:
    server.go_wrong(fault)
    assert client().send(Call(server.url)).attempts == 2
    assert len(server.asked) == 2
    assert 0.5 <= timeline.slept[0] <= 0.75


def test_what_keeps_failing_is_told_after_growing_pauses(
    server: ProviderServer, client: Make, timeline: Any
) -> None:
    server.go_wrong(always=Fault("hang_up"))
    with pytest.raises(NoAnswerError) as told:
        client().send(Call(server.url))
    assert told.value.retriable
    assert len(server.asked) == 3
    assert 0.5 <= timeline.slept[0] <= 0.75 <= 1.0 <= timeline.slept[1] <= 1.5


def test_a_call_that_changes_something_is_not_repeated_blindly(server: ProviderServer, client: Make) -> None:
    server.go_wrong(Fault("hang_up"))
    with pytest.raises(NoAnswerError):
        client().send(Call(server.url, method="POST", body=b"{}"))
    assert len(server.asked) == 1
    server.go_wrong(Fault("busy", retry_after="1"))
    assert client().send(Call(server.url, method="POST", body=b"{}")).attempts == 2


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("7", 7.0), ("Sun, 01 Mar 2026 12:00:09 GMT", 9.0), ("nonsense", 0.5), ("-3", 0.5)],
)
def test_the_time_a_provider_asks_for_is_waited(
    server: ProviderServer, client: Make, timeline: Any, retry_after: str, seconds: float
) -> None:
    server.go_wrong(Fault("busy", retry_after=retry_after))
    client().send(Call(server.url))
    assert seconds <= sum(timeline.slept) <= seconds + 0.3


def test_a_long_wait_is_left_to_the_caller(server: ProviderServer, client: Make, timeline: Any) -> None:
    server.go_wrong(Fault("busy", retry_after="3600"))
    web = client()
    with pytest.raises(BusyError) as told:
        web.send(Call(server.url))
    assert told.value.retry_after_s == 3600
    with pytest.raises(BusyError):
        web.send(Call(server.url))
    assert len(server.asked) == 1, "it is not asked before the time"
    timeline.sleep(3600)
    assert web.send(Call(server.url)).status == 200


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, KeyRefusedError), (403, KeyRefusedError), (404, RefusedError), (400, RefusedError)],
)
def test_a_refusal_is_not_tried_again(
    server: ProviderServer, client: Make, status: int, error: type[Exception]
) -> None:
    server.go_wrong(always=Fault("error", status=status))
    with pytest.raises(error):
        client().send(Call(server.url))
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", ["silence", "drip"])
def test_an_answer_that_never_ends_is_left(server: ProviderServer, client: Make, kind: Any) -> None:
    server.go_wrong(always=Fault(kind))
    with pytest.raises(NoAnswerError, match="in time"):
        client(limits=Limits(read_s=0.1, total_s=0.2, attempts=1)).send(Call(server.url))


def test_an_answer_that_is_too_large_is_left(server: ProviderServer, client: Make) -> None:
    server.go_wrong(Fault("too_large", size=200_000))
    with pytest.raises(OversizeAnswerError):
        client().send(Call(server.url))


def test_a_body_that_unpacks_to_too_much_is_left(serve: Callable[..., ProviderServer], client: Make) -> None:
    import gzip

    bomb = gzip.compress(bytes(5_000_000))
    server = serve(lambda asked: Reply(bomb, headers={"content-encoding": "gzip"}))
    assert len(bomb) < 10_000
    with pytest.raises(OversizeAnswerError):
        client().send(Call(server.url))


def test_what_is_no_json_is_told_with_its_kind(server: ProviderServer, client: Make) -> None:
    server.go_wrong(Fault("web_page"))
    with pytest.raises(UnreadableAnswerError) as told:
        client().send(Call(server.url)).json()
    assert told.value.facts["content_type"] == "text/html"


def test_a_redirect_keeps_the_key_with_its_host(serve: Callable[..., ProviderServer], client: Make) -> None:
    other = serve()
    first = serve(
        lambda asked: Reply(status=302, headers={"location": "/b" if asked.path == "/a" else other.url})
    )
    web = client()
    answer = web.send(Call(first.url + "/a", headers={"x-key": "secret", "authorization": "Bearer secret"}))
    assert answer.status == 200
    assert [asked.headers.get("x-key") for asked in first.asked] == ["secret", "secret"]
    assert not {"x-key", "authorization"} & other.asked[0].headers.keys()


def test_a_body_does_not_follow_to_another_host(serve: Callable[..., ProviderServer], client: Make) -> None:
    other = serve()
    first = serve(lambda asked: Reply(status=307, headers={"location": other.url}))
    client().send(Call(first.url, method="POST", body=b"personal"))
    assert other.asked[0].body == b""


def test_circles_end(serve: Callable[..., ProviderServer], client: Make) -> None:
    server = serve(lambda asked: Reply(status=302, headers={"location": "/again"}))
    with pytest.raises(BrokenAnswerError, match="circles"):
        client(limits=Limits(attempts=1)).send(Call(server.url))
    assert len(server.asked) == 6


def test_an_answer_is_used_again_until_its_time(
    serve: Callable[..., ProviderServer], client: Make, timeline: Any
) -> None:
    count = iter(range(100))
    server = serve(lambda asked: Reply({"number": next(count)}))
    web = client(cache=MemoryCache())
    call = Call(server.url, params=(("q", "1"),), cache_s=60)
    assert [web.send(call).json()["number"] for _ in range(3)] == [0, 0, 0]
    assert web.send(call).attempts == 0
    assert web.send(Call(server.url, params=(("q", "2"),), cache_s=60)).json()["number"] == 1
    timeline.sleep(61)
    assert web.send(call).json()["number"] == 2


def test_a_fault_is_not_kept(server: ProviderServer, client: Make) -> None:
    web = client(cache=MemoryCache(), limits=Limits(attempts=1))
    server.go_wrong(Fault("error", status=404))
    with pytest.raises(RefusedError):
        web.send(Call(server.url, cache_s=60))
    assert web.send(Call(server.url, cache_s=60)).status == 200


def test_the_cache_is_bounded(serve: Callable[..., ProviderServer], client: Make) -> None:
    server = serve(lambda asked: Reply(b"x" * 400))
    web = client(cache=MemoryCache(most_bytes=1000))
    for number in (1, 2, 3, 1):
        web.send(Call(server.url, params=(("n", str(number)),), cache_s=60))
    assert len(server.asked) == 4, "the first was dropped for the third"


def test_the_log_holds_neither_keys_nor_queries(server: ProviderServer, client: Make) -> None:
    stream = io.StringIO()
    configure_logs(level="debug", stream=stream)
    try:
        call = Call(
            server.url + "/p",
            params=(("owner", "Jane Doe"), ("key", "hush")),
            headers={"x": "hush"},
            label="look_up",
        )
        client().send(call)
    finally:
        silence_logs()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    told = next(line for line in lines if line["event"] == "web_call")
    assert (told["provider"], told["label"], told["host"], told["status"]) == (
        "it",
        "look_up",
        "127.0.0.1",
        200,
    )
    assert "hush" not in stream.getvalue()
    assert "Jane" not in stream.getvalue()
    assert "hush" not in repr(call)


def test_errors_hold_neither_keys_nor_queries(server: ProviderServer, client: Make) -> None:
    for fault in (Fault("hang_up"), Fault("silence"), Fault("error", status=404), Fault("error", status=500)):
        server.go_wrong(always=fault)
        with pytest.raises(WebError) as told:
            client(limits=Limits(read_s=0.05, attempts=1)).send(
                Call(server.url + "/p?key=hush", params=(("k", "hush"),))
            )
        assert "hush" not in str(told.value)


def test_what_the_protocol_sees(serve: Callable[..., ProviderServer], client: Make) -> None:
    seen: list[Asked] = []

    def answer(asked: Asked) -> Reply:
        seen.append(asked)
        return Reply({})

    client().send(Call(serve(answer).url, headers={"User-Agent": "Sample Co admin@example.org"}))
    assert seen[0].headers["user-agent"] == "Sample Co admin@example.org"
