"""What became of a lead, recorded: checked against where it stands, written once, and everything that follows done.

The story of one outcome, in one transaction: lock the lead and its assignment -> read the reason -> judge -> write the
row -> move the assignment -> open the next task -> ban what must not be contacted -> tell the lead -> event and audit.
After it, the leads that were touched are scored again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from galena.domain.assignment import Assignment
from galena.domain.disposing import Choice, Decision, Standing, Terms, judge, offered, standing_of
from galena.domain.dispositions import STEP_WORDS, UNDONE, Disposition, Entry, NextStep, rule_of
from galena.domain.events import NewEvent
from galena.domain.listing import LeadEntry
from galena.domain.playbook import Playbook
from galena.engines.insight.reasons import ReasonReader, Suggestion
from galena.kit.errors import InputError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import assignment_states, assignments, audit, dispositions, leads, outbox, tasks
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.outcome_facts import Told, take_turn, tell_leads, untell_lead
from galena.workflows.suppress import ban_lead
from galena.workflows.touched import score_touched


@dataclass(frozen=True, slots=True)
class Saying:
    """An outcome about to be recorded.

    Attributes:
        at: when it happened; None: now.
        accept_suggested: take the code that the reason's words suggest where none is given; the person said so.
    """

    lead_id: UUID
    entry: Entry
    at: datetime | None = None
    accept_suggested: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded, and what follows.

    Attributes:
        standing: where the lead is now.
        others: other leads that may not be contacted any more, for they are reached by the same contact.
    """

    disposition: Disposition
    entry: LeadEntry
    standing: Standing
    others: tuple[UUID, ...] = ()


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
        desk = Desk(session, context, tenant_id)
        found = [desk.record(saying) for saying in sayings]
        desk.tell()
    if scores:
        score_touched(context)
    return found


def undo(context: Context, disposition_id: UUID, *, because: str, tenant_id: UUID | None = None) -> Recorded:
    """Take a mistaken outcome back: a row says so, and the lead stands where the rows left put it.

    A ban stays: it is lifted by an administrator alone (`suppress.lift`).

    Raises:
        NotFoundError: there is no such outcome, or it is not this tenant's.
        InputError: no reason is given, or the row is itself a taking back.
        ConflictError: it was taken back before.
    """
    if not because.strip():
        raise InputError("Taking an outcome back needs a reason.", remedy="Say why it was a mistake.")
    with context.session() as session:
        wrong = dispositions.load(session, disposition_id)
        if tenant_id is not None and wrong.tenant_id != tenant_id:
            raise NotFoundError("there is no such outcome", facts={"id": disposition_id})
        if wrong.outcome == UNDONE:
            raise InputError("This row takes another one back.", remedy="Record the outcome anew.")
        found = Desk(session, context, tenant_id).take_back(wrong, because.strip())
    score_touched(context)
    return found


def prospect(
    session: Session, playbook: Playbook, lead_id: UUID, now: datetime, *, tenant_id: UUID | None = None
) -> Prospect:
    """A lead with what was said of it and what can be said now.

    Raises:
        NotFoundError: the lead does not exist, or is not this tenant's.
    """
    entry, held = _load(session, lead_id, tenant_id, lock=False)
    rows = _rows_of(dispositions.list_for_lead(session, entry.lead.id), held)
    standing = _standing(rows, held)
    return Prospect(entry, held, rows, standing, offered(standing, terms_of(playbook), now))


def terms_of(playbook: Playbook) -> Terms:
    """What a playbook asks of outcomes."""
    outcomes = playbook.outcomes
    return Terms(
        {reason.code: frozenset(reason.after) for reason in outcomes.reasons},
        outcomes.attempts,
        outcomes.retry_days,
        outcomes.next_attempt_days,
    )


def suggestion(playbook: Playbook, text: str, outcome: str) -> Suggestion:
    """The reason that a text gives for an outcome."""
    return ReasonReader(playbook.outcomes.reasons).suggest(text, rule_of(outcome).outcome)


