"""Webhooks out: where messages go, what became of each, sent once more; secrets changed without a gap."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.webhook import KINDS, PAUSES, Attempt, Delivery, Endpoint
from galena.stores import webhooks
from galena.surfaces.api.caller import PROBLEMS
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Instant, Name
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged, tag_of
from galena.surfaces.api.workplace import CLASH, GONE, Configurer, Looker, context_of
from galena.workflows.sealing import box_of
from galena.workflows.webhooks import (
    NewWebhook,
    WebhookSecret,
    add_webhook,
    change_webhook,
    pause_webhook,
    remove_webhook,
    replay_delivery,
    replay_since,
    resume_webhook,
    rotate_secret,
    send_test,
)

router = APIRouter(prefix="/webhooks", tags=["webhooks"], responses=PROBLEMS, route_class=RepeatableRoute)

Kinds = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    Field(max_length=100, description="Of messages; none: all of them. GET /webhooks/kinds lists them."),
]
Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2_000,
        pattern=r"^[^\x00-\x20]+$",
        description="Where messages go; https, and never into a private network.",
    ),
]
_URL = "https://crm.example.com/galena"


class WebhookKindItem(BaseModel):
    """A kind of message."""

    name: str
    meaning: str


class WebhookKinds(BaseModel):
    """Every kind of message, and when one that was not taken is tried again."""

    items: list[WebhookKindItem]
    tried_again_after_s: list[int]


class WebhookItem(BaseModel):
    """An endpoint."""

    id: UUID
    name: str
    url: str
    kinds: list[str] = Field(description="Empty: all of them.")
    state: str = Field(description="active; paused by a person; disabled, for it failed too long.")
    state_why: str | None
    failures: int = Field(description="Tries that failed since the last one that went well.")
    failing_since: datetime | None
    last_tried_at: datetime | None
    last_success_at: datetime | None
    author: str
    created_at: datetime


class Webhooks(Page):
    """A page of endpoints, by name."""

    items: list[WebhookItem]


class NewEndpoint(BaseModel):
    """An endpoint to make."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "CRM", "url": _URL, "kinds": ["lead.assigned", "lead.taken_back"]}]
        }
    )

    name: Name
    url: Url
    kinds: Kinds = []


class EndpointPatch(BaseModel):
    """What to change of an endpoint; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kinds": ["lead.assigned"]}]})

    name: Name | None = None
    url: Url | None = None
    kinds: Kinds | None = None


class SecretShown(BaseModel):
    """An endpoint with the secret that proves its messages. It is shown here and never again."""

    webhook: WebhookItem
    secret: str = Field(description="whsec_ and base64, as Standard Webhooks libraries take it.")
    before_until: datetime | None = Field(
        description="Until when messages are signed with the secret of before, too; null: there is none."
    )


class Rotation(BaseModel):
    """How a secret is changed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_hours": 24}]})

    overlap_hours: float = Field(
        24,
        ge=0,
        le=720,
        allow_inf_nan=False,
        description="How long the secret of before is signed with, too.",
    )


class Resuming(BaseModel):
    """From where an endpoint goes on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from_now": False}]})

    from_now: bool = Field(False, description="Leave out what happened meanwhile.")


class Replaying(BaseModel):
    """What is sent once more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"since": "2026-03-02T00:00:00Z"}]})

    since: Instant = Field(description="Everything that happened from this time on.")


class Resent(BaseModel):
    """How much is sent once more."""

    messages: int


class DeliveryItem(BaseModel):
    """A message to an endpoint."""

    id: UUID
    message_id: str = Field(description="The webhook-id it carries, the same whenever it is sent.")
    kind: str
    state: str = Field(description="waiting, delivered or failed")
    attempts: int
    status: int | None = Field(description="Of the last answer; null: there was none.")
    error: str | None
    event_at: datetime
    created_at: datetime
    next_at: datetime | None = Field(description="When it is tried next, while it waits.")
    delivered_at: datetime | None


class Deliveries(Page):
    """A page of the log, the newest first."""

    items: list[DeliveryItem]


class AttemptItem(BaseModel):
    """A try to deliver a message."""

    at: datetime
    status: int | None
    error: str | None
    duration_ms: int


class DeliveryDetail(DeliveryItem):
    """A message with what it says and every try."""

    webhook_id: UUID
    message: dict[str, Any] = Field(description="As it is sent.")
    tries: list[AttemptItem]


@router.get("/kinds", operation_id="list_webhook_kinds")
def list_kinds(_caller: Looker) -> WebhookKinds:
    """Every kind of message there is, and how often a message is tried."""
    return WebhookKinds(
        items=[WebhookKindItem(name=each.name, meaning=each.meaning) for each in KINDS.values()],
        tried_again_after_s=[round(pause.total_seconds()) for pause in PAUSES],
    )


@router.get("", operation_id="list_webhooks")
def list_webhooks(caller: Looker, limit: PageSize = 50, cursor: Cursor = None) -> Webhooks:
    """Every endpoint and how it fares."""
    with caller.entered() as session:
        rows = webhooks.list_all(session)
    found, after = cut(rows, limit, cursor, lambda each: each.id)
    return Webhooks(items=[_item(each) for each in found], next=after)


@router.post("", operation_id="add_webhook", status_code=201, responses=CLASH)
def add_endpoint(caller: Configurer, new: NewEndpoint) -> SecretShown:
    """Make an endpoint; it is told of what happens from now on. Its secret is in this answer and nowhere else."""
    wanted = NewWebhook(new.name, new.url, new.kinds)
    return _shown(add_webhook(context_of(caller), box_of(caller.galena.settings), wanted))


