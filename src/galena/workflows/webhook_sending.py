"""Messages on their way out: events put in line for each endpoint, sent, tried again, given up.

The story, again and again: what happened since the last look is put in line for each endpoint, in the transaction that
notes how far it looked -> the next message whose time has come is taken from the line for a while -> it is signed and
posted, outside any transaction -> what came of it is written. Whoever is cut off between posting and writing leaves the
message in line: it is sent again under the same number, by which the receiver knows it.

An endpoint that fails is left alone for a moment that grows, and each message is tried again at the times of `PAUSES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from galena.domain.webhook import DISABLED_AFTER, PAUSES, Attempt, Delivery, Endpoint, events_of
from galena.kit.clock import Clock
from galena.kit.errors import GalenaError
from galena.kit.ids import new_id
from galena.kit.logs import logger
from galena.kit.secrets import SecretBox
from galena.kit.web.posting import Posted, Poster
from galena.kit.web.signatures import sign_standard_webhook
from galena.stores import notifications, outbox, webhooks, workspaces
from galena.stores.door import OPERATOR, Door, Session
from galena.workflows.webhooks import secrets_of

log = logger("webhooks")

ACTOR = "webhooks"
EVENTS_AT_ONCE = 1_000
LEASE = timedelta(minutes=2)
"""How long a message is its sender's alone: longer than any exchange may take."""

KEPT = timedelta(days=30)
"""How long the log keeps messages that are done with."""

HOLD_FIRST, HOLD_MOST = timedelta(seconds=5), timedelta(minutes=5)
"""How long an endpoint that failed is left alone: first, and at most."""

WAIT_MOST = timedelta(hours=24)
"""No receiver's Retry-After holds longer."""

GONE = 410
_jitter = Random()  # noqa: S311 - spreads tries, keeps no secret


@dataclass(frozen=True)
class Posting:
    """What sends: one poster for the public internet, one that may go into private networks, and what opens secrets."""

    box: SecretBox
    public: Poster
    private: Poster

    def poster(self, endpoint: Endpoint) -> Poster:
        """The one for an endpoint."""
        return self.private if endpoint.private_ok else self.public


Reached = Callable[[str], None]
"""Told the name of each point that a sending reaches, for tests that end it there."""


def find_endpoints(door: Door) -> tuple[tuple[UUID, Endpoint], ...]:
    """Every endpoint to which messages go, with its workspace."""
    with door.lobby() as lobby:
        known = workspaces.list_all(lobby)
    found: list[tuple[UUID, Endpoint]] = []
    for workspace in known:
        with door.enter(workspace.id, tenant_id=OPERATOR, actor=ACTOR) as session:
            found += [(workspace.id, each) for each in webhooks.list_all(session, active=True)]
    return tuple(found)


def put_in_line(door: Door, workspace_id: UUID, endpoint_id: UUID, now: datetime) -> int:
    """Puts what happened since the last look in line for an endpoint, and says how many messages that is."""
    total, is_over = 0, False
    while not is_over:
        with door.enter(workspace_id, tenant_id=OPERATOR, actor=ACTOR) as session:
            endpoint = webhooks.take_turn(session, endpoint_id)
            if endpoint is None or endpoint.state != "active":
                return total
            events, reached = outbox.read_kinds(
                session, events_of(endpoint.kinds), after=endpoint.position, limit=EVENTS_AT_ONCE
            )
            total += webhooks.add_events(session, endpoint_id, events, now)
            if reached != endpoint.position:
                webhooks.change(session, endpoint_id, position=reached)
            is_over = len(events) < EVENTS_AT_ONCE
    return total


def send_next(
    door: Door,
    posting: Posting,
    clock: Clock,
    workspace_id: UUID,
    endpoint_id: UUID,
    reached: Reached = lambda _: None,
) -> Posted | None:
    """Sends the next message of an endpoint whose time has come, and notes what came of it; None: there is none."""
    with door.enter(workspace_id, tenant_id=OPERATOR, actor=ACTOR) as session:
        now = clock()
        endpoint = webhooks.load(session, endpoint_id)
        if endpoint.state != "active" or (endpoint.not_before is not None and endpoint.not_before > now):
            return None
        delivery = webhooks.claim(session, endpoint_id, now, LEASE)
    if delivery is None:
        return None
    reached("taken")
    posted = _post(posting, endpoint, delivery, now)
    reached("posted")
    with door.enter(workspace_id, tenant_id=OPERATOR, actor=ACTOR) as session:
        _write(session, endpoint, delivery, posted, now, clock())
    log.info(
        "webhook_sent",
        workspace_id=workspace_id,
        webhook_id=endpoint_id,
        kind=delivery.kind,
        status=posted.status,
        duration_ms=posted.duration_ms,
    )
    return posted


