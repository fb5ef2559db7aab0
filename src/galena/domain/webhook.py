"""What Galena tells other programs by itself: the kinds of messages, to whom, how often it tries, what became of each.

Messages follow Standard Webhooks: `{"type": ..., "timestamp": ..., "data": {...}}`, signed, each under a number that
stays the same however often it is sent.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID, uuid5

import orjson

from galena.domain.events import Event
from galena.kit.errors import InputError

TEST = "webhook.test"
"""The kind of the message that tries an endpoint out."""


@dataclass(frozen=True, slots=True)
class WebhookKind:
    """A kind of message.

    Attributes:
        name: as the message says it.
        events: the kinds of events it stands for.
        meaning: one sentence.
    """

    name: str
    events: tuple[str, ...]
    meaning: str


_KINDS = (
    WebhookKind("lead.created", ("lead_created",), "A lead came in."),
    WebhookKind("lead.updated", ("lead_updated",), "Facts or signals of a lead changed."),
    WebhookKind("lead.merged", ("lead_merged",), "A lead became part of another one."),
    WebhookKind("lead.parted", ("lead_parted",), "Leads that were one are apart again."),
    WebhookKind("lead.removed", ("lead_removed",), "A lead is gone."),
    WebhookKind("lead.scored", ("scored", "score_changed"), "A lead has its first score, or a new one."),
    WebhookKind("lead.tier_changed", ("tier_changed",), "A lead moved to another tier."),
    WebhookKind("lead.assigned", ("assigned",), "A lead was given to a tenant."),
    WebhookKind("lead.accepted", ("assignment_accepted",), "A tenant took the lead that it was offered."),
    WebhookKind(
        "lead.declined", ("declined", "lapsed"), "A tenant did not take the lead that it was offered."
    ),
    WebhookKind("lead.returned", ("returned",), "A tenant gave a paid lead back."),
    WebhookKind(
        "lead.taken_back",
        ("clawed_back", "released", "reassigned", "undone", "taken_back_idle"),
        "A lead was taken from its tenant; whatever reaches out for it must stop.",
    ),
    WebhookKind(
        "lead.left_alone", ("assignment_warned",), "A tenant was warned that it leaves a lead alone."
    ),
    WebhookKind("lead.disposition", ("disposition",), "Somebody said what became of a lead."),
    WebhookKind("lead.suppressed", ("suppressed",), "A lead must not be contacted any more."),
    WebhookKind("lead.suppression_lifted", ("suppression_lifted",), "A ban was lifted."),
    WebhookKind("task.due", ("reminder", "retry_due"), "Something is to be done with a lead today."),
    WebhookKind("drop.committed", ("drop_committed",), "A drop gave tenants their leads."),
    WebhookKind("drop.undone", ("drop_undone",), "A drop was taken back."),
    WebhookKind("drop.failed", ("drop_failed",), "A drop that was due could not be made."),
    WebhookKind("import.done", ("import_done",), "An import came to its end."),
    WebhookKind("import.undone", ("import_undone",), "An import was undone."),
    WebhookKind("tenant.changed", ("tenant_changed",), "A tenant was made or changed."),
    WebhookKind("source.failing", ("source_failing",), "A connected source fails."),
    WebhookKind("source.recovered", ("source_recovered",), "A connected source works again."),
    WebhookKind("source.changed", ("source_changed",), "The columns of a connected source changed."),
    WebhookKind("model.promoted", ("model_promoted",), "Another model scores from now on."),
    WebhookKind("model.rolled_back", ("model_rolled_back",), "The model of before scores again."),
    WebhookKind("alert", ("alert",), "Administrators were told of something."),
)

KINDS: Mapping[str, WebhookKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Every kind, by its name."""

_OF_EVENT = {event: kind.name for kind in _KINDS for event in kind.events}

PAUSES: tuple[timedelta, ...] = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""How long after each attempt the next one is made, as Standard Webhooks suggests: 5 s, 5 and 30 min, 2, 5, 10, 14, 20
and 24 hours; after that a message counts as failed."""

DISABLED_AFTER = timedelta(days=5)
"""An endpoint that has taken nothing for so long, however often it was tried, is disabled."""

EndpointState = Literal["active", "paused", "disabled"]
"""paused: by a person. disabled: by Galena, for it failed too long or said that it is gone."""

DeliveryState = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where messages go.

    Attributes:
        kinds: names of `KINDS`; empty: all of them.
        private_ok: whether it may lie on this machine or a private network.
        sealed: its secrets, sealed.
        position: the last event that was looked at for it.
        not_before: nothing is sent to it before, for it failed or asked to wait; None: nothing holds.
        failures: attempts that failed since the last one that went well, since `failing_since`.
    """

    id: UUID
    name: str
    url: str
    kinds: tuple[str, ...]
    private_ok: bool
    sealed: bytes
    state: EndpointState
    state_why: str | None
    position: int
    failures: int
    failing_since: datetime | None
    not_before: datetime | None
    last_tried_at: datetime | None
    last_success_at: datetime | None
    author: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one endpoint.

    Attributes:
        position: of its event; None: a message that tries the endpoint out.
        body: as it is sent, each time the same.
        attempts: made so far; `round`: of these since it was sent anew by hand.
        next_at: when it is tried next, while it waits.
        status: the last answer's HTTP status; None: there was none.
    """

    id: UUID
    endpoint_id: UUID
    position: int | None
    kind: str
    body: bytes
    event_at: datetime
    state: DeliveryState
    attempts: int
    round: int
    next_at: datetime
    status: int | None
    error: str | None
    delivered_at: datetime | None
    created_at: datetime

    @property
    def message_id(self) -> str:
        """Its number, as receivers see it: the same whenever it is sent."""
        return f"msg_{self.id.hex}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a message."""

    id: UUID
    delivery_id: UUID
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int


def checked_kinds(names: Collection[str]) -> tuple[str, ...]:
    """The kinds somebody names, each once.

    Raises:
        InputError: there is no such kind; the facts list them.
    """
    unknown = sorted(set(names) - KINDS.keys())
    if unknown:
        raise InputError(
            f"There is no message {unknown[0]!r}.",
            facts={"messages": list(KINDS)},
            remedy="Choose among these, or name none for all of them.",
        )
    return tuple(name for name in KINDS if name in set(names))


def events_of(kinds: Collection[str]) -> tuple[str, ...]:
    """The kinds of events behind kinds of messages; of none: behind all of them."""
    return tuple(event for name in kinds or KINDS for event in KINDS[name].events)


def delivery_id(endpoint_id: UUID, position: int) -> UUID:
    """The number of the message that tells an endpoint of an event: always the same, so that none is told twice."""
    return uuid5(endpoint_id, str(position))


def body_of(event: Event) -> bytes:
    """An event as its message."""
    about = {"lead_id": str(event.lead_id)} if event.lead_id else {}
    told: dict[str, Any] = {**event.payload, **about, "event": event.kind, "position": event.position}
    return message(_OF_EVENT[event.kind], event.at, told)


def message(kind: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """A message in the form of Standard Webhooks."""
    return orjson.dumps({"type": kind, "timestamp": at.isoformat(), "data": dict(data)}, default=str)


def kind_of(event: Event) -> str:
    """The kind of the message that tells of an event."""
    return _OF_EVENT[event.kind]
