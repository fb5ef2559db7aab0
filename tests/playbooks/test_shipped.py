"""The playbooks that come with Galena load, compile, and say what they should."""

import re

import pytest

from galena.domain.playbook.schema import early_schema, input_schema
from galena.kit.expression import BOOLEAN, DATE, INSTANT, NUMBER, TEXT, Definition, Program, list_of
from galena.playbooks import as_json, check, diff, from_json, load, playbook_hash, shipped

PLAYBOOKS = ("b2b", "brokerage", "permits", "realestate")


def test_four_are_shipped() -> None:
    assert shipped() == PLAYBOOKS


@pytest.mark.parametrize("name", PLAYBOOKS)
class TestShipped:
    def test_has_no_mistake(self, name: str) -> None:
        assert check(name) == ()

    def test_features_compile_together(self, name: str) -> None:
        playbook = load(name)
        schema = input_schema(playbook)
        definitions = [Definition(f.name, f.sql) for f in playbook.features if f.sql != f.name]
        assert Program.build(definitions, schema).types.keys() == {found.name for found in definitions}

    def test_round_trip(self, name: str) -> None:
        playbook = load(name)
        again = from_json(as_json(playbook))
        assert again == playbook
        assert playbook_hash(again) == playbook_hash(playbook)
        assert diff(playbook, again) == ()

    def test_is_read_once(self, name: str) -> None:
        assert load(name) is load(name)

    def test_every_part_speaks_to_people(self, name: str) -> None:
        playbook = load(name)
        assert playbook.description
        assert playbook.rules.temperature[-1].when == "TRUE"
        assert len(playbook.rules.factors) >= 15
        for feature in playbook.features:
            assert feature.description, feature.name
        for factor in playbook.rules.factors:
            assert len(re.sub(r"\{\w+\}", "", factor.label)) <= 80, factor.label

    def test_caps_hold_categories_together(self, name: str) -> None:
        rules = load(name).rules
        used = {factor.category for factor in rules.factors}
        assert used == {category.name for category in rules.categories}
        assert {category.side for category in rules.categories} == {"fit", "engagement"}

    def test_hysteresis_is_wider_than_entry(self, name: str) -> None:
        for tier in load(name).rules.tiers[:-1]:
            enter = float(re.findall(r"score >= ([\d.]+)", tier.when)[0])
            stay = float(re.findall(r"score >= ([\d.]+)", tier.keep or "")[0])
            assert enter - 3 <= stay < enter

    def test_sources_have_files_to_recognise(self, name: str) -> None:
        mappings = load(name).mappings
        assert len({frozenset(mapping.recognise) for mapping in mappings}) == len(mappings)
        assert all(mapping.recognise for mapping in mappings)


def test_tiers_of_the_specification() -> None:
    assert [tier.name for tier in load("permits").rules.tiers] == ["a", "b", "c"]
    assert [tier.when for tier in load("permits").rules.tiers[:2]] == ["score >= 80", "score >= 50"]
    brokerage = load("brokerage").rules
    assert [tier.name for tier in brokerage.tiers] == ["green", "yellow", "red", "black"]
    assert brokerage.tiers[0].when == "score >= 75 AND confidence > 0.7"
    points = {factor.name: factor.points for factor in brokerage.factors}
    assert (points["pre_foreclosure"], points["tax_delinquency"]) == (20, 10)


def test_default_points_of_b2b() -> None:
    rules = load("b2b").rules
    points = {factor.name: factor.points for factor in rules.factors}
    named = {
        "company_known": 10, "job_title": 8, "phone": 5, "linkedin": 5, "recent_activity": 10, "interactions": 8,
        "inbound": 12, "referral": 20, "social": 8, "ads": 12,
    }  # fmt: skip
    assert {name: points[name] for name in named} == named
    caps = {behaviour.name: behaviour.cap or 0 for behaviour in load("b2b").behaviours}
    assert points["email_opens"] / caps["email_open"] == 2
    assert points["email_clicks"] / caps["email_click"] == 5
    assert [level.points for level in rules.temperature] == [15, 8, 0]


def test_permit_categories() -> None:
    categories = {category.name: category.group for category in load("permits").categories}
    trades = {name for name in categories if not name.startswith("commercial_")}
    assert len(trades) == 20
    assert {categories[name] for name in ("pool", "outdoor_living", "fence")} == {"luxury_outdoor"}
    assert {categories[name] for name in ("roof", "concrete", "siding", "windows_doors")} == {"home_exterior"}
    twins = {name for name in categories if name.startswith("commercial_")}
    assert twins == {f"commercial_{name}" for name in trades if categories[name] != "commercial"}
    assert {categories[name] for name in twins} == {"commercial"}


def test_leaks_of_x_education_are_left_out_on_purpose() -> None:
    (mapping,) = (found for found in load("b2b").mappings if found.source == "x_education")
    leaks = {"Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity"}
    leaks |= {
        f"Asymmetrique {kind} {what}" for kind in ("Activity", "Profile") for what in ("Index", "Score")
    }
    assert leaks <= set(mapping.columns_ignored)
    assert not leaks & {field.column for field in mapping.fields.values()}


def test_what_is_known_only_afterwards_is_an_outcome() -> None:
    playbook = load("b2b")
    mappings = {mapping.source: mapping for mapping in playbook.mappings}
    assert all(playbook.fields[name].outcome for name in mappings["olist_closed_deals"].fields)
    for name in ("stage", "converted", "closed_on", "close_value"):
        assert playbook.fields[name].outcome
        assert name not in input_schema(playbook)


def test_input_schema_of_the_brokerage() -> None:
    schema = input_schema(load("brokerage"))
    assert (schema["annual_revenue"], schema["employee_count"]) == (NUMBER, NUMBER)
    assert (schema["pre_foreclosure"], schema["lease_end_date"], schema["phone"]) == (BOOLEAN, DATE, TEXT)
    assert schema["owner_personal_liens"] == list_of({"type": TEXT, "amount": NUMBER, "date": DATE})
    assert (schema["category"], schema["trade_group"], schema["lead_source"]) == (TEXT, TEXT, TEXT)


def test_behaviours_give_two_inputs_each() -> None:
    schema = input_schema(load("b2b"))
    assert (schema["email_open_intensity"], schema["email_open_last_at"]) == (NUMBER, INSTANT)
    assert schema["opens_7"] == NUMBER
    assert "category" not in early_schema(load("b2b"))
