"""Webhooks: endpoints made, changed, paused, tried out and removed; secrets changed; messages sent once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from galena.domain.webhook import TEST, Delivery, Endpoint, checked_kinds, events_of, message
from galena.kit.errors import ConflictError, InputError
from galena.kit.ids import new_id
from galena.kit.secrets import SecretBox
from galena.kit.web import AddressGuard, AddressRefusedError, NoAnswerError
from galena.kit.web.signatures import new_standard_secret
from galena.stores import audit, outbox, webhooks
from galena.stores.door import Session
from galena.workflows.context import Context

OVERLAP = timedelta(hours=24)
"""How long the secret of before is still signed with after a change, unless somebody says otherwise."""

MOST_ENDPOINTS = 50
LONGEST_URL = 2_000
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What a person says of an endpoint to be made.

    Attributes:
        kinds: of messages; none: all of them.
        private_ok: whether it may lie on this machine or a private network.
    """

    name: str
    url: str
    kinds: Sequence[str] = ()
    private_ok: bool = False


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """An endpoint with a secret that was just made; it is shown here and nowhere else.

    Attributes:
        before_until: until when messages are signed with the secret of before, too; None: there is none.
    """

    endpoint: Endpoint
    secret: str
    before_until: datetime | None = None


def add_webhook(context: Context, box: SecretBox, new: NewWebhook) -> WebhookSecret:
    """A new endpoint; it is told of what happens from this moment on.

    Raises:
        InputError: the name, the address or a kind cannot be used.
        AddressRefusedError: the address may not be called.
        ConflictError: the name is taken, or there are as many endpoints as there may be.
    """
    check_address(new.url, private_ok=new.private_ok)
    id_, at, secret = new_id(), context.clock(), new_standard_secret()
    with context.session() as session:
        if len(webhooks.list_all(session)) >= MOST_ENDPOINTS:
            raise ConflictError(
                f"There are {MOST_ENDPOINTS} webhooks already.",
                remedy="Remove one that is not used any more.",
            )
        endpoint = Endpoint(
            id=id_,
            name=_name(new.name),
            url=new.url,
            kinds=checked_kinds(new.kinds),
            private_ok=new.private_ok,
            sealed=_sealed(box, id_, [{"secret": secret, "until": None}]),
            state="active",
            state_why=None,
            position=outbox.settled(session),
            failures=0,
            failing_since=None,
            not_before=None,
            last_tried_at=None,
            last_success_at=None,
            author=session.actor,
            created_at=at,
            changed_at=at,
        )
        webhooks.add(session, endpoint)
        _note(session, "add_webhook", endpoint, {"kinds": list(endpoint.kinds)})
    return WebhookSecret(endpoint, secret)


def change_webhook(
    context: Context,
    endpoint_id: UUID,
    *,
    name: str | None = None,
    url: str | None = None,
    kinds: Sequence[str] | None = None,
) -> Endpoint:
    """Changes what is given.

    Raises:
        NotFoundError: there is no such endpoint.
        InputError, AddressRefusedError, ConflictError: see `add_webhook`.
    """
    with context.session() as session:
        kept = webhooks.load(session, endpoint_id, lock=True)
        values: dict[str, Any] = {}
        if name is not None and (wanted := _name(name)) != kept.name:
            if any(each.name == wanted for each in webhooks.list_all(session)):
                raise ConflictError(f"There is a webhook {wanted!r} already.", remedy="Give it another name.")
            values["name"] = wanted
        if url is not None and url != kept.url:
            check_address(url, private_ok=kept.private_ok)
            values |= {"url": url, "failures": 0, "failing_since": None, "not_before": None}
        if kinds is not None:
            values["kinds"] = checked_kinds(kinds)
        if values:
            webhooks.change(session, endpoint_id, **values, changed_at=context.clock())
            _note(session, "change_webhook", kept, {"changed": sorted(values)})
        return webhooks.load(session, endpoint_id)


