"""Whom to ask for what next: one provider after the other, until a field is known well enough.

A field that the lead's own records tell is never asked for. Of those that are missing or stale, the first in the
playbook's order is taken; of its providers, the first that has not been asked. One question may give several fields,
so after each answer the plan is made anew.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from galena.domain.enrichment import FieldState, FieldStatus, LeadEnrichment, LookUp
from galena.domain.playbook.enrichment import Enrichment, Wanted
from galena.engines.enrichment.area import Area

PERSON = "person"
"""The source of what a person said; it is taken for good, and nobody is asked about it again."""

ANSWERED = frozenset(("found", "absent", "unsure"))
"""Outcomes after which a provider is not asked again while the answer holds."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A connected look-up.

    Attributes:
        name: the connection's.
        connector: what the playbook calls it.
        fields: the lead fields that it can give.
        needs: the lead fields without which it cannot ask.
        call_micros: what a call costs.
        source: the name under which its records come in.
        daily_micros: what it may cost on one day (UTC); None: the connection sets no limit.
        area: the counties it knows; None: any.
    """

    name: str
    connector: str
    fields: frozenset[str]
    needs: tuple[str, ...] = ()
    call_micros: int = 0
    source: str = ""
    daily_micros: int | None = None
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Who is asked next, and the wanted fields it is asked for."""

    provider: Provider
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownLead:
    """What is known of a lead before anybody is asked.

    Attributes:
        fields: its values.
        sources: field -> name of the source its value comes from.
        past: what was asked about it before, the oldest first; undone imports left out.
    """

    fields: Mapping[str, Any]
    sources: Mapping[str, str]
    past: Sequence[LookUp] = ()


class Waterfall:
    """The plan of one playbook over the providers that are connected."""

    def __init__(self, enrichment: Enrichment, providers: Sequence[Provider]) -> None:
        self._wants = enrichment.wants
        self._providers = tuple(providers)
        self._bought = {each.source for each in providers}

    def order(self, field: str) -> tuple[Provider, ...]:
        """The connected providers of a field, in the order they are asked."""
        wanted = self._wants[field]
        able = [each for each in self._providers if field in each.fields]
        if not wanted.providers:
            return tuple(sorted(able, key=lambda each: (each.call_micros, each.name)))
        named = [each for each in able if each.connector in wanted.providers]
        return tuple(sorted(named, key=lambda each: wanted.providers.index(each.connector)))

    def next(
        self,
        lead: KnownLead,
        now: datetime,
        *,
        asked: Collection[str] = (),
        skipped: Collection[str] = (),
    ) -> Question | None:
        """Who is to be asked next; None: nobody can tell more. What costs nothing goes before what costs.

        Args:
            asked: names of providers that were asked, or could not be asked, in this run.
            skipped: fields that are not worth their price.
        """
        missing = [name for name in self.open_fields(lead, now) if name not in skipped]
        firsts = [provider for name in missing if (provider := self._first(name, lead, now, asked))]
        if not firsts:
            return None
        provider = next((each for each in firsts if not each.call_micros), firsts[0])
        return Question(provider, tuple(each for each in missing if provider in self.order(each)))

    def askable_fields(
        self, lead: KnownLead, now: datetime, *, asked: Collection[str] = ()
    ) -> tuple[str, ...]:
        """The wanted fields that are missing or stale, and of which somebody can still be asked."""
        open_ones = self.open_fields(lead, now)
        return tuple(name for name in open_ones if self._first(name, lead, now, asked))

    def _first(self, name: str, lead: KnownLead, now: datetime, asked: Collection[str]) -> Provider | None:
        """The next provider of a field that has not been asked."""
        return next(
            (
                each
                for each in self.order(name)
                if each.name not in asked and not self._has_answered(each, lead, now)
            ),
            None,
        )

    def open_fields(self, lead: KnownLead, now: datetime) -> tuple[str, ...]:
        """The wanted fields that are missing or stale, in the playbook's order."""
        return tuple(name for name in self._wants if self._is_open(name, lead, now))

    def is_good(self, field: str, value: Any, confidence: float) -> bool:
        """Whether an answer is taken for a field, or the next provider asked."""
        return _is_known(value) and confidence >= self._wants[field].least_confidence

    def states(
        self, lead: KnownLead, now: datetime, *, not_needed: Mapping[str, str] | None = None
    ) -> tuple[FieldState, ...]:
        """How each wanted field stands.

        Args:
            not_needed: field -> why it was not bought.
        """
        return tuple(self._state(name, lead, now, not_needed or {}) for name in self._wants)

    def _state(self, name: str, lead: KnownLead, now: datetime, not_needed: Mapping[str, str]) -> FieldState:
        value, source = lead.fields.get(name), lead.sources.get(name, "")
        found = _newest(lead.past, lambda each: each.outcome == "found" and name in each.fields)
        if _is_known(value):
            if source == PERSON:
                return FieldState(name, "known", "a person said so", source)
            if found is None or source not in self._bought:
                return FieldState(name, "known", "its own records say so", source)
            if _ended(found) + timedelta(days=self._wants[name].days) <= now:
                return FieldState(
                    name, "stale", f"looked up {_days(now - _ended(found))} ago", found.provider
                )
            return FieldState(name, "found", found.because, found.provider)
        if name in not_needed:
            return FieldState(name, "not_needed", not_needed[name])
        order = self.order(name)
        if not order:
            return FieldState(name, "pending", "no source that gives it is connected")
        last = _newest(lead.past, lambda each: name in each.asked and each.outcome != "sent")
        if last is None:
            return FieldState(name, "pending", _lacks(order[0], lead) or "nobody was asked yet")
        if last.outcome == "unsure":
            return FieldState(name, "unsure", last.because, last.provider)
        answered = all(self._has_answered(each, lead, now) or _lacks(each, lead) for each in order)
        status: FieldStatus = (
            "absent" if answered else "failed" if last.outcome in ("failed", "lost") else "pending"
        )
        return FieldState(name, status, last.because, last.provider)

    def _is_open(self, name: str, lead: KnownLead, now: datetime) -> bool:
        if not _is_known(lead.fields.get(name)):
            return True
        return self._state(name, lead, now, {}).status == "stale"

    def _has_answered(self, provider: Provider, lead: KnownLead, now: datetime) -> bool:
        last = _newest(lead.past, lambda each: each.provider == provider.name and each.outcome in ANSWERED)
        return last is not None and last.fresh_until is not None and last.fresh_until > now


