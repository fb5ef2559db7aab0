"""Signatures against the schemes' own published vectors and their arithmetic redone."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from galena.kit.web.signatures import (
    MissingHeaderError,
    SecretError,
    StaleSignatureError,
    WrongSignatureError,
    check_hmac_hex,
    check_rsa_sha256,
    check_standard_webhook,
    check_timed_hex,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD, NEW = (f"whsec_{base64.b64encode(bytes([n]) * 24).decode()}" for n in (1, 2))


def test_what_the_reference_library_signs_is_accepted() -> None:
    body = '{"type": "x"}'
    headers = {
        "Webhook-Id": "m1",
        "Webhook-Timestamp": str(int(NOW.timestamp())),
        "Webhook-Signature": "v1a,other v1,wrong " + Webhook(OLD).sign("m1", NOW, body),
    }
    assert check_standard_webhook(headers, body.encode(), f"{NEW} {OLD}", NOW) == "m1"
    with pytest.raises(WrongSignatureError):
        check_standard_webhook(headers, body.encode(), NEW, NOW)
    with pytest.raises(WrongSignatureError):
        check_standard_webhook(headers | {"Webhook-Id": "m2"}, body.encode(), OLD, NOW)
    for seconds in (-301, 301):
        with pytest.raises(StaleSignatureError):
            check_standard_webhook(headers, body.encode(), OLD, NOW + timedelta(seconds=seconds))
    check_standard_webhook(headers, body.encode(), OLD, NOW + timedelta(seconds=300))


@pytest.mark.parametrize("secret", ["whsec_%%%", "whsec_", "whsec_YWJj", ""])
def test_a_malformed_secret_is_told_as_that(secret: str) -> None:
    headers = {"svix-id": "m", "svix-timestamp": "1", "svix-signature": "v1,x"}
    with pytest.raises(SecretError) as told:
        check_standard_webhook(headers, b"", secret, NOW)
    assert not secret or secret not in str(told.value).replace("whsec_ and", "")


@pytest.mark.parametrize("given", ["", "t=1", "v1=ab", "nonsense"])
def test_a_timed_signature_needs_its_parts(given: str) -> None:
    with pytest.raises(MissingHeaderError):
        check_timed_hex(b"", given, "s", NOW)


def test_one_of_several_timed_signatures_is_enough() -> None:
    time = str(int(NOW.timestamp()))
    mac = hmac.new(b"old", time.encode() + b".{}", hashlib.sha256).hexdigest()
    check_timed_hex(b"{}", f"t={time}, v1={'0' * 64}, v1={mac}", "new,old", NOW)
    with pytest.raises(WrongSignatureError):
        check_timed_hex(b"{}", f"t={time},v0={mac},v1=00", "old", NOW)
    mac = hmac.new(b"s", b"soon.{}", hashlib.sha256).hexdigest()
    with pytest.raises(StaleSignatureError):
        check_timed_hex(b"{}", f"t=soon,v1={mac}", "s", NOW)


def test_plain_hmac() -> None:
    mac = hmac.new(b"s", b"body", hashlib.sha256).hexdigest()
    check_hmac_hex(b"body", mac.upper(), "s")
    check_hmac_hex(b"body", f"sha256={mac}", "s")
    with pytest.raises(WrongSignatureError):
        check_hmac_hex(b"body", "é", "s")


def test_a_public_key_that_is_none() -> None:
    with pytest.raises(SecretError):
        check_rsa_sha256(b"", "", ["no key"])


@pytest.mark.data
def test_the_published_standard_vector(shared_data: Path) -> None:
    vector = json.loads((shared_data / "webhooks/svix/test_vector.json").read_text())
    body, now = vector["payload"].encode(), datetime.fromtimestamp(int(vector["svix-timestamp"]), UTC)
    assert check_standard_webhook(vector, body, vector["secret"], now) == vector["svix-id"]
    with pytest.raises(WrongSignatureError):
        check_standard_webhook(vector, body + b" ", vector["secret"], now)
