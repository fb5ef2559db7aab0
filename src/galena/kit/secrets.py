"""Secrets sealed at rest, and signatures: AES-256-GCM and HMAC-SHA256 under a key that is not in the database.

The key comes from the settings, or from a file in the data folder that only its owner may read and that is made on
first use. What is sealed is bound to its place, so a sealed value copied to another row does not open there.
"""

import base64
import binascii
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from galena.kit.errors import ConfigurationError, GalenaError

KEY_FILE = "secret.key"
KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"
_SHORTEST_SIGNATURE = 16


class SealError(GalenaError):
    """A sealed value does not open: another key sealed it, or it was changed or moved."""

    exit_code = 2
    http_status = 422


class SecretBox:
    """Seals and opens texts; printing it shows no key."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        """Args: keys: the first seals, each opens; so a key can be changed by putting the new one first."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        self._keys = keys

    def __repr__(self) -> str:
        return f"SecretBox({len(self._keys)} key{'s' if len(self._keys) > 1 else ''})"

    def seal(self, text: str, *, place: str) -> bytes:
        """The text sealed for one place (a table, a row)."""
        return self.seal_bytes(text.encode(), place=place)

    def open(self, sealed: bytes, *, place: str) -> str:
        """The text that was sealed for this place.

        Raises:
            SealError: none of the keys opens it here.
        """
        return self.open_bytes(sealed, place=place).decode()

    def seal_bytes(self, content: bytes, *, place: str) -> bytes:
        """The content sealed for one place."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + AESGCM(self._keys[0]).encrypt(nonce, content, place.encode())

    def open_bytes(self, sealed: bytes, *, place: str) -> bytes:
        """The content that was sealed for this place.

        Raises:
            SealError: none of the keys opens it here.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        head, nonce, rest = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        for key in self._keys if head == _VERSION else ():
            with suppress(InvalidTag, ValueError):
                return AESGCM(key).decrypt(nonce, rest, place.encode())
        raise SealError(
            "A stored secret cannot be opened with the key of this installation.",
            facts={"place": place},
            remedy=f"Put back the file {KEY_FILE} (or GALENA_SECRET_KEY) it was stored with, or give the secret again.",
        )

    def sign(self, content: bytes, *, purpose: str) -> bytes:
        """32 bytes that only who has the key can make of this content, for one purpose."""
        return _signature(self._keys[0], content, purpose)

    def is_signed(self, content: bytes, signature: bytes, *, purpose: str) -> bool:
        """Whether one of the keys made the signature, or these first bytes of it, 16 at least."""
        fits = [
            hmac.compare_digest(_signature(key, content, purpose)[: len(signature)], signature)
            for key in self._keys
        ]
        return len(signature) >= _SHORTEST_SIGNATURE and any(fits)


def _signature(key: bytes, content: bytes, purpose: str) -> bytes:
    # A key of its own for each purpose, so that no signature serves another, nor tells anything about sealing.
    derived = hmac.digest(key, b"sign:" + purpose.encode(), "sha256")
    return hmac.digest(derived, content, "sha256")


def open_secret_box(home: Path, given: str | None = None) -> SecretBox:
    """The box of an installation.

    Args:
        home: the data folder; its key file is made when there is none and no key is given.
        given: keys in base64, separated by commas, the newest first.

    Raises:
        ConfigurationError: a key cannot be read, or the key file is open to others.
    """
    if given:
        return SecretBox(
            tuple(_decoded(part, "GALENA_SECRET_KEY") for part in given.split(",") if part.strip())
        )
    file = home / KEY_FILE
    try:
        return SecretBox((_read(file),))
    except FileNotFoundError:
        pass
    home.mkdir(parents=True, exist_ok=True)
    # Written aside and linked into place: of two starters one wins, and no half-written key is ever read.
    draft = home / f".{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
    return SecretBox((_read(file),))


def _read(file: Path) -> bytes:
    if file.stat().st_mode & 0o077:
        raise ConfigurationError(
            "The key file can be read by other users of this machine.",
            facts={"file": str(file)},
            remedy=f"Run: chmod 600 {file}",
        )
    return _decoded(file.read_text("ascii", "replace"), str(file))


def _decoded(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigurationError(
            "The key that seals secrets cannot be read.",
            facts={"where": where},
            remedy=f"Give {KEY_BYTES} random bytes in base64: openssl rand -base64 {KEY_BYTES}",
        )
    return key