def holds_for(wants: Mapping[str, Wanted], fields: Collection[str]) -> timedelta:
    """How long an answer for several fields holds: as long as the shortest of them."""
    return timedelta(days=min((wants[name].days for name in fields if name in wants), default=30))


def lead_status(states: Sequence[FieldState]) -> LeadEnrichment:
    """How a lead stands, from its fields."""
    kinds = [each.status for each in states]
    if "stale" in kinds:
        return "stale"
    done = [kind in ("known", "found", "not_needed", "absent") for kind in kinds]
    if all(done):
        return "complete"
    if "failed" in kinds and not any(kind == "found" for kind in kinds):
        return "failed"
    if any(kind in ("known", "found", "unsure") for kind in kinds):
        return "partial"
    return "pending"


def lacking(provider: Provider, fields: Mapping[str, Any]) -> str:
    """Why a provider cannot be asked about a lead; "" where it can."""
    missing = [name for name in provider.needs if not _is_known(fields.get(name))]
    if missing:
        return f"the lead has no {missing[0].replace('_', ' ')}"
    return provider.area.outside(fields) if provider.area else ""


def _lacks(provider: Provider, lead: KnownLead) -> str:
    return lacking(provider, lead.fields)


def _is_known(value: Any) -> bool:
    """An empty list is known: somebody looked, and there are none."""
    return value is not None and value != ""


def _ended(look_up: LookUp) -> datetime:
    return look_up.ended_at or look_up.sent_at


def _newest(past: Sequence[LookUp], fits: Any) -> LookUp | None:
    return next((each for each in reversed(past) if fits(each)), None)


def _days(age: timedelta) -> str:
    return f"{age.days} days"
