"""One lead enriched: asked provider after provider until it is known well enough, each step written down.

A question is written to the log before it is sent, with the most it can cost; its answer, the record it brought, the
lead rebuilt and the look-up closed are one transaction. So whatever ends the process, what was answered is kept and
not asked again, and the budget counts what may have been paid.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from galena.domain.connector import LookUpAnswer
from galena.domain.enrichment import MICROS, Choice, Finding, LeadState, LookUp
from galena.domain.imports import Import
from galena.domain.listing import LeadEntry
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.playbook.enrichment import Enrichment
from galena.engines.enrichment.local.emails import MailServers
from galena.engines.enrichment.reading import fillings, read_locally
from galena.engines.enrichment.waterfall import (
    KnownLead,
    Provider,
    Question,
    Waterfall,
    holds_for,
    lacking,
    lead_status,
)
from galena.kit.errors import GalenaError
from galena.kit.ids import new_id
from galena.kit.web import CircuitOpenError, QuotaSpentError
from galena.stores import enrichment, imports, leads, signals
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.enrich_intake import LOCAL, local_mapping, open_import, read_record, take_in, turn
from galena.workflows.enrichment_sources import OpenProvider
from galena.workflows.enrichment_worth import not_worth
from galena.workflows.plans import Plan

MOST_CALLS = 4
"""Calls that one look-up can come to, with those that are tried again; the budget reserves them all."""

OVER_BUDGET = "today's budget is used up"


@dataclass
class Tools:
    """What enriching leads needs, shared by the leads of a run.

    Attributes:
        keeps_needs: the fields the playbook needs are asked for even where they cannot move the tier: the gate waits.
        rules_score: whether tiers come of the rules alone, so that it can be told what may move one.
        imports: provider -> the import under which its facts come in, made when the first one comes.
        run_id: the run that the imports belong to; None: of one lead alone.
    """

    context: Context
    plan: Plan
    providers: Sequence[OpenProvider]
    mail_servers: MailServers | None = None
    keeps_needs: bool = False
    rules_score: bool = True
    run_id: UUID | None = None
    imports: dict[str, UUID] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @property
    def enrichment(self) -> Enrichment:
        """What the playbook says of it; nothing is wanted where it says nothing."""
        return self.plan.playbook.enrichment or Enrichment()

    @property
    def waterfall(self) -> Waterfall:
        """The plan over the providers that are connected."""
        return Waterfall(self.enrichment, [each.provider for each in self.providers])

    def opened(self, name: str) -> OpenProvider:
        """The provider of this name."""
        return next(each for each in self.providers if each.name == name)

    def import_of(self, session: Session, name: str, mapping: SourceMapping) -> Import:
        """The import of a provider, going on where it was."""
        if name not in self.imports:
            kept = open_import(session, mapping, name, self.context.clock())
            self.imports[name] = kept.id
            if self.run_id is not None:
                enrichment.note_import(session, self.run_id, name, kept.id)
            return kept
        kept = imports.load(session, self.imports[name])
        return kept if kept.status == "running" else imports.resume(session, kept.id)


@dataclass
class Progress:
    """What was done about one lead so far.

    Attributes:
        asked: providers that were asked, or could not be.
        skipped: field -> why it was not bought.
        reasons: why something could not be told.
        is_changed: whether a fact is new.
    """

    asked: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    is_changed: bool = False


def enrich_lead(tools: Tools, lead_id: UUID) -> tuple[LeadState, bool]:
    """Looks up what a lead lacks and notes how it stands; says whether a fact changed.

    A provider that fails is noted as the reason, and never raised.
    """
    done = Progress()
    while True:
        with tools.context.session() as session:
            entry, known = _known(session, lead_id)
            question = _next(session, tools, entry, known, done)
        if question is None:
            break
        _ask(tools, entry, question, done)
    if tools.mail_servers:
        # Asked here, without the lock and outside a transaction; what is said is remembered for the reading below.
        read_locally(known.fields, tools.enrichment.local, mail_servers=tools.mail_servers)
    # The lock before the turn, here as in _ask: the other way round two leads would wait for each other.
    with tools.lock, tools.context.session() as session:
        return settle(session, tools, lead_id, done)


def _next(
    session: Session, tools: Tools, entry: LeadEntry, known: KnownLead, done: Progress
) -> Question | None:
    waterfall, now = tools.waterfall, tools.context.clock()
    while question := waterfall.next(known, now, asked=done.asked, skipped=done.skipped):
        provider = question.provider
        if why := lacking(provider, known.fields):
            done.asked.add(provider.name)
            done.reasons.append(f"{provider.name}: {why}")
            continue
        if provider.call_micros and (idle := _idle(session, tools, entry, known, now, done.asked)):
            new = {name: why for name, why in idle.items() if name not in done.skipped}
            if new:
                done.skipped |= new
                continue
        return question
    return None


def _idle(
    session: Session,
    tools: Tools,
    entry: LeadEntry,
    known: KnownLead,
    now: datetime,
    asked: Collection[str],
) -> dict[str, str]:
    """The missing fields that are not worth their price.

    Only rules can be bounded: where a model, the reasoner or a limit of tiers decides, every field may move the tier.
    """
    if not tools.rules_score:
        return {}
    missing = tools.waterfall.askable_fields(known, now, asked=asked)
    told = signals.list_for_lead(session, entry.lead.id)
    found = not_worth(tools.plan, entry, told, missing, now)
    kept = tools.plan.playbook.needs if tools.keeps_needs else ()
    return {name: why for name, why in found.items() if name not in kept}


def _ask(tools: Tools, entry: LeadEntry, question: Question, done: Progress) -> None:
    opened = tools.opened(question.provider.name)
    done.asked.add(opened.name)
    with tools.lock, tools.context.session() as session:
        look_up = _reserve(session, tools, entry, question)
    if look_up is None:
        done.reasons.append(f"{opened.name}: {OVER_BUDGET}")
        return
    try:
        answer = opened.enricher.look_up(entry.lead.fields)
    except GalenaError as fault:
        with tools.context.session() as session:
            # What was not answered is not known to be free; what was never sent is.
            unsent = isinstance(fault, CircuitOpenError | QuotaSpentError)
            enrichment.close(
                session,
                look_up.id,
                outcome="failed",
                at=tools.context.clock(),
                cost_micros=0 if unsent else question.provider.call_micros,
                because=fault.what,
            )
        done.reasons.append(f"{opened.name}: {fault.what}")
        return
    with tools.lock, tools.context.session() as session:
        _take(session, tools, entry, question, look_up, answer, done)


def _reserve(session: Session, tools: Tools, entry: LeadEntry, question: Question) -> LookUp | None:
    """The look-up written to the log; None where the budget has no room for it."""
    now, provider = tools.context.clock(), question.provider
    most = provider.call_micros * MOST_CALLS
    if most and not _has_room(session, tools, provider, most, now):
        return None
    look_up = LookUp(
        id=new_id(),
        lead_id=entry.lead.id,
        provider=provider.name,
        outcome="sent",
        asked=question.fields,
        sent_at=now,
        actor=tools.context.actor,
        reserved_micros=most,
    )
    enrichment.send(session, look_up)
    return look_up


def _has_room(session: Session, tools: Tools, provider: Provider, most: int, now: datetime) -> bool:
    """Whether the budgets of all, of the connector and of the connection each have room for what it can cost."""
    kind = [each.name for each in tools.providers if each.provider.connector == provider.connector]
    limits = (
        (None, _micros(tools.enrichment.daily_budget)),
        (kind, _micros(tools.enrichment.budgets.get(provider.connector))),
        ([provider.name], provider.daily_micros),
    )
    today = day_of(now)
    return all(
        enrichment.spent_micros(session, since=today, providers=names) + most <= limit
        for names, limit in limits
        if limit is not None
    )


def _micros(amount: float | None) -> int | None:
    return None if amount is None else round(amount * MICROS)


def _take(
    session: Session,
    tools: Tools,
    entry: LeadEntry,
    question: Question,
    look_up: LookUp,
    answer: LookUpAnswer,
    done: Progress,
) -> None:
    """The answer kept, the lead rebuilt and the look-up closed, in one transaction."""
    opened, now = tools.opened(question.provider.name), tools.context.clock()
    good: tuple[str, ...] = ()
    import_id, because, outcome = None, answer.because, answer.status
    choices = answer.choices
    if answer.status == "found" and answer.record is not None:
        row = read_record(tools.context, opened.mapping, answer.record, now)
        values: Mapping[str, Any] = row.fields if row else {}
        good = tuple(
            name
            for name in question.fields
            if tools.waterfall.is_good(name, values.get(name), answer.confidence)
        )
        if good:
            turn(session)
            kept = tools.import_of(session, opened.name, opened.mapping)
            import_id = kept.id
            done.is_changed |= take_in(session, tools.context, entry, opened.mapping, kept, answer.record)
        else:
            outcome = "absent" if row and answer.confidence >= 0.5 else "unsure"
            because = "the record found says nothing that was asked for, or matches too little"
            choices = (answer.record,) if outcome == "unsure" and row else ()
    enrichment.close(
        session,
        look_up.id,
        outcome=outcome,
        at=now,
        cost_micros=answer.calls * question.provider.call_micros,
        fields=good,
        confidence=answer.confidence,
        because=because,
        fresh_until=now + holds_for(tools.enrichment.wants, question.fields)
        if outcome != "unasked"
        else None,
        import_id=import_id,
        choices=[_choice(tools.context, each, opened.mapping, now) for each in choices],
    )
    if outcome != "found":
        done.reasons.append(f"{opened.name}: {because}")


def _choice(context: Context, record: Mapping[str, Any], mapping: SourceMapping, now: datetime) -> Choice:
    row = read_record(context, mapping, record, now)
    return Choice(record, row.fields if row else {})


def settle(session: Session, tools: Tools, lead_id: UUID, done: Progress) -> tuple[LeadState, bool]:
    """Reads the lead's own values, fills what nobody else knows, and notes how the lead stands."""
    turn(session)
    entry, known = _known(session, lead_id)
    read = read_locally(known.fields, tools.enrichment.local, mail_servers=tools.mail_servers)
    filling = fillings(read, known.fields)
    if filling:
        every = {name for reading in tools.enrichment.local for name in reading.fills}
        mapping = local_mapping(dict.fromkeys(every))
        kept = tools.import_of(session, LOCAL, mapping)
        payload = {"lead": entry.lead.key, **filling}
        done.is_changed |= take_in(session, tools.context, entry, mapping, kept, payload)
        entry, known = _known(session, lead_id)
    states = tools.waterfall.states(known, tools.context.clock(), not_needed=done.skipped)
    state = LeadState(
        lead_id=lead_id,
        status=lead_status(states),
        fields=states,
        reasons=tuple(dict.fromkeys(done.reasons)),
        enriched_at=tools.context.clock(),
        cost_micros=sum(each.cost_micros for each in known.past),
        findings=tuple(replace(finding, values=_plain(reading.reads, finding)) for reading, finding in read),
    )
    enrichment.save_state(session, state, is_unscored=done.is_changed)
    return state, done.is_changed


def known_lead(session: Session, entry: LeadEntry) -> KnownLead:
    """What is known of a lead before anybody is asked."""
    past = enrichment.past_of(session, [entry.lead.id]).get(entry.lead.id, ())
    sources = {name: each.source for name, each in entry.lead.provenance.items()}
    return KnownLead(entry.lead.fields, sources, past)


def _known(session: Session, lead_id: UUID) -> tuple[LeadEntry, KnownLead]:
    entry = leads.load(session, lead_id)
    return entry, known_lead(session, entry)


def _plain(field: str, finding: Finding) -> dict[str, Any]:
    """A finding's values with the field they were read off."""
    return {"field": field, **finding.values}


def day_of(now: datetime) -> datetime:
    """The beginning of the day (UTC), from which budgets count."""
    day = now.astimezone(UTC)
    return day - timedelta(
        hours=day.hour, minutes=day.minute, seconds=day.second, microseconds=day.microsecond
    )
