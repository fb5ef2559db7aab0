"""Rules typed by a person: what is taken, what is refused, and who would move."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from galena.domain.playbook import Playbook
from galena.domain.signal import Signal
from galena.engines.features import FeatureSet
from galena.kit.clock import fixed_clock
from galena.kit.database import make_engine
from galena.kit.errors import ConflictError
from galena.kit.postgres import ServerAddress
from galena.playbooks import load
from galena.stores import revisions, statistics
from galena.stores.door import OPERATOR, Door
from galena.stores.migrations import migrate
from galena.workflows import rules_preview
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.plans import Plan, active_plan, compile_playbook, new_revision
from galena.workflows.rescore import rescore
from galena.workflows.rules_editing import (
    RulesEdit,
    RulesEditError,
    edit_rules,
    name_of,
    restore_rules,
    save_rules,
)
from galena.workflows.rules_preview import preview_rules
from galena.workflows.workspaces import SHIPPED_NOTE, ensure_workspace

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRMS = Playbook.model_validate(
    {
        "playbook": "firms",
        "version": 1,
        "label": "Firms",
        "lead": {"one": "firm", "many": "firms", "title": "name"},
        "fields": {
            "name": {"type": "text", "label": "Name", "about": "account"},
            "staff": {"type": "number", "label": "Staff", "about": "account"},
        },
        "features": [{"name": "crew", "group": "size", "sql": "coalesce(staff, 0)", "label": "Crew"}],
        "rules": {
            "start_points": 10,
            "categories": [{"name": "size", "label": "Size", "cap": 60}],
            "factors": [
                {
                    "name": "large",
                    "category": "size",
                    "points": 40,
                    "when": "crew >= 10",
                    "label": "Has {staff} staff",
                },
                {"name": "small", "category": "size", "points": -5, "when": "crew < 3", "label": "Few staff"},
            ],
            "temperature": [{"name": "cold", "label": "Cold", "when": "TRUE"}],
            "tiers": [
                {
                    "name": "green",
                    "label": "Green",
                    "when": "score >= 50",
                    "keep": "score >= 48",
                    "colour": "green",
                },
                {"name": "red", "label": "Red", "when": "TRUE", "colour": "red"},
            ],
        },
    }
)
"""A firm has 10 points, 40 more from ten people on, 5 less below three."""

STAFF = (1, 2, 5, 10, 20)
"""So the scores are 5, 5, 10, 50, 50."""


@pytest.fixture(scope="module")
def engine(
    database_server: ServerAddress, copied_database: Callable[[str], AbstractContextManager[str]]
) -> Iterator[Engine]:
    with copied_database(database_server.with_database("template0").url) as url:
        engine = make_engine(url)
        migrate(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Context:
    """A workspace of its own with five firms, scored."""
    door = Door(engine)
    slug = f"w-{uuid4()}"
    workspace = ensure_workspace(door, "brokerage", slug=slug, actor="a test")
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        revisions.save(session, new_revision(FIRMS, SHIPPED_NOTE))
    context = Context(door, workspace.id, FIRMS, "a test", fixed_clock(NOON))
    lines = ["name,staff", *(f"Firm {staff},{staff}" for staff in STAFF)]
    (tmp_path / "firms.csv").write_text("\n".join(lines))
    ingest_file(context, tmp_path / "firms.csv", IntakeOptions(accept_proposal=True))
    rescore(context)
    return context


@pytest.fixture
def plan(context: Context) -> Plan:
    with context.session() as session:
        return active_plan(session)


def _problems(edit: RulesEdit) -> dict[str, str]:
    return {problem.place: problem.what for problem in edit.problems}


def test_behaviours_are_weighed_and_fade_as_typed() -> None:
    plan = compile_playbook(load("b2b"))
    typed = {"behaviour.page_view.weight": "2", "behaviour.page_view.half_life_days": "14"}
    edit = edit_rules(plan, {**typed, "behaviour.page_view.cap": ""})
    assert [change.split(":")[0] for change in edit.changes] == ["behaviour page_view"] * 3
    seen = [Signal("page_viewed", NOON - timedelta(days=days), {}) for days in (0, 14)]
    before, after = (
        FeatureSet.of(playbook).inputs_one({}, seen, NOON)["page_view_intensity"]
        for playbook in (plan.playbook, edit.sound)
    )
    assert (before, after) == (pytest.approx(1 + 0.25), pytest.approx(2 * (1 + 0.5)))
    wrong = {"weight": "many", "half_life_days": "0", "cap": "-1", "decay": "slowly"}
    refused = edit_rules(plan, {f"behaviour.page_view.{name}": text for name, text in wrong.items()})
    assert {*_problems(refused)} == {f"behaviour.page_view.{name}" for name in wrong}


def test_nothing_typed_changes_nothing(plan: Plan) -> None:
    assert edit_rules(plan, {}) == RulesEdit(FIRMS, (), ())


def test_points_switch_cap_and_start_are_taken(plan: Plan) -> None:
    edit = edit_rules(
        plan,
        {
            "factor.large.points": "45,5",
            "factor.large.on": "on",
            "factor.small.points": "-5",
            "category.size.cap": "",
            "start.points": "12",
        },
    )
    rules = edit.sound.rules
    assert (rules.factors[0].points, rules.factors[1].on) == (45.5, False)
    assert (rules.categories[0].cap, rules.start_points) == (None, 12)
    assert len(edit.changes) == 4
    assert any("large" in change and "45.5" in change for change in edit.changes)


def test_a_threshold_moves_both_conditions_of_its_tier_and_never_leaves_the_scale(plan: Plan) -> None:
    tier = edit_rules(plan, {"tier.green.from": "30"}).sound.rules.tiers[0]
    assert (tier.when, tier.keep) == ("score >= 30", "score >= 28")
    tier = edit_rules(plan, {"tier.green.from": "1"}).sound.rules.tiers[0]
    assert (tier.when, tier.keep) == ("score >= 1", "score >= 0")


def test_a_threshold_left_alone_does_not_undo_a_condition_rewritten(plan: Plan) -> None:
    texts = {"tier.green.from": "50", "tier.green.when": "score >= 70 AND fit > 1", "tier.green.keep": ""}
    tier = edit_rules(plan, texts).sound.rules.tiers[0]
    assert (tier.when, tier.keep) == ("score >= 70 AND fit > 1", None)


def test_the_last_tier_takes_what_is_left_whatever_is_typed(plan: Plan) -> None:
    assert edit_rules(plan, {"tier.red.when": "FALSE"}).sound == FIRMS


def test_spacing_alone_is_no_change(plan: Plan) -> None:
    texts = {"factor.large.when": "  crew  >=   10 ", "factor.large.on": "on"}
    assert edit_rules(plan, texts).changes == ()


@pytest.mark.parametrize(
    ("place", "text", "what"),
    [
        ("factor.large.points", "many", "This is not a number."),
        ("factor.large.points", "101", "101 is too far."),
        ("factor.large.points", "nan", "nan is too far."),
        ("factor.large.points", "", "This is not a number."),
        ("factor.large.when", "", "A condition is needed."),
        ("factor.large.label", "", "Words for the reason are needed."),
        ("factor.large.label", "Has {stuff}", "There is no field or feature stuff."),
        ("factor.large.label", "x" * 501, "These words are too long."),
        ("category.size.cap", "0", "The limit must be above 0."),
        ("start.points", "-1", "-1 is too far."),
    ],
)
def test_what_cannot_be_used_is_said_at_its_place(plan: Plan, place: str, text: str, what: str) -> None:
    edit = edit_rules(plan, {"factor.large.on": "on", place: text})
    assert _problems(edit) == {place: what}
    with pytest.raises(RulesEditError):
        _ = edit.sound


@pytest.mark.parametrize(
    ("place", "text", "part"),
    [
        ("factor.large.when", "crw >= 10", "Did you mean crew?"),
        ("factor.large.when", "crew", "boolean"),
        ("factor.large.when", "crew >= ", "character"),
        ("factor.large.when", "score > 10", "score"),
        ("tier.green.when", "scor >= 50", "Did you mean score?"),
        ("tier.green.keep", "staff + 1", "boolean"),
        ("level.cold.when", "score > 3", "score"),
        ("factor.large.when", "pg_sleep(10) IS NULL", "pg_sleep"),
    ],
)
def test_a_wrong_expression_is_explained_at_its_place(plan: Plan, place: str, text: str, part: str) -> None:
    edit = edit_rules(plan, {"factor.large.on": "on", place: text})
    (problem,) = edit.problems
    assert problem.place == place
    assert part in str(problem)


def test_several_mistakes_are_all_told(plan: Plan) -> None:
    edit = edit_rules(plan, {"start.points": "x", "factor.small.points": "y", "tier.green.when": "z"})
    assert set(_problems(edit)) == {"start.points", "factor.small.points", "tier.green.when"}


def test_a_factor_is_added_and_another_taken_out(plan: Plan) -> None:
    typed = {"label": "Has a crew of {crew}", "category": "size", "points": "3", "when": "crew > 1"}
    edit = edit_rules(
        plan, {f"new.{key}": text for key, text in typed.items()} | {"factor.small.remove": "on"}
    )
    assert [factor.name for factor in edit.sound.rules.factors] == ["large", "has_a_crew_of"]
    assert name_of("Has a crew of {crew}!") == "has_a_crew_of"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ({"name": "large"}, "new.name"),
        ({"name": "No Name"}, "new.name"),
        ({"category": "none"}, "new.category"),
        ({"points": ""}, "new.points"),
        ({"when": "nothing > 1"}, "new.when"),
        ({"label": ""}, "new.label"),
    ],
)
def test_a_factor_that_cannot_be_added_says_why(plan: Plan, typed: dict[str, str], place: str) -> None:
    whole = {"name": "extra", "label": "Extra", "category": "size", "points": "3", "when": "crew > 1"} | typed
    edit = edit_rules(plan, {f"new.{key}": text for key, text in whole.items()})
    assert list(_problems(edit)) == [place]
    assert edit.playbook == FIRMS


def test_the_preview_counts_by_hand(context: Context, plan: Plan) -> None:
    """With 38 more points for every firm of five or more: 5, 5, 48, 88, 88; with green from 48 one more is green."""
    texts = {
        "factor.large.when": "crew >= 5",
        "factor.large.points": "38",
        "factor.large.on": "on",
        "tier.green.from": "48",
    }
    with context.session() as session:
        found = preview_rules(session, plan, edit_rules(plan, texts).sound, NOON)
    assert (found.total, found.compared, found.sampled) == (5, 5, False)
    assert (found.up, found.down, found.same) == (1, 2, 2)
    assert [(each.tier, each.now, each.then) for each in found.tiers] == [("green", 2, 3), ("red", 3, 2)]
    assert [(each.before, each.after, each.leads) for each in found.flows] == [("red", "green", 1)]
    best = found.examples[0]
    assert (best.title, best.before, best.after) == ("Firm 5", 10_000_000, 48_000_000)
    assert (best.tier_before, best.tier_after) == ("red", "green")


def test_a_better_tier_with_the_same_score_is_a_move_up(context: Context, plan: Plan) -> None:
    with context.session() as session:
        found = preview_rules(session, plan, edit_rules(plan, {"tier.green.from": "10"}).sound, NOON)
    assert (found.up, found.down, found.same) == (1, 0, 4)


def test_of_very_many_leads_an_even_sample_is_compared(
    context: Context, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules_preview, "LEADS_COMPARED", 3)
    with context.session() as session:
        found = preview_rules(session, plan, edit_rules(plan, {"start.points": "11"}).sound, NOON)
    assert (found.total, found.compared, found.sampled, found.up) == (5, 3, True, 3)


def test_the_preview_of_an_empty_workspace_is_empty(engine: Engine, plan: Plan) -> None:
    door = Door(engine)
    workspace = ensure_workspace(door, "brokerage", slug="nobody-here", actor="a test")
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        found = preview_rules(session, plan, plan.playbook, NOON)
    assert (found.total, found.compared, found.up, found.examples) == (0, 0, 0, ())


def test_saving_scores_as_the_preview_said_and_restoring_brings_it_back(context: Context, plan: Plan) -> None:
    edit = edit_rules(plan, {"tier.green.from": "10"})
    with context.session() as session:
        told = preview_rules(session, plan, edit.sound, NOON)
        saved = save_rules(session, edit, based_on=plan.revision.id, note=SHIPPED_NOTE)
    assert saved.note != SHIPPED_NOTE
    rescore(replace(context, playbook=edit.sound), trigger="rules")
    with context.session() as session:
        assert statistics.count_by_tier(session) == {each.tier: each.then for each in told.tiers if each.then}
        assert restore_rules(session, plan.revision.id).hash == plan.revision.hash


def test_rules_saved_on_an_old_revision_are_refused(context: Context, plan: Plan) -> None:
    with context.session() as session:
        save_rules(session, edit_rules(plan, {"start.points": "11"}), based_on=plan.revision.id)
    with context.session() as session, pytest.raises(ConflictError):
        save_rules(session, edit_rules(plan, {"start.points": "12"}), based_on=plan.revision.id)
