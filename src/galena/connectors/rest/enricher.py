"""A described look-up: one request per lead, and the record that matches."""

from collections.abc import Mapping
from typing import Any

from galena.connectors.rest.asking import AbsentError, Asking, records_in
from galena.connectors.rest.description import Description, LookUp
from galena.connectors.rest.matching import Verdict, weigh
from galena.connectors.rest.places import at, is_said
from galena.connectors.rest.templates import filled, gaps_in
from galena.domain.connector import Access, LookUpAnswer, Trial
from galena.kit.web import RefusedError, WebClient

_DAY_S = 86_400.0
_CLEARLY = 0.02
"""Two records whose scores lie nearer than this match equally well."""


class RestEnricher:
    """Looks leads up as a description says."""

    def __init__(self, description: Description, access: Access, web: WebClient) -> None:
        if description.look_up is None:
            raise ValueError("the description has no look_up")
        self._look_up: LookUp = description.look_up
        self._asking = Asking(description, access, web)

    def mapping_name(self) -> str:
        """The mapping of the records it finds."""
        return filled(self._look_up.mapping, self._asking.known) or ""

    def needs(self) -> tuple[str, ...]:
        """The lead fields without which it cannot ask."""
        return self._look_up.needs

    def try_out(self) -> Trial:
        """Asks for the sample lead.

        Raises:
            GalenaError: the provider does not answer as documented, and why.
        """
        records, _ = self._ask(self._look_up.sample, 0.0)
        named = tuple(dict.fromkeys(name for each in records if isinstance(each, Mapping) for name in each))
        return Trial(
            tuple(records[:5]), named, "" if records else "It answers; the sample address is unknown to it."
        )

    def look_up(self, lead: Mapping[str, Any]) -> LookUpAnswer:
        """Asks about one lead, given by its fields.

        Raises:
            WebError: the provider gave no usable answer.
        """
        if missing := [name for name in self._look_up.needs if lead.get(name) in (None, "")]:
            return LookUpAnswer("unasked", because=f"the lead has no {missing[0].replace('_', ' ')}")
        if vague := self._vague(lead):
            return LookUpAnswer("unasked", because=f"the lead's {vague.replace('_', ' ')} is not whole")
        try:
            records, calls = self._ask(lead, self._look_up.cache_days * _DAY_S)
        except AbsentError:
            return LookUpAnswer("absent", because="the provider knows no such record", calls=1)
        except RefusedError as fault:
            if fault.status in (404, 410):
                return LookUpAnswer("absent", because="the provider knows no such record", calls=1)
            raise
        return self._chosen(lead, records, calls)

    def _vague(self, lead: Mapping[str, Any]) -> str | None:
        """The needed field that is there but does not say enough to ask, such as an address without a number."""
        known = {**self._asking.known, "lead": lead}
        for form in self._look_up.request.params.values():
            asked = {gap.removeprefix("lead.") for gap in gaps_in(form)} & set(self._look_up.needs)
            if asked and filled(form, known) is None:
                return min(asked)
        return None

    def _ask(self, lead: Mapping[str, Any], cache_s: float) -> tuple[list[Any], int]:
        call = self._asking.call(self._look_up.request, {"lead": lead}, label="look_up", cache_s=cache_s)
        body, answer = self._asking.ask(call)
        if body is None or body == {}:  # Some leave empty lists out, and so everything.
            return [], answer.attempts
        found = body if isinstance(body, list) else at(body, self._look_up.records_at)
        if isinstance(found, Mapping):
            return [found], answer.attempts
        if isinstance(found, list) or found is None:
            return found or [], answer.attempts
        return records_in(body, self._look_up.records_at, label="look_up"), answer.attempts

    def _chosen(self, lead: Mapping[str, Any], records: list[Any], calls: int) -> LookUpAnswer:
        weighed = [
            (verdict, each)
            for each in records
            if isinstance(each, Mapping) and (verdict := weigh(self._look_up.match, lead, each)).fits
        ]
        if not weighed:
            why = f"none of {len(records)} records matches" if records else "nothing was found"
            return LookUpAnswer("absent", because=why, calls=calls)
        best = max(verdict.score for verdict, _ in weighed)
        ties = [pair for pair in weighed if best - pair[0].score < _CLEARLY]
        if len(ties) > 1:
            ties = self._newest(ties)
        if len(ties) > 1:
            return LookUpAnswer(
                "unsure",
                because=f"{len(ties)} records match equally well",
                confidence=best / len(ties),
                calls=calls,
            )
        verdict, record = ties[0]
        return LookUpAnswer("found", record, verdict.because, round(verdict.score, 3), calls)

    def _newest(self, ties: list[tuple[Verdict, Any]]) -> list[tuple[Verdict, Any]]:
        """Of records that match equally, those with the greatest `newest_by`; equal ones count once."""
        if self._look_up.newest_by:
            said = [pair for pair in ties if is_said(at(pair[1], self._look_up.newest_by))]
            if said:
                newest = max(str(at(record, self._look_up.newest_by)) for _, record in said)
                ties = [pair for pair in said if str(at(pair[1], self._look_up.newest_by)) == newest]
        distinct: list[tuple[Verdict, Any]] = []
        for pair in ties:
            if all(pair[1] != kept for _, kept in distinct):
                distinct.append(pair)
        return distinct
