"""Leads given new links, when a mapping begins to match on a field that no mapping matched on before."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from galena.stores import leads, projections
from galena.stores.door import Session
from galena.workflows.lead_assembly import LeadAssembly

LEADS_AT_ONCE = 5_000


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
