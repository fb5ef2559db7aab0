"""The client against a real endpoint on this machine, and against answers made by hand."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from galena.connectors.openai_compatible import (
    CallError,
    ChatClient,
    ChatEndpoint,
    Completion,
    EndpointDownError,
    EndpointRefusedError,
    EndpointSlowError,
    EndpointTooBusyError,
)
from galena.connectors.openai_compatible.client import LARGEST_ANSWER, retry_after_s
from galena.domain.reasoner import Usage
from galena.kit.clock import fixed_clock
from galena.kit.web import AddressRefusedError
from galena.simulator.providers.reasoner import Manner, running_reasoner

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MESSAGES = [
    {"role": "system", "content": "Judge."},
    {
        "role": "user",
        "content": '<record>\n{"declared value in USD": 50000}\n</record>\n "check" must be "c0de".',
    },
]
GOOD = {
    "model": "deepseek-reasoner",
    "choices": [
        {"finish_reason": "stop", "message": {"content": '{"score": 5}', "reasoning_content": "Hm."}}
    ],
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 40,
        "prompt_cache_hit_tokens": 64,
        "completion_tokens_details": {"reasoning_tokens": 30},
    },
}


def endpoint(address: str = "http://127.0.0.1:9/v1", **given: Any) -> ChatEndpoint:
    return ChatEndpoint(address, "deepseek-reasoner", **{"private_ok": True, "timeout_s": 5.0, **given})


def call(told: ChatEndpoint, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> Completion:
    async def once() -> Completion:
        transport = httpx.MockTransport(answer) if answer else None
        async with ChatClient(told, transport=transport, clock=fixed_clock(NOON)) as client:
            return await client.complete(MESSAGES, max_tokens=500)

    return asyncio.run(once())


def answering(
    status: int = 200, told: Any = None, **headers: str
) -> Callable[[httpx.Request], httpx.Response]:
    content = told if isinstance(told, bytes) else json.dumps(GOOD if told is None else told).encode()
    return lambda _: httpx.Response(
        status, content=content, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def changed(**change: Any) -> dict[str, Any]:
    return {**GOOD, "choices": [{**GOOD["choices"][0], **change}]}  # type: ignore[index]


def test_an_answer_brings_text_thinking_and_tokens() -> None:
    found = call(endpoint(), answering())
    assert (found.text, found.thinking, found.model) == ('{"score": 5}', "Hm.", "deepseek-reasoner")
    assert found.usage == Usage(100, 64, 40, 30)


def test_tokens_are_read_as_openai_names_them_too() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}}
    assert call(endpoint(), answering(told={**GOOD, "usage": usage})).usage == Usage(10, 4, 5, 0)
    assert call(endpoint(), answering(told={**GOOD, "usage": None})).usage is None


def test_what_is_sent_is_the_protocol_and_the_key_a_bearer_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answering()(request)

    call(endpoint("https://api.example.com/v1/", key="sk-secret"), answer)
    assert str(seen[0].url) == "https://api.example.com/v1/chat/completions"
    assert seen[0].headers["authorization"] == "Bearer sk-secret"
    sent = json.loads(seen[0].content)
    assert sent["messages"] == MESSAGES
    assert (sent["max_tokens"], sent["stream"], sent["temperature"]) == (500, False, 0)
    assert sent["response_format"] == {"type": "json_object"}
    call(endpoint(json_mode=False), answer)
    assert "response_format" not in json.loads(seen[1].content)
    assert "authorization" not in seen[1].headers


def test_the_key_is_in_no_error_and_no_repr() -> None:
    told = endpoint(key="sk-secret")
    with pytest.raises(EndpointRefusedError) as caught:
        call(told, answering(401, {"error": {"message": "Authentication Fails"}}))
    assert "sk-secret" not in f"{told!r} {caught.value} {caught.value.facts}"
    assert caught.value.facts["it_says"] == "Authentication Fails"
    assert not caught.value.retriable


@pytest.mark.parametrize(
    ("answer", "error", "kind"),
    [
        (answering(429, {}, retry_after="7"), EndpointTooBusyError, "too_busy"),
        (answering(500, {}), EndpointDownError, "down"),
        (answering(503, b"<html>", retry_after="3"), EndpointDownError, "down"),
        (answering(402, {"error": "Insufficient Balance"}), EndpointRefusedError, "refused"),
        (answering(302, {}, location="http://169.254.169.254/"), EndpointRefusedError, "refused"),
        (answering(200, b"<html>"), CallError, "unreadable"),
        (answering(200, b"null"), CallError, "unreadable"),
        (answering(200, {**GOOD, "choices": []}), CallError, "unreadable"),
        (answering(200, {"usage": GOOD["usage"]}), CallError, "unreadable"),
        (answering(200, changed(message={"content": None})), CallError, "unreadable"),
        (answering(200, changed(message="text")), CallError, "unreadable"),
        (answering(200, changed(finish_reason="length")), CallError, "cut_short"),
        (answering(200, changed(finish_reason="content_filter")), CallError, "cut_short"),
        (answering(200, b"x" * (LARGEST_ANSWER + 1)), CallError, "unreadable"),
    ],
)
def test_every_failure_has_its_kind(
    answer: Callable[[httpx.Request], httpx.Response], error: type[CallError], kind: str
) -> None:
    with pytest.raises(error) as caught:
        call(endpoint(), answer)
    assert caught.value.kind == kind
    assert caught.value.retriable is (kind != "refused")


def test_an_answer_that_cannot_be_used_is_paid_all_the_same() -> None:
    with pytest.raises(CallError) as caught:
        call(endpoint(), answering(200, changed(finish_reason="length")))
    assert caught.value.usage == Usage(100, 64, 40, 30)
    assert caught.value.may_be_paid


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
        ("-3", 0.0),
        ("99999999", 3600.0),
        ("soon", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOON) == seconds


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("hang_up", EndpointSlowError),
        ("silence", EndpointSlowError),
        ("slow_drip", EndpointSlowError),
        ("too_busy", EndpointTooBusyError),
        ("server_error", EndpointDownError),
        ("cut_short", CallError),
    ],
)
def test_a_real_endpoint_that_fails_is_given_up_in_time(fault: Any, error: type[CallError]) -> None:
    with running_reasoner(Manner(latency_s=(0, 0), faults={fault: 1.0})) as server, pytest.raises(error):
        call(endpoint(server.address, timeout_s=0.5))


def test_a_real_endpoint_that_answers() -> None:
    with running_reasoner(Manner(latency_s=(0, 0), key="right")) as server:
        found = call(endpoint(server.address, key="right"))
        assert json.loads(found.text)["check"] == "c0de"
        assert found.thinking
        with pytest.raises(EndpointRefusedError):
            call(endpoint(server.address, key="wrong"))
        assert server.tally.as_dict()["calls"] == {"answered": 1, "wrong_key": 1}


def test_nobody_who_listens_is_down() -> None:
    with pytest.raises(EndpointDownError):
        call(endpoint("http://127.0.0.1:9/v1"))


def test_a_private_address_is_refused_unless_allowed() -> None:
    with pytest.raises(EndpointRefusedError, match="private network"):
        call(endpoint("http://127.0.0.1:9/v1", private_ok=False))


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://example.com", "https://me:pass@example.com", "x"]
)
def test_only_a_web_address_without_a_password_is_an_endpoint(address: str) -> None:
    with pytest.raises(AddressRefusedError):
        ChatClient(endpoint(address))
