"""Scores of models: which model made them, the names of their parts, and what models say of each head."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from galena.domain.listing import LeadEntry
from galena.domain.registered_model import NewModel
from galena.domain.revision import NewRevision
from galena.domain.score import Previous
from galena.domain.scored import HeadHeader, HeadScore, ScoreHeader, StoredScore
from galena.kit.errors import NotFoundError
from galena.kit.ids import new_id
from galena.stores import head_scores, models, revisions, score_layouts, scores
from galena.stores.door import Session

Add = Callable[..., list[LeadEntry]]


@pytest.fixture
def model_id(session: Session, noon: datetime) -> UUID:
    """A registered model."""
    new = NewModel(new_id(), "b2b", "won", "ensemble", "a" * 64, "models/a.tar", 10)
    return models.register(session, new, at=noon).id


def _score(lead_id: UUID, noon: datetime, model_id: UUID | None, fallback: str | None = None) -> StoredScore:
    return StoredScore(
        lead_id=lead_id, revision_id=UUID(int=7), as_of=noon, scored_at=noon, micropoints=62_000_000,
        tier="a", temperature="warm", confidence=0.8, fit=1.0, engagement=2.0, previous=Previous(), values=(1.5,),
        contributions=(60_000_000, 2_000_000), trigger="rules", method="model" if model_id else "rules",
        model_id=model_id, fallback=fallback,
    )  # fmt: skip


def test_a_score_says_which_model_made_it(
    session: Session, add_leads: Add, noon: datetime, model_id: UUID
) -> None:
    (lead,) = add_leads(session, "crm:1")
    written = _score(lead.lead.id, noon, model_id)
    assert scores.record_many(session, [written]) == 1
    (kept,) = scores.history(session, lead.lead.id)
    assert kept == replace(written, id=kept.id)
    current = scores.load_current(session, [lead.lead.id])[lead.lead.id]
    assert (current.method, current.model_id, current.fallback) == ("model", model_id, None)
    # The same by the same model is not kept again; the same by rules that stand in for it is.
    assert scores.record_many(session, [written]) == 0
    assert scores.record_many(session, [_score(lead.lead.id, noon, None, "model_failed")]) == 1
    current = scores.load_current(session, [lead.lead.id])[lead.lead.id]
    assert (current.method, current.model_id, current.fallback) == ("rules", None, "model_failed")
    assert scores.record_many(session, [_score(lead.lead.id, noon, None, "model_failed")]) == 0
    assert scores.record_many(session, [_score(lead.lead.id, noon, None)]) == 1


def test_names_of_parts_are_kept_once(session: Session, model_id: UUID) -> None:
    new = NewRevision("h", {}, "r", "f", ("a",), ("start",), "")
    revision = revisions.save(session, new)
    for _ in range(2):
        score_layouts.keep(session, revision.id, model_id, ("start", "model:a"))
    assert score_layouts.load(session, revision.id, model_id) == ("start", "model:a")
    with pytest.raises(NotFoundError, match="not kept"):
        score_layouts.load(session, revision.id, UUID(int=5))


def test_what_a_model_says_of_a_head_is_replaced(
    session: Session, add_leads: Add, noon: datetime, model_id: UUID
) -> None:
    one, two = (entry.lead.id for entry in add_leads(session, "crm:1", "crm:2"))
    header = HeadHeader("won", model_id, noon, noon)
    lines = f'{one},0.25,0.1,0.5,0.75,"{{0.125,0.5}}",1200\n{two},0.5,0.5,0.5,1,{{}},\n'
    assert head_scores.record_csv(session, header, [lines.encode()]) == 2
    said = HeadScore(one, "won", model_id, noon, noon, 0.25, 0.1, 0.5, 0.75, (0.125, 0.5), 1200.0)
    assert head_scores.list_for_lead(session, one) == (said,)
    assert head_scores.load_many(session, "won", [two])[two].expected_value is None
    later = replace(header, as_of=noon + timedelta(days=1), scored_at=noon + timedelta(days=1))
    assert head_scores.record_csv(session, later, [f"{one},0.75,0.5,1,1,{{}},\n".encode()]) == 1
    assert head_scores.record_csv(session, header, [f"{one},0.1,0.5,1,1,{{}},\n".encode()]) == 0
    assert head_scores.load_many(session, "won", [one, two])[one].probability == 0.75
    assert head_scores.withdraw(session, [two]) == 1
    assert head_scores.withdraw_heads(session, ["won"]) == 0
    assert head_scores.withdraw_heads(session, []) == 1


def test_headers_say_rules_unless_told(noon: datetime) -> None:
    assert ScoreHeader(UUID(int=1), noon, noon, "rules").model_id is None
