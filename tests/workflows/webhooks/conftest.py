"""A workspace in which things happen, and a receiver that checks signatures by its own arithmetic."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from galena.domain.events import NewEvent
from galena.kit.clock import fixed_clock, system_clock
from galena.kit.database import make_engine
from galena.kit.ids import new_id
from galena.kit.postgres import ServerAddress
from galena.kit.secrets import SecretBox
from galena.kit.web import AddressGuard
from galena.kit.web.posting import Poster
from galena.playbooks import load
from galena.stores import outbox, webhooks
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.webhook_sending import Posting, send_waiting
from galena.workflows.webhooks import NewWebhook, WebhookSecret, add_webhook
from galena.workflows.workspaces import ensure_workspace


@dataclass
class Message:
    """What came in at the receiver."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """Standard Webhooks, as its specification words it."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        content = b".".join((self.id.encode(), self.headers["webhook-timestamp"].encode(), self.body))
        expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        return f"v1,{expected}" in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """A server on this machine; answers as told, else that all is well."""

    url: str = ""
    got: list[Message] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def ids(self) -> list[str]:
        return [each.id for each in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.got.append(Message({name.lower(): value for name, value in self.headers.items()}, body))
            status, headers = found.answers.pop(0) if found.answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def migrated_url(
    database_server: ServerAddress, copied_database: Callable[[str], AbstractContextManager[str]]
) -> Iterator[str]:
    with copied_database(database_server.with_database("template0").url) as url:
        engine = make_engine(url)
        migrate(engine)
        engine.dispose()
        yield url


class Happenings:
    """A workspace in which time passes and things happen as a test says."""

    def __init__(self, engine: Engine) -> None:
        door = Door(engine)
        workspace = ensure_workspace(door, "brokerage", slug=f"w-{uuid4()}", actor="a test")
        self.box = SecretBox((bytes(range(32)),))
        self.posting = Posting(self.box, Poster(total_s=2), Poster(AddressGuard(private_ok=True), total_s=2))
        self.context = Context(
            door,
            workspace.id,
            load("brokerage"),
            "a test",
            fixed_clock(system_clock() + timedelta(seconds=5)),
        )

    def later(self, **lapse: float) -> None:
        """Lets time pass."""
        now = self.context.clock()
        self.context = replace(self.context, clock=fixed_clock(now + timedelta(**lapse)))

    def happens(self, *kinds: str) -> None:
        with self.context.session() as session:
            outbox.append(session, [NewEvent(kind, new_id(), {"tier": "green"}) for kind in kinds])

    def add(self, url: str, *kinds: str, name: str = "crm") -> WebhookSecret:
        return add_webhook(self.context, self.box, NewWebhook(name, url, kinds, private_ok=True))

    def send(self, endpoint_id: UUID) -> int:
        context = self.context
        return send_waiting(context.door, self.posting, context.clock, context.workspace_id, endpoint_id)

    def endpoint(self, endpoint_id: UUID) -> Any:
        with self.context.session() as session:
            return webhooks.load(session, endpoint_id)

    def deliveries(self, endpoint_id: UUID) -> list[Any]:
        """The oldest first."""
        with self.context.session() as session:
            found = webhooks.list_deliveries(session, endpoint_id, limit=500)
        return sorted(found, key=lambda each: each.position or 0)


@pytest.fixture
def here(
    migrated_url: str, copied_database: Callable[[str], AbstractContextManager[str]]
) -> Iterator[Happenings]:
    with copied_database(migrated_url) as url:
        engine = make_engine(url)
        found = Happenings(engine)
        yield found
        found.posting.public.close()
        found.posting.private.close()
        engine.dispose()
