"""The desk where outcomes are recorded: everything read at once, each judged by itself, everything written at once.

What is said of one lead twice is judged in its order: the second sees the first.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from galena.domain.assignment import Assignment
from galena.domain.disposing import Decision, Standing, Terms, judge, standing_of
from galena.domain.dispositions import (
    AssignmentState,
    Disposition,
    Entry,
    rule_of,
)
from galena.domain.events import NewEvent
from galena.domain.listing import LeadEntry
from galena.domain.playbook import Playbook
from galena.engines.insight.reasons import ReasonReader
from galena.kit.errors import ConflictError, InputError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import (
    assignment_states,
    assignments,
    audit,
    dispositions,
    leads,
    outbox,
    sameness,
    tasks,
    tenants,
)
from galena.stores.door import Session
from galena.workflows.appointments import call_off_meeting, keep_meetings
from galena.workflows.context import Context
from galena.workflows.dispose_rows import facts_told, taking_back, tasks_of
from galena.workflows.outcome_facts import Told, take_turn, tell_leads, untell_lead
from galena.workflows.suppress import STOPPED, ban_leads, banned_leads, unban_leads


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


@dataclass(slots=True)
class Case:
    """A visible lead, who has it, what was said of it there, and the leads that it is made of."""

    entry: LeadEntry
    held: Assignment | None
    rows: tuple[Disposition, ...]
    nodes: tuple[UUID, ...] = ()

    @property
    def standing(self) -> Standing:
        """Where it is."""
        held = self.held
        return standing_of(
            self.rows, since=held.visible_at if held else None, state=held.state if held else None
        )

    def is_of(self, tenant_id: UUID | None, now: datetime) -> bool:
        """Whether a tenant has the lead and sees it; None: the operator, who has them all."""
        held = self.held
        return tenant_id is None or (
            held is not None and held.tenant_id == tenant_id and held.visible_at <= now
        )

    def with_row(self, row: Disposition, state: AssignmentState | None) -> None:
        """Takes in what was just said."""
        self.rows = (*self.rows, row)
        if self.held is not None:
            self.held = replace(
                self.held, state=state or self.held.state, contacted_at=self.held.contacted_at or row.at
            )


class Desk:
    """Records the outcomes of one transaction. Nothing is written before `close`."""

    def __init__(
        self, session: Session, context: Context, lead_ids: Collection[UUID], tenant_id: UUID | None
    ) -> None:
        self._session = session
        self._context = context
        self._tenant_id = tenant_id
        self._now = context.clock()
        self._terms = terms_of(context.playbook)
        self._reader = ReasonReader(context.playbook.outcomes.reasons)
        if context.playbook.outcomes.fills:
            take_turn(session)  # Before any lead is locked.
        self._cases = load_cases(session, lead_ids, lock=True)
        self._zones = tenants.list_zones(
            session, self._now, {case.held.tenant_id for case in self._cases.values() if case.held}
        )
        self._made: list[tuple[Recorded, Decision, Assignment | None]] = []

    def record(self, saying: Saying) -> None:
        """Judges an outcome and keeps it for `close`; raises as `dispose`, and then keeps nothing of it."""
        at = saying.at or self._now
        if at > self._now:
            raise InputError(f"{at:%Y-%m-%d %H:%M} UTC is still to come.", facts={"at": at})
        case = self._case(saying.lead_id)
        read, suggested = self._with_reason(saying)
        decision = judge(read, case.standing, self._terms, at.astimezone(self._zone(case.held)))
        row = _row(decision, case, suggested, at, self._session.actor)
        held = case.held
        case.with_row(row, decision.after)
        self._made.append((Recorded(row, case.entry, case.standing), decision, held))

    def close(self) -> list[Recorded]:
        """Writes what was recorded, and does what follows from it."""
        rows = [each.disposition for each, _, _ in self._made]
        dispositions.add_many(self._session, rows)
        self._move()
        self._set_tasks()
        others = self._ban()
        keep_meetings(
            self._session,
            [(each.disposition, each.entry.title or each.entry.lead.key) for each, _, _ in self._made],
            self._now,
        )
        self._note("dispose", rows)
        tell_leads(
            self._session,
            self._context,
            [Told(each.disposition, each.entry, self._zone(held)) for each, _, held in self._made],
        )
        return [replace(each, others=others.get(each.disposition.id, ())) for each, _, _ in self._made]

    def take_back(self, wrong: Disposition, because: str) -> Recorded:
        """Takes another row back at once; the lead stands where the rows left put it."""
        session, case = self._session, self._cases[wrong.lead_id]
        row = taking_back(wrong, because, session.actor, self._now)
        dispositions.add_many(session, [row])
        mine = case.held if case.held is not None and case.held.id == wrong.assignment_id else None
        case.rows = (*case.rows, row)
        if wrong.rule is not None and wrong.rule.bans:
            freed = unban_leads(session, self._context.playbook, wrong, because, self._now)
            self._resume(set(freed) - {case.entry.lead.id}, because)
        is_banned = bool(banned_leads(session, self._context.playbook, [case.entry]))
        if mine is not None:
            case.held = self._moved_back(
                case, mine, "closed" if is_banned else None, "outcome_undone", because
            )
        if mine is not None or case.held is None:
            tasks.end_of_leads(session, case.nodes, because="the outcome was taken back", at=self._now)
            self._reopen_tasks([] if is_banned else [case])
        call_off_meeting(session, wrong, case.standing.first, self._now)
        untell_lead(session, self._context, wrong.lead_id, wrong, row)
        self._note("undo_disposition", [row])
        return Recorded(row, case.entry, case.standing)

    def _zone(self, held: Assignment | None) -> tzinfo:
        """Where days are counted: with whoever has the lead."""
        return UTC if held is None else self._zones.get(held.tenant_id, UTC)

    def _resume(self, freed: Collection[UUID], because: str) -> None:
        """Leads that a ban had closed stand again where what was said of them puts them."""
        stopped = assignment_states.list_stopped(self._session, freed, STOPPED)
        cases = load_cases(self._session, stopped, lock=True)
        for case in cases.values():
            if case.held is not None:
                case.held = self._moved_back(case, case.held, None, "suppression_lifted", because)
        self._reopen_tasks(cases.values())

    def _moved_back(
        self, case: Case, held: Assignment, state: AssignmentState | None, step: str, because: str
    ) -> Assignment:
        """The assignment in a state, or in the one that the newest row asks for."""
        newest = case.standing.newest
        state = state or (newest.rule.after if newest and newest.rule else None) or "active"
        assignment_states.move_many(self._session, [held], state, step=step, why=because, at=self._now)
        return replace(held, state=state)

    def _reopen_tasks(self, cases: Iterable[Case]) -> None:
        """What the newest rows ask for is to be done again."""
        newest = [(case.standing.newest, case.held) for case in cases]
        asked = [(row, held) for row, held in newest if row is not None]
        tasks.open_many(self._session, tasks_of(asked, self._now))

    def _case(self, lead_id: UUID) -> Case:
        case = self._cases.get(lead_id)
        if case is None or not case.is_of(self._tenant_id, self._now):
            raise NotFoundError("there is no such lead", facts={"id": lead_id})
        if case.held is not None and case.held.is_offer:
            raise ConflictError("This lead is offered and not accepted yet.", remedy="Accept it first.")
        return case

    def _with_reason(self, saying: Saying) -> tuple[Entry, str | None]:
        """The entry with its confirmed code, and the code that its words suggest."""
        entry = saying.entry
        if not entry.reason_text.strip():
            return entry, None
        found = self._reader.suggest(entry.reason_text, rule_of(entry.outcome).outcome)
        if entry.reason_code is not None or found.code is None:
            return entry, found.code
        if saying.accept_suggested:
            return replace(entry, reason_code=found.code), found.code
        if not rule_of(entry.outcome).needs:
            return entry, found.code
        raise InputError(
            f"The reason reads like `{found.code}`; say whether that is right.",
            facts={"words": list(found.phrases), "or": list(found.others)},
            remedy=f"Give reason_code {found.code}, or the code that fits.",
        )

    def _move(self) -> None:
        """The assignments that take another state, those of one kind together, in the order of what was said."""
        groups: dict[tuple[AssignmentState, str, datetime], list[Assignment]] = {}
        for each, decision, held in self._made:
            if held is not None and decision.after is not None:
                key = (decision.after, decision.rule.label, each.disposition.at)
                groups.setdefault(key, []).append(held)
        for (state, why, at), of_kind in groups.items():
            assignment_states.move_many(
                self._session, of_kind, state, step="outcome", why=why, at=at, is_contact=True
            )

    def _set_tasks(self) -> None:
        """What was to be done is done; the next step takes its place."""
        last = {each.entry.lead.id: (each.disposition, held) for each, _, held in self._made}
        nodes = [node for lead_id in last for node in self._cases[lead_id].nodes]
        tasks.end_of_leads(self._session, nodes, because="an outcome was recorded", at=self._now)
        tasks.open_many(self._session, tasks_of(last.values(), self._now))

    def _ban(self) -> dict[UUID, tuple[UUID, ...]]:
        """Bans who asked for it; disposition -> the other leads that this stops."""
        banned = [each for each, decision, _ in self._made if decision.rule.bans]
        return ban_leads(
            self._session,
            self._context.playbook,
            [(each.entry, each.disposition) for each in banned],
            self._now,
        )

    def _note(self, action: str, rows: Sequence[Disposition]) -> None:
        facts = {row.id: facts_told(row) for row in rows}
        outbox.append(self._session, [NewEvent("disposition", row.lead_id, facts[row.id]) for row in rows])
        for row in rows:
            more = {
                "reason": row.reason_code,
                "attempts": row.attempts,
                "takes_back": str(row.corrects or "") or None,
            }
            facts[row.id] = {**facts[row.id], **more}
        audit.record_many(self._session, action, [(f"lead:{row.lead_id}", facts[row.id]) for row in rows])


def terms_of(playbook: Playbook) -> Terms:
    """What a playbook asks of outcomes."""
    outcomes = playbook.outcomes
    return Terms(
        {reason.code: frozenset(reason.after) for reason in outcomes.reasons},
        outcomes.attempts,
        outcomes.retry_days,
        outcomes.next_attempt_days,
    )


def load_cases(session: Session, lead_ids: Collection[UUID], *, lock: bool) -> dict[UUID, Case]:
    """Lead -> its case; a lead that is part of another has that one's. Unknown leads are left out.

    What was given or said under the name of a part belongs to the whole.
    """
    named = leads.load_many(session, set(lead_ids))
    whole = {lead_id: entry.merged_into or lead_id for lead_id, entry in named.items()}
    entries = leads.load_many(session, set(whole.values()), lock=lock)
    parts = sameness.members_of(session, entries)
    nodes = {root: (root, *parts.get(root, ())) for root in entries}
    every = [node for of_root in nodes.values() for node in of_root]
    held = assignments.find_open(session, every, lock=lock)
    said = dispositions.list_for_leads(session, every)
    cases: dict[UUID, Case] = {}
    for root, entry in entries.items():
        mine = next((held[node] for node in nodes[root] if node in held), None)
        rows = [row for node in nodes[root] for row in said.get(node, ())]
        cases[root] = Case(
            entry, mine, _during(sorted(rows, key=lambda row: (row.at, row.id)), mine), nodes[root]
        )
    return cases | {lead_id: cases[root] for lead_id, root in whole.items() if root in cases}


def _during(rows: Iterable[Disposition], held: Assignment | None) -> tuple[Disposition, ...]:
    """What was said during this assignment; of a lead of nobody, what was said without one."""
    return tuple(row for row in rows if row.assignment_id == (held.id if held else None))


def _row(decision: Decision, case: Case, suggested: str | None, at: datetime, author: str) -> Disposition:
    said, held = decision.entry, case.held
    return Disposition(
        id=new_id(),
        assignment_id=held.id if held else None,
        lead_id=case.entry.lead.id,
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
        author=author,
    )
