"""Whether a domain takes mail, asked of a name server on this machine that speaks the real protocol."""

import socketserver
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from galena.kit.web.mail_exchange import SILENCE_HOLDS_S, MailExchange

ZONE = {
    ("mail.example", "MX"): ["10 mx.mail.example."],
    ("refuses.example", "MX"): ["0 ."],
    ("web.example", "A"): ["8.8.8.8"],
    ("inside.example", "A"): ["10.0.0.7"],
    ("six.example", "AAAA"): ["2606:4700::1111"],
}
KNOWN = {name for name, _ in ZONE} | {"words.example"}


class NameServer(socketserver.ThreadingUDPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.asked: list[tuple[str, str]] = []


class _Answering(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, NameServer)
        data, sock = self.request
        question = dns.message.from_wire(data)
        name = question.question[0].name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(question.question[0].rdtype)
        self.server.asked.append((name, kind))
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if name == "broken.example":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in KNOWN:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif records := ZONE.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *records))
        sock.sendto(answer.to_wire(), self.client_address)


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with NameServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Ticking:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Ticking:
    return Ticking()


@pytest.fixture
def exchange(server: NameServer, time: Ticking) -> MailExchange:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.server_address[1]
    server.asked.clear()
    return MailExchange(resolver, time_out_s=2.0, patience=2, now=time)


@pytest.mark.parametrize(
    ("domain", "takes"),
    [
        ("mail.example", True),
        ("refuses.example", False),
        ("nobody.example", False),
        ("web.example", True),
        ("six.example", True),
        ("inside.example", False),
        ("words.example", False),
        ("broken.example", None),
        ("a" * 64 + ".example", None),
    ],
)
def test_the_verdict(exchange: MailExchange, domain: str, takes: bool | None) -> None:
    assert exchange(domain) is takes


def test_a_domain_is_asked_once_whatever_its_spelling(exchange: MailExchange, server: NameServer) -> None:
    assert exchange("mail.example") is exchange("MAIL.Example.") is True
    assert server.asked == [("mail.example", "MX")]


def test_silence_is_short_and_after_some_of_it_nobody_is_asked(
    exchange: MailExchange, server: NameServer, time: Ticking
) -> None:
    assert [exchange("broken.example"), exchange("x" * 64), exchange("mail.example")] == [None, None, None]
    assert ("mail.example", "MX") not in server.asked
    time.seconds = 61.0
    assert exchange("mail.example") is True
    asked = len(server.asked)
    exchange("broken.example")
    assert len(server.asked) == asked
    time.seconds = SILENCE_HOLDS_S + 1
    exchange("broken.example")
    assert len(server.asked) > asked
