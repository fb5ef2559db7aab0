"""Forms 3, 4 and 5: what insiders bought and sold."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import ParseError, fromstring  # type: ignore[import-untyped]

from galena.kit.web import UnreadableAnswerError

SALE, PURCHASE = "S", "P"
"""Transaction codes: sold or bought on the market or privately. Grants (A), exercises (M), shares withheld for tax
(F), gifts (G) and the rest are neither."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One sale or purchase.

    Attributes:
        on: ISO date.
        value: shares times price in USD; None: no price is given.
    """

    code: str
    on: str
    shares: float
    price: float | None
    is_derivative: bool = False

    @property
    def value(self) -> float | None:
        """In USD."""
        return None if self.price is None else round(self.shares * self.price, 2)


@dataclass(frozen=True, slots=True)
class Ownership:
    """A Form 3, 4 or 5.

    Attributes:
        owner_ciks: the SEC's numbers of who reports; names are left out.
        role: "Chief Financial Officer", "Director, 10% owner".
        is_planned: whether it says that the trades follow a plan made earlier (Rule 10b5-1).
        trades: sales and purchases alone.
        unreadable: transactions that lack date, shares or a number where one should be.
    """

    form: str
    issuer_cik: str
    issuer: str
    owner_ciks: tuple[str, ...]
    role: str
    is_planned: bool
    trades: tuple[Trade, ...] = ()
    unreadable: int = 0
    other_codes: tuple[str, ...] = field(default=())

    def of(self, code: str) -> tuple[Trade, ...]:
        """The trades of one code: SALE or PURCHASE."""
        return tuple(each for each in self.trades if each.code == code)


def read_ownership(document: bytes) -> Ownership:
    """A Form 3, 4 or 5 from its XML.

    Raises:
        UnreadableAnswerError: it is no such document.
    """
    root = read_xml(document, "ownershipDocument")
    trades: list[Trade] = []
    others: list[str] = []
    unreadable = 0
    for node, is_derivative in _transactions(root):
        code = _text(node, "transactionCoding/transactionCode")
        if code not in (SALE, PURCHASE):
            others.append(code)
            continue
        trade = _trade(node, code, is_derivative=is_derivative)
        if trade is None:
            unreadable += 1
        else:
            trades.append(trade)
    return Ownership(
        form=_text(root, "documentType"),
        issuer_cik=_text(root, "issuer/issuerCik").lstrip("0"),
        issuer=_text(root, "issuer/issuerName"),
        owner_ciks=tuple(
            (each.text or "").strip().lstrip("0")
            for each in root.findall("reportingOwner/reportingOwnerId/rptOwnerCik")
        ),
        role=_role(root),
        is_planned=_is_true(_text(root, "aff10b5One")) or _footnotes_name_a_plan(root),
        trades=tuple(trades),
        unreadable=unreadable,
        other_codes=tuple(sorted(set(others) - {""})),
    )


def read_xml(document: bytes, name: str) -> Any:
    """The root element of an XML document, which must have this name; entities and outside references are refused.

    Raises:
        UnreadableAnswerError: it is none.
    """
    try:
        root = fromstring(document.strip())
    except (ParseError, DefusedXmlException, ValueError, LookupError) as fault:
        raise _unreadable(name, str(fault) or type(fault).__name__) from None
    if root.tag != name:
        raise _unreadable(name, f"its outermost element is {root.tag[:40]}")
    return root


def _unreadable(name: str, why: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        "A filing's document is not the XML it should be.",
        facts={"wanted": name, "why": why},
        remedy="The filing counts without what stands in it; look at it on sec.gov.",
    )


def _transactions(root: Any) -> Iterator[tuple[Any, bool]]:
    for node in root.findall("nonDerivativeTable/nonDerivativeTransaction"):
        yield node, False
    for node in root.findall("derivativeTable/derivativeTransaction"):
        yield node, True


def _trade(node: Any, code: str, *, is_derivative: bool) -> Trade | None:
    shares = number_of(_text(node, "transactionAmounts/transactionShares/value"))
    on = _text(node, "transactionDate/value")[:10]
    if shares is None or len(on) != 10:
        return None
    price = number_of(_text(node, "transactionAmounts/transactionPricePerShare/value"))
    return Trade(code, on, shares, price, is_derivative)


def _role(root: Any) -> str:
    roles: list[str] = []
    for each in root.findall("reportingOwner/reportingOwnerRelationship"):
        if title := _text(each, "officerTitle"):
            roles.append(title)
        elif _is_true(_text(each, "isOfficer")):
            roles.append("Officer")
        if _is_true(_text(each, "isDirector")):
            roles.append("Director")
        if _is_true(_text(each, "isTenPercentOwner")):
            roles.append("10% owner")
        if not roles and (other := _text(each, "otherText")):
            roles.append(other)
    return ", ".join(dict.fromkeys(roles))


def _footnotes_name_a_plan(root: Any) -> bool:
    return any("10b5-1" in "".join(each.itertext()) for each in root.findall("footnotes/footnote"))


def _text(node: Any, path: str) -> str:
    found = node.findtext(path)
    return " ".join(found.split()) if found else ""


def _is_true(text: str) -> bool:
    return text.casefold() in ("1", "true")


def number_of(text: str) -> float | None:
    """A number as forms write it, or None."""
    try:
        return float(text.replace(",", "").replace("$", ""))
    except ValueError:
        return None
