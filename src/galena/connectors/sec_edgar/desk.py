"""Asks the SEC's servers and the Treasury's, as both demand: with a declared User-Agent and within the stated rate."""

import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from galena.connectors.sec_edgar.companies import CompanyList, read_companies
from galena.connectors.sec_edgar.daily_index import DayIndex, read_index
from galena.connectors.sec_edgar.facts import CompanyFacts, read_facts
from galena.connectors.sec_edgar.report_items import item_numbers
from galena.connectors.sec_edgar.sanctions import SanctionsList, read_sanctions
from galena.connectors.sec_edgar.submissions import (
    Filing,
    Submissions,
    plain_cik,
    read_filings,
    read_submissions,
)
from galena.domain.connector import Access
from galena.kit.errors import ConfigurationError
from galena.kit.web import BusyError, Call, KeyRefusedError, RefusedError, UnreadableAnswerError, WebClient

BLOCKED_S = 600.0
"""How long the SEC keeps a caller out that asked too often."""

_DAY_S = 86_400.0
_LIST_CACHE_S, _FILING_CACHE_S, _COMPANY_CACHE_S = _DAY_S, 30 * _DAY_S, 3_600.0
_CONTACT = re.compile(r"^\S.*\s\S+@[\w-]+(?:\.[\w-]+)+$")
_TOO_FAST = re.compile(
    rb"request rate threshold|too many requests|exceed\w* the (?:maximum|rate)", re.IGNORECASE
)
_UNDECLARED = re.compile(rb"undeclared automated tool|declare your (?:traffic|user agent)", re.IGNORECASE)
_ABSENT = re.compile(rb"<Code>\s*(?:AccessDenied|NoSuchKey)\s*</Code>")
_ITEM = re.compile(r"<ITEMS>\s*([\d.]+)")
_DAY_FILE = re.compile(r"^form\.(\d{8})\.idx$")


