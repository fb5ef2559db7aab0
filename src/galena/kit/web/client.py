"""The client every connector calls with.

A call waits for its turn at the provider, goes out over the guarded wire, follows redirects itself (each hop is
checked again, and what authenticates stays with the first host), reads the answer within limits of size and time, and
tries again when that may help: with growing pauses, or after as long as the provider asked.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import sleep as system_sleep
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import httpx

from galena.kit.clock import Clock, stopwatch, system_clock
from galena.kit.ids import content_hash
from galena.kit.logs import logger
from galena.kit.web.addresses import AddressGuard, shown_url
from galena.kit.web.cache import AnswerCache
from galena.kit.web.errors import (
    AddressRefusedError,
    BrokenAnswerError,
    BusyError,
    CircuitOpenError,
    KeyRefusedError,
    NoAnswerError,
    OversizeAnswerError,
    QuotaSpentError,
    RefusedError,
    WebError,
)
from galena.kit.web.exchange import Answer, Call
from galena.kit.web.rates import MemoryBook, ProviderBook, Rate, Turn
from galena.kit.web.wire import GuardedTransport, within

log = logger("web")

USER_AGENT = "Galena lead intelligence (self-hosted)"
MOST_REDIRECTS = 5
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may take at most.

    Attributes:
        bytes: of an answer, unpacked.
        connect_s, read_s: seconds to connect, and of silence within an answer.
        total_s: seconds for one whole answer.
        attempts: calls for one answer.
        longest_wait_s: seconds waited for a turn or because the provider asked to; beyond that the caller is told.
    """

    bytes: int = 64_000_000
    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 120.0
    attempts: int = 4
    longest_wait_s: float = 90.0
    first_pause_s: float = 0.5


