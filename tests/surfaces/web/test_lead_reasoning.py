"""The page of a lead that the reasoner has scored, that waits for it, and that a person should look at."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from httpx import Response

from galena.domain.reasoner import POSSIBLE_INJECTION, LeadReasoning, ReasonerAnswer
from galena.stores import reasoner_answers, scores

from .conftest import NOW, Site

Send = Callable[..., Response]
ANSWER = ReasonerAnswer(
    88_000_000,
    "a",
    "Worth a call: <b>fresh</b> and valuable.",
    ("high_value",),
    "a pool builder",
    "call",
    "First the value.\nThen the date.",
    "ai-reasoner",
)


def _text(answer: Response) -> str:
    body = re.search(r"<main.*?</main>", answer.text, re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body[0] if body else answer.text)).split())


@pytest.fixture
def say(site: Site) -> Callable[..., Any]:
    """A function: makes the first lead one that the reasoner has scored, or has not answered for."""

    def make(**given: Any) -> Any:
        lead = site.lead_ids(statuses=("active",))[0]
        told = LeadReasoning(
            lead, "h", "ai-reasoner", "deepseek-reasoner", 1, ANSWER, ANSWER.flags, None, NOW
        )
        told = replace(told, **given)
        points = told.answer.micropoints if told.answer else -1_000_000
        with site.enter() as session:
            before = scores.find_standing(session, lead)
            assert before is not None
            after = replace(before, id=0, method=told.method, micropoints=points, contributions=(points,))
            tier = before.tier if told.answer else "RETRY"
            scores.record_many(session, [replace(after, tier=tier, scored_at=NOW, trigger="request")])
            reasoner_answers.stand(session, told)
        return lead

    return make


def test_it_shows_reasons_flags_contractor_priority_and_folded_thinking(
    site: Site, say: Callable[..., Any]
) -> None:
    answer = site.admin().get(f"/leads/{say()}")
    page = _text(answer)
    assert "What the reasoner says" in page
    assert "Worth a call: <b>fresh</b> and valuable." in page
    assert "<b>fresh</b>" not in answer.text
    assert "a pool builder" in page
    assert "high value" in page
    assert "Call" in page
    assert "deepseek-reasoner, prompt version 1" in page
    assert re.search(
        r"<details><summary[^>]*>What it thought on the way</summary><p[^>]*>First the value", answer.text
    )
    assert "an answer, kept as it came" in page


def test_a_lead_that_waits_says_why_and_when(site: Site, say: Callable[..., Any]) -> None:
    lead = say(
        answer=None,
        method="pending_retry",
        flags=(),
        failure="The endpoint did not answer in time.",
        next_try_at=NOW + timedelta(minutes=5),
    )
    page = _text(site.admin().get(f"/leads/{lead}"))
    assert "No answer yet. The endpoint did not answer in time." in page
    assert "09:05 UTC" in page
    assert "RETRY" in page
    listed = _text(site.admin().get("/leads?tier=RETRY"))
    assert "waits for the reasoner" in listed


def test_a_person_is_asked_to_look_and_says_when_it_is_done(
    site: Site, say: Callable[..., Any], send: Send
) -> None:
    lead = say(review=POSSIBLE_INJECTION, flags=(POSSIBLE_INJECTION,))
    browser = site.admin()
    page = browser.get(f"/leads/{lead}")
    assert "reads like an instruction" in _text(page)
    assert "I have looked at it" in page.text
    send(browser, f"/leads/{lead}/reviewed")
    assert "Looked at" in _text(browser.get(f"/leads/{lead}"))
    with site.enter() as session:
        assert reasoner_answers.count_to_review(session) == 0


def test_a_tenants_member_sees_what_is_said_of_its_leads_alone(site: Site, say: Callable[..., Any]) -> None:
    lead = say()
    assert "What the reasoner says" in _text(site.member([lead]).get(f"/leads/{lead}"))
