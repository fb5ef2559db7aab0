"""Signatures of what comes in over the web: is it from whom it says, untouched, and sent just now?

Every check compares in constant time, takes several secrets (an old and a new one while they are changed) and
refuses with a reason that holds neither the secret nor the right signature.
"""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from galena.kit.errors import ConfigurationError, GalenaError

TOLERANCE_S = 300.0
"""A signed time may be so many seconds old, or ahead of our clock."""

_SECRET_PREFIX = "whsec_"  # noqa: S105 - marks a secret, and is none
_SHORTEST_KEY, _NEW_KEY = 16, 32


class SignatureError(GalenaError):
    """What came in is not proved to come from whom it says; nothing of it is used."""

    exit_code = 2
    http_status = 401


class MissingHeaderError(SignatureError):
    """The header that carries the signature, its time or its number is absent."""


class WrongSignatureError(SignatureError):
    """No signature fits any of the secrets."""


class StaleSignatureError(SignatureError):
    """The signed time is too long ago, or ahead of our clock."""


class SecretError(ConfigurationError):
    """The secret kept for this connection cannot be one."""


def header(headers: Mapping[str, str], *names: str) -> str:
    """The first of these headers that is there, upper and lower case alike.

    Raises:
        MissingHeaderError: none is there, or they are empty.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    for name in names:
        if value := by_name.get(name.lower(), "").strip():
            return value
    raise MissingHeaderError(
        "The message carries no signature: a header is missing.",
        facts={"header": " or ".join(names)},
        remedy="Switch signing on where the messages come from.",
    )


def secrets_in(text: str) -> tuple[str, ...]:
    """The secrets of a setting: one, or several with spaces, commas or lines between.

    Raises:
        SecretError: there is none.
    """
    found = tuple(each for each in re.split(r"[\s,]+", text) if each)
    if not found:
        raise SecretError("The secret that proves who sends is missing.", remedy="Give it to the connection.")
    return found


def check_age(sent_at: datetime, now: datetime, tolerance_s: float = TOLERANCE_S) -> None:
    """Refuses what was sent too long ago, or by a clock that is ahead.

    Raises:
        StaleSignatureError: it is outside the tolerance.
    """
    age_s = (now - sent_at).total_seconds()
    if age_s > tolerance_s:
        raise StaleSignatureError(
            "The message is too old to be trusted.",
            facts={"seconds": round(age_s), "accepted": round(tolerance_s)},
            remedy="Send it again; compare the clocks of both sides if this comes often.",
        )
    if age_s < -tolerance_s:
        raise StaleSignatureError(
            "The message comes from the future.",
            facts={"seconds_ahead": round(-age_s), "accepted": round(tolerance_s)},
            remedy="Compare the clocks of both sides.",
        )


def check_hmac_hex(body: bytes, given: str, secret: str) -> None:
    """HMAC-SHA256 of the body, in hexadecimal digits.

    Raises:
        WrongSignatureError: it fits none of the secrets.
        SecretError: there is no secret.
    """
    wanted = [_hmac(each.encode(), body).hex() for each in secrets_in(secret)]
    _demand(_any_equal([given.removeprefix("sha256=").lower()], wanted))


def check_timed_hex(body: bytes, given: str, secret: str, now: datetime) -> None:
    """A header of the form `t=1492774577,v1=5257a8...`, several v1 allowed: HMAC-SHA256 of "time.body".

    Raises:
        MissingHeaderError: the header lacks the time or a signature.
        WrongSignatureError, StaleSignatureError, SecretError: see the other checks.
    """
    parts = [part.strip().partition("=") for part in given.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    signatures = [value.lower() for name, _, value in parts if name == "v1" and value]
    if not times or not signatures:
        raise MissingHeaderError("The signature lacks its time (t=) or its value (v1=).")
    signed = times[0].encode() + b"." + body
    _demand(_any_equal(signatures, [_hmac(each.encode(), signed).hex() for each in secrets_in(secret)]))
    check_age(_epoch_s(times[0]), now)


def check_standard_webhook(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> str:
    """The Standard Webhooks scheme, under its own header names or Svix's; gives the message's number.

    Raises:
        MissingHeaderError, WrongSignatureError, StaleSignatureError, SecretError: see the other checks.
    """
    number = header(headers, "webhook-id", "svix-id")
    time = header(headers, "webhook-timestamp", "svix-timestamp")
    given = header(headers, "webhook-signature", "svix-signature")
    signatures = [value for version, _, value in (e.partition(",") for e in given.split()) if version == "v1"]
    signed = f"{number}.{time}.".encode() + body
    keys = [_standard_key(each) for each in secrets_in(secret)]
    _demand(_any_equal(signatures, [base64.b64encode(_hmac(key, signed)).decode() for key in keys]))
    check_age(_epoch_s(time), now)
    return number


def new_standard_secret() -> str:
    """A new secret of the Standard Webhooks scheme: 32 random bytes."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_NEW_KEY)).decode()


def sign_standard_webhook(number: str, sent_at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The headers that prove a message of ours by the Standard Webhooks scheme, signed with each of the secrets.

    Raises:
        SecretError: a secret cannot be one.
    """
    time = str(int(sent_at.timestamp()))
    signed = f"{number}.{time}.".encode() + body
    made = (base64.b64encode(_hmac(_standard_key(each), signed)).decode() for each in keys)
    return {
        "webhook-id": number,
        "webhook-timestamp": time,
        "webhook-signature": " ".join(f"v1,{each}" for each in made),
    }


def check_rsa_sha256(body: bytes, given: str, public_keys: Sequence[str]) -> None:
    """An RSA signature (PKCS #1 v1.5, SHA-256) of the body in base64, against public keys in PEM.

    Raises:
        WrongSignatureError: it fits none of the keys.
        SecretError: a key is no RSA public key.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        signature = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    fits = False
    for pem in public_keys:
        try:
            key = load_pem_public_key(pem.strip().encode())
        except ValueError:
            key = None
        if not isinstance(key, rsa.RSAPublicKey):
            raise SecretError(
                "The public key cannot be read.",
                remedy="Copy it whole, from BEGIN PUBLIC KEY to END PUBLIC KEY.",
            )
        try:
            key.verify(signature, body, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        fits = True
    _demand(fits)


def _standard_key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _SHORTEST_KEY:
        raise SecretError(
            "The secret is not one of this scheme.",
            facts={"wanted": "whsec_ and letters in base64"},
            remedy="Copy it whole from where the messages come from.",
        )
    return key


def _hmac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, "sha256").digest()


def _any_equal(given: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether one of each are equal; looks at all of them, each in constant time."""
    equal = False
    for one in given:
        for other in wanted:
            equal |= hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
    return equal


def _demand(fits: bool) -> None:
    if not fits:
        raise WrongSignatureError(
            "The signature does not fit: the message was changed, or it is not from whom it says.",
            remedy="Compare the secret here with the one there.",
        )


def _epoch_s(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise StaleSignatureError(
            "The time of the message cannot be read.", facts={"time": text[:40]}
        ) from None
