"""Leads put together from the records in the database: founded, rebuilt, and their signals kept in step.

Everything here happens inside the caller's transaction, which has taken its turn (`projections.take_turn`).
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.events import NewEvent
from galena.domain.imports import StoredSignal
from galena.domain.lead import Lead
from galena.domain.listing import LeadEntry
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.playbook import Playbook
from galena.engines.ingestion import linking_fields
from galena.stores import hand_links, leads, links, mappings, outbox, projections, records, sameness, signals
from galena.stores.door import Session
from galena.workflows.evidence import Evidence
from galena.workflows.evidence_reading import EvidenceReading
from galena.workflows.lead_projection import (
    LeadProjector,
    ProjectedLead,
    ToldSignal,
    projector_for,
    told_once,
)
from galena.workflows.mapping_reading import read_mapping


@dataclass(frozen=True, slots=True)
class Founded:
    """New leads, the records of each and the details behind it, and how many signals they have."""

    leads: Mapping[UUID, ProjectedLead]
    own: Mapping[UUID, Sequence[Evidence]]
    linked: Mapping[UUID, Sequence[Evidence]]
    new_signals: int


@dataclass
class Rebuilt:
    """What rebuilding did.

    Attributes:
        changed: leads of which a value, a link or a signal changed.
        new_signals: how many signals were added.
    """

    changed: set[UUID] = field(default_factory=set)
    new_signals: int = 0


class LeadAssembly:
    """Founds and rebuilds leads of one workspace."""

    def __init__(self, projector: LeadProjector, reading: EvidenceReading, *, compares: bool = False) -> None:
        """Args: compares: the playbook says which leads are one, so that new and changed ones are to be compared."""
        self.compares = compares
        self._projector = projector
        self._reading = reading

    def found(self, session: Session, own: Mapping[UUID, Sequence[Evidence]], at: datetime) -> Founded:
        """Writes new leads made of these own records; `at` is noted as the time of their making."""
        links_by_lead = {lead_id: self._projector.links(evidence) for lead_id, evidence in own.items()}
        linked = self.linked(session, {link for each in links_by_lead.values() for link in each})
        behind = {lead_id: _behind(links_by_lead[lead_id], linked) for lead_id in own}
        made = {
            lead_id: self._projector.project(each, links_by_lead[lead_id], behind[lead_id])
            for lead_id, each in own.items()
        }
        leads.save_many(session, (_entry(lead_id, lead, None, at) for lead_id, lead in made.items()))
        links.add_many(session, ((link, lead_id) for lead_id, lead in made.items() for link in lead.links))
        told = [signal_of(each, lead_id) for lead_id, lead in made.items() for each in lead.signals.values()]
        added = signals.add_many(session, told) if told else frozenset()
        if linked:
            projections.delete_waiting_signals(session, linked.keys())
        outbox.append(session, [NewEvent("lead_created", lead_id) for lead_id in made])
        return Founded(made, own, behind, len(added))

    def rebuild(
        self,
        session: Session,
        before: Mapping[UUID, LeadEntry],
        at: datetime,
        *,
        quiet: bool = False,
        why: str | None = None,
    ) -> Rebuilt:
        """Makes existing leads equal to what their records say now.

        Leads that are one come together: the visible one is made of the records of all its nodes; the others keep the
        facts of their own, and have neither links nor signals.

        Args:
            before: the leads as they are, locked; those that are one with them are found and locked here.
            at: noted as the time of the change on leads that changed.
            quiet: write no events.
            why: what the events say of the reason; None: whether signals alone changed.
        """
        before, parts = self._whole(session, before)
        own = self.own(session, before.keys())
        old_links = projections.links_of(session, before.keys())
        new_links = self._links(session, own)
        linked = self.linked(session, {link for each in new_links.values() for link in each})
        made = {
            lead_id: self._made(lead_id, own, new_links, linked, parts)
            for lead_id in before
            if lead_id in own or any(part in own for part in parts.get(lead_id, ()))
        }
        result = Rebuilt()
        self._sync_signals(session, made, result)
        told = set(result.changed)
        entries = []
        for lead_id, lead in made.items():
            if lead.fields != before[lead_id].lead.fields or set(lead.links) != old_links.get(lead_id, set()):
                result.changed.add(lead_id)
                told.discard(lead_id)
            changed_at = at if lead_id in result.changed else before[lead_id].updated_at
            entry = _entry(lead_id, lead, before[lead_id], changed_at)
            if entry != before[lead_id]:
                entries.append(entry)
        leads.save_many(session, entries)
        moved = self._replace_links(
            session, old_links, {key: frozenset(lead.links) for key, lead in made.items()}
        )
        self.settle_waiting(session, moved)
        if not quiet:
            outbox.append(
                session,
                [
                    NewEvent("lead_updated", each, _reason(why or ("signal" if each in told else None)))
                    for each in sorted(result.changed)
                ],
            )
        return result

    def _whole(
        self, session: Session, before: Mapping[UUID, LeadEntry]
    ) -> tuple[Mapping[UUID, LeadEntry], Mapping[UUID, Sequence[UUID]]]:
        """These leads and those that are one with them; and visible lead -> the nodes merged into it."""
        roots = {entry.merged_into or lead_id for lead_id, entry in before.items()}
        parts = sameness.members_of(session, roots)
        missing = {*roots, *(node for each in parts.values() for node in each)} - before.keys()
        if missing:
            before = {**before, **leads.load_many(session, missing, lock=True)}
        return before, parts

    def _made(
        self,
        lead_id: UUID,
        own: Mapping[UUID, list[Evidence]],
        links_by_lead: Mapping[UUID, tuple[str, ...]],
        linked: Mapping[str, list[Evidence]],
        parts: Mapping[UUID, Sequence[UUID]],
    ) -> ProjectedLead:
        nodes = [node for node in (lead_id, *parts.get(lead_id, ())) if node in own]
        evidence = [each for node in nodes for each in own[node]]
        # Details that bear a link of any of its nodes belong to it, whichever value of the linking field stands.
        all_links = tuple(sorted({link for node in nodes for link in links_by_lead[node]}))
        made = self._projector.project(evidence, all_links, _behind(all_links, linked))
        if any(lead_id in each for each in parts.values()):
            return replace(made, links=(), signals={})
        return made

    def alone(self, session: Session, lead_ids: Collection[UUID]) -> dict[UUID, Mapping[str, Any]]:
        """The facts of nodes by their own records and the details behind these, whatever they are one with."""
        own = self.own(session, lead_ids)
        own_links = self._links(session, own)
        linked = self.linked(session, {link for each in own_links.values() for link in each})
        return {
            lead_id: self._projector.project(
                evidence, own_links[lead_id], _behind(own_links[lead_id], linked)
            ).fields
            for lead_id, evidence in own.items()
        }

    def _links(self, session: Session, own: Mapping[UUID, Sequence[Evidence]]) -> dict[UUID, tuple[str, ...]]:
        """The links of leads by lead, sorted: by what their own records say, and by what a person said."""
        by_hand = hand_links.list_for_leads(session, own.keys())
        return {
            lead_id: tuple(sorted({*self._projector.links(evidence), *by_hand.get(lead_id, ())}))
            for lead_id, evidence in own.items()
        }

    def own(self, session: Session, lead_ids: Collection[UUID]) -> dict[UUID, list[Evidence]]:
        """The own records of leads, as evidence; leads without any are left out."""
        found = records.list_for_leads(session, list(lead_ids))
        return {lead_id: self._reading.read(session, kept) for lead_id, kept in found.items()}

    def linked(self, session: Session, wanted: Iterable[str]) -> dict[str, list[Evidence]]:
        """The details and signals that bear these links, as evidence, by link."""
        found: dict[str, list[Evidence]] = {}
        for each in self._reading.read(session, records.list_by_links(session, list(wanted))):
            found.setdefault(each.link or "", []).append(each)
        return found

    def settle_waiting(self, session: Session, affected: Collection[str]) -> None:
        """Lets signals wait under links that lead nowhere now, and ends the wait under those that do."""
        if not affected:
            return
        leading = links.find_many(session, affected)
        projections.delete_waiting_signals(session, list(leading))
        lonely = self.linked(session, [link for link in affected if link not in leading])
        waiting = [
            signal_of(each, None) for evidence in lonely.values() for each in told_once(evidence).values()
        ]
        if waiting:
            signals.add_many(session, waiting)

    def _replace_links(
        self, session: Session, old: Mapping[UUID, frozenset[str]], new: Mapping[UUID, frozenset[str]]
    ) -> set[str]:
        """Writes the links that changed; gives every link that came or went."""
        differing = {
            lead_id: wanted for lead_id, wanted in new.items() if wanted != old.get(lead_id, frozenset())
        }
        if differing:
            links.replace_of(session, differing)
        return {
            link for lead_id, wanted in differing.items() for link in wanted ^ old.get(lead_id, frozenset())
        }

    def _sync_signals(self, session: Session, made: Mapping[UUID, ProjectedLead], result: Rebuilt) -> None:
        """Makes the stored signals of leads those that their records tell."""
        kept = signals.list_for_leads(session, made.keys())
        missing: list[StoredSignal] = []
        stale: list[UUID] = []
        for lead_id, lead in made.items():
            wanted = {
                signal.id: signal for signal in (signal_of(each, lead_id) for each in lead.signals.values())
            }
            standing = {signal.id: signal for signal in kept.get(lead_id, ()) if signal.record_id is not None}
            gone = [each for each in standing if standing[each] != wanted.get(each)]
            fresh = [wanted[each] for each in wanted if standing.get(each) != wanted[each]]
            stale += gone
            missing += fresh
            if gone or fresh:
                result.changed.add(lead_id)
        if stale:
            projections.delete_signals(session, stale)
        if missing:
            result.new_signals += len(signals.add_many(session, missing) - set(stale))


def assembly_for(
    session: Session, playbook: Playbook, more_mappings: Iterable[SourceMapping] = ()
) -> LeadAssembly:
    """The assembly of a workspace: its playbook, with links for every saved mapping and for `more_mappings`."""
    saved = saved_mappings(session)
    names = linking_fields(playbook, (*saved, *more_mappings))
    return LeadAssembly(
        projector_for(playbook, names), EvidenceReading(playbook), compares=playbook.identity is not None
    )


def saved_mappings(session: Session) -> tuple[SourceMapping, ...]:
    """The newest mapping saved for each source."""
    return tuple(read_mapping(kept.content) for kept in mappings.list_newest(session))


def signal_of(told: ToldSignal, lead_id: UUID | None) -> StoredSignal:
    """A signal as kept with a lead, or waiting under its link. The same signal has the same id each time."""
    happening, evidence = told.happening, told.evidence
    place = str(lead_id) if lead_id else evidence.link or ""
    digest = hashlib.sha256(f"{happening.identity}\0{place}".encode()).digest()
    return StoredSignal(
        id=UUID(bytes=digest[:16]),
        kind=happening.signal.kind,
        at=happening.signal.at,
        source=evidence.source,
        payload_hash=digest,
        attributes=happening.signal.attributes,
        external_id=happening.signal.external_id,
        lead_id=lead_id,
        link=evidence.link,
        import_id=evidence.import_id,
        record_id=evidence.record_id,
    )


def _reason(why: str | None) -> dict[str, str]:
    return {"why": why} if why else {}


def _behind(links_of_lead: Iterable[str], linked: Mapping[str, list[Evidence]]) -> list[Evidence]:
    return [each for link in links_of_lead for each in linked.get(link, ())] if linked else []


def _entry(lead_id: UUID, made: ProjectedLead, before: LeadEntry | None, at: datetime) -> LeadEntry:
    """The lead as written; what scoring says of it (status, category) stays as it is."""
    if before is None:
        lead = Lead(
            lead_id,
            made.key,
            made.fields,
            made.provenance,
            made.data_quality,
            created_at=at,
            data_quality_parts=made.data_quality_parts,
        )
        return LeadEntry(lead, made.title, made.subtitle, None, None, at, made.founded_by)
    lead = replace(
        before.lead,
        fields=made.fields,
        provenance=made.provenance,
        data_quality=made.data_quality,
        data_quality_parts=made.data_quality_parts,
    )
    return replace(before, lead=lead, title=made.title, subtitle=made.subtitle, updated_at=at)
