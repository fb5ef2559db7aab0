"""Which addresses may be called: those of the public internet, unless a connection says otherwise.

A name is resolved once, every address it stands for is checked, and the connection goes to the checked address
itself, so a name that answers differently a moment later (DNS rebinding) gains nothing.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from galena.kit.web.errors import AddressRefusedError, NoAnswerError

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]
"""From a host's name and a port to the addresses it stands for, as texts."""

_METADATA = frozenset(
    map(ip_address, ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254"))
)
"""Where clouds hand out the secrets of a machine: refused even where private addresses are allowed."""


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the operating system knows them.

    Raises:
        OSError: the name is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Says which addresses may be called.

    Attributes:
        private_ok: whether loopback and private networks are allowed; never on by omission.
    """

    private_ok: bool = False
    resolver: Resolver = system_resolver

    def check_url(self, url: str) -> None:
        """Refuses what is not http or https, has no host, or carries a user and password.

        Raises:
            AddressRefusedError: it is refused.
        """
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname, parts.port
        except ValueError:
            host, parts = None, urlsplit("")
        if parts.scheme not in ("http", "https") or not host:
            raise AddressRefusedError(
                "This is not a web address.",
                facts={"address": shown_url(url)},
                remedy="Write it as https://host/path.",
            )
        if "@" in parts.netloc:
            raise AddressRefusedError(
                "A web address must not carry a user or a password.",
                facts={"host": host},
                remedy="Give the key as the connection's secret instead.",
            )

    def resolve(self, host: str, port: int) -> str:
        """The address to connect to first; see `resolve_all`."""
        return self.resolve_all(host, port)[0]

    def resolve_all(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses to connect to, in their order; each was checked.

        Raises:
            AddressRefusedError: one of the host's addresses is not of the public internet.
            NoAnswerError: the name is not known.
        """
        try:
            found = [ip_address(host)]
        except ValueError:
            found = [ip_address(text.partition("%")[0]) for text in self._ask(host, port)]
        for address in found:
            self._check(host, address)
        return tuple(map(str, found))

    def _ask(self, host: str, port: int) -> Sequence[str]:
        try:
            texts = self.resolver(host, port)
        except (OSError, UnicodeError) as fault:
            raise _unknown(host) from fault
        if not texts:
            raise _unknown(host)
        return texts

    def _check(self, host: str, address: Address) -> None:
        plain = _unwrapped(address)
        if plain in _METADATA or plain.is_multicast or plain.is_unspecified or plain.is_link_local:
            raise _refused(host, plain, "")
        if not plain.is_global and not self.private_ok:
            raise _refused(
                host,
                plain,
                " If the provider really runs in your own network, add the connection with --private.",
            )


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside one of IPv6 that only wraps it."""
    if isinstance(address, IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if wrapped is None and address in _NAT64:
            wrapped = IPv4Address(int(address) & 0xFFFFFFFF)
        return wrapped or address
    return address


class _Range:
    def __init__(self, first: str, bits: int) -> None:
        self._first, self._shift = int(ip_address(first)) >> (128 - bits), 128 - bits

    def __contains__(self, address: IPv6Address) -> bool:
        return int(address) >> self._shift == self._first


_NAT64 = _Range("64:ff9b::", 96)


def _refused(host: str, address: Address, more: str) -> AddressRefusedError:
    return AddressRefusedError(
        "This address lies inside a private network, and calling it is refused.",
        facts={"host": host, "address": str(address)},
        remedy=f"Check the address of the provider.{more}",
    )


def _unknown(host: str) -> NoAnswerError:
    return NoAnswerError(
        "The provider's name cannot be found.",
        facts={"host": host},
        remedy="Check the address for typing mistakes, and that this machine reaches the internet.",
    )


def shown_url(url: str) -> str:
    """The address without what may be secret or personal: no query, no user, no fragment."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not an address)"
    return f"{parts.scheme}://{host}{port}{parts.path}" if host else "(not an address)"
