"""A code of an authenticator app beside the password (TOTP, RFC 6238): set up, asked for, turned off.

The secret lies sealed in the database. A code opens once, and so does a recovery code, of which only hashes are kept.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyotp

from galena.domain.tenancy import User
from galena.kit.errors import ConflictError, InputError
from galena.kit.secrets import SecretBox
from galena.stores import audit, second_factors
from galena.stores.door import Session

STEP_S = 30
STEPS_AROUND = 1
"""Codes of the step before and after are taken, too: clocks differ, and typing takes time."""

RECOVERY_CODES = 10
_RECOVERY_BYTES = 8
_ISSUER = "Galena"


@dataclass(frozen=True, slots=True)
class Setup:
    """What an authenticator app has to be given.

    Attributes:
        secret: to be typed in, in base32.
        address: the same as an otpauth address, for a QR code.
    """

    secret: str
    address: str


def is_asked(session: Session, user_id: UUID) -> bool:
    """Whether this person has to give a code at each sign-in."""
    found = second_factors.find(session, user_id)
    return found is not None and found.confirmed_at is not None


def begin_setup(session: Session, box: SecretBox, user: User) -> Setup:
    """The secret to set up; the same until it is confirmed, so that a page may be opened twice.

    Raises:
        ConflictError: a second factor is on already.
    """
    found = second_factors.find(session, user.id)
    if found is not None and found.confirmed_at is not None:
        raise ConflictError("Codes are on already.", remedy="Turn them off first to set up another app.")
    if found is None:
        secret = pyotp.random_base32()
        second_factors.begin(session, user.id, box.seal(secret, place=_place(user.id)))
    else:
        secret = box.open(found.sealed, place=_place(user.id))
    return Setup(secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=_ISSUER))


def confirm_setup(
    session: Session, box: SecretBox, user_id: UUID, code: str, now: datetime
) -> tuple[str, ...]:
    """Turns it on with a first code of the app; gives the recovery codes, which are shown this once.

    Raises:
        InputError: the code does not fit.
    """
    if not _fits(session, box, user_id, code, now):
        raise InputError(
            "This code does not fit.",
            remedy="Type the six digits that the app shows now; see that the clock of the phone is right.",
        )
    codes = _new_codes()
    second_factors.confirm(session, user_id, [_bare(each) for each in codes], now)
    audit.record(session, "turn_on_second_factor", f"user:{user_id}")
    return codes


def check_code(session: Session, box: SecretBox, user_id: UUID, code: str, now: datetime) -> bool:
    """Whether this code of the app, or this recovery code, opens now; it does so once."""
    if _fits(session, box, user_id, code, now):
        return True
    if not second_factors.use_recovery_code(session, user_id, _bare(code)):
        return False
    found = second_factors.find(session, user_id)
    left = found.recovery_left if found else 0
    audit.record(session, "use_recovery_code", f"user:{user_id}", {"left": left})
    return True


def turn_off(session: Session, user_id: UUID) -> None:
    """Asks for no code any more."""
    if second_factors.remove(session, user_id):
        audit.record(session, "turn_off_second_factor", f"user:{user_id}")


def _fits(session: Session, box: SecretBox, user_id: UUID, code: str, now: datetime) -> bool:
    found = second_factors.find(session, user_id)
    digits = "".join(code.split())
    if found is None or len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return False
    app = pyotp.TOTP(box.open(found.sealed, place=_place(user_id)), interval=STEP_S)
    middle = int(now.timestamp()) // STEP_S
    for step in range(middle - STEPS_AROUND, middle + STEPS_AROUND + 1):
        if hmac.compare_digest(app.generate_otp(step), digits):
            return second_factors.use_step(session, user_id, step)
    return False


def _new_codes() -> tuple[str, ...]:
    """Such as `3f9a-c01b-77de-1204`: 64 random bits each."""
    texts = (secrets.token_hex(_RECOVERY_BYTES) for _ in range(RECOVERY_CODES))
    return tuple("-".join(text[at : at + 4] for at in range(0, len(text), 4)) for text in texts)


def _bare(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())


def _place(user_id: UUID) -> str:
    return f"second_factor:{user_id}"
