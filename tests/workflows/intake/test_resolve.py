"""All leads compared at once, learned from, and what reviewers say."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from galena.domain.playbook import Identity
from galena.kit.errors import ConfigurationError, ConflictError
from galena.stores import identity, match_models, match_reviews, projections
from galena.stores.leads import FIRST
from galena.workflows.context import Context
from galena.workflows.explain_match import explain_match, joint_words
from galena.workflows.intake import ingest_file
from galena.workflows.match_review import answer, questions
from galena.workflows.resolve import resolve_workspace

HEAD = "deal,account,amount,email,opened"
IDENTITY = Identity.model_validate(
    {"compare": {"title": "name", "account": "company", "email": "email"}, "anchors": ["account"]}
)
SYLLABLES = ("kar", "lom", "bis", "tun", "vex", "dal", "gor", "nip", "sul", "ref")


@pytest.fixture
def contexts(new_context: Callable[[], Context]) -> tuple[Context, Context]:
    """A workspace, seen by a playbook that compares nothing, and by one that does."""
    context = new_context()
    return context, replace(context, playbook=context.playbook.model_copy(update={"identity": IDENTITY}))


def _words(seed: int) -> str:
    """Two made-up words, others for each number."""
    draw = Random(seed)
    steps = [draw.choice(SYLLABLES) for _ in range(6)]
    return f"{''.join(steps[:3])} {''.join(steps[3:])}"


def _lines() -> list[str]:
    """Seventy deals of as many firms, every seventh twice, the second time with a slip in the firm's name."""
    deals = [(f"{_words(at + 400)} {at}", _words(at + 37)) for at in range(70)]
    lines = [
        f"{deal},{firm},{at},office{at}@{firm.replace(' ', '')}.com," for at, (deal, firm) in enumerate(deals)
    ]
    twice = [
        f"{deal}x,{firm[:-1]},{at},office{at}@{firm.replace(' ', '')}.com,"
        for at, (deal, firm) in enumerate(deals)
        if at % 7 == 0
    ]
    return [HEAD, *lines, *twice]


def test_everything_compared_joins_what_is_one(
    contexts: tuple[Context, Context], write: Callable[..., Path]
) -> None:
    plain, context = contexts
    ingest_file(plain, write("a.csv", *_lines()))
    would = resolve_workspace(context, dry_run=True)
    assert (would.leads, would.resolved.merged) == (80, 10)
    done = resolve_workspace(context, learn=True)
    assert (done.learned, done.model, done.resolved.merged, done.resolved.waiting) == (True, 1, 10, 0)
    again = resolve_workspace(context)
    assert (again.resolved.merged, again.model) == (0, 1)
    with context.session() as session:
        assert identity.count_pending(session) == 0
        node = projections.lead_ids(session, after=FIRST, limit=1)[0]
        story = explain_match(session, node)
    assert len(story.parts) == 2
    assert "by what they have in common" in joint_words(story.joints[0])


def test_a_playbook_without_identity_says_what_to_do(contexts: tuple[Context, Context]) -> None:
    with pytest.raises(ConfigurationError, match="does not say which leads are one"):
        resolve_workspace(contexts[0])


def test_answers_are_followed_and_move_the_model(
    contexts: tuple[Context, Context], write: Callable[..., Path]
) -> None:
    _, context = contexts
    firms = [_words(at) for at in (11, 222, 333, 444, 555)]
    ingest_file(
        context,
        write(
            "a.csv", HEAD, *(f"{at} {_words(at)},{firm},1,{at}@{at}one.com," for at, firm in enumerate(firms))
        ),
    )
    ingest_file(
        context, write("b.csv", HEAD, *(f"z{at} {firm[::-1]},{firm},1,," for at, firm in enumerate(firms)))
    )
    with context.session() as session:
        asked = questions(session, context.playbook, limit=20)
    assert len(asked) == 5
    assert {"title", "account"} <= asked[0].one.values.keys()
    for question in asked:
        answer(context, question.review.id, "different")
    with pytest.raises(ConflictError, match="answered already"):
        answer(context, asked[0].review.id, "same")
    with context.session() as session:
        assert match_reviews.count_by_state(session) == {"different": 5}
        model = match_models.find_active(session)
    assert model is not None
    assert (model.origin, model.answers_count) == ("answers", 5)
    assert model.shift_bits < 0
    # What a person keeps apart stays apart, however often everything is compared.
    assert resolve_workspace(context).resolved.merged == 0
