"""Makes a server that has just started ready for its first visitors, so that none of them waits for it."""

import gc
from threading import Event, Thread

from galena.domain.listing import LeadQuery
from galena.kit.clock import Clock
from galena.kit.errors import GalenaError
from galena.kit.logs import logger
from galena.stores import lead_lists, workspaces
from galena.stores.door import OPERATOR, Door, Session
from galena.workflows.calculate import calculate_for_lead

log = logger("warming")

BEGINS_AFTER_S = 3.0
"""Whoever follows the link that was just printed goes first."""


class Warming:
    """Scores one lead of each workspace behind the server's first answers, and lets the collector pass over what stays.

    What scoring needs is loaded at its first use, which takes a second or two. And once it is loaded, the collector
    goes through half a million objects that live as long as the server does, and stops every request for a third of
    a second each time; set aside (`gc.freeze`), they are looked at no more.
    """

    def __init__(self, door: Door, clock: Clock, *, begins_after_s: float = BEGINS_AFTER_S) -> None:
        self._door = door
        self._clock = clock
        self._begins_after_s = begins_after_s
        self._over = Event()
        self._thread = Thread(target=self._go_on, name="galena-warming", daemon=True)

    def __enter__(self) -> "Warming":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=5)

    def _go_on(self) -> None:
        if self._over.wait(self._begins_after_s):
            return
        try:
            self.warm()
        except GalenaError as fault:
            # Whoever comes first is told the same, where it can be read and mended.
            log.warning("not_warmed", what=fault.what)

    def warm(self) -> int:
        """Does so now, and says how many leads were scored."""
        scored = 0
        with self._door.lobby() as lobby:
            known = workspaces.list_all(lobby)
        for workspace in known:
            if not self._over.is_set():
                with self._door.enter(workspace.id, tenant_id=OPERATOR, actor="galena") as session:
                    scored += self._score_one(session)
        gc.collect()
        gc.freeze()
        return scored

    def _score_one(self, session: Session) -> int:
        first = lead_lists.page(session, LeadQuery(statuses=("active",)), limit=1).rows
        for row in first:
            calculate_for_lead(session, row.id, self._clock())
        return len(first)
