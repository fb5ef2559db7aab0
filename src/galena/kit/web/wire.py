"""The wire below httpx: connects only to checked addresses, and lets nothing outlive its deadline."""

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from galena.kit.web.addresses import AddressGuard

_time_left: ContextVar[Callable[[], float] | None] = ContextVar("time_left", default=None)


@contextmanager
def within(time_left_s: Callable[[], float]) -> Iterator[None]:
    """Everything read or written inside the block must be done before the time is up, byte by byte or not."""
    token = _time_left.set(time_left_s)
    try:
        yield
    finally:
        _time_left.reset(token)


def _at_most(timeout: float | None, error: type[Exception]) -> float | None:
    left = _time_left.get()
    if left is None:
        return timeout
    remaining = left()
    if remaining <= 0:
        raise error("the time for the whole answer is up")
    return remaining if timeout is None else min(timeout, remaining)


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _at_most(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _at_most(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = _at_most(timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to the address that was checked; certificates are still checked against the name."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        *first, last = self._guard.resolve_all(host, port)
        for address in first:
            # A machine without IPv6 is given addresses of it all the same: the next one may answer.
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._connected(address, port, timeout, local_address, socket_options)
        return self._connected(last, port, timeout, local_address, socket_options)

    def _connected(
        self, address: str, port: int, timeout: float | None, local: str | None, options: Iterable[Any] | None
    ) -> httpcore.NetworkStream:
        limit = _at_most(timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._network.connect_tcp(address, port, limit, local, options))


class GuardedTransport(httpx.HTTPTransport):
    """httpx's own transport over the checked network; proxies of the environment are not used."""

    def __init__(self, guard: AddressGuard, *, connections: int = 20) -> None:
        super().__init__(verify=_trust(), trust_env=False)
        self._pool.close()
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=15.0,
            network_backend=_CheckedNetwork(guard),
        )


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Whose certificates are believed; read once, since that takes longer than most calls."""
    return httpx.create_ssl_context(trust_env=False)
