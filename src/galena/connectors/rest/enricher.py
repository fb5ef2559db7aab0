"""A described look-up: the provider asked about a lead, alone or together with others, and the record that matches."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

import orjson

from galena.connectors.rest.asking import AbsentError, Asking, records_in
from galena.connectors.rest.description import Description, LookUp, Together
from galena.connectors.rest.gathering import Gatherer
from galena.connectors.rest.matching import Verdict, weigh
from galena.connectors.rest.places import at, is_said, laid_at
from galena.connectors.rest.templates import filled, gaps_in
from galena.domain.connector import Access, LookUpAnswer, Trial
from galena.kit.web import Answer, Call, RefusedError, WebClient

_DAY_S = 86_400.0
_CLEARLY = 0.02
"""Two records whose scores lie nearer than this match equally well."""

_TWIN = 0.05
"""What the confidence loses where one of several equal records was taken."""

MOST_CHOICES = 20
"""Records that a person is given to choose from; among more nobody can choose."""

_TURNS = 256

Asked = tuple[Mapping[str, Any], Call]
"""A lead, and the call that asks about it alone."""

Found = tuple[list[Any], int]
"""The records answered, and the calls made for them."""


class RestEnricher:
    """Looks leads up as a description says."""

    def __init__(self, description: Description, access: Access, web: WebClient) -> None:
        if description.look_up is None:
            raise ValueError("the description has no look_up")
        self._look_up: LookUp = description.look_up
        self._asking = Asking(description, access, web)
        self._web = web
        self._turns = tuple(Lock() for _ in range(_TURNS))
        most = self._look_up.together.most if self._look_up.together else 1
        self._gatherer: Gatherer[Asked, Found] = Gatherer(self._ask_together, most)

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

    def _ask(self, lead: Mapping[str, Any], cache_s: float) -> Found:
        call = self._asking.call(self._look_up.request, {"lead": lead}, label="look_up", cache_s=cache_s)
        # Two permits of one house that come up at the same time: the second finds the answer to the first.
        with self._turns[hash(call.params) % len(self._turns)]:
            if self._look_up.together is None or self._web.kept(call):
                return self._ask_alone(call)
            return self._gatherer.ask((lead, call))

    def _ask_alone(self, call: Call) -> Found:
        body, answer = self._asking.ask(call)
        return self._records(body), answer.attempts

    def _records(self, body: Any) -> list[Any]:
        if body is None or body == {}:  # Some leave empty lists out, and so everything.
            return []
        found = body if isinstance(body, list) else at(body, self._look_up.records_at)
        if isinstance(found, Mapping):
            return [found]
        if isinstance(found, list) or found is None:
            return found or []
        return records_in(body, self._look_up.records_at, label="look_up")

    def _ask_together(self, asked: Sequence[Asked]) -> list[Found]:
        """Asks about several leads at once; about each alone where the provider does not answer that whole."""
        if len(asked) == 1:
            return [self._ask_alone(asked[0][1])]
        together = self._look_up.together
        assert together is not None
        try:
            body, answer = self._asking.ask(_joined([call for _, call in asked], together))
        except RefusedError:
            return [self._ask_alone(call) for _, call in asked]
        if together.more_at and is_said(at(body, together.more_at)):
            return [self._ask_alone(call) for _, call in asked]
        records = self._records(body)
        found = [(self._of(lead, records), 0) for lead, _ in asked]
        for (_, call), (own, _) in zip(asked, found, strict=True):
            self._web.keep(call, _as_if_alone(answer, self._look_up.records_at, own))
        return [(found[0][0], answer.attempts), *found[1:]]

    def _of(self, lead: Mapping[str, Any], records: list[Any]) -> list[Any]:
        """Of the records answered for several leads, those that fit this one."""
        rules = self._look_up.match
        return [each for each in records if isinstance(each, Mapping) and weigh(rules, lead, each).fits]

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
            return self._one_of(ties, best, calls)
        verdict, record = ties[0]
        return LookUpAnswer("found", record, verdict.because, round(verdict.score, 3), calls)

    def _one_of(self, ties: list[tuple[Verdict, Any]], best: float, calls: int) -> LookUpAnswer:
        """Several records match equally well: one of them where all speak of one owner, none where they differ."""
        twins = self._look_up.twins
        told = twins.same if twins else ()
        differ = [place for place in told if len({_said(record, place) for _, record in ties}) > 1]
        if twins is None or differ:
            why = f"{len(ties)} records match equally well"
            why += f" and differ in {_in_words(differ)}: a person has to say which" if differ else ""
            records = tuple(record for _, record in ties[:MOST_CHOICES])
            return LookUpAnswer(
                "unsure", because=why, confidence=best / len(ties), calls=calls, choices=records
            )
        verdict, record = min(
            ties, key=lambda pair: (-_number(at(pair[1], twins.greatest)), _said(pair[1], twins.then))
        )
        because = f"{verdict.because}; of {len(ties)} records of one owner the one of the greatest value"
        return LookUpAnswer("found", record, because, round(max(0.0, verdict.score - _TWIN), 3), calls)

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


def _joined(calls: Sequence[Call], together: Together) -> Call:
    """One call that asks what several ask."""
    asked = [dict(call.params) for call in calls]
    where = together.joined_by.join(f"({each[together.param]})" for each in asked)
    params = asked[0] | {together.param: where}
    if together.size_param in params:
        params[together.size_param] = str(int(params[together.size_param]) * len(calls))
    return replace(calls[0], params=tuple(params.items()), cache_s=0.0)


def _as_if_alone(answer: Answer, place: str, records: list[Any]) -> Answer:
    """What the provider would have answered had it been asked about one lead."""
    return replace(answer, body=orjson.dumps(laid_at(place, records)))


def _said(record: Any, place: str) -> str:
    told = at(record, place)
    return " ".join(str(told).casefold().split()) if is_said(told) else ""


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _in_words(places: Sequence[str]) -> str:
    return " and ".join(place.rpartition(".")[2].replace("_", " ") for place in places)
