"""Company facts (XBRL): revenue, assets, income and employees of the last whole fiscal year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from galena.kit.web import UnreadableAnswerError

_REVENUE = (
    "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax", "us-gaap:Revenues", "us-gaap:SalesRevenueNet",
    "us-gaap:RevenueFromContractWithCustomerIncludingAssessedTax", "us-gaap:RevenuesNetOfInterestExpense",
    "ifrs-full:Revenue", "ifrs-full:RevenueFromContractsWithCustomers",
)  # fmt: skip
_ASSETS = ("us-gaap:Assets", "ifrs-full:Assets")
_LIABILITIES = ("us-gaap:Liabilities", "ifrs-full:Liabilities")
_INCOME = ("us-gaap:NetIncomeLoss", "us-gaap:ProfitLoss", "ifrs-full:ProfitLoss")
_EMPLOYEES = ("dei:EntityNumberOfEmployees",)
_ANNUAL_FORMS = frozenset(("10-K", "10-K/A", "10-KT", "20-F", "20-F/A", "40-F", "40-F/A"))
_YEAR_DAYS = range(350, 381)


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of a fiscal year.

    Attributes:
        unit: "USD", another currency, or "pure".
        ends_on: ISO date of the year's (or the balance sheet's) end.
    """

    value: float
    unit: str
    ends_on: str
    concept: str


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """The newest annual figures; None: the company does not tell them in this form."""

    name: str = ""
    revenue: Fact | None = None
    revenue_before: Fact | None = None
    assets: Fact | None = None
    liabilities: Fact | None = None
    income: Fact | None = None
    employees: Fact | None = None

    @property
    def revenue_change_percent(self) -> float | None:
        """Against the fiscal year before."""
        if self.revenue is None or self.revenue_before is None or self.revenue_before.value <= 0:
            return None
        return round((self.revenue.value / self.revenue_before.value - 1) * 100, 1)


def read_facts(body: Any) -> CompanyFacts:
    """The annual figures of a companyfacts file.

    Of the concepts that may hold a figure, the one with the newest year counts; of several reports of a year, the last
    one filed, so that corrections count.

    Raises:
        UnreadableAnswerError: it is not in the documented shape.
    """
    facts = body.get("facts") if isinstance(body, Mapping) else None
    if not isinstance(facts, Mapping):
        raise UnreadableAnswerError(
            "The figures of a company are not in the documented shape.",
            facts={"wanted": "facts"},
            remedy="Try again later; if it stays so, the SEC changed it.",
        )
    revenues = _newest(facts, _REVENUE, over_a_year=True)
    return CompanyFacts(
        name=str(body.get("entityName") or ""),
        revenue=revenues[0] if revenues else None,
        revenue_before=_year_before(revenues),
        assets=_first(_newest(facts, _ASSETS, over_a_year=False)),
        liabilities=_first(_newest(facts, _LIABILITIES, over_a_year=False)),
        income=_first(_newest(facts, _INCOME, over_a_year=True)),
        employees=_first(_newest(facts, _EMPLOYEES, over_a_year=False)),
    )


def _newest(facts: Mapping[str, Any], concepts: tuple[str, ...], *, over_a_year: bool) -> list[Fact]:
    """The figures of the concept with the newest year, newest first, one per end of year."""
    candidates = [found for each in concepts if (found := _annual(facts, each, over_a_year=over_a_year))]
    return max(candidates, key=lambda each: each[0].ends_on, default=[])


def _annual(facts: Mapping[str, Any], concept: str, *, over_a_year: bool) -> list[Fact]:
    group, _, name = concept.partition(":")
    units = ((facts.get(group) or {}).get(name) or {}).get("units") or {}
    unit = "USD" if "USD" in units else next(iter(units), "")
    latest: dict[str, tuple[str, Fact]] = {}
    for entry in units.get(unit) or []:
        if not _is_annual(entry, over_a_year=over_a_year):
            continue
        fact = Fact(float(entry["val"]), unit, entry["end"], concept)
        filed = str(entry.get("filed") or "")
        if entry["end"] not in latest or filed >= latest[entry["end"]][0]:
            latest[entry["end"]] = (filed, fact)
    return [latest[end][1] for end in sorted(latest, reverse=True)]


def _is_annual(entry: Any, *, over_a_year: bool) -> bool:
    if not isinstance(entry, Mapping) or entry.get("form") not in _ANNUAL_FORMS:
        return False
    if not isinstance(entry.get("val"), int | float) or not _day(entry.get("end")):
        return False
    if not over_a_year:
        return True
    start, end = _day(entry.get("start")), _day(entry.get("end"))
    return start is not None and end is not None and (end - start).days in _YEAR_DAYS


def _year_before(revenues: list[Fact]) -> Fact | None:
    if len(revenues) < 2:
        return None
    new, old = _day(revenues[0].ends_on), _day(revenues[1].ends_on)
    return revenues[1] if new and old and (new - old).days in _YEAR_DAYS else None


def _first(found: list[Fact]) -> Fact | None:
    return found[0] if found else None


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
