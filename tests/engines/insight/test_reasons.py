"""Reasons read out of what people said: each line can be checked by eye."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.engines.insight.reasons import ReasonReader
from galena.playbooks import load, shipped

BROKERAGE = ReasonReader(load("brokerage").outcomes.reasons)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Not the right time, call me next year", "timing"),
        ("He already sold it last spring", "sold"),
        ("My son will take over", "family"),
        ("not for sale!", "not_selling"),
        ("I'm not the owner, I just work here", "not_the_owner"),
        ("I’m not the owner", "not_the_owner"),
        ("Isn't interested, has a brokr", "other_broker"),
        ("owner is ill and in hosptal", "health"),
        ("They don't trust brokers", "trust"),
        ("won't pay the fees", "fees"),
        ("valuaton was to low", "price"),
    ],
)
def test_reads_the_reason(text: str, code: str) -> None:
    assert BROKERAGE.suggest(text).code == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "He said hello",
        "hasn't been sold",  # denied
        "the lease, and he is ill",  # two reasons, one word each
        "Geschäft läuft gut",
    ],
)
def test_is_unsure_rather_than_guessing(text: str) -> None:
    assert BROKERAGE.suggest(text).code is None


def test_says_what_it_saw_and_what_else_it_could_be() -> None:
    found = BROKERAGE.suggest("price too low, fee too high")
    assert (found.code, found.others) == ("price", ("fees",))
    assert set(found.phrases) == {"too low", "price"}  # 1.5 + 1 against 1
    assert set(BROKERAGE.suggest("the lease, and he is ill").others) == {"lease", "health"}


def test_reasons_for_another_outcome_are_not_suggested() -> None:
    assert BROKERAGE.suggest("financing fell through", "closed_lost").code == "financing"
    assert BROKERAGE.suggest("financing fell through", "not_interested").code is None


@pytest.mark.parametrize("name", shipped())
def test_every_phrase_is_read_as_its_own_reason(name: str) -> None:
    reasons = load(name).outcomes.reasons
    reader = ReasonReader(reasons)
    misread = {
        (phrase, reader.suggest(phrase, outcome).code)
        for reason in reasons
        for outcome in reason.after or ("not_interested", "closed_lost")
        for phrase in reason.phrases
        if reader.suggest(phrase, outcome).code != reason.code
    }
    assert misread == set()


@given(st.text(max_size=120))
def test_any_text_is_read_the_same_twice(text: str) -> None:
    assert BROKERAGE.suggest(text) == BROKERAGE.suggest(text)