class Desk:
    """Where everything of the SEC is asked for."""

    def __init__(self, access: Access, web: WebClient) -> None:
        settings = access.settings
        self._agent = declared_contact(settings.get("contact"))
        self._web = web
        self._data = str(settings.get("data_address") or "")
        self._files = str(settings.get("files_address") or "")
        self._sanctions_address = str(settings.get("sanctions_address") or "")
        self._companies: CompanyList | None = None
        self._sanctions: SanctionsList | None = None
        self._blocked: BusyError | None = None
        self.calls = 0

    def companies(self) -> CompanyList:
        """Every company with a ticker."""
        if self._companies is None:
            url = f"{self._files}/files/company_tickers.json"
            self._companies = read_companies(self._json(url, "companies", _LIST_CACHE_S))
        return self._companies

    def company(self, cik: str, *, cached: bool = True) -> Submissions:
        """A company and the list of its filings, up to an hour old where a kept one will do."""
        url = f"{self._data}/submissions/CIK{cik.zfill(10)}.json"
        return read_submissions(self._json(url, "submissions", _COMPANY_CACHE_S if cached else 0.0))

    def older_filings(self, cik: str, name: str) -> tuple[Filing, ...]:
        """The filings of one of a company's further files."""
        url = f"{self._data}/submissions/{quote(name)}"
        return read_filings(cik, self._json(url, "older filings", _DAY_S))

    def facts(self, cik: str) -> CompanyFacts:
        """A company's annual figures; nothing where it tells none in this form."""
        url = f"{self._data}/api/xbrl/companyfacts/CIK{cik.zfill(10)}.json"
        try:
            return read_facts(self._json(url, "facts", _DAY_S))
        except RefusedError as fault:
            if is_absent(fault):
                return CompanyFacts()
            raise

    def document(self, filing: Filing) -> bytes:
        """A filing's main document."""
        return self._body(
            f"{self._files}/{filing.folder}/{quote(filing.document)}", "filing", _FILING_CACHE_S
        )

    def items(self, filing: Filing) -> str:
        """The item numbers of a current report, from its header: "5.02,9.01"; empty: it names none."""
        url = f"{self._files}/{filing.folder}/{filing.accession}-index-headers.html"
        text = html.unescape(self._body(url, "filing header", _FILING_CACHE_S).decode("utf-8", "replace"))
        return ",".join(item_numbers(" ".join(_ITEM.findall(text))))

    def index_days(self, since: str) -> list[str]:
        """The days (ISO) that have an index, from a day on; without one the newest alone."""
        years = self._folder("")
        years = [each for each in years if each.isdigit() and each >= since[:4]] if since else years[-1:]
        days: list[str] = []
        for year in years:
            quarters = [each for each in self._folder(year) if each.startswith("QTR")]
            for quarter in quarters if since else quarters[-1:]:
                if since and (year, quarter) < (since[:4], _quarter(since)):
                    continue
                found = (_DAY_FILE.match(each) for each in self._folder(f"{year}/{quarter}"))
                days += [f"{day[1][:4]}-{day[1][4:6]}-{day[1][6:]}" for day in found if day]
        days.sort()
        return [each for each in days if each >= since] if since else days[-1:]

    def day_index(self, day: str) -> DayIndex:
        """The filings of one day."""
        place = f"{day[:4]}/{_quarter(day)}/form.{day.replace('-', '')}.idx"
        body = self._body(f"{self._files}/Archives/edgar/daily-index/{place}", "daily index", 0.0)
        return read_index(body.decode("latin-1"))

    def sanctions(self) -> SanctionsList:
        """The Treasury's list."""
        if self._sanctions is None:
            main = self._body(f"{self._sanctions_address}/SDN.CSV", "sanctions", _LIST_CACHE_S)
            aliases = self._body(f"{self._sanctions_address}/ALT.CSV", "sanctions", _LIST_CACHE_S)
            self._sanctions = read_sanctions(main, aliases)
        return self._sanctions

    def _folder(self, place: str) -> list[str]:
        url = "/".join(filter(None, (f"{self._files}/Archives/edgar/daily-index", place, "index.json")))
        body = self._json(url, "daily index", 0.0)
        items = ((body.get("directory") or {}).get("item") if isinstance(body, Mapping) else None) or []
        if not isinstance(items, list) or not items:
            raise UnreadableAnswerError(
                "A folder of the SEC's daily indexes is not in the documented shape.",
                facts={"folder": place or "daily-index", "wanted": "directory.item"},
                remedy="Try again later; if it stays so, the SEC changed it.",
            )
        return sorted(str(each.get("name") or "").rstrip("/") for each in items if isinstance(each, Mapping))

    def _json(self, url: str, label: str, cache_s: float) -> Any:
        return self._send(url, label, cache_s).json()

    def _body(self, url: str, label: str, cache_s: float) -> bytes:
        body: bytes = self._send(url, label, cache_s).body
        return body

    def _send(self, url: str, label: str, cache_s: float) -> Any:
        if self._blocked is not None:
            raise self._blocked
        call = Call(url, headers={"user-agent": self._agent, "accept": "*/*"}, label=label, cache_s=cache_s)
        try:
            answer = self._web.send(call)
        except KeyRefusedError as fault:
            self.calls += 1
            raise self._explained(fault) from fault
        self.calls += answer.attempts
        return answer

    def _explained(self, fault: KeyRefusedError) -> RefusedError | BusyError:
        """The SEC needs no key: what it means by 403."""
        if _TOO_FAST.search(fault.body):
            self._blocked = BusyError(
                "The SEC keeps this address out for a while, because too many calls came from it.",
                facts=fault.facts,
                remedy="It goes on by itself. If other programs here ask the SEC as well, they share its limit.",
                status=fault.status,
                retry_after_s=BLOCKED_S,
            )
            return self._blocked
        if _ABSENT.search(fault.body):
            return RefusedError(
                "There is nothing at this address.",
                facts=fault.facts,
                remedy="Check the address.",
                status=404,
            )
        declared = _UNDECLARED.search(fault.body)
        return RefusedError(
            "The SEC does not accept who asks." if declared else "The SEC refuses this call.",
            facts=fault.facts,
            remedy="Give a name and an e-mail address that are really yours: the setting contact.",
            status=fault.status,
        )


def is_absent(fault: RefusedError) -> bool:
    """Whether the server says that there is no such file."""
    return fault.status in (404, 410)


def declared_contact(contact: Any) -> str:
    """Who asks, as the SEC wants it declared: a name and an e-mail address.

    Raises:
        ConfigurationError: it is none; nothing is asked without it.
    """
    text = " ".join(str(contact or "").split())
    if not _CONTACT.match(text) or not text.isascii():
        raise ConfigurationError(
            "The SEC wants to know who asks: a name and an e-mail address.",
            facts={"setting": "contact"},
            remedy='Give both: --set contact="Sample Brokers admin@sample-brokers.com".',
        )
    return text


def wanted_companies(desk: Desk, text: str) -> list[str]:
    """The company numbers of a list of numbers and tickers.

    Raises:
        ConfigurationError: one is neither.
    """
    found: list[str] = []
    for word in re.split(r"[\s,;]+", text.strip()):
        if not word:
            continue
        cik = plain_cik(word)
        if not cik:
            company = desk.companies().by_ticker(word)
            if company is None:
                raise ConfigurationError(
                    "The SEC knows no company of this ticker.",
                    facts={"setting": "companies", "ticker": word},
                    remedy="Give its company number (CIK) instead; sec.gov/search-filings finds it.",
                )
            cik = company.cik
        found.append(cik)
    return list(dict.fromkeys(found))


def _quarter(day: str) -> str:
    return f"QTR{(int(day[5:7]) + 2) // 3}"
