"""What became of a lead, recorded: checked against where it stands, written once, and everything that follows done.

The story, in one transaction for however many leads: lock the leads and their assignments -> read each reason -> judge
each outcome -> write the rows -> move the assignments -> open the next tasks -> ban what must not be contacted ->
events and audit -> tell the leads. After it, the leads that were touched are scored again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from galena.domain.assignment import Assignment
from galena.domain.disposing import Choice, Standing, offered
from galena.domain.dispositions import UNDONE, Disposition
from galena.domain.listing import LeadEntry
from galena.domain.playbook import Playbook
from galena.kit.errors import GalenaError, InputError, NotFoundError
from galena.stores import dispositions
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.dispose_desk import Desk, Recorded, Saying, load_cases, terms_of
from galena.workflows.suppress import take_turn_to_ban
from galena.workflows.touched import score_touched


@dataclass(frozen=True, slots=True)
class Prospect:
    """A lead and what can be said of it, for a dialog."""

    entry: LeadEntry
    held: Assignment | None
    rows: tuple[Disposition, ...]
    standing: Standing
    choices: tuple[Choice, ...]


def dispose(context: Context, saying: Saying, *, tenant_id: UUID | None = None) -> Recorded:
    """Record what became of a lead.

    Args:
        tenant_id: who says so; None: the operator. A tenant speaks only of its own leads.

    Raises:
        NotFoundError: the lead does not exist, or is not this tenant's.
        InputError: something the outcome needs is missing or impossible.
        ConflictError: the outcome does not fit where the lead stands.
    """
    return dispose_many(context, [saying], tenant_id=tenant_id)[0]


def dispose_many(
    context: Context, sayings: Sequence[Saying], *, tenant_id: UUID | None = None, scores: bool = True
) -> list[Recorded]:
    """The same for many, in their order: all of them or none.

    Args:
        scores: score the touched leads again at the end.
    """
    with context.session() as session:
        take_turn_to_ban(session, [each.entry.outcome for each in sayings])
        desk = Desk(session, context, {each.lead_id for each in sayings}, tenant_id)
        for saying in sayings:
            desk.record(saying)
        found = desk.close()
    if scores:
        score_touched(context)
    return found


def dispose_batch(
    context: Context, sayings: Sequence[Saying], *, tenant_id: UUID | None = None
) -> list[Recorded]:
    """The same, where somebody sends many at once and wants to know each that is wrong.

    Raises:
        InputError: some cannot be recorded: the facts say which and why, and nothing is.
    """
    faults: dict[str, str] = {}
    with context.session() as session:
        take_turn_to_ban(session, [each.entry.outcome for each in sayings])
        desk = Desk(session, context, {each.lead_id for each in sayings}, tenant_id)
        for place, saying in enumerate(sayings):
            try:
                desk.record(saying)
            except GalenaError as fault:
                faults[f"items.{place}"] = f"{fault.what} {fault.remedy}".strip()
        if faults:
            raise InputError(
                f"{len(faults):,} of {len(sayings):,} outcomes cannot be recorded; nothing was.",
                facts=faults,
                remedy="Mend these and send all of them again.",
            )
        found = desk.close()
    score_touched(context)
    return found


def undo(context: Context, disposition_id: UUID, *, because: str, tenant_id: UUID | None = None) -> Recorded:
    """Take a mistaken outcome back: a row says so, and the lead stands where the rows left put it.

    A ban that the outcome made ends with it, unless somebody else asked for it, too.

    Raises:
        NotFoundError: there is no such outcome, or it is not this tenant's.
        InputError: no reason is given, or the row is itself a taking back.
        ConflictError: it was taken back before.
    """
    return undo_batch(context, [disposition_id], because=because, tenant_id=tenant_id)[0]


def undo_batch(
    context: Context, disposition_ids: Sequence[UUID], *, because: str, tenant_id: UUID | None = None
) -> list[Recorded]:
    """`undo` of several: all of them, or where one cannot be taken back, none."""
    if not because.strip():
        raise InputError("Taking an outcome back needs a reason.", remedy="Say why it was a mistake.")
    with context.session() as session:
        every = [_mistake(session, each, tenant_id) for each in dict.fromkeys(disposition_ids)]
        desk = Desk(session, context, [wrong.lead_id for wrong in every], tenant_id)
        found = [desk.take_back(wrong, because.strip()) for wrong in every]
    score_touched(context)
    return found


def _mistake(session: Session, disposition_id: UUID, tenant_id: UUID | None) -> Disposition:
    wrong = dispositions.load(session, disposition_id)
    if tenant_id is not None and wrong.tenant_id != tenant_id:
        raise NotFoundError("there is no such outcome", facts={"id": disposition_id})
    if wrong.outcome == UNDONE:
        raise InputError("This row takes another one back.", remedy="Record the outcome anew.")
    return wrong


def prospect(
    session: Session, playbook: Playbook, lead_id: UUID, now: datetime, *, tenant_id: UUID | None = None
) -> Prospect:
    """A lead with what was said of it and what can be said now.

    Raises:
        NotFoundError: the lead does not exist, or is not this tenant's.
    """
    case = load_cases(session, [lead_id], lock=False).get(lead_id)
    if case is None or not case.is_of(tenant_id, now):
        raise NotFoundError("there is no such lead", facts={"id": lead_id})
    choices = offered(case.standing, terms_of(playbook), now)
    return Prospect(case.entry, case.held, case.rows, case.standing, choices)
