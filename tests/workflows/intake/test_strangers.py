"""Strangers are never joined by weighing, however much they share: a law over all playbooks that are shipped."""

from collections.abc import Iterator
from itertools import combinations
from random import Random

import pytest

from galena.engines.identity.commonness import common_from, count_common, with_common
from galena.engines.identity.model import MatchModel, is_about_people
from galena.engines.identity.plan import IdentityPlan
from galena.engines.identity.weighing import chance_of, weigh
from galena.playbooks import load, shipped
from galena.workflows.comparing import names_one
from galena.workflows.match_model import usual

GIVEN = (
    "Anna",
    "Anne",
    "Bernd",
    "Carla",
    "Carl",
    "Dora",
    "Emil",
    "Frank",
    "Gita",
    "Elizabeth",
    "Betty",
    "Hugo",
)
LAST = ("Abel", "Brandt", "Costa", "Dietz", "Diaz", "Falk", "Martin", "Martinez", "Huber", "Hubert")
FIRM = ("Falcon", "Granite", "Apex", "Lumen", "Vertex", "Harbor", "Quartz", "Cobalt", "Summit", "Delta")
TRADE = (
    "Plumbing",
    "Roofing",
    "Dental",
    "Foods",
    "Design",
    "Realty",
    "Law",
    "Fence",
    "Motors",
    "Bakery",
    "Glass",
    "Pools",
)
PLACE = {"city": "Fort Worth", "state": "TX", "website": "example.com"}
COUNT = 90

PLANS = {name: IdentityPlan(part) for name in shipped() if (part := load(name).identity) is not None}
WEIGHED = sorted(name for name, plan in PLANS.items() if not plan.identity.by_keys_only)


def _strangers(plan: IdentityPlan, mailbox: str, missing: float) -> list[dict[str, str]]:
    """Records that differ in name, mailbox, telephone and number, and share all else or take it from a few."""
    draw = Random(5)
    people, names = is_about_people(plan.layout), [(given, last) for given in GIVEN for last in LAST]
    firms = [f"{word} {trade}" for word in FIRM for trade in TRADE]
    draw.shuffle(names)
    draw.shuffle(firms)
    found = []
    for at in range(COUNT):
        given, last = names[at]
        own = {
            "person": f"{given} {last}",
            "company": "Borealis Optics" if people else firms[at],
            "name": f"{given} {draw.choice(LAST)}",
            "email": f"{'lead' if mailbox == 'numbered' else f'{given}.{last}'}{at:03d}@example.com".lower(),
            "phone": f"(817) 555-{at:04d}",
            "id": f"Q{draw.randrange(10**7, 10**8)}",
            "street": f"{draw.randrange(100, 140)} Oak St",
            "postcode": draw.choice(("76101", "76102", "76104")),
            "date": f"19{draw.randrange(50, 99)}-0{draw.randrange(1, 9)}-1{draw.randrange(9)}",
        }
        values = {name: {**PLACE, **own}[kind] for name, kind in plan.identity.compare.items()}
        kinds = plan.identity.compare
        gone = {
            name
            for name in values
            if kinds[name] in ("email", "phone", "id", "date") and draw.random() < missing
        }
        found.append({name: value for name, value in values.items() if name not in gone})
    return found


def _joined(
    plan: IdentityPlan, model: MatchModel, rows: list[dict[str, str]], *, guarded: bool = True
) -> Iterator[tuple[object, ...]]:
    """Pairs that weighing would join; not `guarded`: though nothing that names one is the same."""
    records = [model.weighted(plan.form(row)) for row in rows]
    for (one, a), (other, b) in combinations(zip(rows, records, strict=True), 2):
        if chance_of(a, b, model) >= plan.identity.merge:
            told = weigh(a, b, model)
            if guarded <= names_one(told, model.identifying):
                yield one, other, told.because


@pytest.mark.parametrize("missing", [0.0, 0.5])
@pytest.mark.parametrize("mailbox", ["named", "numbered"])
@pytest.mark.parametrize("playbook", WEIGHED)
def test_who_differs_in_name_mailbox_and_telephone_is_never_joined(
    playbook: str, mailbox: str, missing: float
) -> None:
    plan = PLANS[playbook]
    rows = _strangers(plan, mailbox, missing)
    here = usual(plan, COUNT)
    common = count_common([plan.form(row) for row in rows], here, COUNT)
    assert common_from(common.as_dict()) == common
    assert not list(_joined(plan, with_common(here, common), rows, guarded=False))


@pytest.mark.parametrize("playbook", WEIGHED)
def test_the_first_ones_are_not_joined_before_anything_is_counted(playbook: str) -> None:
    plan = PLANS[playbook]
    assert not list(_joined(plan, usual(plan, 2), _strangers(plan, "named", 0.0)[:40]))


@pytest.mark.parametrize("playbook", sorted(PLANS.keys() - set(WEIGHED)))
def test_different_numbers_are_no_key(playbook: str) -> None:
    plan = PLANS[playbook]
    keys = [key for row in _strangers(plan, "named", 0.0) for key, _ in plan.strong_keys(plan.form(row))]
    assert len(keys) == len(set(keys)) == COUNT


def test_what_is_rare_still_joins_where_much_is_shared() -> None:
    plan = PLANS["realestate"]
    rows = _strangers(plan, "named", 0.0)
    moved = {**rows[0], "phone": "(682) 333-1234", "email": "elsewhere@example.com"}
    here = usual(plan, COUNT)
    model = with_common(here, count_common([plan.form(row) for row in (*rows, moved)], here, COUNT))
    told = weigh(*(model.weighted(plan.form(row)) for row in (rows[0], moved)), model)
    assert told.probability >= plan.identity.merge
    assert names_one(told, model.identifying)
