"""Mappings saved, and leads linked anew when one matches on a field that no mapping matched on before."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.playbook import Playbook
from galena.engines.ingestion import linking_fields
from galena.stores import leads, mappings, projections
from galena.stores.door import Session
from galena.workflows.lead_assembly import LeadAssembly, assembly_for, saved_mappings

LEADS_AT_ONCE = 5_000


def keep_mapping(session: Session, playbook: Playbook, mapping: SourceMapping, at: datetime) -> None:
    """Saves a mapping for the next files of its source, and links the leads that are there for it."""
    before = linking_fields(playbook, saved_mappings(session))
    mappings.save(session, mapping.source, mapping.model_dump(mode="json", exclude_defaults=True))
    if linking_fields(playbook, saved_mappings(session)) != before:
        relink_all(session, assembly_for(session, playbook), at)


def relink_all(session: Session, assembly: LeadAssembly, at: datetime) -> int:
    """Rebuilds every lead of the workspace with the links of `assembly`; says how many changed."""
    changed = 0
    for lead_ids in _all_leads(session):
        changed += len(assembly.rebuild(session, leads.load_many(session, lead_ids, lock=True), at).changed)
    return changed


def _all_leads(session: Session) -> Iterator[list[UUID]]:
    after = leads.FIRST
    while found := projections.lead_ids(session, after=after, limit=LEADS_AT_ONCE):
        yield found
        after = found[-1]
