"""Leads whose names come near one of the sanctions list: a person says whether it is they.

A name proves nothing, so a name that comes near moves no score. What a person says is a fact of the lead, from the
source `person`: by it the playbook discards the lead, or takes the matter as settled until other names come near.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from galena.domain.playbook import Playbook
from galena.kit.errors import NotFoundError
from galena.stores import audit, enrichment, leads
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.enrich_intake import take_word, turn
from galena.workflows.touched import score_touched

MATCH, NEAR, SETTLED = "sanctions_match", "sanctions_review", "sanctions_settled"
"""Lead fields: whether it is on the list; the names that come near; those of which a person said so or not."""


@dataclass(frozen=True, slots=True)
class SanctionsHit:
    """A lead that a person has to look at; `names` says which come near, and how near."""

    lead_id: UUID
    key: str
    title: str
    names: str

    def as_dict(self) -> dict[str, str]:
        """As JSON, for scripts."""
        return {"lead": self.key, "title": self.title, "names": self.names}


@dataclass(frozen=True, slots=True)
class Settled:
    """What a person's word did.

    Attributes:
        status: of the lead, now.
        rescored: leads whose score, or any part of it, changed.
    """

    title: str
    is_listed: bool
    status: str
    rescored: int

    @property
    def sentence(self) -> str:
        """In words."""
        if not self.is_listed:
            return f"{self.title} is not on the sanctions list, by your word."
        what = "it is discarded" if self.status == "discarded" else "that is noted"
        return f"{self.title} is on the sanctions list, by your word; {what}."


def list_hits(session: Session, playbook: Playbook) -> tuple[SanctionsHit, ...]:
    """The leads near whose names a listed one comes, and of which nobody said yet whether it is theirs."""
    if not {MATCH, NEAR, SETTLED} <= playbook.fields.keys():
        return ()
    ids: Sequence[UUID] = enrichment.list_differing(session, NEAR, SETTLED)
    return tuple(
        SanctionsHit(lead_id, entry.lead.key, entry.title or entry.lead.key, str(entry.lead.fields[NEAR]))
        for lead_id, entry in leads.load_many(session, ids).items()
    )


def settle_hit(context: Context, lead_id: UUID, *, is_listed: bool) -> Settled:
    """Notes what a person says of a lead near the sanctions list, and scores the lead. It can be said otherwise later.

    Raises:
        NotFoundError: there is no such lead, or no listed name comes near its names.
    """
    with context.session() as session:
        turn(session)
        entry = leads.load(session, lead_id)
        names = str(entry.lead.fields.get(NEAR) or "")
        if not names or SETTLED not in context.playbook.fields:
            raise NotFoundError(
                "No name of the sanctions list comes near this lead's.",
                facts={"lead": entry.lead.key},
                remedy="`galena enrich --sanctions` lists the leads to be looked at.",
            )
        facts = {MATCH: is_listed, SETTLED: names}
        take_word(session, context, entry, facts, "sanctions list, settled by a person")
        audit.record(session, "settle_sanctions_hit", f"lead:{lead_id}", {"is_listed": is_listed})
    touched = score_touched(context)
    with context.session() as session:
        now = leads.load(session, lead_id)
    return Settled(now.title or now.lead.key, is_listed, now.lead.status, touched.changed)
