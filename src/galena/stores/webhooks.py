"""Webhooks: endpoints, the messages that wait for them and were sent, and every try."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, insert, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from galena.domain.events import Event
from galena.domain.webhook import Attempt, Delivery, DeliveryState, Endpoint, body_of, delivery_id, kind_of
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one, load_by_id

_ENDPOINTS = tables.webhook_endpoints
_DELIVERIES = tables.webhook_deliveries
_ATTEMPTS = tables.webhook_attempts
_WAITING = _DELIVERIES.c.state == "waiting"


def add(session: Session, new: Endpoint) -> None:
    """Writes an endpoint.

    Raises:
        ConflictError: the name is taken.
    """
    if find_one(session, select(_ENDPOINTS).where(_ENDPOINTS.c.name == new.name), _endpoint) is not None:
        raise ConflictError(
            f"There is a webhook {new.name!r} already.",
            remedy="Give it another name, or remove the other one.",
        )
    session.connection.execute(insert(_ENDPOINTS).values(**asdict(new) | {"kinds": list(new.kinds)}))


def load(session: Session, endpoint_id: UUID, *, lock: bool = False) -> Endpoint:
    """An endpoint.

    Raises:
        NotFoundError: there is none.
    """
    if lock:
        held = select(_ENDPOINTS.c.id).where(_ENDPOINTS.c.id == endpoint_id)
        session.connection.execute(held.with_for_update())
    return load_by_id(session, _ENDPOINTS, endpoint_id, _endpoint, "webhook")


def find(session: Session, name: str) -> Endpoint:
    """The endpoint of this name, or with this id.

    Raises:
        NotFoundError: there is none.
    """
    for each in list_all(session):
        if each.name.lower() == name.strip().lower() or str(each.id) == name.strip():
            return each
    raise NotFoundError(f"There is no webhook {name!r}.", remedy="`galena webhook list` shows all of them.")


def list_all(session: Session, *, active: bool = False) -> tuple[Endpoint, ...]:
    """Every endpoint, by name; with `active` those alone to which messages go."""
    query = select(_ENDPOINTS).order_by(_ENDPOINTS.c.name)
    return find_all(session, query.where(_ENDPOINTS.c.state == "active") if active else query, _endpoint)


def take_turn(session: Session, endpoint_id: UUID) -> Endpoint | None:
    """The endpoint, kept from others until the transaction ends; None where somebody else has it, or it is gone."""
    query = select(_ENDPOINTS).where(_ENDPOINTS.c.id == endpoint_id)
    return find_one(session, query.with_for_update(skip_locked=True), _endpoint)


def change(session: Session, endpoint_id: UUID, **values: Any) -> None:
    """Changes what is given: url, kinds, sealed, state, position, failures ..."""
    if "kinds" in values:
        values["kinds"] = list(values["kinds"])
    session.connection.execute(update(_ENDPOINTS).where(_ENDPOINTS.c.id == endpoint_id).values(**values))


def remove(session: Session, endpoint_id: UUID) -> None:
    """Deletes an endpoint with its messages and its log."""
    session.connection.execute(delete(_ENDPOINTS).where(_ENDPOINTS.c.id == endpoint_id))


def add_events(session: Session, endpoint_id: UUID, events: Iterable[Event], at: datetime) -> int:
    """Puts events in line for an endpoint and says how many are new; one that was told before stays as it is."""
    rows = [
        {
            "id": delivery_id(endpoint_id, each.position),
            "endpoint_id": endpoint_id,
            "position": each.position,
            "kind": kind_of(each),
            "body": body_of(each),
            "event_at": each.at,
            "next_at": at,
            "created_at": at,
        }
        for each in events
    ]
    if not rows:
        return 0
    new = upsert(_DELIVERIES).values(rows).on_conflict_do_nothing().returning(_DELIVERIES.c.id)
    return len(session.connection.execute(new).all())


def add_message(
    session: Session, endpoint_id: UUID, id_: UUID, kind: str, body: bytes, at: datetime
) -> Delivery:
    """Puts a message that tells of no event in line."""
    values = {"id": id_, "endpoint_id": endpoint_id, "kind": kind, "body": body}
    values |= {"event_at": at, "next_at": at, "created_at": at}
    session.connection.execute(insert(_DELIVERIES).values(**values))
    return load_delivery(session, id_)


def claim(session: Session, endpoint_id: UUID, now: datetime, lease: timedelta) -> Delivery | None:
    """The next message whose time has come, for the caller alone until the lease is over; None: there is none.

    A sender that ends before it says what became of the message leaves it in line, under the same number.
    """
    chosen = (
        select(_DELIVERIES.c.id)
        .where(_DELIVERIES.c.endpoint_id == endpoint_id, _WAITING, _DELIVERIES.c.next_at <= now)
        .order_by(_DELIVERIES.c.next_at, _DELIVERIES.c.position, _DELIVERIES.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(_DELIVERIES)
        .where(_DELIVERIES.c.id.in_(chosen))
        .values(next_at=now + lease, attempts=_DELIVERIES.c.attempts + 1, round=_DELIVERIES.c.round + 1)
    )
    return find_one(session, taken.returning(_DELIVERIES), _delivery)


def note_attempt(session: Session, attempt: Attempt, **values: Any) -> None:
    """Writes what came of a try, and how the message stands from then on."""
    session.connection.execute(insert(_ATTEMPTS).values(**asdict(attempt)))
    change_ = update(_DELIVERIES).where(_DELIVERIES.c.id == attempt.delivery_id)
    session.connection.execute(change_.values(status=attempt.status, error=attempt.error, **values))


def send_again(
    session: Session,
    at: datetime,
    *,
    ids: Sequence[UUID] | None = None,
    endpoint_id: UUID | None = None,
    since: datetime | None = None,
) -> int:
    """Puts messages back in line under their own numbers, and says how many: by id, or an endpoint's, or since when."""
    again = update(_DELIVERIES)
    if ids is not None:
        again = again.where(_DELIVERIES.c.id.in_(ids))
    if endpoint_id is not None:
        again = again.where(_DELIVERIES.c.endpoint_id == endpoint_id)
    if since is not None:
        again = again.where(_DELIVERIES.c.event_at >= since)
    return session.connection.execute(again.values(state="waiting", round=0, next_at=at)).rowcount


