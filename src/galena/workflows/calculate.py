"""A score asked for and not kept: of facts that were given, or of a lead as it is known now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.playbook import FieldMapping
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.score import NotScored, Previous, Score
from galena.domain.signal import Signal
from galena.engines.explanation import Explanation
from galena.engines.ingestion import MappedRow, Reader
from galena.kit.errors import InputError
from galena.stores import leads, scores, signals
from galena.stores.door import Session
from galena.workflows.context import context_of
from galena.workflows.lead_models import first_of
from galena.workflows.lead_view import inputs_of
from galena.workflows.mapping_check import check_mapping
from galena.workflows.plans import Plan, active_plan

SOURCE = "given"


@dataclass(frozen=True, slots=True)
class Calculated:
    """A score that nobody keeps.

    Attributes:
        score: None where the playbook gives none.
        reason: why there is none: the discard that holds, or the fact that is missing; empty where there is a score.
        explanation: of the score.
        model: the name of the model that made it; None: rules did.
    """

    score: Score | None
    explanation: Explanation | None
    reason: str = ""
    model: str | None = None


def calculate_for_lead(session: Session, lead_id: UUID, as_of: datetime) -> Calculated:
    """The score a lead would have as of a moment, with what is known of it now.

    Raises:
        NotFoundError: there is no such lead.
    """
    plan = active_plan(session)
    entry = leads.load(session, lead_id)
    inputs = inputs_of(plan, entry, signals.list_for_lead(session, lead_id), as_of)
    stands = scores.load_current(session, (lead_id,)).get(lead_id)
    previous = Previous(stands.ruled_tier or stands.tier, stands.temperature) if stands else Previous()
    return _calculated(session, plan, inputs, as_of, previous)


def calculate_for_facts(
    session: Session,
    fields: Mapping[str, Any],
    happened: Iterable[Signal],
    as_of: datetime,
    *,
    source: str = SOURCE,
) -> Calculated:
    """The score that a lead with these facts and signals would have.

    Args:
        fields: by the names of the playbook, read as an import would read them.
        source: what conditions on `lead_source` read.

    Raises:
        InputError: a value cannot be what its field wants, or a signal's kind is none of the playbook's.
        ConfigurationError: a field is none of the playbook's.
    """
    plan = active_plan(session)
    told = list(happened)
    unknown = {each.kind for each in told} - plan.playbook.signal_kinds.keys()
    if unknown:
        raise InputError(
            "The playbook does not know this kind of signal.",
            facts={"kind": ", ".join(sorted(unknown)), "known": ", ".join(plan.playbook.signal_kinds)},
        )
    known = {name: field for name, field in plan.playbook.fields.items() if not field.outcome}
    row = _read(plan, fields, as_of)
    facts = {name: value for name, value in row.fields.items() if name in known}
    inputs = plan.features.inputs_one({**facts, "lead_source": source}, told, as_of)
    return _calculated(session, plan, inputs, as_of, Previous())


def _read(plan: Plan, fields: Mapping[str, Any], at: datetime) -> MappedRow:
    mapping = SourceMapping(
        source=SOURCE,
        key=("given",),
        fields={name: FieldMapping(column=name) for name in fields},
    )
    check_mapping(mapping, plan.playbook)
    row = Reader(mapping, plan.playbook, at).read({**fields, "given": "1"}, 1)
    faults = row.warnings if isinstance(row, MappedRow) else row.faults
    if faults or not isinstance(row, MappedRow):
        raise InputError(
            "These facts cannot be used.",
            facts={fault.field: f"{fault.reason} {fault.remedy}".strip() for fault in faults},
            remedy="Correct what is named.",
        )
    return row


def _calculated(
    session: Session, plan: Plan, inputs: Mapping[str, Any], as_of: datetime, previous: Previous
) -> Calculated:
    first = first_of(context_of(session, plan.playbook), plan, session)
    scorer = first.scorer if first else plan.scorer
    found = scorer.score_one(inputs, as_of, previous)
    if isinstance(found, NotScored):
        labels = {each.name: each.label for each in plan.playbook.discards}
        return Calculated(None, None, labels.get(found.reason, f"lacks {found.reason}"))
    model = first.model.name if first else None
    return Calculated(found, plan.explainer.explain(found, inputs), model=model)
