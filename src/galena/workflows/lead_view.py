"""Everything there is to say about one lead: its facts, its score with the reasons, what moved it, what would
change it, its history and whether each old score can be replayed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from galena.domain.imports import StoredSignal
from galena.domain.listing import LeadEntry, LeadQuery
from galena.domain.reasoner import LeadReasoning
from galena.domain.score import NotScored, Previous, Score
from galena.domain.scored import HeadScore, StoredScore
from galena.domain.signal import Signal
from galena.engines.explanation import (
    Explanation,
    ScoreDiff,
    WhatIfResult,
    score_diff,
    what_would_change,
    whole_diff,
)
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import head_scores, lead_lists, leads, reasoner_answers, scores, signals
from galena.stores.door import Session
from galena.workflows.lead_models import model_name, restored, scorer_of
from galena.workflows.lead_reasoning import contribution_names
from galena.workflows.plans import Plan, active_plan, plan_with
from galena.workflows.tier_capacity import TierRule, tier_rule

HISTORY_SHOWN = 50
NEWEST = 2
"""The score that stands, and the one before."""

NAMED_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PastScore:
    """A score of the history.

    Attributes:
        replays: whether computing it again gives the same number to the last digit; None: its model cannot be used any
            more, so that nobody can tell.
        model: the name of the model that made it; None: rules did.
    """

    score: Score
    scored_at: datetime
    revision: int
    trigger: str
    replays: bool | None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class LeadView:
    """One lead, whole.

    Attributes:
        past: its scores, the newest first; the first is the one that stands, if any stands.
        explanation: of the score that stands; None without one.
        diff: what moved it since the score before, or since the moment asked for.
        what_ifs: what would change it.
        heads: what the models in use say of it, by head of the playbook.
        tier_rule: which rule set its tier, where capacity sets tiers; the explanation and the what-ifs then tell the
            tier it has among all.
        reasoning: what the reasoner says of it; None where it was never asked.
    """

    entry: LeadEntry
    plan: Plan
    signals: tuple[StoredSignal, ...]
    past: tuple[PastScore, ...]
    standing: PastScore | None
    explanation: Explanation | None
    diff: ScoreDiff | None
    what_ifs: tuple[WhatIfResult, ...]
    heads: tuple[HeadScore, ...] = ()
    tier_rule: TierRule | None = None
    reasoning: LeadReasoning | None = None


def find_lead(session: Session, reference: str) -> UUID:
    """The lead that a person means: by id, key, the beginning of one, or words of its title.

    Raises:
        NotFoundError: no lead fits.
        ConflictError: several fit.
    """
    words = reference.strip()
    if words and (found := leads.find(session, words)):
        return found.merged_into or found.lead.id
    named = lead_lists.page(session, LeadQuery(search=words), limit=NAMED_SHOWN).rows if words else ()
    if len(named) > 1:
        raise ConflictError(
            "Several leads fit this.",
            facts={"given": reference, "for_example": [f"{row.key}: {row.title}" for row in named]},
            remedy="Give the key of one of them.",
        )
    if not named:
        raise NotFoundError(
            "No lead fits.",
            facts={"given": reference},
            remedy="Give words of its title, or its id or key as `galena export` writes them.",
        )
    return named[0].id


def view_lead(
    session: Session, lead_id: UUID, *, since: datetime | None = None, whole: bool = True
) -> LeadView:
    """The lead as this session may see it.

    Args:
        since: what moved the score since this moment; None: since the score before.
        whole: with its scores of before, each replayed; else `past` is empty.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    entry = leads.load(session, lead_id)
    plan = active_plan(session)
    told = signals.list_for_lead(session, lead_id)
    plans = _Plans(session, plan)
    stored = scores.find_standing(session, lead_id)
    history = scores.history(session, lead_id, limit=HISTORY_SHOWN if whole else NEWEST)
    past = plans.past(history) if whole else ()
    if stored is None:
        return LeadView(entry, plan, told, past, None, None, None, ())
    (standing,) = plans.past([stored])
    own = plans.of(stored)
    inputs = inputs_of(own, entry, told, standing.score.as_of)
    rule = tier_rule(session, plan.playbook, lead_id)
    stands = replace(standing.score, tier=rule.tier) if rule else standing.score
    return LeadView(
        entry,
        plan,
        told,
        past,
        standing,
        own.explainer.explain(stands, inputs),
        _diff(session, plans, stored, since, history),
        _what_ifs(own, plans.scorer(stored), standing.score, inputs, rule),
        head_scores.list_for_lead(session, lead_id),
        rule,
        reasoner_answers.find_for_lead(session, lead_id),
    )


