"""Signals that a program sends: each once, however often it comes; those whose lead is not here yet wait for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from galena.domain.imports import Fault
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.playbook import SignalMapping
from galena.kit.errors import InputError
from galena.stores import leads, records, signals
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.relinking import keep_mapping
from galena.workflows.sent_rows import SentRows, take_rows, take_turn
from galena.workflows.touched import score_news

LABEL = "signals sent by programs"

Outcome = Literal["added", "waiting", "known", "quarantined"]


@dataclass(frozen=True, slots=True)
class SentSignal:
    """Something that happened, as a program tells it.

    Attributes:
        lead_id: whose it is; or
        lead_key: the key of the lead, which may come later; or
        field, value: a fact that its lead has, an e-mail address for instance.
        external_id: the program's own number of it; without one, the same content is the same signal.
    """

    kind: str
    at: datetime
    attributes: Mapping[str, Any]
    lead_id: UUID | None = None
    lead_key: str | None = None
    field: str | None = None
    value: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class SignalFate:
    """What became of a signal: given to its lead, waiting for it, known before, or in quarantine."""

    outcome: Outcome
    signal_id: UUID | None = None
    lead_id: UUID | None = None
    faults: tuple[Fault, ...] = ()


def send_signals(context: Context, source: str, sent: Sequence[SentSignal]) -> tuple[SignalFate, ...]:
    """Takes signals in, all in one transaction, and scores the leads that they reach.

    Raises:
        NotFoundError: a lead is named by its id, and there is none.
        InputError: a signal names no lead at all.
        ConfigurationError: a field or kind is none of the playbook's.
    """
    fates: dict[int, SignalFate] = {}
    with context.session() as session:
        take_turn(session)
        groups: dict[tuple[str, str, bool], list[tuple[int, SentSignal, str]]] = {}
        for place, each in enumerate(sent):
            by, source_of_key, value = _lead_of(session, each)
            groups.setdefault((by, source_of_key, each.external_id is not None), []).append(
                (place, each, value)
            )
        for (by, source_of_key, has_id), group in groups.items():
            mapping = _mapping(context, source, by, source_of_key, [each for _, each, _ in group], has_id)
            if by != "key":
                keep_mapping(session, context.playbook, mapping, context.clock())
            payloads = [_payload(each, value) for _, each, value in group]
            taken = take_rows(session, context, mapping, payloads, label=LABEL)
            told = _told(session, mapping.source, taken, len(group))
            fates |= {group[place][0]: fate for place, fate in told.items()}
    score_news(context)
    return tuple(fates[place] for place in range(len(sent)))


def _lead_of(session: Session, sent: SentSignal) -> tuple[str, str, str]:
    """By what a signal finds its lead: "key" or a field, the source of the key, and the value."""
    if sent.lead_id is not None:
        source, _, key = leads.load(session, sent.lead_id).lead.key.partition(":")
        return "key", source, key
    if sent.lead_key is not None:
        source, colon, key = sent.lead_key.partition(":")
        if colon and key:
            return "key", source, key
        raise InputError(
            "This cannot be the key of a lead.",
            facts={"lead_key": sent.lead_key},
            remedy="A key is `source:number`, as lists of leads show it.",
        )
    if sent.field and sent.value:
        return sent.field, "", sent.value
    raise InputError("This signal names no lead.", remedy="Give lead_id, lead_key, or field and value.")


def _mapping(
    context: Context, source: str, by: str, source_of_key: str, sent: Sequence[SentSignal], has_id: bool
) -> SourceMapping:
    names = sorted({name for each in sent for name in each.attributes})
    kinds = tuple(context.playbook.signal_kinds)
    unknown = {each.kind for each in sent} - set(kinds)
    if unknown:
        raise InputError(
            "The playbook does not know this kind of signal.",
            facts={"kind": ", ".join(sorted(unknown)), "known": ", ".join(kinds)},
            remedy="Use one of the kinds that GET /signals/types lists.",
        )
    return SourceMapping(
        source=source if by == "key" else f"{source[:40]}_by_{by}"[:63],
        label=f"{source.replace('_', ' ').capitalize()}, {LABEL}",
        role="signals",
        key=("external_id",) if has_id else (),
        match={by: "lead"},
        match_source=source_of_key or None,
        signals=(
            SignalMapping(
                kind_column="kind",
                kinds={kind: kind for kind in kinds},
                at="at",
                attributes={name: f"attributes.{name}" for name in names},
                external_id="external_id" if has_id else None,
            ),
        ),
    )


def _payload(sent: SentSignal, value: str) -> dict[str, Any]:
    told = {"kind": sent.kind, "at": sent.at.isoformat(), "lead": value, "attributes": dict(sent.attributes)}
    return told | ({"external_id": sent.external_id} if sent.external_id is not None else {})


def _told(session: Session, source: str, taken: SentRows, count: int) -> dict[int, SignalFate]:
    """What became of the rows; of those that were known, the signal they were then."""
    told_by = dict(taken.records)
    for place, key in taken.keys.items():
        if place not in told_by and (kept := records.find_by_key(session, source, key)):
            told_by[place] = kept[0].id
    found = {each.record_id: each for each in signals.list_of_records(session, set(told_by.values()))}
    fates = {place: SignalFate("quarantined", faults=faults) for place, faults in taken.refused.items()}
    for place in range(count):
        if place in fates:
            continue
        signal = found.get(told_by.get(place))
        is_new = place in taken.records and signal is not None
        outcome: Outcome = "known" if not is_new else "waiting" if signal and not signal.lead_id else "added"
        fates[place] = SignalFate(outcome, signal.id if signal else None, signal.lead_id if signal else None)
    return fates
