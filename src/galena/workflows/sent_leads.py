"""Leads that a program sends: founded or changed under the program's own numbers, and a lead's facts corrected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from galena.domain.imports import Fault
from galena.domain.listing import LeadEntry
from galena.domain.playbook import FieldMapping
from galena.domain.playbook import Mapping as SourceMapping
from galena.kit.errors import InputError
from galena.kit.ids import new_id
from galena.stores import audit, leads
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.lead_projection import lead_key
from galena.workflows.resolving import resolve_behind
from galena.workflows.sent_rows import SentRows, take_rows, take_turn
from galena.workflows.touched import score_news

LABEL = "sent by programs"
CORRECTIONS = "corrections"
"""The source under which facts corrected one by one come in."""

_KEY = "external_id"
_AT = "observed_at"
_CORRECTED = 1.0
"""Whoever corrects a fact is believed more than any source."""

Outcome = Literal["created", "updated", "unchanged", "quarantined"]


@dataclass(frozen=True, slots=True)
class SentLead:
    """A lead as a program tells it.

    Attributes:
        external_id: the program's own number of it; the same number again is the same lead.
        fields: by the names of the playbook.
        observed_at: when the facts were true; None: now.
    """

    external_id: str
    fields: Mapping[str, Any]
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LeadFate:
    """What became of a lead that was sent.

    Attributes:
        lead_id: the visible lead; None where it lies in quarantine.
        faults: why it lies in quarantine; of a lead that was taken, values that became unknown, and why.
    """

    outcome: Outcome
    lead_id: UUID | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class SentLeads:
    """What became of each lead that was sent, in their order, and the import that shows it."""

    import_id: UUID
    fates: tuple[LeadFate, ...]

    def count(self, outcome: Outcome) -> int:
        """How many ended so."""
        return sum(fate.outcome == outcome for fate in self.fates)


def send_leads(context: Context, source: str, sent: Sequence[SentLead]) -> SentLeads:
    """Takes leads in, all in one transaction, and scores those that changed.

    Raises:
        ConfigurationError: a field is none of the playbook's.
    """
    names = sorted({name for lead in sent for name in lead.fields})
    mapping = SourceMapping(
        source=source,
        label=f"{source.replace('_', ' ').capitalize()}, {LABEL}",
        key=(_KEY,),
        observed_at=_AT if any(lead.observed_at for lead in sent) else None,
        fields={name: FieldMapping(column=name) for name in names},
    )
    payloads = [_payload(lead) for lead in sent]
    keys = [lead_key(source, lead.external_id.strip()) for lead in sent]
    with context.session() as session:
        take_turn(session)
        before = leads.load_many_by_key(session, set(keys))
        taken = take_rows(session, context, mapping, payloads, label=f"{source}, {LABEL}")
        after = leads.load_many_by_key(session, set(keys))
    resolve_behind(context)
    score_news(context)
    with context.session() as session:
        visible = leads.load_many_by_key(session, set(keys))
    return SentLeads(taken.import_id, tuple(_fates(keys, taken, before, after, visible)))


def correct_lead(
    context: Context,
    lead_id: UUID,
    fields: Mapping[str, Any],
    *,
    why: str = "",
    check: Callable[[Session], None] = lambda _: None,
) -> None:
    """Says that facts of a lead are otherwise; what is said so stands above what sources tell.

    Args:
        check: called before anything is changed, while nobody else can; whatever it raises keeps all as it is.

    Raises:
        NotFoundError: there is no such lead.
        InputError: a value cannot be what its field wants; nothing was changed.
        ConfigurationError: a field is none of the playbook's.
    """
    with context.session() as session:
        take_turn(session)
        entry = leads.load(session, lead_id)
        check(session)
        if all(value is None for value in fields.values()):
            return
        source, _, key = entry.lead.key.partition(":")
        mapping = SourceMapping(
            source=CORRECTIONS,
            label="Corrected one by one",
            role="details",
            key=("correction",),
            match={"key": "lead"},
            match_source=source,
            trust=_CORRECTED,
            fields={name: FieldMapping(column=name) for name in sorted(fields)},
        )
        payload = {**fields, "correction": str(new_id()), "lead": key}
        taken = take_rows(session, context, mapping, [payload], label=CORRECTIONS)
        _refuse_faulty(taken)
        detail = {"fields": sorted(fields), "why": why}
        audit.record(session, "correct_lead", f"lead:{lead_id}", detail)
    score_news(context)


def _payload(lead: SentLead) -> dict[str, Any]:
    at = {_AT: lead.observed_at.isoformat()} if lead.observed_at else {}
    return {**lead.fields, _KEY: lead.external_id.strip(), **at}


def _refuse_faulty(taken: SentRows) -> None:
    faults = (*taken.refused.get(0, ()), *taken.unknown.get(0, ()))
    if faults:
        raise InputError(
            "These facts cannot be used.",
            facts={fault.field or "row": f"{fault.reason} {fault.remedy}".strip() for fault in faults},
            remedy="Correct what is named; nothing was changed.",
        )


def _fates(
    keys: Sequence[str],
    taken: SentRows,
    before: Mapping[str, LeadEntry],
    after: Mapping[str, LeadEntry],
    visible: Mapping[str, LeadEntry],
) -> list[LeadFate]:
    found: list[LeadFate] = []
    seen = set(before)
    for place, key in enumerate(keys):
        if place in taken.refused:
            found.append(LeadFate("quarantined", None, taken.refused[place]))
            continue
        now = visible.get(key) or after[key]
        outcome: Outcome = "updated"
        if key not in seen:
            outcome = "created"
        elif place not in taken.records or (
            key in before and before[key].lead.fields == after[key].lead.fields
        ):
            outcome = "unchanged"
        seen.add(key)
        found.append(LeadFate(outcome, now.merged_into or now.lead.id, taken.unknown.get(place, ())))
    return found
