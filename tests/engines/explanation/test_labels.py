"""Labels filled with values, and worded well where one is unknown."""

from typing import Any

import pytest

from galena.engines.explanation.formats import Format
from galena.engines.explanation.labels import Label, in_words, placeholders, within_sentence

FORMATS = {
    "age": Format("number"),
    "amount": Format("money"),
    "filed_on": Format("date"),
    "growth": Format("share"),
}


@pytest.mark.parametrize(
    ("text", "values", "sentence"),
    [
        ("owner is {age}, no successor", {"age": 71}, "Owner is 71, no successor"),
        ("owner is {age}, no successor named", {}, "No successor named"),
        ("tax lien filed {filed_on}, {amount}", {"amount": 48_200}, "Some rule"),
        ("tax lien filed {filed_on} ({amount})", {"filed_on": "2026-03-12"}, "Tax lien filed 12 March 2026"),
        ("a lien of ${amount}", {"amount": 48_200}, "A lien of $48,200"),
        ("revenue rose {growth} % last year", {"growth": 0.06}, "Revenue rose 6 % last year"),
        ("revenue rose {growth}", {"growth": 0.06}, "Revenue rose 6 %"),
        ("{age} years", {"age": None}, "Some rule"),
        ("issued {age} days ago", {"age": 0}, "Issued today"),
        ("issued {age} days ago", {"age": 1}, "Issued 1 day ago"),
        ("issued {age} days ago", {"age": 21}, "Issued 21 days ago"),
        ("no placeholder, at all", {}, "No placeholder, at all"),
        ("{other} is not declared", {"other": 1250.0}, "1,250 is not declared"),
    ],
)
def test_fill(text: str, values: dict[str, Any], sentence: str) -> None:
    assert Label.of(text, fallback="Some rule").fill(values, FORMATS) == sentence


def test_placeholders_in_order_once() -> None:
    assert placeholders("{b} and { a } and {b} and {Not} one") == ("b", "a")


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("Owner is 71", "owner is 71"),
        ("LinkedIn page found", "LinkedIn page found"),
        ("HVAC service", "HVAC service"),
        ("Google rating fell", "Google rating fell"),
        ("A signed lease", "a signed lease"),
        ("A", "A"),
        ("B: call this week", "B: call this week"),
        ("23 years in business", "23 years in business"),
    ],
)
def test_within_sentence(text: str, inside: str) -> None:
    assert within_sentence(text) == inside


def test_names_read_as_words() -> None:
    assert in_words("owner_age") == "Owner age"
