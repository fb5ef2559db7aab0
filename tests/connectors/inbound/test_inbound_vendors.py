"""Each vendor's messages: made-up ones here, every real payload of the data folder where it is there."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from galena.connectors.catalogue import find_connector
from galena.connectors.gohighlevel.inbound import PUBLIC_KEY
from galena.kit.web.signatures import SignatureError, StaleSignatureError, WrongSignatureError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIME = str(int(NOW.timestamp()))
WHSEC = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
PLAIN = "a-secret"
KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
PAYLOADS = Path(__file__).parents[2] / "payloads"
VENDORS = ("gohighlevel", "cal_com", "stripe", "clerk", "standard_webhooks")
FOLDERS = {"gohighlevel": "gohighlevel", "cal_com": "calcom", "stripe": "stripe", "clerk": "clerk"}


def _standard(prefix: str) -> Callable[[bytes], dict[str, str]]:
    def sign(body: bytes) -> dict[str, str]:
        key = base64.b64decode(WHSEC.removeprefix("whsec_"))
        mac = hmac.new(key, f"msg_1.{TIME}.".encode() + body, hashlib.sha256).digest()
        given = f"v1,{base64.b64encode(mac).decode()}"
        return {f"{prefix}-Id": "msg_1", f"{prefix}-Timestamp": TIME, f"{prefix}-Signature": given}

    return sign


def _stripe(body: bytes) -> dict[str, str]:
    mac = hmac.new(PLAIN.encode(), f"{TIME}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={TIME},v1={mac},v0=other"}


def _cal(body: bytes) -> dict[str, str]:
    return {"X-Cal-Signature-256": hmac.new(PLAIN.encode(), body, hashlib.sha256).hexdigest()}


def _ghl(body: bytes) -> dict[str, str]:
    return {"x-wh-signature": base64.b64encode(KEY.sign(body, padding.PKCS1v15(), SHA256())).decode()}


SIGN: dict[str, tuple[Callable[[bytes], dict[str, str]], str]] = {
    "gohighlevel": (_ghl, PEM),
    "cal_com": (_cal, PLAIN),
    "stripe": (_stripe, PLAIN),
    "clerk": (_standard("svix"), WHSEC),
    "standard_webhooks": (_standard("webhook"), WHSEC),
}


def made_up(vendor: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((PAYLOADS / vendor / "messages.json").read_text())
    return found


def _prove(vendor: str, payload: Any) -> Any:
    """Signed and read without error; refused when a byte differs."""
    body = json.dumps(payload).encode()
    sign, secret = SIGN[vendor]
    inbound = find_connector(vendor).inbound()
    headers = sign(body)
    own_time = payload.get("timestamp") if vendor == "gohighlevel" else None
    now = datetime.fromisoformat(own_time) if own_time else NOW
    inbound.verify(headers, body, secret, now)
    with pytest.raises(WrongSignatureError):
        inbound.verify(headers, body + b" ", secret, now)
    event = inbound.read(payload, headers)
    assert event.external_id
    assert event.kind
    json.dumps(event.record())
    return event


@pytest.mark.parametrize("vendor", VENDORS)
def test_made_up_messages(vendor: str) -> None:
    for each in made_up(vendor):
        event = _prove(vendor, each["message"])
        assert (event.kind, event.told.get("signal"), event.lead is not None) == (
            each["kind"],
            each["signal"],
            each["is_lead"],
        )
        assert {name: event.record()[name] for name in each.get("told", {})} == each.get("told", {})


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_refused(vendor: str) -> None:
    body = json.dumps(made_up(vendor)[0]["message"]).encode()
    sign, secret = SIGN[vendor]
    inbound = find_connector(vendor).inbound()
    with pytest.raises(SignatureError, match="header"):
        inbound.verify({}, body, secret, NOW)
    for name in sign(body):
        if "ignature" in name:
            with pytest.raises(SignatureError):
                inbound.verify(sign(body) | {name: "v1,nonsense"}, body, secret, NOW)


@pytest.mark.parametrize("vendor", ["stripe", "clerk", "standard_webhooks"])
def test_old_and_future_messages(vendor: str) -> None:
    sign, secret = SIGN[vendor]
    inbound = find_connector(vendor).inbound()
    for moved in (NOW.replace(hour=11), NOW.replace(hour=13)):
        with pytest.raises(StaleSignatureError):
            inbound.verify(sign(b"{}"), b"{}", secret, moved)


def test_gohighlevel_refuses_an_old_time_inside_the_message() -> None:
    inbound = find_connector("gohighlevel").inbound()
    body = b'{"type": "ContactCreate", "timestamp": "2026-03-01T11:00:00Z", "webhookId": "w1"}'
    with pytest.raises(StaleSignatureError):
        inbound.verify(_ghl(body), body, PEM, NOW)
    inbound.verify(_ghl(body), body, PUBLIC_KEY + PEM, NOW.replace(hour=11, minute=2))
    with pytest.raises(WrongSignatureError):
        inbound.verify(_ghl(body), body, "", NOW)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    "odd", [{}, {"type": 5, "data": []}, {"data": {"object": "x"}, "payload": 3, "triggerEvent": None}]
)
def test_odd_objects_are_events_too(vendor: str, odd: dict[str, Any]) -> None:
    assert find_connector(vendor).inbound().read(odd, {}).lead is None


@pytest.mark.data
@pytest.mark.parametrize("vendor", FOLDERS)
def test_every_real_payload(vendor: str, shared_data: Path) -> None:
    files = sorted((shared_data / "webhooks" / FOLDERS[vendor]).glob("*.json"))
    files = [each for each in files if not each.name.startswith("openapi")]
    assert len(files) >= {"gohighlevel": 69, "stripe": 88}.get(vendor, 1)
    for file in files:
        payload = json.loads(file.read_text())
        event = _prove(vendor, payload)
        if vendor in ("stripe", "clerk"):
            assert event.kind == payload["type"]
