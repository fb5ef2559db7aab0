"""Filings pulled as dated facts: those of the companies one names, and those of everybody, day by day.

The state of a stream says what was taken already, by the filings' own numbers:

    filings: {"companies": {"1318605": {"until": "2026-03-01T21:00:00", "known": {"0001318605-26-000015": "2026-..."}}}}
    feed:    {"day": "2026-03-18", "known": ["1318605-0001318605-26-000015", ...]}

`known` holds the numbers near the end alone, since filings may be shown a little later than they were accepted; with
`position` in it the pull is not complete.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from galena.connectors.sec_edgar.desk import Desk, is_absent, wanted_companies
from galena.connectors.sec_edgar.reading import is_known, record_of
from galena.connectors.sec_edgar.submissions import Filing, Submissions
from galena.domain.connector import Access, Page, Trial
from galena.kit.errors import NotFoundError
from galena.kit.web import RefusedError, WebClient

FILINGS, FEED = "filings", "feed"
SAMPLE_RECORDS = 5
OVERLAP_DAYS = 3
"""How far behind the newest filing taken a filing may still turn up."""
FIRST_DAYS = 730
"""How far the first pull looks back from a company's newest filing, where no day is given."""


def open_source(access: Access, web: WebClient) -> "EdgarSource":
    """The source of a connection.

    Raises:
        ConfigurationError: who asks is not declared.
    """
    return EdgarSource(access, Desk(access, web))


