"""E-mail addresses, phone numbers, domains and dates in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.kit.forms.dates import date_digits, reads_day_first
from galena.kit.forms.domains import registered_domain
from galena.kit.forms.emails import normal_email
from galena.kit.forms.phones import normal_phone


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Jane.Doe@Example.COM", "jane.doe@example.com"),
        ("jane+crm@example.com", "jane@example.com"),
        ("J.a.n.e+x@GMail.com", "jane@gmail.com"),
        ("jane@googlemail.com", "jane@gmail.com"),
        ("Jane <mailto:jane@example.com>", "jane@example.com"),
        ("jane@example.com; joe@example.com", "jane@example.com"),
    ],
)
def test_spellings_of_an_address_are_one(text, address):
    found = normal_email(text)
    assert found is not None
    assert found.address == address


@pytest.mark.parametrize("text", ["", "n/a", "jane@", "@example.com", "jane at example.com"])
def test_what_is_no_address_is_none(text):
    assert normal_email(text) is None


def test_a_free_domain_is_told():
    assert normal_email("a@gmail.com").is_free
    assert not normal_email("a@acme.com").is_free


@pytest.mark.parametrize(
    "text",
    [
        "(512) 555-0123",
        "512/555-0123",
        "+1 512 555 0123",
        "1-512-555-0123",
        "5125550123 ext. 7",
        "5125550123.0",
    ],
)
def test_spellings_of_a_phone_number_are_one(text):
    assert normal_phone(text) == "+15125550123"


def test_a_number_is_read_where_it_is_dialled():
    assert normal_phone("020 7946 0958", "GB") == "+442079460958"
    assert normal_phone("0044 20 7946 0958") == "+442079460958"


def test_digits_that_are_no_number_are_kept_and_dummies_are_not():
    assert normal_phone("555-0123") == "5550123"
    assert normal_phone("000-000-0000") is None
    assert normal_phone("12345") is None


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.shop.example.co.uk/x?y", "example.co.uk"),
        ("WWW.Example.com", "example.com"),
        ("facebook.com/joes.pizza", "facebook.com/joes.pizza"),
        ("joes.wixsite.com", "wixsite.com/joes"),
        ("facebook.com", None),
        ("no domain", None),
    ],
)
def test_the_registered_domain_of_an_address(text, domain):
    assert registered_domain(text) == domain


@pytest.mark.parametrize(
    "text",
    ["1976-07-04", "19760704", "7/4/1976", "07/04/76", "July 4, 1976", "4 Jul 1976", "1976-07-04T00:00:00"],
)
def test_spellings_of_a_date_are_one(text):
    assert date_digits(text) == "19760704"


def test_the_day_may_come_first():
    assert date_digits("04/07/1976", day_first=True) == "19760704"
    assert date_digits("31.12.2014") == "20141231"
    assert reads_day_first(["01/02/2014", "31/12/2014"])
    assert not reads_day_first(["01/02/2014", "12/31/2014"])


def test_dummy_dates_are_none():
    assert date_digits("1900-01-01") is None
    assert date_digits("soon") is None


@given(st.text(max_size=60))
def test_any_text_is_taken(text):
    normal_email(text), normal_phone(text), registered_domain(text), date_digits(text)


@given(st.emails())
def test_the_normal_form_of_an_address_is_its_own(address):
    once = normal_email(address)
    if once is not None:
        assert normal_email(once.address) == once