def pause_webhook(context: Context, endpoint_id: UUID) -> Endpoint:
    """Sends nothing to an endpoint until somebody says so; what happens meanwhile is told then.

    Raises:
        NotFoundError: there is no such endpoint.
    """
    with context.session() as session:
        kept = webhooks.load(session, endpoint_id, lock=True)
        webhooks.change(session, endpoint_id, state="paused", state_why=None, changed_at=context.clock())
        _note(session, "pause_webhook", kept)
        return webhooks.load(session, endpoint_id)


def resume_webhook(context: Context, endpoint_id: UUID, *, from_now: bool = False) -> Endpoint:
    """Sends to a paused or disabled endpoint again.

    Args:
        from_now: leave out what happened meanwhile; messages that wait are sent all the same.

    Raises:
        NotFoundError: there is no such endpoint.
    """
    with context.session() as session:
        kept = webhooks.load(session, endpoint_id, lock=True)
        values: dict[str, Any] = {"state": "active", "state_why": None, "changed_at": context.clock()}
        values |= {"failures": 0, "failing_since": None, "not_before": None}
        if from_now:
            values["position"] = max(kept.position, outbox.settled(session))
        webhooks.change(session, endpoint_id, **values)
        _note(session, "resume_webhook", kept, {"from_now": from_now})
        return webhooks.load(session, endpoint_id)


def remove_webhook(context: Context, endpoint_id: UUID) -> None:
    """Deletes an endpoint with its secret, its messages and its log.

    Raises:
        NotFoundError: there is no such endpoint.
    """
    with context.session() as session:
        kept = webhooks.load(session, endpoint_id, lock=True)
        webhooks.remove(session, endpoint_id)
        _note(session, "remove_webhook", kept)


def rotate_secret(
    context: Context, box: SecretBox, endpoint_id: UUID, *, overlap: timedelta = OVERLAP
) -> WebhookSecret:
    """A new secret; for a while messages are signed with the one of before, too, so that none is refused.

    Raises:
        NotFoundError: there is no such endpoint.
        SealError: the secret of before cannot be opened.
    """
    with context.session() as session:
        kept, now = webhooks.load(session, endpoint_id, lock=True), context.clock()
        secret, until = new_standard_secret(), now + overlap
        entries: list[dict[str, Any]] = [{"secret": secret, "until": None}]
        for each in _entries(box, kept):
            ends = min(until, datetime.fromisoformat(each["until"])) if each["until"] else until
            if ends > now:
                entries.append({"secret": each["secret"], "until": ends.isoformat()})
        webhooks.change(session, endpoint_id, sealed=_sealed(box, kept.id, entries), changed_at=now)
        _note(session, "rotate_webhook_secret", kept, {"overlap_hours": overlap.total_seconds() / 3_600})
        return WebhookSecret(webhooks.load(session, endpoint_id), secret, until if len(entries) > 1 else None)


