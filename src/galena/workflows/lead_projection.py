"""A lead as a projection of source records: rebuilt from them at any time, always to the same state.

Its own records (role leads) give its first values and with them its links; details that bear one of the links
add values; each field keeps the value with the greatest provenance. Signals come from all of them, each kept once:
the record that arrived first tells it. Links come from own records only, so that the order in which files arrive
does not matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from galena.domain.lead import Provenance
from galena.domain.playbook import Playbook
from galena.engines.identity import survivors
from galena.engines.ingestion import Happening, QualityScale, lead_links, record_link
from galena.workflows.evidence import Evidence
from galena.workflows.lead_lines import LeadLines


@dataclass(frozen=True, slots=True)
class ToldSignal:
    """A signal and the record that tells it."""

    happening: Happening
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ProjectedLead:
    """What a lead's records make of it.

    Attributes:
        founded_by: the import of its first record.
        signals: by identity.
    """

    key: str
    fields: Mapping[str, Any]
    provenance: Mapping[str, Provenance]
    links: tuple[str, ...]
    signals: Mapping[str, ToldSignal]
    data_quality: float
    data_quality_parts: Mapping[str, float]
    title: str
    subtitle: str | None
    founded_by: UUID


def lead_key(source: str, record_key: str) -> str:
    """The identity under which a source's record founds a lead."""
    return f"{source}:{record_key}"


class LeadProjector:
    """Makes leads of one playbook from evidence.

    Args:
        playbook: its fields, and how screens title a lead.
        linking_fields: the fields that details and signals match on.
    """

    def __init__(self, playbook: Playbook, linking_fields: Sequence[str]) -> None:
        self._linking_fields = tuple(linking_fields)
        self._quality = QualityScale(playbook)
        self._lines = LeadLines(playbook)

    def links(self, own: Sequence[Evidence]) -> tuple[str, ...]:
        """The links of a lead with these own records, sorted."""
        fields = (
            own[0].fields if len(own) == 1 else survivors((each.origin, each.fields) for each in own).fields
        )
        records = {record_link(each.source, each.record_key) for each in own}
        return lead_links(fields, self._linking_fields, records)

    def project(
        self, own: Sequence[Evidence], links: tuple[str, ...], linked: Sequence[Evidence]
    ) -> ProjectedLead:
        """The lead that its own records (at least one), its `links` and the records behind these make."""
        evidence = (*own, *linked)
        factual = [each for each in evidence if each.role != "signals"]
        if len(factual) == 1:
            fields = dict(factual[0].fields)
            provenance = dict.fromkeys(fields, factual[0].origin)
            compared = agreed = 0
        else:
            fields, provenance, _ = survivors((each.origin, each.fields) for each in factual)
            compared, agreed = _agreement(factual)
        as_of = max(each.received_at for each in factual)
        quality, parts = self._quality.measure(
            fields,
            provenance,
            as_of,
            invalid={name for each in factual for name in each.invalid},
            compared=compared,
            agreed=agreed,
        )
        first = own[0] if len(own) == 1 else min(own, key=lambda each: each.record_id)
        key = lead_key(first.source, first.record_key)
        title, subtitle = self._lines.of(fields, first.source, as_of)
        return ProjectedLead(
            key=key,
            fields=fields,
            provenance=provenance,
            links=links,
            signals=told_once(evidence),
            data_quality=quality,
            data_quality_parts=parts,
            title=title or key,
            subtitle=subtitle,
            founded_by=first.import_id,
        )


def projector_for(playbook: Playbook, linking_fields: Sequence[str]) -> LeadProjector:
    """The projector of a playbook; of the same object it is made once."""
    return _projector(_Same(playbook), tuple(linking_fields))


class _Same:
    """A playbook that equals nothing but itself: comparing two by content takes longer than making a projector."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook

    def __hash__(self) -> int:
        return id(self.playbook)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.playbook is other.playbook


@lru_cache(maxsize=32)
def _projector(same: _Same, linking_fields: tuple[str, ...]) -> LeadProjector:
    return LeadProjector(same.playbook, linking_fields)


def told_once(evidence: Iterable[Evidence]) -> dict[str, ToldSignal]:
    """Each signal once, by identity, as told by the record that arrived first."""
    found: dict[str, ToldSignal] = {}
    for each in evidence:
        for happening in each.happenings:
            standing = found.get(happening.identity)
            if standing is None or each.record_id < standing.evidence.record_id:
                found[happening.identity] = ToldSignal(happening, each)
    return found


def _agreement(evidence: Sequence[Evidence]) -> tuple[int, int]:
    """How many fields several sources give, and on how many of these the latest word of each is the same."""
    if len({each.source for each in evidence}) == 1:
        return 0, 0
    latest: dict[str, dict[str, tuple[Provenance, Any]]] = {}
    for each in evidence:
        for name, value in each.fields.items():
            words = latest.setdefault(name, {})
            if each.source not in words or words[each.source][0] < each.origin:
                words[each.source] = (each.origin, value)
    compared = [[value for _, value in words.values()] for words in latest.values() if len(words) > 1]
    return len(compared), sum(all(value == values[0] for value in values) for values in compared)
