"""The wire below the client: connects to checked addresses alone, follows no redirect, knows no proxy."""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from galena.kit.web import AddressGuard


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the address that was checked; certificates are still checked against the name."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await asyncio.to_thread(self._guard.resolve, host, port)
        return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class GuardedAsyncTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over the checked network."""

    def __init__(self, guard: AddressGuard, *, connections: int) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=15.0,
            network_backend=_CheckedNetwork(guard),
        )
