"""The story of a message that a vendor sends by itself, from its signature to leads and signals.

The signature is checked before anything is looked at. Then, in one transaction: the message is kept whole as a source
record under the vendor's number of it (a number that is here already changes nothing), a person it describes becomes
or changes a lead, what happened becomes a signal of its lead, or waits for one. Messages that say nothing of a lead
are kept as well; what is no JSON is set aside with the reason. The messages of a connection and a day are one import.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import parse_qsl

import orjson

from galena.connectors.catalogue import Connector
from galena.domain.connection import Connection
from galena.domain.imports import Import, ImportCounts, NewImport
from galena.domain.inbound import InboundEvent
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.record import Row, RowFault, excerpt
from galena.engines.ingestion import Reader
from galena.kit.errors import ConflictError, InputError
from galena.kit.ids import content_hash, new_id
from galena.kit.logs import logger
from galena.stores import connections, imports, projections, records
from galena.stores.door import Session
from galena.workflows.connection_trial import mapping_of
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.intake_batch import Intake
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.mapping_check import check_mapping
from galena.workflows.relinking import keep_mapping
from galena.workflows.resolving import resolve_behind
from galena.workflows.touched import score_news

log = logger("inbound")

MOST_BYTES = 5_000_000
"""A message longer than this is refused; vendors send a hundredth of it."""

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 500

Outcome = Literal["taken", "kept", "known", "set_aside"]


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a message.

    Attributes:
        outcome: taken (leads or signals came of it, or it waits for its lead), kept (it says nothing of a lead),
            known (it was here already), set_aside (it cannot be read; it lies in quarantine).
        kind: in the vendor's words.
        event_id: the vendor's number of it; empty when it cannot be read.
        next_url: where a person who sent a web form is led on to; empty: nowhere.
    """

    outcome: Outcome
    kind: str
    event_id: str
    counts: ImportCounts = field(default_factory=ImportCounts)
    next_url: str = ""


def take_in(
    context: Context, gateway: Gateway, name: str, headers: Mapping[str, str], body: bytes
) -> Received:
    """Takes in one message of a connection, once it is proved to be the vendor's.

    Raises:
        SignatureError: it is not proved; nothing is kept.
        SecretError, ConfigurationError: the connection's secret is missing or cannot be one.
        NotFoundError: there is no such connection, or its vendor sends nothing.
        ConflictError: the connection is paused.
        InputError: the message is larger than any a vendor sends.
    """
    with context.session() as session:
        kept = connections.load(session, name)
    connector = gateway.connector(kept.connector)
    vendor = connector.inbound()
    _refuse(kept, body)
    secrets = gateway.access(connector, kept).secrets
    vendor.verify(headers, body, " ".join(filter(None, secrets.values())), context.clock())
    is_form = _is_form(headers)
    payload = _form_fields(body) if is_form else _json_object(body)
    delivery = _Delivery(context, connector, kept)
    received = delivery.set_aside(body) if payload is None else delivery.take(vendor.read(payload, headers))
    if received.outcome == "taken":
        resolve_behind(context)
        score_news(context)
    log.info(
        "received",
        workspace_id=context.workspace_id,
        connection_id=kept.id,
        connector=kept.connector,
        kind=received.kind if received.outcome != "kept" else "other",
        status=received.outcome,
    )
    return replace(received, next_url=str(kept.settings.get("next_url") or "")) if is_form else received


def _refuse(kept: Connection, body: bytes) -> None:
    if kept.state == "paused":
        raise ConflictError(
            "This connection is paused.",
            facts={"connection": kept.name},
            remedy=f"Let it go on: `galena connect resume {kept.name}`.",
        )
    if len(body) > MOST_BYTES:
        raise InputError("The message is too large.", facts={"bytes": len(body), "accepted": MOST_BYTES})


def _is_form(headers: Mapping[str, str]) -> bool:
    given = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return given.partition(";")[0].strip().lower() == FORM


