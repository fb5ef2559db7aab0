"""Looks a lead up: its company by number, by name or by its parent's name; then the sanctions list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from galena.connectors.sec_edgar.companies import Found
from galena.connectors.sec_edgar.desk import Desk, is_absent
from galena.connectors.sec_edgar.profile import Profile
from galena.connectors.sec_edgar.sanctions import Near
from galena.connectors.sec_edgar.submissions import Submissions, plain_cik
from galena.domain.connector import Access, LookUpAnswer, Trial
from galena.kit.forms.domains import registered_domain
from galena.kit.forms.texts import folded
from galena.kit.web import RefusedError, WebClient

NAME_ALONE = 0.85
"""How sure one may be of a company found by name when nothing else speaks for or against it."""

_PHONE_DIGITS, _STATE_LETTERS = 10, 2
_OWN_FIGURES = (
    "revenue",
    "revenue_change_percent",
    "assets",
    "liabilities",
    "income",
    "employees",
    "industry",
    "website",
)
"""What is the parent's and not the lead's when the parent was found."""


def open_enricher(access: Access, web: WebClient) -> "EdgarEnricher":
    """The enricher of a connection.

    Raises:
        ConfigurationError: who asks is not declared.
    """
    return EdgarEnricher(access, Desk(access, web))


@dataclass(frozen=True, slots=True)
class _Match:
    """A lead's company; `through` says how: number, name, parent."""

    cik: str
    through: str
    sureness: float
    because: str


class EdgarEnricher:
    """Looks up single leads."""

    def __init__(self, access: Access, desk: Desk) -> None:
        self._desk = desk
        self._most_documents = int(access.settings.get("most_documents") or 0)
        self._compares_sanctions = bool(access.settings.get("sanctions"))

    def mapping_name(self) -> str:
        """The mapping of the records it finds."""
        return "sec_edgar_company"

    def needs(self) -> tuple[str, ...]:
        """None in particular: a company number, the name, or the parent company's name will do."""
        return ()

    def try_out(self) -> Trial:
        """Asks for the list of companies.

        Raises:
            GalenaError: the connection does not work, and why.
        """
        count = len(self._desk.companies())
        return Trial((), note=f"It answers, and knows {count:,} companies with a ticker.")

    def look_up(self, lead: Mapping[str, Any]) -> LookUpAnswer:
        """Asks about one lead, given by its fields.

        Raises:
            WebError: the SEC, or the Treasury, gave no usable answer.
        """
        before = self._desk.calls
        name = str(lead.get("name") or lead.get("company") or "")
        if not (plain_cik(lead.get("sec_cik")) or name or lead.get("parent_company")):
            return LookUpAnswer("unasked", because="the lead has no company name and no SEC company number")
        found = self._matched(lead, name)
        near = self._near(lead, name)
        if isinstance(found, _Match):
            return self._told(lead, found, near, before)
        if near:
            record = {"id": f"sanctions-{near[0].listed.number}", "asked_name": name} | _review(near)
            because = f"{found.because}; a name of the sanctions list comes near and is to be reviewed"
            return LookUpAnswer("found", record, because, near[0].alike, self._desk.calls - before)
        return LookUpAnswer(
            "unsure" if found.status == "unsure" else "absent",
            because=found.because,
            calls=self._desk.calls - before,
        )

    def _matched(self, lead: Mapping[str, Any], name: str) -> _Match | Found:
        if cik := plain_cik(lead.get("sec_cik")):
            return _Match(cik, "number", 1.0, "same company number")
        own = (
            self._desk.companies().by_name(name)
            if name
            else Found("absent", because="the lead has no company name")
        )
        if own.status == "found" and own.company is not None:
            return _Match(own.company.cik, "name", NAME_ALONE * own.alike, own.because)
        parent = str(lead.get("parent_company") or "")
        if own.status == "unsure" or not parent:
            return own
        above = self._desk.companies().by_name(parent)
        if above.status == "found" and above.company is not None:
            return _Match(
                above.company.cik, "parent", NAME_ALONE * above.alike, f"its parent company: {above.because}"
            )
        return above

    def _told(
        self, lead: Mapping[str, Any], match: _Match, near: tuple[Near, ...], before: int
    ) -> LookUpAnswer:
        try:
            company = self._desk.company(match.cik)
        except RefusedError as fault:
            if not is_absent(fault):
                raise
            because = "the SEC has no company of this number"
            return LookUpAnswer("absent", because=because, calls=self._desk.calls - before)
        sureness, because = match.sureness, match.because
        if match.through == "name":
            sureness, more = placed(lead, company)
            sureness *= match.sureness / NAME_ALONE
            because = f"{because}{more}"
            if sureness < NAME_ALONE * 0.8:
                return LookUpAnswer(
                    "unsure", because=because, confidence=0.0, calls=self._desk.calls - before
                )
        record = Profile(self._desk, company, self._most_documents).record()
        if match.through == "parent":
            record |= {f"parent_{name}": record.get(name) for name in _OWN_FIGURES} | dict.fromkeys(
                _OWN_FIGURES
            )
            record["parent_cik"], record["parent_company"] = company.cik, company.name
        record |= {"matched_by": because} | _review(near, compared=self._compares_sanctions)
        return LookUpAnswer("found", record, because, round(min(sureness, 1.0), 3), self._desk.calls - before)

    def _near(self, lead: Mapping[str, Any], name: str) -> tuple[Near, ...]:
        """The listed names near the company's and the owner's."""
        if not self._compares_sanctions:
            return ()
        listed = self._desk.sanctions()
        owner = str(lead.get("owner_name") or lead.get("person") or "")
        found = (*listed.near(name), *listed.near(owner, "person"))
        return tuple(sorted(found, key=lambda each: -each.alike))


def placed(lead: Mapping[str, Any], company: Submissions) -> tuple[float, str]:
    """How sure a company found by name is, by where it and the lead are: the same city, state, telephone or website
    speak for it; another state speaks against it."""
    mine, theirs = (_digits(str(each or "")) for each in (lead.get("phone"), company.phone))
    if len(theirs) == _PHONE_DIGITS and mine == theirs:
        return 1.0, ", same phone"
    site = registered_domain(company.website) if company.website else None
    if site and registered_domain(str(lead.get("website") or "")) == site:
        return 1.0, ", same website"
    state, other = str(lead.get("state") or "").strip().upper(), company.address.get("state", "").upper()
    if state and other and len(state) == _STATE_LETTERS:
        if state != other:
            return 0.5, ", but it files from another state, and a name alone is not enough"
        same_city = folded(str(lead.get("city") or "")) == folded(company.address.get("city", ""))
        return (1.0, ", same city") if same_city else (0.95, ", same state")
    return NAME_ALONE, ""


def _digits(phone: str) -> str:
    return "".join(each for each in phone if each.isdigit())[-_PHONE_DIGITS:]


def _review(near: tuple[Near, ...], *, compared: bool = True) -> dict[str, Any]:
    """What a person has to look at; that nobody comes near is told, that somebody does is never more than a flag."""
    if near:
        return {"sanctions_match": None, "sanctions_review": "; ".join(each.sentence for each in near)}
    return {"sanctions_match": False if compared else None, "sanctions_review": ""}
