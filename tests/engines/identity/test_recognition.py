"""Columns are told by their headings and values, in one file and across several."""

import json
import random
import runpy
from pathlib import Path

import pytest

from galena.engines.identity.blocking import block_keys
from galena.engines.identity.columns import layouts_of, united
from galena.engines.identity.layout import Kind, layout_of
from galena.engines.identity.model import model_from, untrained_model
from galena.engines.identity.records import model_numbers
from galena.engines.identity.weighing import weigh
from galena.kit.errors import InputError

tables = runpy.run_path(str(Path(__file__).parent / "tables.py"))


def kinds_of(*columns, **more):
    found = layouts_of([dict(columns)], **more)[0]
    return {role.column: str(role.kind) for role in found.roles}


def test_people():
    rows, _ = tables["table"](tables["person"], 60, 0.3)
    kinds = kinds_of(*((name, [row[name] for row in rows]) for name in rows[0]))
    assert kinds == {
        "first_name": "given", "last_name": "surname", "email": "email", "phone": "phone", "address": "street",
        "city": "city", "state": "state", "zip": "postcode", "dob": "date",
    }  # fmt: skip


def test_firms_and_products():
    rows, _ = tables["table"](tables["firm"], 60, 0.3)
    kinds = kinds_of(*((name, [row[name] for row in rows]) for name in rows[0]))
    assert kinds == {
        "company": "company", "phone": "phone", "street": "street", "city": "city", "website": "website",
        "class": "tags",
    }  # fmt: skip
    rows, _ = tables["table"](tables["product"], 60, 0.3)
    kinds = kinds_of(*((name, [row[name] for row in rows]) for name in rows[0]))
    assert kinds == {"title": "title", "description": "text", "price": "number"}


@pytest.mark.parametrize(
    ("heading", "values", "kind"),
    [
        ("id", ["1", "2", "3"], "ignored"),
        ("rec_id", ["rec-1-org", "rec-2-dup-0", "rec-3-org"], "ignored"),
        ("soc_sec_id", ["6988048", "7364009", "2635962"], "id"),
        ("customer number", ["A17", "A17", "B20"], "id"),
        ("x", ["ann@a.example", "bob@b.example"], "email"),
        ("x", ["(512) 555-0123", "214-555-0188"], "phone"),
        ("x", ["12 Main Street", "9 Elm Ave"], "street"),
        ("street_number", ["12", "9b"], "house"),
        ("address_2", ["Suite 5", "Rose Villa"], "line"),
        ("created_at", ["2024-01-05", "2024-02-07"], "ignored"),
        ("Date of Birth", ["1976-07-04", "1980-01-02"], "date"),
        ("name", ["Acme Inc", "Beta LLC"], "company"),
        ("name", ["William Kaye", "Robert Hill", "Anna Zorn"], "person"),
        ("name", ["arnie morton's of chicago", "art's delicatessen", "campanile"], "name"),
        ("Owner", ["William Kaye", "Robert Hill"], "person"),
        ("gender", ["m", "f", "f", "m"], "category"),
        ("empty", ["", "n/a"], "ignored"),
    ],
)
def test_single_columns(heading, values, kind):
    other = [f"Thing {letter}" for letter in "abcdef"[: len(values)]]
    assert kinds_of((heading, values), ("company", other))[heading] == kind


def test_what_a_person_says_stands():
    assert kinds_of(("Firma", ["x", "y"]), given={"Firma": Kind.COMPANY})["Firma"] == "company"


def test_files_with_other_headings_share_fields():
    first, second = layouts_of(
        [
            {"First Name": ["Ann"], "Last": ["Zorn"], "E-Mail": ["a@b.example"], "Phone": ["512-555-0123"]},
            {
                "Telephone": ["512 555 0123"],
                "email": ["a@b.example"],
                "surname": ["Zorn"],
                "given_name": ["Ann"],
            },
        ]
    )
    assert {role.field for role in first.roles} == {role.field for role in second.roles}
    assert {role.field for role in united([first, second]).roles} == {"given", "surname", "email", "phone"}


def test_sizes_are_no_model_numbers():
    assert model_numbers("Sony Turntable - PS-LX350H, 10/100, 5-disc, 1080p, 18-55mm") == ("pslx350h",)


def people_model():
    rows, _ = tables["table"](tables["person"], 5, 0)
    return untrained_model(
        layouts_of([{name: [row[name] for row in rows] for name in rows[0]}])[0], rows=1000
    )


def test_a_model_survives_json():
    model = people_model()
    assert model_from(json.loads(json.dumps(model.as_dict()))) == model
    with pytest.raises(InputError):
        model_from({**model.as_dict(), "version": 0})


def test_a_household_is_not_one_person_and_a_nickname_is():
    model = people_model()
    home = {
        "last_name": "Zorn",
        "phone": "512-555-0123",
        "address": "12 Main St",
        "city": "Austin",
        "zip": "78701",
    }
    bob = model.record({**home, "first_name": "Bob", "dob": "1976-07-04"})
    robert = model.record({**home, "first_name": "Robert", "dob": "1976-07-04"})
    anna = model.record({**home, "first_name": "Anna", "dob": "1979-03-12"})
    assert weigh(bob, robert, model).probability > 0.95
    together = weigh(bob, anna, model)
    assert together.probability < 0.05
    assert together.household > 0.9
    assert "same phone" in together.because
    assert "other first name" in together.against


def test_branches_of_a_chain_are_not_one_shop():
    model = untrained_model(
        layout_of({"name": Kind.COMPANY, "phone": Kind.PHONE, "street": Kind.STREET, "city": Kind.CITY}),
        rows=1000,
    )
    one = model.record(
        {"name": "Burger Barn", "phone": "512-555-0123", "street": "12 Main St", "city": "Austin"}
    )
    two = model.record(
        {"name": "Burger Barn", "phone": "214-555-0188", "street": "9 Elm Ave", "city": "Dallas"}
    )
    near = model.record({"name": "Burger Barn LLC", "phone": "512-555-0123", "street": "12 Main Street"})
    assert weigh(one, two, model).probability < 0.3
    assert weigh(one, near, model).probability > 0.95


def test_misspelt_copies_share_a_block_key():
    model = people_model()
    draw = random.Random(5)
    missed = 0
    for _ in range(300):
        person = tables["person"](draw)
        copy = dict(person)
        for name in draw.sample(sorted(person), 3):
            copy[name] = tables["slip"](copy[name], draw)
        keys, others = (set(block_keys(model.record(each), model)) for each in (person, copy))
        missed += not keys & others
    assert missed <= 3
