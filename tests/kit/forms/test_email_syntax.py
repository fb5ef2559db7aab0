"""E-mail addresses by the standards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.kit.forms.email_syntax import email_syntax


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("jane.doe+crm@example.com", "plain"),
        ("o'brien@sub.example.co.uk", "plain"),
        ("jané@exämple.com", "plain"),
        ("jane@localhost", "unusual"),
        ("jane@example.123", "unusual"),
        ('"jane doe"@example.com', "unusual"),
        ("jane@[192.0.2.1]", "unusual"),
        ("jane(at work)@example.com", "unusual"),
        ("a" * 65 + "@example.com", "unusual"),
        ("jane@" + "a" * 64 + ".com", "unusual"),
        ("jane..doe@example.com", "invalid"),
        (".jane@example.com", "invalid"),
        ("jane.@example.com", "invalid"),
        ("jane@-example.com", "invalid"),
        ("jane@example..com", "invalid"),
        ("jane@example.com.", "invalid"),
        ("jane doe@example.com", "invalid"),
        ("jane", "invalid"),
        ("@example.com", "invalid"),
        ("", "invalid"),
        ('"jane@example.com', "invalid"),
        ("jane(open@example.com", "invalid"),
        ("jane@[192.0.2.1", "invalid"),
        ("jane@example.com\n", "invalid"),
    ],
)
def test_addresses_by_their_standing(text: str, standing: str) -> None:
    found = email_syntax(text)

    assert found.standing == standing
    assert bool(found.because) == (standing != "plain")


def test_comments_are_no_part_of_the_address() -> None:
    found = email_syntax("jane(at work)@(the) example.com")

    assert (found.local, found.domain) == ("jane", "example.com")


@given(st.text(alphabet='ab.@"\\()[] \r\n\t1:é', max_size=30))
def test_any_text_has_a_standing(text: str) -> None:
    found = email_syntax(text)

    assert found.standing in ("plain", "unusual", "invalid")
    assert (found.standing == "invalid") == (found.domain == "")
