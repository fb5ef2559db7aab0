"""Ids with a signature: read back as they were, and nothing else is."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from galena.kit.secrets import SecretBox
from galena.kit.signed_ids import read_ids, sign_ids

OLD, NEW = bytes([1]) * 32, bytes([2]) * 32


def test_signed_ids_are_read_for_their_purpose_with_old_and_new_keys() -> None:
    ids = (uuid4(), UUID(int=0), uuid4())
    word = sign_ids(SecretBox((OLD,)), ids, purpose="a")
    assert len(word) == 86
    assert read_ids(SecretBox((NEW, OLD)), word, 3, purpose="a") == ids
    assert read_ids(SecretBox((OLD,)), word, 3, purpose="b") is None
    assert read_ids(SecretBox((OLD,)), word, 2, purpose="a") is None
    assert read_ids(SecretBox((NEW,)), word, 3, purpose="a") is None


@given(st.text(max_size=100))
def test_what_was_not_signed_is_nothing(word: str) -> None:
    assert read_ids(SecretBox((OLD,)), word, 2, purpose="a") is None


@given(st.integers(min_value=0, max_value=63), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    import base64

    box = SecretBox((OLD,))
    word = sign_ids(box, (UUID(int=5), UUID(int=6), UUID(int=7)), purpose="a")
    content = bytearray(base64.urlsafe_b64decode(word + "=="))
    content[place] ^= change
    assert (
        read_ids(box, base64.urlsafe_b64encode(bytes(content)).rstrip(b"=").decode(), 3, purpose="a") is None
    )