class Desk:
    """Records outcomes of one transaction, one by one; `tell` at its end."""

    def __init__(self, session: Session, context: Context, tenant_id: UUID | None) -> None:
        self._session = session
        self._context = context
        self._tenant_id = tenant_id
        self._now = context.clock()
        self._terms = terms_of(context.playbook)
        self._reader = ReasonReader(context.playbook.outcomes.reasons)
        self._told: list[Told] = []
        if context.playbook.outcomes.fills:
            take_turn(session)  # Before any lead is locked.

    def record(self, saying: Saying) -> Recorded:
        """One outcome; raises as `dispose`."""
        session, at = self._session, saying.at or self._now
        if at > self._now:
            raise InputError(f"{at:%Y-%m-%d %H:%M} UTC is still to come.", facts={"at": at})
        entry, held = _load(session, saying.lead_id, self._tenant_id, lock=True)
        rows = _rows_of(dispositions.list_for_lead(session, entry.lead.id), held)
        standing = _standing(rows, held)
        read, suggested = self._with_reason(saying)
        decision = judge(read, standing, self._terms, at)
        row = self._row(decision, entry, held, suggested, at)
        dispositions.add_many(session, [row])
        self._move(row, decision, held)
        self._set_tasks(row, entry, held)
        others = self._ban(row, decision, entry)
        self._told.append(Told(row, entry))
        self._note(row, "dispose", {"reason": row.reason_code, "attempts": row.attempts})
        state = decision.after if held and decision.after else standing.state
        after = replace(_standing((*rows, row), held), state=state)
        return Recorded(row, entry, after, others)

    def tell(self) -> None:
        """Tells the leads what was recorded of them."""
        tell_leads(self._session, self._context, self._told)

    def take_back(self, wrong: Disposition, because: str) -> Recorded:
        """The row that takes another back, and where that leaves the lead."""
        session = self._session
        entry, held = _load(session, wrong.lead_id, None, lock=True)
        row = _taking_back(wrong, because, session.actor, self._now)
        dispositions.add_many(session, [row])
        rows = _rows_of(dispositions.list_for_lead(session, wrong.lead_id), held)
        standing = _standing(rows, held)
        mine = held if held is not None and held.id == wrong.assignment_id else None
        if mine is not None:
            newest = standing.newest
            state = (newest.rule.after if newest and newest.rule else None) or "active"
            assignment_states.move_many(
                session, [mine], state, step="outcome_undone", why=because, at=self._now
            )
            standing = replace(standing, state=state)
        if mine is not None or held is None:
            tasks.end_of_leads(session, [wrong.lead_id], because="the outcome was taken back", at=self._now)
            if standing.newest is not None:
                self._open_task(standing.newest, entry, mine)
        untell_lead(session, self._context, wrong.lead_id, wrong, row)
        self._note(row, "undo_disposition", {"undone": str(wrong.id), "was": wrong.outcome})
        return Recorded(row, entry, standing)

    def _with_reason(self, saying: Saying) -> tuple[Entry, str | None]:
        """The entry with its confirmed code, and the code that its words suggest."""
        entry = saying.entry
        if not entry.reason_text.strip():
            return entry, None
        found = self._reader.suggest(entry.reason_text, rule_of(entry.outcome).outcome)
        if entry.reason_code is not None:
            return entry, found.code
        if saying.accept_suggested and found.code:
            return replace(entry, reason_code=found.code), found.code
        if not rule_of(entry.outcome).needs:
            return entry, found.code
        if found.code is None:
            return entry, None
        raise InputError(
            f"The reason reads like `{found.code}`; say whether that is right.",
            facts={"words": list(found.phrases), "or": list(found.others)},
            remedy=f"Give reason_code {found.code}, or the code that fits.",
        )

    def _row(
        self,
        decision: Decision,
        entry: LeadEntry,
        held: Assignment | None,
        suggested: str | None,
        at: datetime,
    ) -> Disposition:
        said = decision.entry
        return Disposition(
            id=new_id(),
            assignment_id=held.id if held else None,
            lead_id=entry.lead.id,
            tenant_id=held.tenant_id if held else None,
            stage=decision.rule.stage,
            outcome=decision.rule.outcome,
            reason_text=said.reason_text.strip(),
            reason_code=said.reason_code,
            suggested_code=suggested,
            note=said.note.strip(),
            callback_on=said.callback_on,
            booked_for=said.booked_for,
            booked_by=said.booked_by or ("manual" if decision.rule.outcome == "booked" else None),
            signed_on=said.signed_on,
            closing_on=said.closing_on,
            deal_value=said.deal_value,
            commission=said.commission,
            attempts=decision.attempts,
            days_to_book=decision.days_to_book,
            days_to_close=decision.days_to_close,
            next_step=decision.then,
            next_on=decision.on,
            corrects=None,
            at=at,
            author=self._session.actor,
        )

    def _move(self, row: Disposition, decision: Decision, held: Assignment | None) -> None:
        if held is None or decision.after is None:
            return
        why = row.rule.label if row.rule else row.outcome
        assignment_states.move_many(
            self._session, [held], decision.after, step="outcome", why=why, at=row.at, is_contact=True
        )

    def _set_tasks(self, row: Disposition, entry: LeadEntry, held: Assignment | None) -> None:
        """What was to be done is done; the next step takes its place."""
        ended = f"outcome recorded: {row.rule.label.lower()}" if row.rule else row.outcome
        tasks.end_of_leads(self._session, [row.lead_id], because=ended, at=self._now)
        self._open_task(row, entry, held)

    def _open_task(self, row: Disposition, entry: LeadEntry, held: Assignment | None) -> None:
        if row.next_step is None or row.next_on is None:
            return
        task = {
            "assignment_id": held.id if held else None,
            "lead_id": entry.lead.id,
            "tenant_id": held.tenant_id if held else None,
            "step": row.next_step,
            "due_on": row.next_on,
            "note": row.note or STEP_WORDS[NextStep(row.next_step)],
            "disposition_id": row.id,
            "opened_at": self._now,
        }
        tasks.open_many(self._session, [task])

    def _ban(self, row: Disposition, decision: Decision, entry: LeadEntry) -> tuple[UUID, ...]:
        if not decision.rule.bans:
            return ()
        why = row.note or "asked not to be contacted"
        return ban_lead(self._session, self._context.playbook, entry, why, row.at, disposition_id=row.id)

    def _note(self, row: Disposition, action: str, more: dict[str, object]) -> None:
        facts = {
            "disposition": str(row.id),
            "outcome": row.outcome,
            "stage": row.stage,
            "assignment": str(row.assignment_id) if row.assignment_id else None,
            "tenant": str(row.tenant_id) if row.tenant_id else None,
        }
        outbox.append(self._session, [NewEvent("disposition", row.lead_id, facts)])
        audit.record(self._session, action, f"lead:{row.lead_id}", {**facts, **more})


