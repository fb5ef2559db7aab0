"""Scores from the command line: ranked, explained to the last digit, replayed, and told anew only when they change."""

import re

import pytest


@pytest.fixture(scope="session")
def best(reading, tmp_path_factory) -> list[dict]:
    """The demo's leads as `galena export` ranks them."""
    import json

    file = tmp_path_factory.mktemp("list") / "leads.json"
    assert reading("export", "-w", "demo", "-o", file).status == 0
    return json.loads(file.read_text())


def test_scoring_again_changes_nothing_at_the_same_moment(galena):
    first = galena("score", "-w", "demo", "--as-of", "2027-01-15", "--json").json
    again = galena("score", "-w", "demo", "--as-of", "2027-01-15", "--json").json
    assert first["leads"] == first["scored"] + first["discarded"] + first["needs_enrichment"] > 0
    assert (again["created"], again["skipped"]) == (0, again["scored"])
    assert {name: again[name] for name in ("leads", "scored", "tiers")} == {
        name: first[name] for name in ("leads", "scored", "tiers")
    }


def test_the_parts_of_a_score_sum_to_it(reading, best):
    for lead in (best[0], best[len(best) // 2], best[-1]):
        told = reading("explain", lead["lead_id"], "-w", "demo", "--json").json
        parts = told["contributions"]
        assert sum(part["micropoints"] for part in parts) == told["micropoints"]
        assert sum(part["shown"] for part in parts) == told["shown"]
        assert told["score"] == told["micropoints"] / 1_000_000 == lead["score"]
        assert 0 <= told["score"] <= 100
        assert all(part["sentence"] for part in parts)


def test_every_old_score_is_computed_again_to_the_same(galena, best):
    for as_of in ("2027-01-15", "2027-06-15"):
        assert galena("score", "-w", "demo", "--as-of", as_of).status == 0
    told = galena("explain", best[0]["lead_id"], "-w", "demo", "--replay", "--json")
    assert told.status == 0
    assert len(told.json["history"]) >= 2
    assert all(past["replays"] for past in told.json["history"])
    assert "the same to the last digit" in galena("explain", best[0]["lead_id"], "-w", "demo", "--replay").out


def test_a_lead_is_found_by_its_id_its_key_or_its_title(reading, best):
    lead = best[0]
    for named in ([lead["lead_id"]], [lead["lead_key"]], [lead["title"]], lead["title"].lower().split()):
        assert reading("explain", *named, "-w", "demo", "--json").json["lead_id"] == lead["lead_id"]


def test_words_that_fit_several_leads_name_some(reading):
    told = reading("explain", "businesses", "-w", "demo")
    assert told.status == 5
    assert "businesses:B00" in told.err


def test_in_words_the_parts_stand_above_the_score(reading, best):
    told = reading("explain", best[0]["lead_id"], "-w", "demo").out
    above, _, below = told.partition("  -----\n")
    points = [int(found) for found in re.findall(r"^ +([+-]?\d+)  #", above.replace("−", "-"), re.MULTILINE)]
    assert points
    assert sum(points) == int(re.match(r"\s*(\d+)  the score", below)[1]) == best[0]["score_shown"]


def test_what_moved_it_since_a_date(galena, best):
    assert galena("score", "-w", "demo", "--as-of", "2028-01-15").status == 0
    told = galena("explain", best[0]["lead_id"], "-w", "demo", "--since", "2026-01-01")
    assert told.status == 0


def test_leads_may_wait_for_facts(galena):
    told = galena("score", "-w", "permits", "--require-enrichment", "--json").json
    assert told["needs_enrichment"] == 2
    assert told["scored"] == 0
