"""Names of people and companies, and street addresses, in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.kit.forms.addresses import place, same_unit, street
from galena.kit.forms.companies import company_key, company_words, has_legal_form
from galena.kit.forms.people import formal_name, person_name, surname
from galena.kit.forms.sounds import skeleton
from galena.kit.forms.texts import folded, known


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        (("Akzo Nobel N.V.", "AKZO NOBEL NV", "* Akzo-Nobel"), "akzo nobel"),
        (("The AT&T Corp., Inc.", "AT & T"), "at and t"),
        (("Müller & Söhne GmbH & Co. KG", "Muller and Sohne"), "muller and sohne"),
        (("I.B.M. Corporation", "IBM"), "ibm"),
        (("Siemens Aktiengesellschaft", "SIEMENS AG"), "siemens"),
        (("Joe's Pizza", "JOES PIZZA, LLC"), "joes pizza"),
    ],
)
def test_spellings_of_a_company_are_one(texts, key):
    assert {company_key(text) for text in texts} == {key}


def test_a_name_of_legal_words_alone_stays():
    assert company_words("Company") == ("company",)
    assert company_words("Co Co") != ()


def test_a_legal_form_is_told():
    assert has_legal_form("Acme, Inc.")
    assert not has_legal_form("Acme Roofing")


@pytest.mark.parametrize("text", ["Jane Q. Doe", "Dr. Jane Q. Doe", "Doe, Jane Q.", "DOE, JANE Q"])
def test_a_name_in_either_order(text):
    name = person_name(text)
    assert (name.given, name.middle, name.surname) == ("jane", "q", "doe")


def test_father_and_son_differ_in_the_suffix():
    assert person_name("John Smith Jr.").suffix == "jr"
    assert person_name("John Smith, Junior").suffix == "jr"
    assert surname("Smith Jr") == "smith"


def test_particles_belong_to_the_last_name():
    assert person_name("van der Berg, Anna").surname == "van der berg"
    assert person_name("Anna van der Berg").surname == "van der berg"


def test_nicknames_stand_for_names():
    assert formal_name("bob") == formal_name("robert")
    assert formal_name("liz") == formal_name("elizabeth")
    assert formal_name("zorblax") == "zorblax"


@pytest.mark.parametrize(
    "text",
    ["435 S. La Cienega Blvd.", "435 South La Cienega Boulevard, Apt 5", "435 La Cienega Blvd South"],
)
def test_spellings_of_an_address_are_one(text):
    assert street(text).whole == "435 s la cienega boulevard"


def test_the_parts_of_an_address():
    found = street("435 S. La Cienega Blvd., Apt 5")
    assert (found.house, found.name, found.unit) == ("435", "la cienega", "5")
    assert street("Hauptstraße 12 b").house == "12b"
    assert street("99-101 Main St").house == "99"
    assert street("PO Box 12").whole == "po box 12"
    assert street("5 North Fifth Avenue") == street("5 N 5th Ave")


@pytest.mark.parametrize(
    ("text", "house", "name"),
    [
        ("3813 1/2 Some Road", "3813 1/2", "some"),
        ("3813½ Some Rd", "3813 1/2", "some"),
        ("4400-1/2 Elmont Dr", "4400 1/2", "elmont"),
        ("2706 W 49th 1/2 St", "2706", "49th half"),
        ("1800 M Street NW", "1800", "m"),
        ("1800 E St NW", "1800", "e"),
        ("100 South Blvd", "100", "s"),
        ("12 b Main St", "12b", "main"),
        ("12 B The Grove", "12b", "the"),
        ("1200 Avenue G", "1200", "avenue g"),
    ],
)
def test_halves_and_letters_belong_to_the_house_or_to_the_street(text, house, name):
    assert street(text)[:2] == (house, name)


@pytest.mark.parametrize(
    ("text", "building", "unit"),
    [
        ("11305 Four Points Dr Bldg 2 Unit 200", "2", "200"),
        ("208 Barton Springs Rd Bldg GAR", "gar", ""),
        ("7171 Southwest Pkwy BLDG B500", "b500", ""),
        ("3601 W William Cannon Dr # 8-400", "", "8 400"),
        ("2809 Parker Ln #B", "", "b"),
        ("2214 E Cesar Chavez St 2", "", "2"),
        ("100 US Hwy 183", "", ""),
        ("100 Ranch Rd 620", "", ""),
        ("100 Main St Building", "", ""),
    ],
)
def test_the_units_of_an_address(text, building, unit):
    found = street(text)
    assert (found.building, found.unit) == (building, unit)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("5 Oak St Apt 4", "5 Oak St # 4", True),
        ("5 Oak St Apt 4", "5 Oak St Unit 5", False),
        ("5 Oak St Apt 4", "5 Oak St", None),
        ("5 Oak St", "5 Oak St", None),
        ("5 Oak St Bldg B", "5 Oak St # B", True),
        ("5 Oak St Bldg B Unit 4", "5 Oak St Unit 4", True),
        ("5 Oak St Bldg B Unit 4", "5 Oak St Bldg C Unit 4", False),
        ("5 Oak St # 8-400", "5 Oak St Unit 8 400", True),
        ("5 Oak St Unit 04", "5 Oak St Unit 4", True),
    ],
)
def test_units_that_contradict_are_two_and_a_missing_one_is_not(one, other, same):
    assert same_unit(street(one), street(other)) is same
    assert same_unit(street(other), street(one)) is same


def test_the_place_at_the_end_of_an_address():
    assert place("435 S La Cienega Blvd, Los Angeles, CA 90001") == ("los angeles", "ca", "90001")
    assert place("435 S La Cienega Blvd") == ("", "", "")


def test_words_that_sound_alike_share_their_skeleton():
    assert skeleton("smith") == skeleton("smyth")
    assert skeleton("stephen") == skeleton("steven")
    assert skeleton("philip") == skeleton("filip")
    assert skeleton("smith") != skeleton("jones")


def test_words_for_nothing_are_not_known():
    assert known(" N/A ") == known("unknown") == known(None) == known("") == ""
    assert known("Nonesuch") == "Nonesuch"


@given(st.text(max_size=60))
def test_any_text_is_taken(text):
    assert folded(folded(text)) == folded(text)
    street(text), person_name(text), company_words(text), skeleton(folded(text)[:20])


@given(st.text(alphabet="abcdefgh ,.&'-", max_size=40))
def test_the_key_of_a_key_is_itself(text):
    assert company_key(company_key(text)) == company_key(text)