def _taking_back(wrong: Disposition, because: str, author: str, at: datetime) -> Disposition:
    """The row that takes another one back: of it only whose it is, with the reason."""
    return Disposition(
        id=new_id(),
        assignment_id=wrong.assignment_id,
        lead_id=wrong.lead_id,
        tenant_id=wrong.tenant_id,
        stage=wrong.stage,
        outcome=UNDONE,
        reason_text=because,
        reason_code=None,
        suggested_code=None,
        note="",
        callback_on=None,
        booked_for=None,
        booked_by=None,
        signed_on=None,
        closing_on=None,
        deal_value=None,
        commission=None,
        attempts=0,
        days_to_book=None,
        days_to_close=None,
        next_step=None,
        next_on=None,
        corrects=wrong.id,
        at=at,
        author=author,
    )


def _load(
    session: Session, lead_id: UUID, tenant_id: UUID | None, *, lock: bool
) -> tuple[LeadEntry, Assignment | None]:
    """The visible lead and who has it."""
    entry = leads.load(session, lead_id)
    if entry.merged_into is not None:
        entry = leads.load(session, entry.merged_into)
    if lock:
        entry = leads.load_many(session, [entry.lead.id], lock=True)[entry.lead.id]
    held = assignments.find_open(session, [entry.lead.id], lock=lock).get(entry.lead.id)
    if tenant_id is not None and (held is None or held.tenant_id != tenant_id):
        raise NotFoundError("there is no such lead", facts={"id": lead_id})
    return entry, held


def _rows_of(rows: Iterable[Disposition], held: Assignment | None) -> tuple[Disposition, ...]:
    """What was said during this assignment; of a lead of nobody, what was said without one."""
    return tuple(row for row in rows if row.assignment_id == (held.id if held else None))


def _standing(rows: Sequence[Disposition], held: Assignment | None) -> Standing:
    return standing_of(rows, since=held.visible_at if held else None, state=held.state if held else None)