def secrets_of(box: SecretBox, endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
    """The secrets that messages are signed with at this moment, the newest first.

    Raises:
        SealError: they cannot be opened.
    """
    return tuple(
        each["secret"]
        for each in _entries(box, endpoint)
        if each["until"] is None or datetime.fromisoformat(each["until"]) > now
    )


def send_test(context: Context, endpoint_id: UUID) -> Delivery:
    """Puts a message in line that says nothing but that the endpoint works.

    Raises:
        NotFoundError: there is no such endpoint.
        ConflictError: it is paused or disabled.
    """
    with context.session() as session:
        kept, now = webhooks.load(session, endpoint_id), context.clock()
        if kept.state != "active":
            raise ConflictError(f"This webhook is {kept.state}.", remedy="Let it go on first.")
        webhooks.change(session, endpoint_id, not_before=None)
        body = message(TEST, now, {"webhook": kept.name, "what": "This endpoint works."})
        return webhooks.add_message(session, endpoint_id, new_id(), TEST, body, now)


def replay_delivery(context: Context, delivery_id: UUID) -> Delivery:
    """Sends one message once more, under the same number.

    Raises:
        NotFoundError: there is no such message.
        ConflictError: its endpoint is paused or disabled.
    """
    with context.session() as session:
        kept = webhooks.load_delivery(session, delivery_id)
        endpoint = webhooks.load(session, kept.endpoint_id)
        if endpoint.state != "active":
            raise ConflictError(f"This webhook is {endpoint.state}.", remedy="Let it go on first.")
        webhooks.send_again(session, context.clock(), ids=[delivery_id])
        webhooks.change(session, endpoint.id, not_before=None)
        _note(session, "replay_webhook", endpoint, {"delivery": str(delivery_id)})
        return webhooks.load_delivery(session, delivery_id)


def replay_since(context: Context, endpoint_id: UUID, since: datetime) -> int:
    """Sends everything that happened since an instant once more, and says how many messages that is.

    Each goes under the number it had; what happened before the endpoint was made, or while it was told of other kinds,
    is sent for the first time.

    Raises:
        NotFoundError: there is no such endpoint.
        InputError: the instant is still to come.
    """
    now = context.clock()
    if since > now:
        raise InputError("This time is still to come.", facts={"since": since.isoformat()})
    with context.session() as session:
        kept = webhooks.load(session, endpoint_id, lock=True)
        again = webhooks.send_again(session, now, endpoint_id=endpoint_id, since=since)
        position, kinds, is_over = 0, events_of(kept.kinds), False
        while not is_over:
            events, reached = outbox.read_kinds(session, kinds, after=position, limit=_AT_ONCE, since=since)
            told = [each for each in events if each.position <= kept.position]
            again += webhooks.add_events(session, endpoint_id, told, now)
            is_over, position = len(told) < _AT_ONCE, reached
        webhooks.change(session, endpoint_id, not_before=None)
        _note(session, "replay_webhook", kept, {"since": since.isoformat(), "messages": again})
        return again


def check_address(url: str, *, private_ok: bool) -> None:
    """Refuses an address to which nothing may be sent.

    A name that is not known at this moment is taken: it is asked again whenever something is sent.

    Raises:
        InputError: it is too long, or not encrypted.
        AddressRefusedError: it is no web address, or lies inside a private network.
    """
    if len(url) > LONGEST_URL:
        raise InputError("This address is too long.", facts={"characters": len(url), "accepted": LONGEST_URL})
    guard = AddressGuard(private_ok=private_ok)
    guard.check_url(url)
    scheme, _, rest = url.partition("://")
    if scheme.lower() != "https" and not private_ok:
        raise InputError("Messages go over https only.", facts={"address": f"{scheme}://..."})
    host, port = _host_of(rest)
    try:
        guard.resolve_all(host, port)
    except NoAnswerError:
        return


def _host_of(rest: str) -> tuple[str, int]:
    from urllib.parse import urlsplit

    parts = urlsplit(f"https://{rest}")
    if parts.hostname is None:
        raise AddressRefusedError("This is not a web address.", remedy="Write it as https://host/path.")
    return parts.hostname, parts.port or 443


def _entries(box: SecretBox, endpoint: Endpoint) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = orjson.loads(box.open(endpoint.sealed, place=_place(endpoint.id)))
    return kept


def _sealed(box: SecretBox, endpoint_id: UUID, entries: Sequence[dict[str, Any]]) -> bytes:
    return box.seal(orjson.dumps(list(entries)).decode(), place=_place(endpoint_id))


def _place(endpoint_id: UUID) -> str:
    return f"webhook:{endpoint_id}"


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise InputError("A webhook needs a name of 1 to 100 characters.", facts={"name": name[:50]})
    return name


def _note(session: Session, action: str, kept: Endpoint, detail: dict[str, Any] | None = None) -> None:
    audit.record(session, action, f"webhook:{kept.id}", {"name": kept.name, **(detail or {})})
