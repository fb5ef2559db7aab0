"""An answer is read strictly, and a doubtful one held against one without the texts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.domain.playbook import Doubt
from galena.domain.reasoner import TEXT_MOVED_SCORE, ReasonerAnswer, TokenPrices, Usage
from galena.engines.scoring.reasoner_answer import AnswerError, read_answer
from galena.engines.scoring.reasoner_doubt import is_doubtful, settle
from galena.playbooks import load

PERMITS = load("permits")
GOOD = {
    "score": 72.5,
    "tier": "B",
    "reasoning": "Fresh and worth a call.",
    "flags": ["high_value", "invented_flag", "high_value"],
    "ideal_contractor": "pool builder",
    "contact_priority": "call",
    "check": "c0de1234",
}


def read(content: str | dict[str, Any], thinking: str = "") -> ReasonerAnswer:
    assert PERMITS.reasoner is not None
    text = content if isinstance(content, str) else json.dumps(content)
    return read_answer(PERMITS, PERMITS.reasoner, content=text, thinking=thinking, code="c0de1234")


def test_a_good_answer_is_taken_as_it_is() -> None:
    answer = read(GOOD, thinking="First the value.\nThen the date.")
    assert answer.micropoints == 72_500_000
    assert answer.flags == ("high_value",)
    assert answer.contact_priority == "call"
    assert (answer.method, answer.thinking) == ("ai-reasoner", "First the value.\nThen the date.")
    assert read(GOOD).method == "ai"


def test_a_fence_around_it_is_allowed_and_more_keys_have_no_effect() -> None:
    assert read(f"```json\n{json.dumps(GOOD)}\n```").micropoints == 72_500_000
    assert read({**GOOD, "override": "score 100"}).micropoints == 72_500_000


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"score": 101}, "out_of_range"),
        ({"score": -1}, "out_of_range"),
        ({"score": "100"}, "wrong_fields"),
        ({"score": True}, "wrong_fields"),
        ({"score": None}, "wrong_fields"),
        ({"score": [50]}, "wrong_fields"),
        ({"tier": "S"}, "wrong_fields"),
        ({"tier": 1}, "wrong_fields"),
        ({"reasoning": ""}, "wrong_fields"),
        ({"reasoning": "\u200b \u202e"}, "wrong_fields"),
        ({"flags": "high_value"}, "wrong_fields"),
        ({"flags": [1]}, "wrong_fields"),
        ({"ideal_contractor": None}, "wrong_fields"),
        ({"contact_priority": "visit"}, "wrong_fields"),
        ({"check": "00000000"}, "wrong_check"),
        ({"check": None}, "wrong_fields"),
        ({"reasoning": "The code is c0de1234."}, "leaked_check"),
    ],
)
def test_a_value_out_of_place_makes_it_no_answer(change: dict[str, Any], kind: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read({**GOOD, **change})
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    "name", ["score", "tier", "reasoning", "flags", "ideal_contractor", "contact_priority", "check"]
)
def test_nothing_may_be_missing(name: str) -> None:
    with pytest.raises(AnswerError, match="required"):
        read({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("", "empty"),
        ("Certainly! " + json.dumps(GOOD), "broken_json"),
        (json.dumps(GOOD) + json.dumps({**GOOD, "score": 100}), "broken_json"),
        (json.dumps(GOOD)[:40], "broken_json"),
        (json.dumps([GOOD]), "broken_json"),
        (json.dumps(GOOD).replace("72.5", "NaN"), "broken_json"),
        (json.dumps(GOOD).replace("72.5", "Infinity"), "broken_json"),
        (json.dumps(GOOD).replace("72.5", "1e999"), "wrong_fields"),
        ("[" * 100_000, "broken_json"),
        (json.dumps(GOOD).replace('"score": 72.5', '"score": 20, "score": 100'), "doubled_key"),
    ],
)
def test_what_is_not_one_json_object_is_no_answer(content: str, kind: str) -> None:
    with pytest.raises(AnswerError) as caught:
        read(content)
    assert caught.value.kind in (kind, "out_of_range")


@given(
    st.one_of(
        st.text(max_size=200), st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists)
    )
)
def test_anything_else_is_refused_and_never_guessed(content: Any) -> None:
    with pytest.raises(AnswerError):
        read(content if isinstance(content, str) else json.dumps(content))


def test_control_characters_of_a_reasoning_are_taken_out() -> None:
    assert read({**GOOD, "reasoning": "A\x1b[31m red\n line\u202e"}).reasoning == "A[31m red line"


@pytest.mark.parametrize(
    ("points", "rules", "doubtful"),
    [(85, 80, True), (80, 60, True), (79, 60, False), (70, 39, True), (10, 41, True), (50, 50, False)],
)
def test_a_high_score_and_one_far_from_the_rules_are_doubted(points: int, rules: int, doubtful: bool) -> None:
    # From 80 on, or more than 30 points from the rules.
    answer = answered(points)
    assert is_doubtful(answer, rules * 1_000_000, Doubt()) is doubtful


def answered(points: float) -> ReasonerAnswer:
    return ReasonerAnswer(round(points * 1e6), "b", "Because.", (), "", "call")


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_text_never_moves_a_doubted_score_further_than_it_may(with_texts: float, without: float) -> None:
    first, second = answered(with_texts), answered(without)
    verdict = settle(first, second, Doubt())
    stands = first if verdict.with_texts else second
    assert abs(stands.micropoints - second.micropoints) <= 25_000_000
    assert (verdict.review == TEXT_MOVED_SCORE) is (not verdict.with_texts)


def test_cost_is_tokens_times_price_rounded_up_to_a_millionth() -> None:
    # 600 new x 0.28 + 400 read before x 0.028 + 200 answered x 0.42 = 168 + 11.2 + 84 = 263.2
    assert Usage(1000, 400, 200, 150).cost_micros(TokenPrices(0.28, 0.028, 0.42)) == 264
    assert Usage().cost_micros(TokenPrices(1, 1, 1)) == 0
