"""Which addresses are called: the public internet's, whatever names, wrappings and redirects say."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from galena.kit.web import AddressGuard, AddressRefusedError, Call, NoAnswerError, WebClient
from galena.kit.web.addresses import shown_url
from galena.simulator.providers.server import ProviderServer, Reply


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "169.254.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2001:db8::1",
        "198.18.0.1",
    ],
)
def test_what_is_not_of_the_internet_is_refused(address: str) -> None:
    guard = AddressGuard(resolver=lambda host, port: [address])
    with pytest.raises(AddressRefusedError):
        guard.resolve("innocent.example", 443)
    with pytest.raises(AddressRefusedError):
        guard.resolve(address, 443)


@pytest.mark.parametrize("address", ["169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254"])
def test_the_secrets_of_a_cloud_machine_are_refused_even_in_a_private_network(address: str) -> None:
    with pytest.raises(AddressRefusedError):
        AddressGuard(private_ok=True).resolve(address, 80)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_the_internet_is_allowed(address: str) -> None:
    assert AddressGuard().resolve(address, 443) == address


def test_one_bad_address_among_several_spoils_them_all() -> None:
    guard = AddressGuard(resolver=lambda host, port: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(AddressRefusedError):
        guard.resolve("mixed.example", 443)


def test_a_name_nobody_knows_is_told() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(NoAnswerError, match="cannot be found"):
        AddressGuard(resolver=unknown).resolve("nowhere.example", 443)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://host/x",
        "gopher://host",
        "host/path",
        "http://",
        "https://user:pw@host/",
        "http://h:99999/",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefusedError) as told:
        AddressGuard().check_url(url)
    assert "pw" not in str(told.value)


def test_a_name_that_changes_its_address_gains_nothing(
    server: ProviderServer, client: Callable[..., WebClient]
) -> None:
    """DNS rebinding: the name is asked once, and the connection goes to the address that was checked."""
    port = int(server.url.rpartition(":")[2])
    answers = iter([["127.0.0.1"], ["10.9.9.9"]])
    asked: list[str] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    web = client(guard=AddressGuard(private_ok=True, resolver=resolver))
    assert web.send(Call(f"http://rebinding.example:{port}/a")).status == 200
    assert asked == ["rebinding.example"]
    assert server.asked[0].headers["host"] == f"rebinding.example:{port}"


def test_where_one_address_does_not_answer_the_next_is_tried(
    server: ProviderServer, client: Callable[..., WebClient]
) -> None:
    """The server listens on IPv4 alone."""
    port = int(server.url.rpartition(":")[2])
    guard = AddressGuard(private_ok=True, resolver=lambda host, port: ["::1", "127.0.0.1"])
    assert client(guard=guard).send(Call(f"http://both.example:{port}/")).attempts == 1


def test_a_loopback_server_is_not_called_unless_allowed(
    server: ProviderServer, client: Callable[..., WebClient]
) -> None:
    with pytest.raises(AddressRefusedError):
        client(guard=AddressGuard()).send(Call(server.url))
    assert server.asked == []


def test_a_redirect_inside_is_refused(
    serve: Callable[..., ProviderServer], client: Callable[..., WebClient]
) -> None:
    """The first host is public by its name; the second is the cloud's own."""
    server = serve(
        lambda asked: Reply(status=302, headers={"location": "http://169.254.169.254/latest/meta-data"})
    )
    with pytest.raises(AddressRefusedError):
        client().send(Call(server.url))


def test_a_redirect_to_a_file_is_refused(serve: Callable[..., Any], client: Callable[..., WebClient]) -> None:
    server = serve(lambda asked: Reply(status=302, headers={"location": "file:///etc/passwd"}))
    with pytest.raises(AddressRefusedError):
        client().send(Call(server.url))


def test_the_environment_sends_nothing_through_a_proxy(
    server: ProviderServer, client: Callable[..., WebClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert client().send(Call(server.url)).status == 200


def test_shown_addresses_hold_no_query() -> None:
    assert shown_url("https://user:pw@host:8/a/b?key=1#x") == "https://host:8/a/b"
    assert shown_url("nonsense") == "(not an address)"