def send_waiting(
    door: Door, posting: Posting, clock: Clock, workspace_id: UUID, endpoint_id: UUID, *, most: int = 500
) -> int:
    """Sends what waits for an endpoint until nothing is due, one is not taken, or `most` were; says how many were."""
    put_in_line(door, workspace_id, endpoint_id, clock())
    for count in range(most):
        posted = send_next(door, posting, clock, workspace_id, endpoint_id)
        if posted is None or not posted.is_taken:
            return count
    return most


def prune_log(door: Door, workspace_id: UUID, now: datetime) -> int:
    """Deletes messages that are done with and older than the log keeps them."""
    with door.enter(workspace_id, tenant_id=OPERATOR, actor=ACTOR) as session:
        return webhooks.prune(session, now - KEPT)


def _post(posting: Posting, endpoint: Endpoint, delivery: Delivery, now: datetime) -> Posted:
    try:
        keys = secrets_of(posting.box, endpoint, now)
        headers = sign_standard_webhook(delivery.message_id, now, delivery.body, keys)
    except GalenaError as fault:
        return Posted(None, fault.what, None, 0)
    headers["content-type"] = "application/json"
    return posting.poster(endpoint).post(endpoint.url, delivery.body, headers, now)


def _write(
    session: Session, endpoint: Endpoint, delivery: Delivery, posted: Posted, sent_at: datetime, now: datetime
) -> None:
    attempt = Attempt(new_id(), delivery.id, sent_at, posted.status, posted.error, posted.duration_ms)
    # As it stands now: others may have sent to it meanwhile.
    kept = webhooks.load(session, endpoint.id, lock=True)
    if posted.is_taken:
        webhooks.note_attempt(session, attempt, state="delivered", delivered_at=now)
        fine = {"failures": 0, "failing_since": None, "not_before": None}
        webhooks.change(session, kept.id, last_tried_at=sent_at, last_success_at=now, **fine)
        return
    asked = timedelta(seconds=posted.retry_after_s or 0.0)
    webhooks.note_attempt(session, attempt, **_next(delivery, min(asked, WAIT_MOST), now))
    since = kept.failing_since or now
    hold = max(min(HOLD_FIRST * 2 ** min(kept.failures, 10), HOLD_MOST), min(asked, WAIT_MOST))
    webhooks.change(
        session,
        kept.id,
        last_tried_at=sent_at,
        failures=kept.failures + 1,
        failing_since=since,
        not_before=now + hold,
    )
    if kept.state == "active" and (posted.status == GONE or now - since >= DISABLED_AFTER):
        _disable(session, kept, posted, since, now)


def _next(delivery: Delivery, asked: timedelta, now: datetime) -> dict[str, object]:
    """When a message that was not taken is tried again; after the last try it counts as failed."""
    if delivery.round > len(PAUSES):
        return {"state": "failed"}
    pause = PAUSES[delivery.round - 1] * _jitter.uniform(1.0, 1.1)
    return {"next_at": now + max(pause, asked)}


def _disable(session: Session, kept: Endpoint, posted: Posted, since: datetime, now: datetime) -> None:
    why = (
        "It says that it is gone for good (410)."
        if posted.status == GONE
        else f"It has taken nothing since {since:%Y-%m-%d %H:%M} UTC. {posted.error}"
    )
    webhooks.change(session, kept.id, state="disabled", state_why=why, changed_at=now)
    notifications.notify(
        session,
        "error",
        "webhook_disabled",
        f"webhook:{kept.id}",
        f"The webhook {kept.name} was disabled. {why}",
        at=now,
        link=f"/webhooks/{kept.id}",
    )
