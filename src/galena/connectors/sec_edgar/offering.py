"""Form D: money raised from investors without a public offering."""

from dataclasses import dataclass

from galena.connectors.sec_edgar.ownership import number_of, read_xml


@dataclass(frozen=True, slots=True)
class Offering:
    """A Form D.

    Attributes:
        revenue_range: as the form writes it, such as "$1 - $1,000,000"; empty: declined or not said.
        total, sold: in USD; None: indefinite or not said.
        first_sale_on: ISO date; empty: yet to occur.
    """

    cik: str
    issuer: str
    industry: str
    revenue_range: str
    total: float | None
    sold: float | None
    investors_count: int | None
    first_sale_on: str
    is_amendment: bool
    street: str
    city: str
    state: str
    zip: str
    phone: str

    @property
    def sentence(self) -> str:
        """In words: "Form D: raised 659,752 of 659,752 USD from 27 investors"."""
        if self.sold is None:
            return "Form D: an offering to investors"
        of = f" of {self.total:,.0f}" if self.total is not None else ""
        by = f" from {self.investors_count} investors" if self.investors_count else ""
        return f"Form D: raised {self.sold:,.0f}{of} USD{by}"


def read_offering(document: bytes) -> Offering:
    """A Form D from its XML.

    Raises:
        UnreadableAnswerError: it is no such document.
    """
    root = read_xml(document, "edgarSubmission")

    def text(path: str) -> str:
        return " ".join((root.findtext(path) or "").split())

    revenue = text("offeringData/issuerSize/revenueRange")
    investors = number_of(text("offeringData/investors/totalNumberAlreadyInvested"))
    return Offering(
        cik=text("primaryIssuer/cik").lstrip("0"),
        issuer=text("primaryIssuer/entityName"),
        industry=text("offeringData/industryGroup/industryGroupType"),
        revenue_range="" if revenue in ("Decline to Disclose", "Not Applicable") else revenue,
        total=number_of(text("offeringData/offeringSalesAmounts/totalOfferingAmount")),
        sold=number_of(text("offeringData/offeringSalesAmounts/totalAmountSold")),
        investors_count=None if investors is None else int(investors),
        first_sale_on=text("offeringData/typeOfFiling/dateOfFirstSale/value"),
        is_amendment=text("offeringData/typeOfFiling/newOrAmendment/isAmendment").casefold() == "true",
        street=text("primaryIssuer/issuerAddress/street1"),
        city=text("primaryIssuer/issuerAddress/city"),
        state=text("primaryIssuer/issuerAddress/stateOrCountry"),
        zip=text("primaryIssuer/issuerAddress/zipCode"),
        phone=text("primaryIssuer/issuerPhoneNumber"),
    )