def load_delivery(session: Session, id_: UUID) -> Delivery:
    """A message.

    Raises:
        NotFoundError: there is none.
    """
    return load_by_id(session, _DELIVERIES, id_, _delivery, "delivery")


def list_deliveries(
    session: Session,
    endpoint_id: UUID,
    *,
    state: DeliveryState | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> tuple[Delivery, ...]:
    """The log of an endpoint, the newest first; `before`: (created_at, id) of the last one of the page before."""
    query = select(_DELIVERIES).where(_DELIVERIES.c.endpoint_id == endpoint_id)
    if state is not None:
        query = query.where(_DELIVERIES.c.state == state)
    if before is not None:
        here = tuple_(_DELIVERIES.c.created_at, _DELIVERIES.c.id)
        query = query.where(here < tuple_(literal(before[0]), literal(before[1])))
    query = query.order_by(_DELIVERIES.c.created_at.desc(), _DELIVERIES.c.id.desc())
    return find_all(session, query.limit(limit), _delivery)


def list_attempts(session: Session, delivery_id_: UUID) -> tuple[Attempt, ...]:
    """Every try of a message, the oldest first."""
    query = select(_ATTEMPTS).where(_ATTEMPTS.c.delivery_id == delivery_id_)
    return find_all(session, query.order_by(_ATTEMPTS.c.at, _ATTEMPTS.c.id), _attempt)


def count_states(session: Session, endpoint_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Endpoint -> how many messages stand how."""
    query = select(_DELIVERIES.c.endpoint_id, _DELIVERIES.c.state, func.count())
    query = query.where(_DELIVERIES.c.endpoint_id.in_(endpoint_ids))
    found: dict[UUID, dict[str, int]] = {}
    for row in session.connection.execute(query.group_by(_DELIVERIES.c.endpoint_id, _DELIVERIES.c.state)):
        found.setdefault(row[0], {})[row[1]] = row[2]
    return found


def prune(session: Session, before: datetime) -> int:
    """Deletes messages that are done with and older than an instant, and says how many."""
    old = delete(_DELIVERIES).where(~_WAITING, _DELIVERIES.c.created_at < before)
    return session.connection.execute(old).rowcount


def _endpoint(row: RowMapping) -> Endpoint:
    told = {name: row[name] for name in Endpoint.__dataclass_fields__}
    return Endpoint(**told | {"kinds": tuple(row["kinds"]), "sealed": bytes(row["sealed"])})


def _delivery(row: RowMapping) -> Delivery:
    told = {name: row[name] for name in Delivery.__dataclass_fields__}
    return Delivery(**told | {"body": bytes(row["body"])})


def _attempt(row: RowMapping) -> Attempt:
    return Attempt(**{name: row[name] for name in Attempt.__dataclass_fields__})