def inputs_of(
    plan: Plan, entry: LeadEntry, told: Sequence[StoredSignal], as_of: datetime
) -> Mapping[str, Any]:
    """What the rules read of a lead as of a moment."""
    known = {name: field for name, field in plan.playbook.fields.items() if not field.outcome}
    fields = {name: value for name, value in entry.lead.fields.items() if name in known}
    fields["lead_source"] = entry.lead.key.partition(":")[0]
    happened = [Signal(each.kind, each.at, each.attributes, each.external_id) for each in told]
    return plan.features.inputs_one(fields, happened, as_of)


class _Plans:
    """The plans of the revisions that a lead's scores name, each loaded once."""

    def __init__(self, session: Session, active: Plan) -> None:
        self._session = session
        self.of_active = active
        self._known = {active.revision.id: active}
        self._scorers: dict[tuple[UUID | None, ...], Any] = {}
        self._names: dict[UUID, str] = {}

    def of(self, stored: StoredScore) -> Plan:
        if stored.revision_id not in self._known:
            self._known[stored.revision_id] = plan_with(self._session, stored.revision_id)
        return self._known[stored.revision_id]

    def scorer(self, stored: StoredScore) -> Any:
        """What made a score, ready to score again; None when its model cannot be used any more, or the reasoner did."""
        if contribution_names(stored.method) is not None:
            return None
        key = (stored.revision_id, stored.model_id, stored.weights_id)
        if key not in self._scorers:
            self._scorers[key] = scorer_of(self._session, self.of(stored), stored.model_id, stored.weights_id)
        return self._scorers[key]

    def restored(self, stored: StoredScore) -> Score:
        return restored(self._session, self.of(stored), stored)

    def past(self, history: Sequence[StoredScore]) -> tuple[PastScore, ...]:
        """Scores with whether each replays; those of one model are replayed together."""
        told = {stored.id: self.restored(stored) for stored in history}
        replays: dict[int, bool | None] = {}
        for _, group in groupby(sorted(history, key=_made_by), key=_made_by):
            same = list(group)
            replays |= self._replays(same, [told[stored.id] for stored in same])
        return tuple(
            PastScore(
                told[stored.id],
                stored.scored_at,
                self.of(stored).revision.number,
                stored.trigger,
                replays[stored.id],
                self._model_name(stored.model_id),
            )
            for stored in history
        )

    def _replays(self, same: Sequence[StoredScore], told: Sequence[Score]) -> dict[int, bool | None]:
        scorer = self.scorer(same[0])
        if scorer is None:
            return {stored.id: None for stored in same}
        again = scorer.replay_all(told)
        return {
            stored.id: _is_same(before, after)
            for stored, before, after in zip(same, told, again, strict=True)
        }

    def _model_name(self, model_id: UUID | None) -> str | None:
        if model_id is None:
            return None
        if model_id not in self._names:
            self._names[model_id] = model_name(self._session, self.of_active.playbook, model_id)
        return self._names[model_id]


def _made_by(stored: StoredScore) -> tuple[str, str]:
    return str(stored.revision_id), f"{stored.model_id} {stored.weights_id} {stored.method}"


def _is_same(before: Score, after: Score) -> bool:
    return (
        after.micropoints == before.micropoints
        and after.contributions == before.contributions
        and (after.tier, after.temperature, after.confidence)
        == (before.tier, before.temperature, before.confidence)
    )


def _diff(
    session: Session,
    plans: _Plans,
    stored: StoredScore,
    since: datetime | None,
    history: Sequence[StoredScore],
) -> ScoreDiff | None:
    if since is not None:
        earlier = scores.find_at(session, stored.lead_id, since)
    else:
        earlier = next((each for each in history[:NEWEST] if each.id != stored.id), None)
    if earlier is None or earlier.id == stored.id:
        return None
    before, after = plans.restored(earlier), plans.restored(stored)
    if contribution_names(stored.method) or contribution_names(earlier.method):
        return whole_diff(before, after)
    return score_diff(
        before,
        after,
        plans.of(stored).explainer,
        plans.of(earlier).explainer,
    )


def _what_ifs(
    plan: Plan, scorer: Any, score: Score, inputs: Mapping[str, Any], rule: TierRule | None
) -> tuple[WhatIfResult, ...]:
    if scorer is None:  # Rules would answer with other numbers than the model that scored it.
        return ()

    def again(changed: Mapping[str, Any], as_of: datetime, previous: Previous) -> Score | NotScored:
        # The playbook's conditions remember the tier they gave, and not the one that capacity did.
        ruled = Previous(score.tier, previous.temperature)
        found: Score | NotScored = scorer.try_one(changed, as_of, ruled)
        return rule.applied(found) if rule and isinstance(found, Score) else found

    def tier_at(other: Score, micropoints: int) -> str:
        ruled = plan.scorer.tier_at(replace(other, tier=score.tier), micropoints)
        return rule.tier_at(micropoints, ruled) if rule else ruled

    return what_would_change(
        inputs,
        replace(score, tier=rule.tier) if rule else score,
        plan.explainer,
        rescore=again,
        evaluate=plan.scorer.evaluate,
        tier_at=tier_at,
    )
