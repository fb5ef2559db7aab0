"""Every score of a shipped playbook can be told in words that add up, diffed, and asked what would change it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from galena.domain.playbook import Playbook
from galena.domain.score import Previous, Score
from galena.engines.explanation import Explainer, score_diff, shown_points, what_would_change
from galena.engines.scoring import Scorer
from galena.playbooks import load, shipped

ScorerOf = Callable[..., Scorer]
LeadsOf = Callable[..., list[dict[str, Any]]]
Scored = list[tuple[dict[str, Any], Score]]
LEADS = 120


@pytest.fixture(scope="module", params=shipped())
def playbook(request: pytest.FixtureRequest) -> Playbook:
    return load(request.param)


@pytest.fixture(scope="module")
def scorer(playbook: Playbook, scorer_of: ScorerOf) -> Scorer:
    return scorer_of(playbook)


@pytest.fixture(scope="module")
def scored(playbook: Playbook, scorer: Scorer, leads_of: LeadsOf, as_of: datetime) -> Scored:
    pairs = [(lead, scorer.score_one(lead, as_of)) for lead in leads_of(playbook, LEADS, seed=3)]
    return [(lead, score) for lead, score in pairs if isinstance(score, Score)]


def test_words_are_whole_and_points_add_up(playbook: Playbook, scored: Scored) -> None:
    explainer = Explainer(playbook)
    for lead, score in scored:
        explanation = explainer.explain(score, lead)
        assert sum(part.shown for part in explanation.parts) == shown_points(score.micropoints)
        sentences = [part.sentence for part in (*explanation.parts, *explanation.unknowns)]
        assert all(_is_whole(sentence) for sentence in sentences), sentences
        assert explanation.reasons().count(" · ") <= 1
        pairs = [(part.name, part.micropoints) for part in score.contributions]
        assert _is_whole(explainer.reason_text(pairs, score.values) or "None known")


def _is_whole(sentence: str) -> bool:
    broken = any(mark in sentence for mark in "{}") or "None" in sentence.replace("None known", "")
    return bool(sentence) and not broken


def test_a_month_later_the_difference_adds_up(playbook: Playbook, scorer: Scorer, scored: Scored) -> None:
    explainer = Explainer(playbook)
    for lead, score in scored:
        later = scorer.score_one(
            lead, score.as_of + timedelta(days=30), Previous(score.tier, score.temperature)
        )
        if isinstance(later, Score):
            diff = score_diff(score, later, explainer)
            assert sum(change.micropoints for change in diff.changes) == later.micropoints - score.micropoints
            assert sum(change.shown for change in diff.changes) == diff.after_shown - diff.before_shown


def test_what_would_change_it_is_found_by_scoring_again(
    playbook: Playbook, scorer: Scorer, scored: Scored
) -> None:
    explainer = Explainer(playbook)
    found = [
        what_would_change(
            lead, score, explainer, rescore=scorer.score_one, evaluate=scorer.evaluate, tier_at=scorer.tier_at
        )
        for lead, score in scored[:40]
    ]
    assert any(found)
    assert all(_is_whole(result.sentence) for results in found for result in results)
