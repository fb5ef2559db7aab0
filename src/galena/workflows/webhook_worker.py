"""The sender of webhooks: while it runs, what happens in any workspace is told to its endpoints within seconds."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from uuid import UUID

from galena.kit.clock import Clock
from galena.kit.logs import logger
from galena.kit.secrets import SecretBox
from galena.kit.web import AddressGuard
from galena.kit.web.posting import Poster
from galena.stores.door import Door
from galena.workflows.webhook_sending import Posting, find_endpoints, prune_log, send_waiting

log = logger("webhooks")

LOOK_EVERY_S = 2.0
AT_ONCE = 4
"""Endpoints that are sent to at the same time; one that answers slowly keeps no other waiting."""

PRUNE_EVERY = timedelta(hours=1)


class WebhookSender:
    """Sends what waits, in a thread of its own and a few more, while the block lasts."""

    def __init__(
        self, door: Door, box: SecretBox, clock: Clock, *, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._door = door
        self._clock = clock
        self._every_s = look_every_s
        private = Poster(AddressGuard(private_ok=True))
        self._posting = Posting(box, Poster(), private)
        self._over = Event()
        self._lock = Lock()
        self._going: dict[UUID, Future[int]] = {}
        self._pruned_at: datetime | None = None
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="galena-webhook")
        self._thread = Thread(target=self._look_out, name="galena-webhooks", daemon=True)

    def __enter__(self) -> "WebhookSender":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=10)
        # What is on its way is let go on: it would be sent again, under the same number, all the same.
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._posting.public.close()
        self._posting.private.close()

    def look(self) -> int:
        """Sends what waits, at each endpoint that nobody here sends to yet; says how many endpoints there are."""
        found = find_endpoints(self._door)
        with self._lock:
            self._going = {id_: each for id_, each in self._going.items() if not each.done()}
            for workspace_id, endpoint in found:
                if endpoint.id not in self._going:
                    self._going[endpoint.id] = self._pool.submit(self._send, workspace_id, endpoint.id)
        now = self._clock()
        if found and (self._pruned_at is None or now - self._pruned_at >= PRUNE_EVERY):
            self._pruned_at = now
            for workspace_id in {each for each, _ in found}:
                prune_log(self._door, workspace_id, now)
        return len(found)

    def _send(self, workspace_id: UUID, endpoint_id: UUID) -> int:
        return _telling_faults(
            lambda: send_waiting(self._door, self._posting, self._clock, workspace_id, endpoint_id)
        )

    def _look_out(self) -> None:
        while not self._over.wait(self._every_s):
            _telling_faults(self.look)


def _telling_faults(do: Callable[[], int]) -> int:
    """Whatever goes wrong is logged, and the next turn tries again."""
    try:
        return do()
    except Exception as fault:
        log.warning("sending_webhooks_failed", code=type(fault).__name__)
        return 0