def _form_fields(body: bytes) -> dict[str, Any] | None:
    """The fields of a form; one that is there several times has its values with commas between."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    found: dict[str, Any] = {}
    for name, value in pairs:
        found[name] = f"{found[name]}, {value}" if found.get(name) else value
    return found


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return payload if isinstance(payload, dict) else None


class _Delivery:
    """One message on its way in."""

    def __init__(self, context: Context, connector: Connector, kept: Connection) -> None:
        self._context = context
        self._connector = connector
        self._kept = kept
        self._now = context.clock()

    def take(self, event: InboundEvent) -> Received:
        events, people = self._mapping("events"), self._mapping("leads")
        with self._context.session() as session:
            projections.take_turn(session)
            if records.find_by_key(session, events.source, event.external_id):
                return Received("known", event.kind, event.external_id)
            counts = ImportCounts()
            lead = event.lead_record()
            # The lead goes first, so that what happened finds it.
            if lead is not None and people.fields:
                counts += self._put(session, people, Row(1, lead))
            counts += self._put(session, events, Row(1, event.record()))
            self._note_success(session)
        says_something = bool(lead or event.told.get("signal") or event.told.get("won") is not None)
        outcome: Outcome = "taken" if says_something and events.signals else "kept"
        return Received("set_aside" if counts.quarantined else outcome, event.kind, event.external_id, counts)

    def set_aside(self, body: bytes) -> Received:
        """Keeps in quarantine what is no JSON object."""
        raw = body.decode("utf-8", "replace")
        reason = "The message is no JSON object."
        with self._context.session() as session:
            projections.take_turn(session)
            fault = RowFault(1, None, excerpt(raw), reason, {"raw": raw.replace("\0", "\ufffd")})
            counts = self._put(session, self._mapping("events"), fault)
        return Received("set_aside", "unreadable", "", counts)

    def _mapping(self, part: str) -> SourceMapping:
        name = f"{self._connector.manifest.name}_inbound_{part}"
        found = mapping_of(self._context, self._connector, name) or _without_fields(name)
        check_mapping(found, self._context.playbook)
        return found

    def _put(self, session: Session, mapping: SourceMapping, row: Row | RowFault) -> ImportCounts:
        keep_mapping(session, self._context.playbook, mapping, self._now)
        today = self._import_of_today(session, mapping)
        number = today.checkpoint_row + 1
        # Facts are dated by when the message came, and not by the first one of the day.
        now = replace(today, started_at=self._now)
        reader = Reader(mapping, self._context.playbook, self._now)
        intake = Intake(mapping, now, reader, assembly_for(session, self._context.playbook))
        rows: Sequence[Row | RowFault] = [replace(row, number=number)]
        outcome = intake.take(session, intake.read(rows), self._now)
        imports.checkpoint(session, today.id, row=number, more=outcome.counts)
        imports.finish(session, today.id, at=self._now)
        return outcome.counts

    def _import_of_today(self, session: Session, mapping: SourceMapping) -> Import:
        day = self._now.date().isoformat()
        # What stands for the content of a file: the connection, the day and how its messages are read.
        content = mapping.model_dump(mode="json", exclude_defaults=True)
        told = orjson.dumps([str(self._kept.id), day, content], option=orjson.OPT_SORT_KEYS)
        mark = content_hash(told)
        for earlier in imports.find_by_sha256(session, mark, source=mapping.source):
            if earlier.status == "done":
                return earlier
        return imports.open_(
            session,
            NewImport(
                id=new_id(),
                source=mapping.source,
                file_name=f"{self._kept.name} ({day})",
                started_at=self._now,
                sha256=mark,
                shape={"format": "messages", "notes": []},
                mapping=content,
                options={"connection_id": str(self._kept.id)},
            ),
        )

    def _note_success(self, session: Session) -> None:
        connections.change(
            session, self._kept.id, state="healthy", failures=0, error=None, last_success_at=self._now
        )


def _without_fields(name: str) -> SourceMapping:
    """How messages are kept in a playbook for which the connector has no mapping: whole, and read by nobody."""
    return SourceMapping(
        source=name,
        role="details",
        key=("event_id",),
        match={"key": "event_id"},
        match_source=name,
        observed_at="at",
    )
