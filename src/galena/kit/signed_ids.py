"""Addresses that nobody can make up: ids and a signature over them, as one word of letters, digits, `-` and `_`."""

import base64
import binascii
from collections.abc import Sequence
from uuid import UUID

from galena.kit.secrets import SecretBox

_SIGNATURE_BYTES = 16
_ID_BYTES = 16
NOBODY = UUID(int=0)
"""Stands where there is no id."""


def sign_ids(box: SecretBox, ids: Sequence[UUID], *, purpose: str) -> str:
    """The ids with a signature for one purpose."""
    content = b"".join(each.bytes for each in ids)
    signed = content + box.sign(content, purpose=purpose)[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def read_ids(box: SecretBox, word: str, count: int, *, purpose: str) -> tuple[UUID, ...] | None:
    """The `count` ids of a word that `sign_ids` made for this purpose; None when it did not."""
    length = count * _ID_BYTES
    try:
        signed = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    content, signature = signed[:length], signed[length:]
    if len(signature) != _SIGNATURE_BYTES or not box.is_signed(content, signature, purpose=purpose):
        return None
    return tuple(UUID(bytes=content[place : place + _ID_BYTES]) for place in range(0, length, _ID_BYTES))
