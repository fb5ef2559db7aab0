"""What values say by themselves."""

import pytest

from galena.engines.enrichment.local import (
    address_finding,
    company_finding,
    domain_finding,
    email_finding,
    name_finding,
    phone_finding,
    review_finding,
    title_finding,
)
from galena.engines.enrichment.local.companies import SECTORS, classify


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("jane@acme-widgets.com", "deliverable"),
        ("jane@gmail.com", "deliverable"),
        ("info@acme-widgets.com", "role"),
        ("no-reply@acme-widgets.com", "undeliverable"),
        ("jane@mailinator.com", "disposable"),
        ("jane@gmial.com", "undeliverable"),
        ("jane@localhost", "unusual"),
        ("jane@@acme.com", "undeliverable"),
    ],
)
def test_how_deliverable_an_address_is(text: str, word: str) -> None:
    assert email_finding(text).values["deliverability"] == word


def test_a_slip_of_the_pen_is_told() -> None:
    assert email_finding("jane@gmial.com").values["suggestion"] == "jane@gmail.com"
    assert email_finding("jane@acme.con").values["suggestion"] == "jane@acme.com"
    assert "suggestion" not in email_finding("jane@ymail.com").values


def test_mail_servers_are_asked_only_when_given() -> None:
    asked: list[str] = []

    def none_there(domain: str) -> bool:
        asked.append(domain)
        return False

    assert "takes_mail" not in email_finding("jane@acme.com").values
    found = email_finding("jane@acme.com", none_there)

    assert asked == ["acme.com"]
    assert (found.values["deliverability"], found.is_valid) == ("undeliverable", False)
    assert email_finding("jane@acme.com", lambda _: None).values["deliverability"] == "deliverable"


def test_a_phone_number_in_all_its_spellings() -> None:
    found = phone_finding("(512) 472-1234 x5")

    assert found.values["e164"] == "+15124721234"
    assert found.values["national"] == "(512) 472-1234 ext. 5"
    assert found.values["region"] == "US"
    assert found.values["place"] == "Austin, TX"
    assert found.values["time_zone"] == "America/Chicago"


@pytest.mark.parametrize(
    ("text", "valid"), [("472-1234", False), ("call me", False), ("+1 201 555 0123", True)]
)
def test_numbers_that_are_none_say_why(text: str, valid: bool) -> None:
    found = phone_finding(text)

    assert found.is_valid is valid
    assert found.reason


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Austin Roofing Co.", "23816"),
        ("Oak Street Pizza", "7225"),
        ("First National Bank", "5221"),
        ("Hill Country Heating and Air, LLC", "23822"),
        ("City of Round Rock", "92"),
        ("Bright Smiles Dental", "6212"),
    ],
)
def test_the_words_of_a_name_tell_its_industry(name: str, code: str) -> None:
    found = company_finding(name)

    assert found.values["naics"] == code
    assert found.confidence >= 0.7


def test_a_name_without_such_words_has_no_industry() -> None:
    assert "naics" not in company_finding("Smith & Sons, Inc.").values
    assert classify("Smith & Sons", "We do roofing and siding in Austin") is not None


def test_every_industry_belongs_to_a_sector() -> None:
    found = [classify(word) for word in ("farm", "bank", "roofing", "hotel", "church", "software")]

    assert all(each and each.sector in SECTORS.values() for each in found)


def test_the_name_of_a_company_without_its_legal_form() -> None:
    assert company_finding("Joe's Roofing & Siding, LLC").values["name"] == "Joe's Roofing & Siding"


def test_domains_by_their_kind() -> None:
    kinds = {text: domain_finding(text).values.get("kind") for text in (
        "https://www.acme.co.uk/x", "jane@gmail.com", "facebook.com/joes", "mit.edu", "austintexas.gov",
        "mailinator.com", "nowhere",
    )}  # fmt: skip

    assert list(kinds.values()) == [
        "company", "free_mail", "platform", "education", "government", "disposable", None,
    ]  # fmt: skip
    assert domain_finding("acme.com", "Acme Widgets, Inc.").values["fits_company"] is True
    assert domain_finding("other.com", "Acme Widgets, Inc.").values["fits_company"] is False


def test_an_address_in_parts_with_its_place() -> None:
    found = address_finding("100 E Weatherford St Apt 5, Fort Worth, TX 76102")

    assert {
        name: found.values[name] for name in ("house_number", "street", "unit", "city", "state", "zip")
    } == {
        "house_number": "100",
        "street": "E Weatherford St",
        "unit": "Apt 5",
        "city": "Fort Worth",
        "state": "TX",
        "zip": "76102",
    }
    assert found.values["time_zone"] == "America/Chicago"
    assert found.values["county"] == "Tarrant County"
    assert found.values["agrees"] is True


def test_a_zip_in_another_state_is_told() -> None:
    found = address_finding("100 Main St", state="Oklahoma", zip_code="78701")

    assert (found.values["agrees"], found.is_valid) == (False, False)
    assert address_finding("100 Main St", zip_code="00001").reason == "There is no such ZIP code."


@pytest.mark.parametrize(
    ("text", "kind", "full"),
    [
        ("BOB MCDONALD JR", "person", "Bob McDonald Jr"),
        ("doe, jane q.", "person", "Jane Q Doe"),
        ("Smith Family Trust", "organisation", None),
        ("Acme Widgets LLC", "organisation", None),
        ("n/a", "unknown", None),
    ],
)
def test_what_stands_in_a_name_field(text: str, kind: str, full: str | None) -> None:
    found = name_finding(text)

    assert (found.values["kind"], found.values.get("full_name")) == (kind, full)


@pytest.mark.parametrize(
    ("text", "seniority", "function"),
    [
        ("VP of Sales", "vp", "sales"),
        ("Sr. Software Eng", "senior", "information_technology"),
        ("Owner", "owner", "general_management"),
        ("Asst. to the CFO", "staff", "finance"),
        ("Director, HR", "director", "human_resources"),
        ("Intern", "entry", None),
        ("Account Executive", "staff", "sales"),
        ("CEO", "c_level", "general_management"),
    ],
)
def test_titles_by_height_and_function(text: str, seniority: str, function: str | None) -> None:
    found = title_finding(text)

    assert (found.values["seniority"], found.values.get("function")) == (seniority, function)


def test_reviews_by_their_words() -> None:
    assert review_finding(["Great food, lovely people!"]).values["label"] == "positive"
    assert review_finding(["Terrible. Rude and dirty.", ""]).values["review_count"] == 1
    assert review_finding([]).values == {}
