"""Signals of leads, and those that wait for theirs, with the reason; given to a lead by hand, or let go.

A person who gives a waiting signal to a lead says more than that: whatever bears the same link (the same address,
number or name) belongs to that lead, now and later. That is kept beside the records, so that rebuilding, merging and
taking apart hold for it as for everything else. What is let go is listed no more; should its lead come after all, it
finds it all the same, and nothing is lost.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from galena.domain.imports import StoredSignal
from galena.domain.playbook import Playbook
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import audit, hand_links, leads, projections, signals
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.lead_view import find_lead

_BY_KEY = "key:"


@dataclass(frozen=True, slots=True)
class Given:
    """What a person's word about a signal did.

    Attributes:
        lead_id: the visible lead that it concerns; None: none.
        count: signals that moved: all that bear the same link.
    """

    signal: StoredSignal
    lead_id: UUID | None
    title: str
    count: int


def waiting_because(playbook: Playbook, signal: StoredSignal) -> str:
    """Why a signal has no lead, in words."""
    if not signal.link:
        return "it names no lead"
    if signal.link.startswith(_BY_KEY):
        source, _, value = signal.link.removeprefix(_BY_KEY).partition(":")
        return f"no lead of {source.replace('_', ' ')} has the number {value}"
    name, _, value = signal.link.partition(":")
    label = playbook.fields[name].label if name in playbook.fields else name.replace("_", " ")
    return f"no lead has the {_lower(label)} {value}"


def find_signal(session: Session, part: str) -> StoredSignal:
    """The signal that a person means: by its id, or the beginning or end of it.

    Raises:
        NotFoundError: none fits, or several do.
    """
    found = signals.find_like(session, part)
    if len(found) != 1:
        raise NotFoundError(
            "Several signals fit this." if found else "No signal has this id.",
            facts={"given": part},
            remedy="`galena signals` lists those that wait, with their ids.",
        )
    return found[0]


def give_to_lead(context: Context, part: str, lead: str) -> Given:
    """Gives a waiting signal, and what else bears its link, to a lead.

    Args:
        part: the signal's id, or its beginning or end.
        lead: the lead's id, key, or the beginning of one.

    Raises:
        NotFoundError: there is no such signal or lead.
        ConflictError: the signal has a lead already, or names nothing that could be remembered.
    """
    with context.session() as session:
        projections.take_turn(session)
        signal = find_signal(session, part)
        if signal.lead_id is not None or not signal.link:
            raise ConflictError(
                "This signal has its lead already."
                if signal.lead_id
                else "This signal names no lead at all.",
                facts={"signal": str(signal.id), "kind": signal.kind},
                remedy="`galena signals detach ID` takes back what was given by hand."
                if signal.lead_id
                else "Correct the mapping of its source, so that it matches on something.",
            )
        entry = leads.load(session, find_lead(session, lead))
        count = len(signals.list_waiting_under(session, signal.link))
        at = context.clock()
        hand_links.add(session, signal.link, entry.lead.id, at=at)
        _rebuild(session, context, [entry.lead.id])
        detail = {"signal": str(signal.id), "kind": signal.kind, "signals": count}
        audit.record(session, "give_signal", f"lead:{entry.lead.id}", detail)
    return Given(signal, entry.lead.id, entry.title, count)


def take_back(context: Context, part: str) -> Given:
    """Takes back what was given by hand: the signals of that link wait again, or belong to whom the records say.

    Raises:
        NotFoundError: there is no such signal.
        ConflictError: it was not given by hand.
    """
    with context.session() as session:
        projections.take_turn(session)
        signal = find_signal(session, part)
        nodes = hand_links.take_away(session, signal.link or "")
        if not nodes:
            raise ConflictError(
                "This signal was not given to its lead by hand.",
                facts={"signal": str(signal.id), "kind": signal.kind},
                remedy="Its source says whose it is: correct the mapping, or the lead's fields.",
            )
        _rebuild(session, context, list(nodes))
        count = len(signals.list_waiting_under(session, signal.link or ""))
        audit.record(session, "take_back_signal", f"lead:{nodes[0]}", {"kind": signal.kind, "signals": count})
        entry = leads.load(session, nodes[0])
    return Given(signal, entry.merged_into or entry.lead.id, entry.title, count)


def let_go(context: Context, part: str) -> Given:
    """Lets a waiting signal go.

    Raises:
        NotFoundError: there is no such signal.
        ConflictError: it belongs to a lead.
    """
    with context.session() as session:
        signal = find_signal(session, part)
        if signal.lead_id is not None:
            raise ConflictError(
                "This signal belongs to a lead.",
                facts={"signal": str(signal.id), "kind": signal.kind},
                remedy="Only what waits can be let go.",
            )
        is_new = signals.let_go(session, signal.id, at=context.clock())
        if is_new:
            audit.record(session, "let_signal_go", f"signal:{signal.id}", {"kind": signal.kind})
    return Given(signal, None, "", int(is_new))


def told_of(signal: StoredSignal) -> str:
    """What a signal says besides its kind and time, on one line."""
    told = {name: value for name, value in signal.attributes.items() if value not in (None, "")}
    return ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in told.items())


def _shown(value: Any) -> str:
    return f"{value:,.10g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _rebuild(session: Session, context: Context, lead_ids: list[UUID]) -> None:
    before = leads.load_many(session, lead_ids, lock=True)
    assembly_for(session, context.playbook).rebuild(session, before, context.clock())


def _lower(label: str) -> str:
    """The label inside a sentence; names and abbreviations stay as they are."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