@router.get("/{webhook_id}", operation_id="get_webhook", responses=GONE)
def get_webhook(caller: Looker, response: Response, webhook_id: UUID) -> WebhookItem:
    """One endpoint. The ETag guards changes."""
    with caller.entered() as session:
        return _tagged(response, webhooks.load(session, webhook_id))


@router.patch("/{webhook_id}", operation_id="change_webhook", responses=GONE | CLASH | CHANGED)
def change_endpoint(
    caller: Configurer, response: Response, webhook_id: UUID, patch: EndpointPatch, if_match: IfMatch = None
) -> WebhookItem:
    """Change where messages go, or which."""
    if if_match is not None:
        with caller.entered() as session:
            ensure_unchanged(if_match, tag_of(_item(webhooks.load(session, webhook_id))))
    changed = change_webhook(
        context_of(caller), webhook_id, name=patch.name, url=patch.url, kinds=patch.kinds
    )
    return _tagged(response, changed)


@router.delete("/{webhook_id}", operation_id="remove_webhook", status_code=204, responses=GONE)
def remove_endpoint(caller: Configurer, webhook_id: UUID) -> None:
    """Delete an endpoint with its secret, its messages and its log."""
    remove_webhook(context_of(caller), webhook_id)


@router.post("/{webhook_id}/pause", operation_id="pause_webhook", status_code=201, responses=GONE)
def pause_endpoint(caller: Configurer, webhook_id: UUID) -> WebhookItem:
    """Send nothing until it resumes; what happens meanwhile is told then."""
    return _item(pause_webhook(context_of(caller), webhook_id))


@router.post("/{webhook_id}/resume", operation_id="resume_webhook", status_code=201, responses=GONE)
def resume_endpoint(caller: Configurer, webhook_id: UUID, resuming: Resuming) -> WebhookItem:
    """Send to a paused or disabled endpoint again."""
    return _item(resume_webhook(context_of(caller), webhook_id, from_now=resuming.from_now))


@router.post("/{webhook_id}/rotate", operation_id="rotate_webhook_secret", status_code=201, responses=GONE)
def rotate_endpoint(caller: Configurer, webhook_id: UUID, rotation: Rotation) -> SecretShown:
    """Make a new secret; for a while both prove each message, so that none is refused."""
    overlap = timedelta(hours=rotation.overlap_hours)
    return _shown(
        rotate_secret(context_of(caller), box_of(caller.galena.settings), webhook_id, overlap=overlap)
    )


@router.post("/{webhook_id}/test", operation_id="test_webhook", status_code=201, responses=GONE | CLASH)
def test_endpoint(caller: Configurer, webhook_id: UUID) -> DeliveryItem:
    """Send a message that says nothing but that the endpoint works; it goes out within seconds."""
    return _delivery(send_test(context_of(caller), webhook_id))


@router.post("/{webhook_id}/replay", operation_id="replay_webhook", status_code=201, responses=GONE)
def replay_endpoint(caller: Configurer, webhook_id: UUID, replaying: Replaying) -> Resent:
    """Send everything since a time once more, each message under the number it had."""
    return Resent(messages=replay_since(context_of(caller), webhook_id, replaying.since))


@router.get("/{webhook_id}/deliveries", operation_id="list_webhook_deliveries", responses=GONE)
def list_deliveries(
    caller: Looker,
    webhook_id: UUID,
    state: Annotated[
        Literal["waiting", "delivered", "failed"] | None, Query(description="Only those that stand so.")
    ] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Deliveries:
    """The log of an endpoint, the newest first; messages that are done with are kept for 30 days."""
    before = read_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    with caller.entered() as session:
        webhooks.load(session, webhook_id)
        rows = webhooks.list_deliveries(session, webhook_id, state=state, before=before, limit=limit + 1)
    found, after = with_next(rows, limit, lambda each: (each.created_at.isoformat(), each.id))
    return Deliveries(items=[_delivery(each) for each in found], next=after)


@router.get("/deliveries/{delivery_id}", operation_id="get_webhook_delivery", responses=GONE)
def get_delivery(caller: Looker, delivery_id: UUID) -> DeliveryDetail:
    """One message: what it says, and every try."""
    with caller.entered() as session:
        each = webhooks.load_delivery(session, delivery_id)
        tries = webhooks.list_attempts(session, delivery_id)
    return DeliveryDetail(
        **_delivery(each).model_dump(),
        webhook_id=each.endpoint_id,
        message=json.loads(each.body),
        tries=[_attempt(one) for one in tries],
    )


@router.post(
    "/deliveries/{delivery_id}/replay",
    operation_id="replay_webhook_delivery",
    status_code=201,
    responses=GONE | CLASH,
)
def replay_one(caller: Configurer, delivery_id: UUID) -> DeliveryItem:
    """Send one message once more, under the number it had."""
    return _delivery(replay_delivery(context_of(caller), delivery_id))


def _tagged(response: Response, each: Endpoint) -> WebhookItem:
    item = _item(each)
    response.headers["etag"] = tag_of(item)
    return item


def _shown(made: WebhookSecret) -> SecretShown:
    return SecretShown(webhook=_item(made.endpoint), secret=made.secret, before_until=made.before_until)


def _item(each: Endpoint) -> WebhookItem:
    return WebhookItem(
        **{name: getattr(each, name) for name in WebhookItem.model_fields} | {"kinds": list(each.kinds)}
    )


def _delivery(each: Delivery) -> DeliveryItem:
    told = {name: getattr(each, name) for name in DeliveryItem.model_fields}
    return DeliveryItem(**told | {"next_at": each.next_at if each.state == "waiting" else None})


def _attempt(each: Attempt) -> AttemptItem:
    return AttemptItem(**{name: getattr(each, name) for name in AttemptItem.model_fields})
