"""What the SEC's files tell of one company today: the lists and figures a lead's fields want."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

from galena.connectors.sec_edgar.desk import Desk, is_absent
from galena.connectors.sec_edgar.facts import CompanyFacts
from galena.connectors.sec_edgar.ownership import PURCHASE, SALE, Ownership
from galena.connectors.sec_edgar.reading import (
    REPORTS,
    read_concern,
    read_insider,
    read_people,
    read_proxy,
)
from galena.connectors.sec_edgar.report_items import BANKRUPTCY, PEOPLE, item_numbers
from galena.connectors.sec_edgar.submissions import Filing, Submissions
from galena.kit.web import RefusedError, UnreadableAnswerError

Told = TypeVar("Told")

PEOPLE_DAYS, INSIDER_DAYS, REPORT_DAYS, PROXY_DAYS, BANKRUPTCY_DAYS = 400, 200, 500, 500, 1_100
"""How far back from the company's newest filing each kind is read: a little further than the features look."""


@dataclass
class Profile:
    """Gathers a company's facts, reading no more documents than allowed.

    Attributes:
        most_documents: documents read for one company.
        notes: what could not be read, or was left unread.
    """

    desk: Desk
    company: Submissions
    most_documents: int
    notes: list[str] = field(default_factory=list)
    _read: int = 0

    def record(self) -> dict[str, Any]:
        """Everything that is told, as one flat record.

        Raises:
            WebError: the server gave no usable answer.
        """
        recent = [each for each in self.company.filings if each.base_form == "8-K"]
        found: dict[str, Any] = {
            "id": self.company.cik,
            "cik": self.company.cik,
            "company": self.company.name,
            "tickers": ", ".join(self.company.tickers),
            "former_names": ", ".join(self.company.former_names),
            "sic": self.company.sic,
            "industry": self.company.industry,
            "website": self.company.website,
            **self.company.address,
            "reports": [
                {"items": ",".join(item_numbers(each.items)), "date": each.filed_on}
                for each in recent
                if item_numbers(each.items)
            ],
            "amended_on": next(
                (
                    each.filed_on
                    for each in self.company.filings
                    if each.base_form in REPORTS and each.is_amendment
                ),
                "",
            ),
            "bankruptcy": any(
                BANKRUPTCY in item_numbers(each.items) for each in self._within(recent, BANKRUPTCY_DAYS)
            ),
        }
        found |= self._concern() | self._people(recent) | self._pay() | self._insiders()
        found |= figures_of(self.desk.facts(self.company.cik))
        found["notes"] = "; ".join(self.notes)
        return found

    def _concern(self) -> dict[str, Any]:
        for filing in self._within(self.company.filings, REPORT_DAYS):
            if filing.base_form in REPORTS and not filing.is_amendment:
                told = self._try(read_concern, filing)
                if told is not None:
                    return {
                        "going_concern": told.warned,
                        "going_concern_sentence": told.sentence,
                        "going_concern_in": f"{filing.form} of {filing.filed_on}",
                    }
        return {"going_concern": None}

    def _people(self, recent: Iterable[Filing]) -> dict[str, Any]:
        left: list[dict[str, Any]] = []
        came: list[dict[str, Any]] = []
        for filing in self._within(recent, PEOPLE_DAYS):
            if PEOPLE not in item_numbers(filing.items):
                continue
            told = self._try(read_people, filing)
            if told is not None:
                left += [
                    {"title": each.office, "date": filing.filed_on} for each in told.left if each.is_executive
                ]
                came += [
                    {"title": each.office, "date": filing.filed_on} for each in told.came if each.is_executive
                ]
        return {"left": left, "came": came}

    def _pay(self) -> dict[str, Any]:
        filing = next(
            (each for each in self._within(self.company.filings, PROXY_DAYS) if each.form == "DEF 14A"), None
        )
        told = self._try(read_proxy, filing) if filing else None
        if told is None or filing is None:
            return {"pay_change_percent": None}
        self.notes += [f"pay in the proxy statement of {filing.filed_on}: {each}" for each in told.unreadable]
        return {"pay_change_percent": told.change_percent, "pay_years": ", ".join(map(str, told.years[:2]))}

    def _insiders(self) -> dict[str, Any]:
        """Sales and purchases; a corrected report that repeats a trade does not count it twice."""
        sold: dict[tuple[Any, ...], dict[str, Any]] = {}
        bought: dict[tuple[Any, ...], dict[str, Any]] = {}
        for filing in self._within(self.company.filings, INSIDER_DAYS):
            if filing.base_form not in ("4", "5"):
                continue
            told = self._try(read_insider, filing)
            # A company is also listed with the reports it makes as an owner of another.
            if told is not None and told.issuer_cik == self.company.cik:
                sold |= _trades(told, SALE)
                bought |= _trades(told, PURCHASE)
        return {"sold": list(sold.values()), "bought": list(bought.values())}

    def _within(self, filings: Iterable[Filing], days: int) -> list[Filing]:
        """The filings of the last days before the newest one."""
        newest = max((each.filed_on for each in self.company.filings), default="")
        if not newest:
            return []
        since = (date.fromisoformat(newest) - timedelta(days=days)).isoformat()
        return [each for each in filings if each.filed_on >= since]

    def _try(self, read: Callable[[Desk, Filing], Told], filing: Filing) -> Told | None:
        """What a document tells; None, and a note, when it is gone, unreadable, or one too many."""
        named = f"{filing.form} of {filing.filed_on}"
        if not filing.document:
            self.notes.append(f"{named} has no document")
            return None
        if self._read >= self.most_documents:
            left_out = f"more than {self.most_documents} documents; the older ones were not read"
            if left_out not in self.notes:
                self.notes.append(left_out)
            return None
        self._read += 1
        try:
            return read(self.desk, filing)
        except UnreadableAnswerError:
            self.notes.append(f"{named} cannot be read")
        except RefusedError as fault:
            if not is_absent(fault):
                raise
            self.notes.append(f"{named} is not there")
        return None


def _trades(told: Ownership, code: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """One entry per insider and day: shares and value together."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for each in told.of(code):
        key = (told.owner_ciks, code, each.on)
        entry = found.setdefault(key, {"title": told.role, "date": each.on, "shares": 0.0, "value": 0.0})
        entry["shares"] += each.shares
        entry["value"] = (
            None if entry["value"] is None or each.value is None else round(entry["value"] + each.value, 2)
        )
    return found


def figures_of(facts: CompanyFacts) -> dict[str, Any]:
    """Revenue in USD alone: another currency is told, not taken."""
    found: dict[str, Any] = {
        "revenue_change_percent": facts.revenue_change_percent,
        "employees": None if facts.employees is None else int(facts.employees.value),
    }
    figures = {
        "revenue": facts.revenue,
        "assets": facts.assets,
        "liabilities": facts.liabilities,
        "income": facts.income,
    }
    for name, fact in figures.items():
        found[name] = fact.value if fact is not None and fact.unit == "USD" else None
    if facts.revenue is not None:
        found |= {"revenue_year_end": facts.revenue.ends_on, "currency": facts.revenue.unit}
    return found