class EdgarSource:
    """Pulls filings."""

    def __init__(self, access: Access, desk: Desk) -> None:
        settings = access.settings
        self._desk = desk
        self._companies = str(settings.get("companies") or "")
        self._has_feed = bool(settings.get("feed"))
        self._since = str(settings.get("since") or "")
        self._size = max(1, int(settings.get("page_size") or 25))
        self._forms = frozenset(
            each.strip() for each in str(settings.get("feed_forms") or "").split(",") if each.strip()
        )

    def streams(self) -> tuple[str, ...]:
        """The companies named, then the feed of all; neither, when the connection only looks up."""
        return (FILINGS,) * bool(self._companies.strip()) + (FEED,) * self._has_feed

    def mapping_name(self, stream: str) -> str:  # noqa: ARG002 - the contract of sources
        """Both streams give the same records."""
        return "sec_edgar_filings"

    def try_out(self, stream: str) -> Trial:
        """Asks for a few filings.

        Raises:
            GalenaError: the connection does not work, and why.
        """
        if stream == FILINGS:
            company = self._desk.company(self._watched()[0], cached=False)
            filings = [each for each in company.filings if is_known(each)][:SAMPLE_RECORDS]
            records = [record_of(self._desk, each, company.name) for each in filings]
        else:
            days = self._desk.index_days("")
            records = [each for day in days for each in self._day(day, set(), SAMPLE_RECORDS)]
        columns = tuple(dict.fromkeys(name for each in records for name in each))
        return Trial(tuple(records), columns, "" if records else "It answers, but holds no such filings now.")

    def pages(self, stream: str, state: Mapping[str, Any]) -> Iterator[Page]:
        """The filings since a state, oldest first; an empty state is the beginning.

        Raises:
            WebError: the SEC gave no usable answer; pages that came before stand.
        """
        if stream not in self.streams():
            raise NotFoundError(
                "There is no such stream.",
                facts={"stream": stream},
                remedy=f"Known: {', '.join(self.streams())}.",
            )
        return self._watched_pages(dict(state)) if stream == FILINGS else self._feed_pages(dict(state))

    def _watched(self) -> list[str]:
        return wanted_companies(self._desk, self._companies)

    def _watched_pages(self, state: dict[str, Any]) -> Iterator[Page]:
        reached: dict[str, Any] = dict(state.get("companies") or {})
        watched = self._watched()
        for number, cik in enumerate(watched):
            company = self._desk.company(cik, cached=False)
            news = self._news(company, reached.get(cik) or {})
            for start in range(0, len(news), self._size):
                part = news[start : start + self._size]
                records = tuple(record_of(self._desk, each, company.name) for each in part)
                reached = {**reached, cik: _reached(reached.get(cik) or {}, part)}
                yield Page(records, {"companies": reached, "position": number})
        yield Page((), {"companies": reached}, is_last=True)

    def _news(self, company: Submissions, reached: Mapping[str, Any]) -> list[Filing]:
        """A company's filings that were not taken yet, oldest first."""
        filings = list(company.filings)
        until = str(reached.get("until") or "")
        begin = _days_before(until, OVERLAP_DAYS) if until else self._beginning(filings)
        for name, _, last in company.older:
            if not last or last >= begin[:10]:
                filings += self._desk.older_filings(company.cik, name)
        known = set(reached.get("known") or ())
        news = {each.accession: each for each in filings if is_known(each) and each.accepted_at >= begin}
        return sorted(
            (each for each in news.values() if each.accession not in known),
            key=lambda each: (each.accepted_at, each.accession),
        )

    def _beginning(self, filings: list[Filing]) -> str:
        if self._since:
            return self._since
        newest = max((each.filed_on for each in filings), default="")
        return _days_before(newest, FIRST_DAYS)[:10] if newest else ""

    def _feed_pages(self, state: dict[str, Any]) -> Iterator[Page]:
        day, known = str(state.get("day") or ""), set(state.get("known") or ())
        # The last day is read again: its index may have grown.
        for each in self._desk.index_days(day or self._since):
            if each != day:
                day, known = each, set()
            while records := self._day(day, known, self._size):
                known |= {record["id"] for record in records}
                yield Page(tuple(records), {"day": day, "known": sorted(known), "position": len(known)})
        done = {"day": day, "known": sorted(known)} if day else {}
        yield Page((), done, is_last=True)

    def _day(self, day: str, known: set[str], most: int) -> list[dict[str, Any]]:
        """The next filings of a day that are not known yet. Their documents are not read; companies that are named are
        left to the other stream."""
        watched = set(self._watched()) if self._companies.strip() else set()
        found: list[dict[str, Any]] = []
        for line in self._index(day):
            filing = Filing(line.cik, line.accession, line.form, line.filed_on, f"{line.filed_on}T00:00:00")
            if line.form not in self._forms or line.cik in watched or f"{line.cik}-{line.accession}" in known:
                continue
            found.append(record_of(self._desk, self._with_items(filing), line.company))
            if len(found) == most:
                break
        return found

    def _index(self, day: str) -> tuple[Any, ...]:
        if self._kept_index[0] != day:
            self._kept_index = (day, self._desk.day_index(day).lines)
        return self._kept_index[1]

    _kept_index: tuple[str, tuple[Any, ...]] = ("", ())

    def _with_items(self, filing: Filing) -> Filing:
        if filing.base_form != "8-K":
            return filing
        try:
            items = self._desk.items(filing)
        except RefusedError as fault:
            if not is_absent(fault):
                raise
            items = ""
        return Filing(
            filing.cik,
            filing.accession,
            filing.form,
            filing.filed_on,
            filing.accepted_at,
            filing.report_on,
            items,
        )


def _reached(before: Mapping[str, Any], taken: list[Filing]) -> dict[str, Any]:
    """What is taken of a company, after these."""
    until = max([str(before.get("until") or ""), *(each.accepted_at for each in taken)])
    since = _days_before(until, OVERLAP_DAYS)
    near = dict(before.get("known") or {}) | {each.accession: each.accepted_at for each in taken}
    return {"until": until, "known": {accession: at for accession, at in near.items() if at >= since}}


def _days_before(moment: str, days: int) -> str:
    """An ISO day or instant, some days earlier, written in the same way as far as texts compare."""
    try:
        if len(moment) == 10:
            return (date.fromisoformat(moment) - timedelta(days=days)).isoformat()
        earlier = datetime.fromisoformat(moment.replace("Z", "+00:00")) - timedelta(days=days)
        return earlier.strftime("%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return ""
