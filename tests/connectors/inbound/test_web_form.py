"""Forms of a website: fields by many names, a token, a trap for programs that fill in everything."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from galena.connectors.web_form.inbound import read, verify
from galena.kit.web.signatures import MissingHeaderError, SecretError, WrongSignatureError

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN = "0123456789abcdef"


def test_a_token_proves_the_form_in_a_field_or_a_header():
    verify({}, urlencode({"token": TOKEN, "email": "a@b.example"}).encode(), TOKEN, NOW)
    verify({}, json.dumps({"token": TOKEN}).encode(), f"new-token-of-the-form {TOKEN}", NOW)
    verify({"X-Form-Token": TOKEN}, b"{}", TOKEN, NOW)
    with pytest.raises(WrongSignatureError):
        verify({}, urlencode({"token": TOKEN[:-1] + "0"}).encode(), TOKEN, NOW)
    for body in (b"", b"{}", b"[]", b'{"token": 1}', b"\xff\xfe", b"email=a%40b.example"):
        with pytest.raises(MissingHeaderError):
            verify({}, body, TOKEN, NOW)
    with pytest.raises(SecretError, match="too short"):
        verify({"x-form-token": "short"}, b"{}", "short", NOW)


def test_usual_names_of_fields_are_understood_and_the_token_is_not_kept():
    sent = {"token": TOKEN, "First-Name": "Ann", "last name": "Oak", "Your-Email": " Ann@Oak.example "}
    event = read({**sent, "Company": "Oak Bakery", "message": "Call me", "utm_campaign": "spring"}, {})
    assert event.lead == {
        "id": "ann@oak.example", "email": "Ann@Oak.example", "name": "Ann Oak", "company": "Oak Bakery",
        "campaign": "spring", "business": "Oak Bakery",
    }  # fmt: skip
    assert (event.kind, event.told["signal"], event.told["text"]) == (
        "form.submitted",
        "form_submitted",
        "Call me",
    )
    assert "token" not in event.payload


def test_the_same_submission_is_one_event_and_another_is_another():
    sent = {"email": "a@b.example", "message": "Hello"}
    numbers = [read({**sent, "token": token}, {}).external_id for token in ("x", "y")]
    assert numbers[0] == numbers[1] != read({**sent, "message": "Again"}, {}).external_id
    assert read({**sent, "submission_id": "s-1"}, {}).external_id == "s-1"


def test_what_fell_into_the_trap_or_names_nobody_makes_no_lead():
    spam = read({"email": "a@b.example", "_gotcha": "cheap pills"}, {})
    assert (spam.kind, spam.lead, spam.told.get("signal")) == ("form.spam", None, None)
    assert read({"message": "Hello"}, {}).lead is None
    assert read({"email": {"a": 1}, "phone": None, "name": True}, {}).lead is None
