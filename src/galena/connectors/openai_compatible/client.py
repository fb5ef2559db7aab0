"""One call to an endpoint, and what it brought: a completion with its thinking and its tokens, or why not."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx
import orjson

from galena.connectors.openai_compatible.failures import (
    CallError,
    CutShortError,
    EndpointDownError,
    EndpointRefusedError,
    EndpointSlowError,
    EndpointTooBusyError,
    UnreadableError,
)
from galena.connectors.openai_compatible.wire import GuardedAsyncTransport
from galena.domain.reasoner import Usage
from galena.kit.clock import Clock, system_clock
from galena.kit.errors import GalenaError
from galena.kit.web import AddressGuard, AddressRefusedError

LARGEST_ANSWER = 2_000_000
"""Bytes; a completion is some thousands."""

LONGEST_WAIT_S = 3_600.0
CONNECT_S = 10.0
_TOLD = 300


@dataclass(frozen=True, slots=True)
class ChatEndpoint:
    """Who is asked, and how.

    Attributes:
        base_url: `/chat/completions` is added to it.
        key: sent as a Bearer token; None: none is sent. Never printed.
        json_mode: ask for a JSON object, where the endpoint knows `response_format`.
        timeout_s: for a whole call.
        private_ok: whether it may be on this machine or in a private network.
    """

    base_url: str
    model: str
    key: str | None = field(default=None, repr=False)
    json_mode: bool = True
    timeout_s: float = 120.0
    private_ok: bool = False
    connections: int = 16


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back.

    Attributes:
        thinking: `reasoning_content`; empty where the endpoint tells none.
        usage: as told; None where nothing was told.
    """

    text: str
    thinking: str
    model: str
    usage: Usage | None


class ChatClient:
    """Calls one endpoint; safe for any number of calls at once. Use it as an async context."""

    def __init__(
        self,
        endpoint: ChatEndpoint,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Args: transport: for tests; None: the guarded wire."""
        self.endpoint = endpoint
        self._clock = clock
        guard = AddressGuard(private_ok=endpoint.private_ok)
        guard.check_url(endpoint.base_url)
        self._url = endpoint.base_url.rstrip("/") + "/chat/completions"
        self._http = httpx.AsyncClient(
            transport=transport or GuardedAsyncTransport(guard, connections=endpoint.connections),
            timeout=httpx.Timeout(endpoint.timeout_s, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> "ChatClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def complete(self, messages: Sequence[Mapping[str, str]], *, max_tokens: int) -> Completion:
        """One call, not repeated.

        Raises:
            CallError: it brought nothing that can be used; the class says what to do.
        """
        asked: dict[str, Any] = {
            "model": self.endpoint.model,
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": False,
        }
        if self.endpoint.json_mode:
            asked["response_format"] = {"type": "json_object"}
        status, headers, body = await self._send(orjson.dumps(asked))
        if status != 200:
            raise _refusal(status, headers, body, self._clock())
        return _completion(body)

    async def _send(self, content: bytes) -> tuple[int, httpx.Headers, bytes]:
        headers = {"content-type": "application/json", "accept": "application/json"}
        if self.endpoint.key:
            headers["authorization"] = f"Bearer {self.endpoint.key}"
        try:
            async with (
                asyncio.timeout(self.endpoint.timeout_s),
                self._http.stream("POST", self._url, content=content, headers=headers) as answer,
            ):
                return answer.status_code, answer.headers, await _read(answer)
        except TimeoutError:
            raise EndpointSlowError(
                "The endpoint did not answer in time.", facts={"seconds": self.endpoint.timeout_s}
            ) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
            raise EndpointDownError("The endpoint cannot be reached.") from None
        except httpx.HTTPError as fault:
            raise EndpointSlowError(
                "The connection broke before the answer was whole.", facts={"how": type(fault).__name__}
            ) from None
        except AddressRefusedError as fault:
            raise EndpointRefusedError(fault.what, facts=fault.facts, remedy=fault.remedy) from None
        except CallError:
            raise
        except GalenaError as fault:
            raise EndpointDownError(fault.what, facts=fault.facts, remedy=fault.remedy) from None


async def _read(answer: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise UnreadableError("The answer is too large.", status=answer.status_code)
        parts.append(part)
    return b"".join(parts)


_REMEDIES = {
    400: "Check the model's name, and try `galena reason setup` with --no-json-mode.",
    401: "Give the key again: `galena reason setup`.",
    402: "Top up the balance at the provider.",
    403: "Ask the provider what the key may do.",
    404: "Check the address and the model's name.",
}


def _refusal(status: int, headers: httpx.Headers, body: bytes, now: datetime) -> CallError:
    wait = retry_after_s(headers.get("retry-after"), now)
    facts = {"status": status}
    if status == 429:
        return EndpointTooBusyError(
            "The endpoint asks to come later.", status=status, retry_after_s=wait, facts=facts
        )
    if status in (408, 409, 425) or status >= 500:
        return EndpointDownError(
            "The endpoint is out of order.", status=status, retry_after_s=wait, facts=facts
        )
    told = _told(body)
    return EndpointRefusedError(
        "The endpoint refuses the call.",
        status=status,
        facts={**facts, **({"it_says": told} if told else {})},
        remedy=_REMEDIES.get(status, "Check the address, the model and the key."),
    )


def _told(body: bytes) -> str:
    """What the endpoint says of its refusal, shortened; never a page of something else."""
    try:
        error = orjson.loads(body)["error"]
        text = error["message"] if isinstance(error, dict) else error
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return " ".join(str(text).split())[:_TOLD]


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, which gives seconds or a date; None where it gives neither."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - now).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT_S) if math.isfinite(seconds) else None


def _completion(body: bytes) -> Completion:
    try:
        answer = orjson.loads(body)
        usage = _usage(answer.get("usage"))
        choices = answer["choices"]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise UnreadableError("What came back is no completion.", status=200) from None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise _with_usage(UnreadableError("The endpoint gave no choices.", status=200), usage)
    message, ended = choices[0].get("message"), choices[0].get("finish_reason")
    if ended in ("length", "content_filter", "insufficient_system_resource"):
        words = {"length": "The answer was cut at the most tokens it may take."}
        raise _with_usage(
            CutShortError(words.get(ended, "The endpoint broke the answer off."), status=200), usage
        )
    text = message.get("content") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(text, str):
        raise _with_usage(UnreadableError("The endpoint gave no text.", status=200), usage)
    thinking = message.get("reasoning_content") or message.get("reasoning")
    return Completion(
        text, thinking if isinstance(thinking, str) else "", str(answer.get("model") or ""), usage
    )


def _with_usage(fault: CallError, usage: Usage | None) -> CallError:
    """A call that failed after the work was done is paid; its tokens are kept with the fault."""
    fault.usage = usage
    return fault


def _usage(told: Any) -> Usage | None:
    if not isinstance(told, dict) or not isinstance(told.get("prompt_tokens"), int):
        return None
    of_prompt, of_completion = told.get("prompt_tokens_details"), told.get("completion_tokens_details")
    cached = told.get("prompt_cache_hit_tokens")
    if cached is None and isinstance(of_prompt, dict):
        cached = of_prompt.get("cached_tokens")
    reasoning = of_completion.get("reasoning_tokens") if isinstance(of_completion, dict) else None
    return Usage(*map(_count, (told["prompt_tokens"], cached, told.get("completion_tokens"), reasoning)))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
