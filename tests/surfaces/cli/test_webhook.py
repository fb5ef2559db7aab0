"""Webhooks from the command line: added, tried against a real receiver, logged, replayed, rotated, removed."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from galena.kit.clock import system_clock
from galena.kit.web.signatures import check_standard_webhook


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """The address of a server on this machine, and what came in there."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers.items()), self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", got
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_webhook_is_added_tried_logged_replayed_and_removed(galena, receiver):
    url, got = receiver
    demo = lambda *arguments: galena("webhook", *arguments, "-w", "demo")  # noqa: E731
    assert "Nobody is told yet" in demo().err
    assert "lead.taken_back" in demo("kinds").out
    refused = demo("add", "crm", url)
    assert (refused.status != 0, "https only" in refused.err) == (True, True)
    made = demo("add", "crm", url, "--private", "--kind", "tenant.changed", "--json").json
    assert galena("tenant", "add", "Brokers", "-w", "demo").status == 0
    assert demo("test", "crm", "--json").json["state"] == "delivered"
    assert demo("send", "--json").json == {"sent": {"crm": 0}}
    log = demo("log", "crm", "--json").json["deliveries"]
    assert sorted(line["message"] for line in log) == ["tenant.changed", "webhook.test"]
    for headers, body in got:
        check_standard_webhook(headers, body, made["secret"], system_clock())
    one = next(line for line in log if line["message"] == "tenant.changed")
    assert "1 messages are sent once more" in demo("replay", "crm", "--delivery", one["id"]).err
    assert demo("send", "--json").json == {"sent": {"crm": 1}}
    numbers = [headers["webhook-id"] for headers, _ in got]
    assert (len(numbers), numbers.count(one["number"])) == (3, 2)
    assert "Give --since or --delivery" in demo("replay", "crm").err
    other = demo("rotate", "crm", "--json").json
    assert other["secret"] != made["secret"]
    assert "is told nothing" in demo("pause", "crm").err
    assert demo("test", "crm").status != 0
    assert "is told again" in demo("resume", "crm").err
    assert "crm" in demo("list").out
    assert "crm is gone" in demo("remove", "crm").err
    assert "There is no webhook" in demo("log", "crm").err
