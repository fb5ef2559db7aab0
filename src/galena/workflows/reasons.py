"""The reasons of many leads' scores, each in one line, for lists and exports."""

from collections.abc import Sequence
from uuid import UUID

from galena.domain.listing import LeadRow
from galena.stores import revisions, scores
from galena.stores.door import Session
from galena.workflows.lead_models import names_of
from galena.workflows.plans import Plan, plan_of

REASONS_SHOWN = 3


def reasons_of(
    session: Session, plan: Plan, rows: Sequence[LeadRow], *, limit: int = REASONS_SHOWN
) -> dict[UUID, str]:
    """For each row with a score its largest reasons: "owner is 71, no successor named +14 · ..."."""
    plans = {plan.revision.id: plan}
    for revision_id in {row.revision_id for row in rows if row.revision_id} - plans.keys():
        plans[revision_id] = plan_of(revisions.load(session, revision_id))
    fields = {row.id: row.fields for row in rows}
    found = {}
    names: dict[tuple[UUID, UUID | None], tuple[str, ...]] = {}
    for lead_id, stored in scores.load_standing(session, list(fields)).items():
        its = plans[stored.revision_id]
        made_by = (stored.revision_id, stored.model_id)
        if made_by not in names:
            names[made_by] = names_of(session, its, *made_by)
        values = {**fields[lead_id], **its.scorer.unpack_values(stored.values)}
        pairs = zip(names[made_by], stored.contributions, strict=True)
        found[lead_id] = its.explainer.reason_text(pairs, values, limit)
    return found
