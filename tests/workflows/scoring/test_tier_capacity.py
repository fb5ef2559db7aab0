"""As many leads in a tier as can be worked: the best, exactly so many, without flicker, and told with the rule."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from galena.domain.scored import CurrentScore
from galena.kit.clock import fixed_clock
from galena.kit.errors import InputError
from galena.stores import capacities, lead_lists, outbox, scores, statistics
from galena.stores.lead_lists import LeadQuery
from galena.workflows.context import Context
from galena.workflows.lead_view import view_lead
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore, rescore_leads
from galena.workflows.rules_preview import preview_rules
from galena.workflows.tier_capacity import set_capacities, tier_rule


def limit(context: Context, **leads: int) -> int:
    with context.session() as session:
        return set_capacities(session, context.playbook, leads, why="two callers this week")


def ranked(context: Context) -> list[CurrentScore]:
    """The standing scores, the best first."""
    with context.session() as session:
        ids = lead_lists.ids(session, LeadQuery(statuses=("active",)))
        found = scores.load_current(session, ids).values()
    return sorted(found, key=lambda each: (-each.micropoints, each.lead_id))


def moves(context: Context) -> list[UUID | None]:
    with context.session() as session:
        return [each.lead_id for each in outbox.read(session, limit=10_000) if each.kind == "tier_changed"]


def test_the_best_leads_hold_the_places_and_the_others_keep_their_tier(market: Context) -> None:
    rescore(market)
    by_score = {each.lead_id: each.tier for each in ranked(market)}
    moved = limit(market, green=8, yellow=4)
    now = ranked(market)
    assert [each.tier for each in now[:12]] == ["green"] * 8 + ["yellow"] * 4
    order = ["green", "yellow", "red", "black"]
    for each in now[12:]:
        expected = max(by_score[each.lead_id], "red", key=order.index)
        assert each.tier == expected
        assert each.ruled_tier == (by_score[each.lead_id] if by_score[each.lead_id] in order[:2] else None)
    changed = [each.lead_id for each in now if each.tier != by_score[each.lead_id]]
    assert moved == len(changed)
    assert sorted(map(str, moves(market))) == sorted(map(str, changed))
    with market.session() as session:
        assert statistics.count_by_tier(session)["green"] == 8
        kept = capacities.find_latest(session)
    assert kept is not None
    assert (kept.leads, kept.why, kept.author) == (
        {"green": 8, "yellow": 4},
        "two callers this week",
        "a test",
    )


def test_scoring_again_keeps_places_and_the_history_stays_by_the_conditions(market: Context) -> None:
    rescore(market)
    limit(market, green=8)
    before = {each.lead_id: (each.tier, each.ruled_tier) for each in ranked(market)}
    events = len(moves(market))
    report = rescore(market)
    assert (report.changed, report.moved) == (0, 0)
    assert report.tiers["green"] == 8
    assert {each.lead_id: (each.tier, each.ruled_tier) for each in ranked(market)} == before
    assert len(moves(market)) == events
    later = replace(market, clock=fixed_clock(market.clock() + timedelta(days=60)))
    assert rescore(later).changed > 0
    now = ranked(market)
    assert sum(each.tier == "green" for each in now) == 8
    with later.session() as session:
        for each in now[:20]:
            view = view_lead(session, each.lead_id)
            assert all(past.replays for past in view.past)
            assert view.past[0].score.tier == (each.ruled_tier or each.tier)


def test_a_lead_scored_alone_takes_its_place_at_once(market: Context) -> None:
    rescore(market)
    limit(market, green=8)
    last = ranked(market)[-1]
    with market.session() as session:
        session.connection.execute(
            text("UPDATE current_scores SET micropoints = 100000000 WHERE lead_id = :id"),
            {"id": last.lead_id},
        )
        rescore_leads(session, [ranked(market)[20].lead_id], market.clock(), trigger="signal")
    now = ranked(market)
    assert now[0].lead_id == last.lead_id
    assert [each.tier == "green" for each in now] == [True] * 8 + [False] * (len(now) - 8)


def test_new_leads_take_no_place_before_places_are_given(market: Context) -> None:
    limit(market, green=5)
    report = rescore(market)
    assert report.tiers["green"] == 5
    assert all(each.tier == "green" for each in ranked(market)[:5])


def test_without_capacity_the_conditions_hold_again(market: Context) -> None:
    rescore(market)
    before = {each.lead_id: each.tier for each in ranked(market)}
    limit(market, green=30)
    assert limit(market) > 0
    assert {each.lead_id: each.tier for each in ranked(market)} == before
    assert not any(each.ruled_tier for each in ranked(market))
    assert limit(market) == 0


@pytest.mark.parametrize("market", [5], indirect=True)  # one with several leads in the best tier
def test_the_rule_is_told(market: Context) -> None:
    rescore(market)
    by_score = {each.lead_id: each.tier for each in ranked(market)}
    count = sum(tier == "green" for tier in by_score.values())
    assert count > 1
    with market.session() as session:
        assert tier_rule(session, market.playbook, ranked(market)[0].lead_id) is None
    limit(market, green=count - 1)
    now = ranked(market)
    placed = dict(enumerate(now, 1))
    crowded = next(place for place, each in placed.items() if each.ruled_tier and each.tier != "green")
    with market.session() as session:
        first = tier_rule(session, market.playbook, now[0].lead_id)
        out = tier_rule(session, market.playbook, placed[crowded].lead_id)
        last = tier_rule(session, market.playbook, now[-1].lead_id)
        assert first is not None
        assert out is not None
        assert last is not None
        view = view_lead(session, placed[crowded].lead_id)
    assert first.sentence.startswith(f"by capacity: {count - 1:,} can be worked, and it is number 1")
    assert out.sentence == (
        f"by capacity: its score alone would be {{green}}, but the {count - 1:,} places there go to better ones;"
        f" it is number {crowded:,}"
    )
    assert last.sentence == f"by its score; it is number {len(now):,}"
    assert view.explanation is not None
    assert (view.explanation.tier, view.explanation.headline.split(",")[0]) == ("yellow", "Yellow")
    # More points than the last lead with a place: the place would be its own.
    edge = first.last["green"][1]
    assert out.tier_at(edge + 1, "green") == "green"
    assert out.tier_at(edge - 1, "green") == "yellow"
    assert out.tier_at(edge - 1, "black") == "black"


@pytest.mark.parametrize(
    ("leads", "what"),
    [
        ({"gold": 5}, "There is no tier gold"),
        ({"black": 5}, "takes all other leads"),
        ({"yellow": 5}, "is better and has no capacity"),
        ({"green": -1}, "is no number of leads"),
    ],
)
def test_capacities_that_cannot_be_are_refused(market: Context, leads: dict[str, int], what: str) -> None:
    with pytest.raises(InputError, match=what), market.session() as session:
        set_capacities(session, market.playbook, leads, why="")
    with market.session() as session:
        assert capacities.find_latest(session) is None


def test_an_edit_is_previewed_with_the_model_that_scores(market: Context, register: Any) -> None:
    with market.session() as session:
        plan = active_plan(session)
        rules = plan.playbook.rules.model_copy(update={"start_points": 38.0})
        edited = plan.playbook.model_copy(update={"rules": rules})
        alone = preview_rules(session, plan, edited, market.clock())
    model = register(market, weight=0.75)
    with market.session() as session:
        blended = preview_rules(session, plan, edited, market.clock())
    assert (alone.model, alone.rules_share) == (None, 1.0)
    assert (blended.model, blended.rules_share) == (model.name, 0.25)
    assert blended.compared == alone.compared
    rescore(market)
    stands = {each.lead_id: each.micropoints for each in ranked(market)}
    assert blended.examples
    assert [each.before for each in blended.examples] == [stands[each.lead_id] for each in blended.examples]
