"""Whether a domain takes mail, asked of the domain name system (RFC 5321, RFC 7505) within bounds, and remembered."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from threading import Lock
from time import monotonic
from typing import Any

HOLDS_S = 6 * 3_600.0
"""How long a verdict is remembered, in seconds."""

SILENCE_HOLDS_S = 600.0
"""How long it is remembered that a domain could not be asked, in seconds."""

_MOST_REMEMBERED = 50_000


class MailExchange:
    """Asks whether domains take mail; safe to share between threads.

    After `patience` questions in a row without an answer nobody is asked for a minute, so that thousands of addresses
    do not each wait for a network that is down.
    """

    def __init__(
        self,
        resolver: Any = None,
        *,
        time_out_s: float = 3.0,
        patience: int = 3,
        rest_s: float = 60.0,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """
        Args:
            resolver: a dnspython resolver; None: that of the machine, opened at the first question.
            time_out_s: the most seconds that one question may take.
            now: seconds on a clock that never goes back.
        """
        self._resolver, self._time_out_s, self._now = resolver, time_out_s, now
        self._patience, self._rest_s = patience, rest_s
        self._known: dict[str, tuple[bool | None, float]] = {}
        self._silent, self._rests_until = 0, 0.0
        self._lock = Lock()

    def __call__(self, domain: str) -> bool | None:
        """Whether the domain takes mail; None: it could not be asked, which says nothing about it."""
        name = domain.casefold().rstrip(".")
        with self._lock:
            verdict, until = self._known.get(name, (None, 0.0))
            if self._now() < until:
                return verdict
            if self._now() < self._rests_until:
                return None
        verdict = self._ask(name)
        with self._lock:
            self._keep(name, verdict)
        return verdict

    def _keep(self, name: str, verdict: bool | None) -> None:
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[name] = (verdict, self._now() + (SILENCE_HOLDS_S if verdict is None else HOLDS_S))
        self._silent = self._silent + 1 if verdict is None else 0
        if self._silent >= self._patience:
            self._silent, self._rests_until = 0, self._now() + self._rest_s

    def _ask(self, name: str) -> bool | None:
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN

        try:
            return self._takes_mail(f"{name}.")
        except NXDOMAIN:
            return False
        except (DNSException, OSError):
            return None

    def _takes_mail(self, name: str) -> bool:
        from dns.resolver import NoAnswer

        with suppress(NoAnswer):
            # A single "." in place of a server is the word of the domain that it takes none.
            return any(str(each.exchange) != "." for each in self._resolve(name, "MX"))
        for kind in ("A", "AAAA"):
            with suppress(NoAnswer):
                if any(ip_address(each.address).is_global for each in self._resolve(name, kind)):
                    return True
        return False

    def _resolve(self, name: str, kind: str) -> Any:
        if self._resolver is None:
            from dns.resolver import Resolver

            self._resolver = Resolver()
        return self._resolver.resolve(name, kind, lifetime=self._time_out_s, search=False)