class WebClient:
    """Calls one provider. Safe to use from several threads; close it at the end."""

    def __init__(
        self,
        provider: str,
        *,
        rate: Rate | None = None,
        guard: AddressGuard | None = None,
        limits: Limits | None = None,
        book: ProviderBook | None = None,
        cache: AnswerCache | None = None,
        clock: Clock = system_clock,
        sleep: Callable[[float], None] = system_sleep,
        transport: httpx.BaseTransport | None = None,
        user_agent: str = USER_AGENT,
    ) -> None:
        self.provider = provider
        self._rate = rate
        self._guard = guard or AddressGuard()
        self._limits = limits or Limits()
        self._book: ProviderBook = book or MemoryBook()
        self._cache = cache
        self._clock = clock
        self._sleep = sleep
        self._jitter = random.Random(provider)  # noqa: S311 - spreads pauses, keeps no secret
        timeout = httpx.Timeout(self._limits.read_s, connect=self._limits.connect_s)
        self._http = httpx.Client(
            transport=transport or GuardedTransport(self._guard),
            timeout=timeout,
            trust_env=False,
            headers={"user-agent": user_agent, "accept": "application/json, */*;q=0.5"},
        )

    def __enter__(self) -> "WebClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def send(self, call: Call) -> Answer:
        """The provider's answer.

        Raises:
            AddressRefusedError: the address may not be called.
            KeyRefusedError: the provider does not accept the key.
            RefusedError: it said no for another reason.
            BusyError, CircuitOpenError, QuotaSpentError: come later; `retry_after_s` says when.
            NoAnswerError, BrokenAnswerError: it failed, every time it was tried.
            OversizeAnswerError: the answer is too large.
        """
        self._guard.check_url(call.url)
        if kept := self.kept(call):
            return kept
        answer = self._persist(call)
        self.keep(call, answer)
        return answer

    def kept(self, call: Call) -> Answer | None:
        """The answer kept from an equal call; None: it has to be made."""
        if not call.cache_s or self._cache is None:
            return None
        found = self._cache.find(self.provider, _cache_key(call), self._clock())
        return None if found is None else replace(found, from_cache=True, attempts=0)

    def keep(self, call: Call, answer: Answer) -> None:
        """Keeps what answers a call for as long as the call says; nothing, where it says 0 seconds."""
        if call.cache_s and self._cache is not None:
            until = self._clock() + timedelta(seconds=call.cache_s)
            self._cache.keep(self.provider, _cache_key(call), answer, until)

    def _persist(self, call: Call) -> Answer:
        for attempt in range(1, self._limits.attempts + 1):
            try:
                answer = self._attempt(call)
            except (CircuitOpenError, QuotaSpentError):
                raise
            except WebError as fault:
                pause_s = self._after(call, fault, attempt)
                if pause_s is None:
                    raise
                self._sleep(pause_s)
            else:
                self._book.succeeded(self.provider)
                return replace(answer, attempts=attempt)
        raise AssertionError("the last attempt returns or raises")

    def _after(self, call: Call, fault: WebError, attempt: int) -> float | None:
        """How long to pause before the next attempt; None: there is none."""
        limits = self._limits
        if isinstance(fault, BusyError) and fault.retry_after_s is not None:
            self._book.hold_back(self.provider, self._clock() + timedelta(seconds=fault.retry_after_s))
        if isinstance(fault, NoAnswerError | BrokenAnswerError):
            self._book.failed(self.provider, self._clock())
        # A call the provider turned away was not carried out, so it may always be made again.
        may_repeat = call.may_repeat or isinstance(fault, BusyError)
        if not fault.retriable or not may_repeat or attempt == limits.attempts:
            return None
        if fault.retry_after_s is not None:
            return fault.retry_after_s if fault.retry_after_s <= limits.longest_wait_s else None
        grown = limits.first_pause_s * 2.0 ** (attempt - 1)
        return min(grown * self._jitter.uniform(1.0, 1.5), limits.longest_wait_s)

    def _attempt(self, call: Call) -> Answer:
        hop = call
        for _ in range(MOST_REDIRECTS + 1):
            self._wait_for_turn()
            answer = self._exchange(hop)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return _judged(answer, self._clock())
            hop = self._next_hop(hop, answer)
        raise BrokenAnswerError(
            "The provider sends the call round in circles.",
            facts={"address": shown_url(call.url), "redirects": MOST_REDIRECTS},
            remedy="Check the address.",
        )

    def _next_hop(self, call: Call, answer: Answer) -> Call:
        url = urljoin(call.url, answer.headers["location"])
        self._guard.check_url(url)
        if urlsplit(call.url).scheme == "https" and urlsplit(url).scheme == "http":
            raise AddressRefusedError(
                "The provider sends the call on to an address that is not encrypted.",
                facts={"address": shown_url(call.url), "sent_on_to": shown_url(url)},
                remedy="Ask the provider for its https address.",
            )
        same = _origin(call.url) == _origin(url)
        keeps = answer.status in (307, 308)
        return replace(
            call,
            url=url,
            params=(),
            method=call.method if keeps or call.method == "HEAD" else "GET",
            body=call.body if keeps and same else None,
            headers=call.headers if same else {},
        )

    def _wait_for_turn(self) -> None:
        """Returns when the call may go.

        Raises:
            CircuitOpenError, QuotaSpentError, BusyError: not within `longest_wait_s`.
        """
        began = self._clock()
        while True:
            turn = self._book.take_turn(self.provider, self._clock, self._rate)
            if turn.why == "go":
                return
            now = self._clock()
            wait_s = max(0.0, (turn.at - now).total_seconds())
            waited_s = (now - began).total_seconds()
            if turn.why != "wait" or waited_s + wait_s > self._limits.longest_wait_s:
                raise self._turned_away(turn, wait_s)
            self._sleep(wait_s)

    def _turned_away(self, turn: Turn, wait_s: float) -> WebError:
        facts = {"provider": self.provider, "until": turn.at.isoformat(timespec="seconds")}
        if turn.why == "paused":
            return CircuitOpenError(
                "The provider failed several times in a row and is left alone for a while.",
                facts=facts,
                remedy="Nothing is lost: it is tried again by itself.",
                retry_after_s=wait_s,
            )
        if turn.why == "spent":
            return QuotaSpentError(
                "As many calls as the provider allows for a day were made.",
                facts=facts,
                remedy="It goes on tomorrow (UTC), from where it stopped.",
                retry_after_s=wait_s,
            )
        return BusyError(
            "The provider asked to come later.",
            facts=facts,
            remedy="It goes on from where it stopped.",
            retry_after_s=wait_s,
        )

    def _exchange(self, call: Call) -> Answer:
        """One request on the wire, and its answer read to the end."""
        elapsed = stopwatch()
        status: int | None = None
        try:
            with (
                within(lambda: self._limits.total_s - elapsed()),
                self._http.stream(
                    call.method,
                    _with_params(call),
                    headers=dict(call.headers),
                    content=call.body,
                    follow_redirects=False,
                ) as response,
            ):
                status = response.status_code
                return Answer(status, str(response.url), _lower(response.headers), self._body(response, call))
        except httpx.TimeoutException as fault:
            raise NoAnswerError(
                "The provider did not answer in time.",
                facts={"address": shown_url(call.url), "waited_s": round(elapsed(), 1)},
                remedy="Try again later; if it stays so, ask for smaller pages.",
                status=status,
            ) from fault
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as fault:
            raise AddressRefusedError(
                "This is not a web address.", facts={"address": shown_url(call.url)}, remedy="Check it."
            ) from fault
        except httpx.HTTPError as fault:
            raise NoAnswerError(
                "The connection to the provider failed or was cut.",
                facts={"address": shown_url(call.url), "why": _why(fault)},
                remedy="Check the address, and that this machine reaches the internet; then try again.",
                status=status,
            ) from fault
        finally:
            log.info(
                "web_call",
                provider=self.provider,
                label=call.label,
                host=urlsplit(call.url).hostname,
                status=status,
                duration_ms=round(elapsed() * 1000),
            )

    def _body(self, response: httpx.Response, call: Call) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes(_CHUNK_BYTES):
            size += len(part)
            if size > self._limits.bytes:
                raise OversizeAnswerError(
                    "The provider's answer is too large.",
                    facts={"address": shown_url(call.url), "limit_bytes": self._limits.bytes},
                    remedy="Ask for smaller pages.",
                    status=response.status_code,
                )
            parts.append(part)
        return b"".join(parts)


