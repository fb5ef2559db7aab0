"""A person says which of several records that match equally well is a lead's, or that none of them is.

What was said is a look-up of its own, made by that person, and the record comes in under an import of its own with
the source `person`. So it can be said again otherwise, and undone like every other import.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from galena.domain.enrichment import Choice, LookUp
from galena.domain.playbook import Playbook
from galena.domain.playbook.enrichment import Enrichment
from galena.engines.enrichment.waterfall import holds_for
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import audit, enrichment, imports, leads
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.enrich import enriching, rescore_changed
from galena.workflows.enrich_intake import take_person_record, turn
from galena.workflows.enrich_lead import Progress, Tools, settle
from galena.workflows.gateway import Gateway
from galena.workflows.undo import take_back

FACTS_SHOWN = 6
"""Facts by which the records are told apart."""


@dataclass(frozen=True, slots=True)
class OpenChoice:
    """A lead of which a provider could not tell the record.

    Attributes:
        choices: of each record, by the fact's label, what it says; empty: the provider kept none to choose from.
    """

    lead_id: UUID
    key: str
    title: str
    provider: str
    because: str
    choices: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "lead": self.key,
            "provider": self.provider,
            "because": self.because,
            "choices": list(self.choices),
        }


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person's word did.

    Attributes:
        number: of the record chosen, from 1; None: none of them.
        facts: the wanted facts that are known by it.
        rescored: leads whose score, or any part of it, changed.
    """

    title: str
    provider: str
    number: int | None
    facts: tuple[str, ...] = field(default=())
    rescored: int = 0

    @property
    def sentence(self) -> str:
        """In words."""
        scores = "its score changed" if self.rescored else "its score stays as it is"
        if self.number is None:
            return f"{self.title}: none of the records of {self.provider} is it; {scores}."
        return f"{self.title}: record {self.number} of {self.provider} is it; {scores}."


def list_open_choices(session: Session, playbook: Playbook) -> tuple[OpenChoice, ...]:
    """The leads for which a person has to say which record is theirs, the longest waiting first."""
    told = enrichment.list_unsure(session)
    entries = leads.load_many(session, [each.lead_id for each in told])
    return tuple(
        OpenChoice(
            each.lead_id,
            entry.lead.key,
            entry.title or entry.lead.key,
            each.provider,
            each.because,
            told_apart(each.choices, playbook),
        )
        for each in told
        if (entry := entries.get(each.lead_id))
    )


def told_apart(choices: Sequence[Choice], playbook: Playbook) -> tuple[dict[str, Any], ...]:
    """Of each record the facts in which they differ, those that are wanted first, by label."""
    wanted = (playbook.enrichment or Enrichment()).wants
    named = dict.fromkeys(name for each in choices for name in each.fields)
    differ = [name for name in named if len({repr(each.fields.get(name)) for each in choices}) > 1] or list(
        named
    )
    shown = sorted(differ, key=lambda name: name not in wanted)[:FACTS_SHOWN]
    return tuple(
        {playbook.fields[name].label: each.fields.get(name) for name in shown if name in playbook.fields}
        for each in choices
    )


def choose_record(
    context: Context,
    gateway: Gateway,
    lead_id: UUID,
    number: int | None,
    *,
    provider: str | None = None,
) -> Chosen:
    """Takes the record that a person says is the lead's, in place of what was said before, and scores the lead.

    Args:
        number: of the record, from 1, as they are listed; None: none of them is it.
        provider: the connection whose records they are, where several are unsure.

    Raises:
        NotFoundError: there is no such lead, nothing to choose, or no record of this number.
        ConflictError: several connections are unsure, or another process enriches this workspace at this moment.
    """
    with enriching(context, gateway) as tools, context.session() as session:
        turn(session)
        asked = _asked(session, lead_id, provider)
        chosen = _chosen(asked, number)
        if asked.choices and asked.import_id is not None:
            take_back(session, context.playbook, asked.import_id, context.clock())
            imports.mark_undone(session, asked.import_id, at=context.clock())
        entry = leads.load(session, lead_id)
        facts, import_id = _take(session, tools, lead_id, asked, chosen) if chosen else ((), None)
        _write(session, tools, asked, number, facts, import_id)
        settle(session, tools, lead_id, Progress(is_changed=True))
        title = entry.title or entry.lead.key
    return Chosen(title, asked.provider, number, facts, rescore_changed(context))


def _asked(session: Session, lead_id: UUID, provider: str | None) -> LookUp:
    newest = {
        each.provider: each
        for each in enrichment.past_of(session, [lead_id]).get(lead_id, ())
        if each.outcome != "sent" and provider in (None, each.provider)
    }
    fit = [each for each in newest.values() if each.outcome == "unsure" or each.choices]
    fit = [each for each in fit if each.outcome == "unsure"] or fit
    if not fit:
        raise NotFoundError(
            "There is nothing to choose for this lead.",
            facts={"provider": provider} if provider else {},
            remedy="`galena enrich --unsure` lists the leads for which a person has to say which record is theirs.",
        )
    if len(fit) > 1:
        raise ConflictError(
            "Several connections could not tell this lead's record.",
            facts={"connections": ", ".join(each.provider for each in fit)},
            remedy="Name the one you mean: --provider NAME.",
        )
    return fit[0]


def _chosen(asked: LookUp, number: int | None) -> Choice | None:
    if number is None:
        return None
    if not 1 <= number <= len(asked.choices):
        count = len(asked.choices)
        raise NotFoundError(
            f"There is no record {number} to choose.",
            facts={"connection": asked.provider, "records": str(count) if count else "none were kept"},
            remedy=f"Give a number from 1 to {count}, or none."
            if count
            else "Only `none` can be said of it.",
        )
    return asked.choices[number - 1]


def _take(
    session: Session, tools: Tools, lead_id: UUID, asked: LookUp, chosen: Choice
) -> tuple[tuple[str, ...], UUID]:
    mapping = next((each.mapping for each in tools.providers if each.name == asked.provider), None)
    if mapping is None:
        raise NotFoundError(
            "The connection that gave these records is not at work.",
            facts={"connection": asked.provider},
            remedy=f"Resume it: `galena connect resume {asked.provider}`, or say that none is it.",
        )
    (entry,) = leads.load_many(session, [lead_id], lock=True).values()
    name = f"{asked.provider}, chosen by a person"
    kept = take_person_record(session, tools.context, entry, mapping, chosen.record, name)
    known = tuple(each for each in asked.asked if chosen.fields.get(each) not in (None, ""))
    return known, kept.id


def _write(
    session: Session,
    tools: Tools,
    asked: LookUp,
    number: int | None,
    facts: tuple[str, ...],
    import_id: UUID | None,
) -> None:
    """The person's word, as a look-up and in the audit trail."""
    now, count = tools.context.clock(), len(asked.choices)
    because = f"a person chose record {number} of {count}" if number else f"a person said: none of {count}"
    held: timedelta = holds_for(tools.enrichment.wants, asked.asked)
    enrichment.send(
        session,
        LookUp(
            id=new_id(),
            lead_id=asked.lead_id,
            provider=asked.provider,
            outcome="found" if number else "absent",
            asked=asked.asked,
            sent_at=now,
            actor=tools.context.actor,
            fields=facts,
            confidence=1.0,
            because=because,
            ended_at=now,
            fresh_until=now + held,
            import_id=import_id,
            choices=asked.choices,
        ),
    )
    detail = {"provider": asked.provider, "record": number, "of": count}
    audit.record(session, "choose_record", f"lead:{asked.lead_id}", detail)
