"""Messages of vendors on their way to leads and signals: once each, whole, and never an error."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from galena.kit.database import make_engine
from galena.kit.secrets import SecretBox
from galena.kit.web.signatures import WrongSignatureError
from galena.playbooks import load
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.inbound import Received, take_in
from galena.workflows.workspaces import ensure_workspace

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def _workspace(engine: Engine, playbook: str = "b2b") -> Context:
    door = Door(engine)
    workspace = ensure_workspace(door, playbook, slug=f"w-{uuid4()}", actor="a test")
    return Context(door, workspace.id, load(playbook), "a test", clock=lambda: NOON)


class Desk:
    """A workspace with connections to senders."""

    def __init__(self, context: Context, gateway: Gateway) -> None:
        self.context, self.gateway = context, gateway
        fitting = {"b2b": ("stripe", "clerk", "standard_webhooks")}
        for vendor in fitting.get(context.playbook.playbook, ("standard_webhooks",)):
            secrets = {"signing_secret": "plain" if vendor == "stripe" else SECRET}
            add_connection(context, gateway, NewConnection(vendor, secrets=secrets))

    def send(self, number: str, message: Any, name: str = "standard_webhooks") -> Received:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        time = str(int(NOON.timestamp()))
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        mac = base64.b64encode(hmac.new(key, f"{number}.{time}.".encode() + body, hashlib.sha256).digest())
        headers = {
            "webhook-id": number,
            "webhook-timestamp": time,
            "webhook-signature": f"v1,{mac.decode()}",
        }
        return take_in(self.context, self.gateway, name, headers, body)

    def pay(self, message: dict[str, Any]) -> Received:
        body, time = json.dumps(message).encode(), str(int(NOON.timestamp()))
        mac = hmac.new(b"plain", f"{time}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Stripe-Signature": f"t={time},v1={mac}"}
        return take_in(self.context, self.gateway, "stripe", headers, body)

    def rows(self, query: str) -> list[Any]:
        with self.context.session() as session:
            return [tuple(row) for row in session.connection.execute(text(query))]


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    context = _workspace(engine)
    return Desk(context, Gateway(tmp_path, SecretBox((bytes(32),)), environment={}))


FLO = {
    "type": "contact.created",
    "timestamp": "2026-03-01T11:00:00Z",
    "data": {"id": "c7", "name": "Flo Sample", "email": "flo@sample-co.com"},
}
FORM = {
    "type": "signal.form_submitted",
    "timestamp": "2026-03-01T10:00:00Z",
    "data": {"email": "Flo@sample-co.com", "form": "Prices"},
}


def test_a_signal_waits_for_its_lead_and_comes_once(desk: Desk) -> None:
    assert desk.send("m1", FORM).outcome == "taken"
    assert desk.send("m1", FORM).outcome == "known"
    assert desk.rows("SELECT kind, lead_id FROM signals") == [("form_submitted", None)]
    assert desk.send("m2", FLO).counts.created >= 1
    [(kind, lead, at)] = desk.rows("SELECT kind, lead_id, at FROM signals")
    assert (kind, lead is not None, at) == ("form_submitted", True, datetime(2026, 3, 1, 10, tzinfo=UTC))
    assert (
        desk.send("m3", FORM | {"data": {"email": "flo@sample-co.com", "form": "Demo"}}).counts.signals == 1
    )
    kept = desk.rows(
        "SELECT payload -> 'payload' ->> 'type' FROM source_records"
        " WHERE source = 'standard_webhooks_inbound_events' ORDER BY record_key"
    )
    assert kept == [("signal.form_submitted",), ("contact.created",), ("signal.form_submitted",)]
    assert desk.rows("SELECT count(*) FROM imports") == [(2,)]


def test_one_person_of_two_vendors_is_one_lead(desk: Desk) -> None:
    desk.send("m1", FLO)
    user = {
        "id": "user_1",
        "first_name": "Flo",
        "last_name": "Sample",
        "email_addresses": [{"id": "e", "email_address": "flo@sample-co.com"}],
    }
    desk.send("m2", {"type": "user.created", "data": user}, "clerk")
    invoice = {
        "object": "invoice",
        "customer_email": "flo@sample-co.com",
        "amount_paid": 2050,
        "currency": "usd",
    }
    desk.pay({"id": "evt_1", "type": "invoice.paid", "created": 1772362800, "data": {"object": invoice}})
    assert desk.rows("SELECT count(*) FROM leads WHERE merged_into IS NULL") == [(1,)]
    told = dict(desk.rows("SELECT kind, attributes ->> 'amount' FROM signals WHERE lead_id IS NOT NULL"))
    assert told.keys() == {"signed_up", "paid"}
    assert float(told["paid"]) == 20.5


def test_a_message_sent_again_with_other_details_is_known(desk: Desk) -> None:
    message = {"id": "evt_9", "type": "product.created", "pending_webhooks": 2, "data": {"object": {}}}
    assert desk.pay(message).outcome == "kept"
    assert desk.pay(message | {"pending_webhooks": 1}).outcome == "known"
    assert desk.rows("SELECT count(*) FROM leads") == [(0,)]
    assert desk.rows("SELECT count(*) FROM source_records") == [(1,)]


@pytest.mark.parametrize("body", [b"{broken", b"[1]", b"", b'"\xff"'])
def test_what_is_no_object_is_set_aside(desk: Desk, body: bytes) -> None:
    assert desk.send("m1", body).outcome == "set_aside"
    [(reason,)] = desk.rows("SELECT faults -> 0 ->> 'reason' FROM quarantine")
    assert reason == "The message is no JSON object."


def test_a_signal_of_no_known_kind_is_set_aside(desk: Desk) -> None:
    received = desk.send("m1", FORM | {"type": "signal.teleported"})
    assert received.outcome == "set_aside"


def test_a_message_that_is_not_proved_leaves_nothing(desk: Desk) -> None:
    with pytest.raises(WrongSignatureError):
        take_in(
            desk.context,
            desk.gateway,
            "standard_webhooks",
            {"webhook-id": "m", "webhook-timestamp": "1772366400", "webhook-signature": "v1,AAAA"},
            json.dumps(FLO).encode(),
        )
    assert desk.rows("SELECT count(*) FROM imports") == [(0,)]


def test_a_playbook_without_mappings_keeps_what_comes(engine: Engine, tmp_path: Path) -> None:
    context = _workspace(engine)
    desk = Desk(context, Gateway(tmp_path, SecretBox((bytes(32),)), environment={}))
    desk.context = Context(context.door, context.workspace_id, load("permits"), "a test", clock=lambda: NOON)
    assert (
        desk.pay({"id": "evt_1", "type": "customer.created", "data": {"object": {"id": "c"}}}).outcome
        == "kept"
    )
    assert desk.rows("SELECT count(*) FROM leads") == [(0,)]


@pytest.mark.parametrize(
    ("playbook", "name", "email"), [("brokerage", "name", "email"), ("permits", "owner_name", "owner_email")]
)
def test_a_message_founds_and_changes_a_lead_of_every_playbook(
    engine: Engine, tmp_path: Path, playbook: str, name: str, email: str
) -> None:
    desk = Desk(_workspace(engine, playbook), Gateway(tmp_path, SecretBox((bytes(32),)), environment={}))
    assert desk.send("m1", FORM).outcome == "taken"
    assert desk.send("m2", FLO).counts.created == 1
    more = {**FLO["data"], "address": "12 Elm St", "city": "Austin", "phone": "+15125550100"}
    assert (
        desk.send(
            "m3", {"type": "contact.updated", "timestamp": "2026-03-01T11:30:00Z", "data": more}
        ).outcome
        == "taken"
    )
    [(fields,)] = desk.rows("SELECT fields FROM leads WHERE merged_into IS NULL")
    assert (fields[name], fields[email]) == ("Flo Sample", "flo@sample-co.com")
    assert "12 Elm St" in (fields.get("address"), fields.get("site_address"))
    assert desk.rows("SELECT kind, lead_id IS NOT NULL FROM signals") == [("form_submitted", True)]