def _with_params(call: Call) -> httpx.URL:
    """The address with the parameters added to those that it has already."""
    url = httpx.URL(call.url)
    for name, value in call.params:
        url = url.copy_add_param(name, value)
    return url


def _judged(answer: Answer, now: datetime) -> Answer:
    """The answer, if its status says that all went well."""
    status = answer.status
    if status < 300 and status != 202:
        return answer
    facts = {"address": shown_url(answer.url), "status": status}
    wait_s = retry_after_s(answer.headers, now)
    if status == 429 or status == 202 or (status == 503 and wait_s is not None):
        raise BusyError(
            "The provider asks to come later.",
            facts=facts,
            remedy="It goes on from where it stopped.",
            status=status,
            retry_after_s=wait_s,
        )
    if status in (401, 403, 407):
        raise KeyRefusedError(
            "The provider does not accept the key.",
            facts=facts,
            remedy="Check that the key is whole, still valid, and allowed to read this.",
            status=status,
            body=answer.body,
        )
    if status >= 500 or status in (408, 425):
        raise BrokenAnswerError(
            "The provider failed to answer.",
            facts=facts,
            remedy="Try again later.",
            status=status,
            retry_after_s=wait_s,
        )
    what = (
        "There is nothing at this address." if status in (404, 410) else "The provider refused the request."
    )
    raise RefusedError(
        what,
        facts=facts,
        remedy="Check the connection's settings: address, data set, filter.",
        status=status,
        body=answer.body,
    )


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds a provider asks to wait, written as seconds or as a date; None: not said."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), 86_400.0)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - now).total_seconds()), 86_400.0)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _why(fault: Exception) -> str:
    """The kind of failure alone: its text may quote the address with its query."""
    return type(fault).__name__.removesuffix("Error")


def _cache_key(call: Call) -> str:
    parts = [call.method, call.url, repr(call.params), repr(sorted(call.headers.items())), repr(call.body)]
    return content_hash("\n".join(parts).encode())
