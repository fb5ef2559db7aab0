"""Which registered company a name means.

Names are compared in one spelling, without legal form. The same words are the same company when only one has them;
otherwise the words must be at least SAME_NAME alike and the next best company CLEARLY less, or it is said to be unsure.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rapidfuzz import fuzz, process

from galena.connectors.sec_edgar.submissions import plain_cik
from galena.kit.forms.companies import company_key
from galena.kit.web import UnreadableAnswerError

SAME_NAME = 92.0
"""How alike (0-100) two names must be that differ in spelling: one letter of twelve wrong gives 92."""
CLEARLY = 4.0
"""By how much the best must be more alike than the next company."""
SHORTEST_LETTERS = 6
"""Shorter names must be equal: one letter makes another name of them."""

_STATE_MARK = re.compile(r"\s*/[A-Z]{2,4}/?\s*$|\s*\\[A-Z]{2,4}\\?\s*$")


@dataclass(frozen=True, slots=True)
class Registered:
    """A company of the SEC's list."""

    cik: str
    name: str
    tickers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a name came to.

    Attributes:
        status: found, unsure (several fit equally well, or it is not alike enough to be taken), absent.
        alike: 0-1.
    """

    status: Literal["found", "unsure", "absent"]
    company: Registered | None = None
    alike: float = 0.0
    because: str = ""


class CompanyList:
    """The SEC's list of companies with a ticker."""

    def __init__(self, companies: Iterable[Registered]) -> None:
        self._by_cik = {each.cik: each for each in companies}
        self._by_ticker = {ticker: each for each in self._by_cik.values() for ticker in each.tickers}
        self._by_key: dict[str, list[Registered]] = {}
        for each in self._by_cik.values():
            if key := _key(each.name):
                self._by_key.setdefault(key, []).append(each)
        self._keys = list(self._by_key)

    def __len__(self) -> int:
        return len(self._by_cik)

    def by_ticker(self, ticker: str) -> Registered | None:
        """The company of a ticker."""
        return self._by_ticker.get(ticker.strip().upper())

    def by_name(self, name: str) -> Found:
        """The company of a name."""
        key = _key(name)
        if not key:
            return Found("absent", because="the name says nothing")
        same = self._by_key.get(key, [])
        if len(same) == 1:
            return Found("found", same[0], 1.0, "same name")
        if same:
            return Found("unsure", None, 1.0, f"{len(same)} registered companies bear this name")
        return self._nearest(key)

    def _nearest(self, key: str) -> Found:
        if len(key.replace(" ", "")) < SHORTEST_LETTERS:
            return Found("absent", because="no registered company bears this name")
        near = process.extract(
            key, self._keys, scorer=fuzz.token_sort_ratio, limit=3, score_cutoff=SAME_NAME - 8
        )
        near = [each for each in near if _digits(each[0]) == _digits(key)]
        if not near:
            return Found("absent", because="no registered company bears this name")
        best, score, _ = near[0]
        if score < SAME_NAME:
            return Found("unsure", None, score / 100, "the nearest name differs too much to be taken")
        if (len(near) > 1 and near[1][1] > score - CLEARLY) or len(self._by_key[best]) > 1:
            return Found("unsure", None, score / 100, "several registered companies have nearly this name")
        return Found("found", self._by_key[best][0], score / 100, "nearly the same name")


def read_companies(body: Any) -> CompanyList:
    """The list from company_tickers.json.

    Raises:
        UnreadableAnswerError: it is not in the documented shape.
    """
    rows = list(body.values()) if isinstance(body, Mapping) else body
    if not isinstance(rows, list) or not all(
        isinstance(each, Mapping) and "cik_str" in each for each in rows
    ):
        raise UnreadableAnswerError(
            "The SEC's list of companies is not in the documented shape.",
            facts={"wanted": "cik_str, ticker, title"},
            remedy="Try again later; if it stays so, the SEC changed it.",
        )
    names: dict[str, str] = {}
    tickers: dict[str, list[str]] = {}
    for each in rows:
        cik = plain_cik(each["cik_str"])
        if cik:
            names.setdefault(cik, str(each.get("title") or ""))
            tickers.setdefault(cik, []).append(str(each.get("ticker") or "").upper())
    return CompanyList(
        Registered(cik, name, tuple(ticker for ticker in tickers[cik] if ticker))
        for cik, name in names.items()
    )


def _key(name: str) -> str:
    """The name's words; a state's mark behind it ("/DE/") is no part of it."""
    return company_key(_STATE_MARK.sub("", name.strip()))


def _digits(text: str) -> str:
    return "".join(sorted(re.findall(r"\d+", text)))
