"""The reasons of many leads' scores, each in one line, for lists and exports."""

from collections.abc import Sequence
from uuid import UUID

from galena.domain.listing import LeadRow
from galena.domain.reasoner import LeadReasoning
from galena.stores import reasoner_answers, scores
from galena.stores.door import Session
from galena.workflows.lead_models import names_of
from galena.workflows.lead_reasoning import METHODS
from galena.workflows.plans import Plan, plan_with

REASONS_SHOWN = 3
LONGEST_SENTENCE = 160


def reasons_of(
    session: Session, plan: Plan, rows: Sequence[LeadRow], *, limit: int = REASONS_SHOWN
) -> dict[UUID, str]:
    """For each row with a score its largest reasons: "owner is 71, no successor named +14 · ..."."""
    plans = {plan.revision.id: plan}
    for revision_id in {row.revision_id for row in rows if row.revision_id} - plans.keys():
        plans[revision_id] = plan_with(session, revision_id)
    fields = {row.id: row.fields for row in rows}
    found = {}
    names: dict[tuple[UUID, UUID | None, str], tuple[str, ...]] = {}
    standing = scores.load_standing(session, list(fields))
    said = reasoner_answers.load_for_leads(
        session, [lead_id for lead_id, stored in standing.items() if stored.method in METHODS]
    )
    for lead_id, stored in standing.items():
        if stored.method in METHODS:
            found[lead_id] = reasoner_words(said.get(lead_id))
            continue
        its = plans[stored.revision_id]
        made_by = (stored.revision_id, stored.model_id, stored.method)
        if made_by not in names:
            names[made_by] = names_of(session, its, *made_by)
        values = {**fields[lead_id], **its.scorer.unpack_values(stored.values)}
        pairs = zip(names[made_by], stored.contributions, strict=True)
        found[lead_id] = its.explainer.reason_text(pairs, values, limit)
    return found


def reasoner_words(said: LeadReasoning | None) -> str:
    """What the reasoner says of a lead, in a line for lists: its first sentence."""
    if said is None:
        return "scored by the reasoner"
    if said.answer is None:
        return f"no answer yet: {said.failure or 'it will be asked again'}"
    text = said.answer.reasoning
    end = text.find(". ")
    first = text if end < 0 else text[: end + 1]
    return first if len(first) <= LONGEST_SENTENCE else first[:LONGEST_SENTENCE].rstrip() + " …"
