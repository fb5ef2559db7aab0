"""Leads made anew from everything they were made of, to see that nothing else made them."""

from datetime import datetime
from uuid import UUID

from galena.engines.identity.components import components
from galena.stores import leads, projections, sameness
from galena.stores.door import Session
from galena.workflows.lead_assembly import LeadAssembly

LEADS_AT_ONCE = 1_000


def rebuild_all(session: Session, assembly: LeadAssembly, at: datetime) -> int:
    """Make every lead of the workspace anew, from its source records and the decisions; says how many changed.

    What stands for leads besides their facts is not looked at: nothing of it is made from records.
    """
    nodes: list[UUID] = []
    while found := projections.lead_ids(
        session, after=nodes[-1] if nodes else leads.FIRST, limit=LEADS_AT_ONCE
    ):
        nodes += found
    merges = [each for each in sameness.list_standing(session, nodes) if each.verdict == "merge"]
    sameness.place(session, components(nodes, [(each.one, each.other) for each in merges]))
    changed: set[UUID] = set()
    for start in range(0, len(nodes), LEADS_AT_ONCE):
        before = leads.load_many(session, nodes[start : start + LEADS_AT_ONCE], lock=True)
        changed |= assembly.rebuild(session, before, at, quiet=True).changed
    return len(changed)
