"""One message posted to an address that somebody gave: guarded, within limits, without following redirects.

Unlike a call to a provider, whatever answers with 200 to 299 has taken the message, and nothing it says is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

import httpx

from galena.kit.clock import stopwatch
from galena.kit.web.addresses import AddressGuard
from galena.kit.web.client import USER_AGENT, retry_after_s
from galena.kit.web.errors import WebError
from galena.kit.web.wire import GuardedTransport, within

CONNECT_S, TOTAL_S = 10.0, 20.0
"""Seconds to connect, and for the whole exchange."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a message.

    Attributes:
        status: of the answer; None: there was none.
        error: in a few words why it was not taken; None: it was.
        retry_after_s: seconds the receiver asks to wait; None: it did not say.
    """

    status: int | None
    error: str | None
    retry_after_s: float | None
    duration_ms: int

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it."""
        return self.error is None


class Poster:
    """Posts messages. Safe to use from several threads; close it at the end."""

    def __init__(
        self,
        guard: AddressGuard | None = None,
        *,
        total_s: float = TOTAL_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Args: transport: stands in for the network in tests; None: the guarded one."""
        self._guard = guard or AddressGuard()
        self._total_s = total_s
        self._http = httpx.Client(
            transport=transport or GuardedTransport(self._guard),
            timeout=httpx.Timeout(total_s, connect=min(CONNECT_S, total_s)),
            trust_env=False,
            headers={"user-agent": USER_AGENT},
        )

    def __enter__(self) -> "Poster":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], now: datetime) -> Posted:
        """Posts a message once, and says what became of it; nothing is raised."""
        elapsed = stopwatch()

        def posted(status: int | None, error: str | None, wait_s: float | None = None) -> Posted:
            return Posted(status, error, wait_s, round(elapsed() * 1000))

        try:
            self._guard.check_url(url)
            with (
                within(lambda: self._total_s - elapsed()),
                self._http.stream(
                    "POST", url, headers=dict(headers), content=body, follow_redirects=False
                ) as answer,
            ):
                status = answer.status_code
                wait_s = retry_after_s({name.lower(): value for name, value in answer.headers.items()}, now)
        except WebError as fault:
            return posted(None, fault.what)
        except httpx.TimeoutException:
            return posted(None, f"It did not answer within {self._total_s:g} seconds.")
        except (httpx.InvalidURL, ValueError):
            return posted(None, "This is not a web address.")
        except httpx.HTTPError as fault:
            kind = type(fault).__name__.removesuffix("Error")
            return posted(None, f"The connection failed or was cut ({kind}).")
        if 200 <= status < 300:
            return posted(status, None)
        return posted(status, f"It answered {status}.", wait_s)
