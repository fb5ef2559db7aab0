"""The list of a company's filings, as data.sec.gov gives it: columns beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from galena.kit.web import UnreadableAnswerError

_COLUMNS = ("accessionNumber", "filingDate", "form")
_ARCHIVE = "Archives/edgar/data"


@dataclass(frozen=True, slots=True)
class Filing:
    """One filing.

    Attributes:
        cik: without leading zeros.
        accession: "0001318605-22-000015"; no two filings share one.
        filed_on, report_on: ISO dates; report_on may be empty.
        accepted_at: ISO instant; where it is not said, the day filed.
        items: item numbers of an 8-K, "5.02,9.01".
        document: the main document's file name, as data and not as page; may be empty.
    """

    cik: str
    accession: str
    form: str
    filed_on: str
    accepted_at: str
    report_on: str = ""
    items: str = ""
    document: str = ""

    @property
    def base_form(self) -> str:
        """The form without the mark of an amendment: "10-K/A" is a 10-K."""
        return self.form.removesuffix("/A")

    @property
    def is_amendment(self) -> bool:
        """Whether it corrects an earlier filing."""
        return self.form.endswith("/A")

    @property
    def folder(self) -> str:
        """Where its documents lie below the server's address."""
        return f"{_ARCHIVE}/{self.cik}/{self.accession.replace('-', '')}"


@dataclass(frozen=True, slots=True)
class Submissions:
    """A company and its filings, newest first.

    Attributes:
        older: names of files that hold earlier filings, each with the days of its first and last.
    """

    cik: str
    name: str
    former_names: tuple[str, ...]
    sic: str
    industry: str
    website: str
    phone: str
    address: Mapping[str, str]
    state_of_incorporation: str
    tickers: tuple[str, ...]
    filings: tuple[Filing, ...]
    older: tuple[tuple[str, str, str], ...] = ()


def read_submissions(body: Any) -> Submissions:
    """A company's file.

    Raises:
        UnreadableAnswerError: it is not in the documented shape.
    """
    if not isinstance(body, Mapping) or not isinstance(body.get("filings"), Mapping) or "cik" not in body:
        raise _unreadable("cik, filings")
    cik = plain_cik(body["cik"])
    files = body["filings"].get("files") or []
    return Submissions(
        cik=cik,
        name=_said(body.get("name")),
        former_names=tuple(_said(each.get("name")) for each in body.get("formerNames") or []),
        sic=_said(body.get("sic")),
        industry=_said(body.get("sicDescription")),
        website=_said(body.get("website")),
        phone=_said(body.get("phone")),
        address=_address(body),
        state_of_incorporation=_said(body.get("stateOfIncorporation")),
        tickers=tuple(_said(each) for each in body.get("tickers") or [] if _said(each)),
        filings=read_filings(cik, body["filings"].get("recent") or {}),
        older=tuple(
            (each["name"], _said(each.get("filingFrom")), _said(each.get("filingTo")))
            for each in files
            if isinstance(each, Mapping) and each.get("name")
        ),
    )


def read_filings(cik: str, columns: Any) -> tuple[Filing, ...]:
    """Filings from columns of equal length; an older file is nothing but these.

    Raises:
        UnreadableAnswerError: columns are missing or of different length.
    """
    if not columns:
        return ()
    if not isinstance(columns, Mapping) or any(name not in columns for name in _COLUMNS):
        raise _unreadable(", ".join(_COLUMNS))
    count = len(columns["accessionNumber"])
    if any(len(columns[name]) != count for name in _COLUMNS):
        raise _unreadable("columns of equal length")

    def column(name: str) -> list[str]:
        values = columns.get(name) or []
        return [_said(value) for value in values] if len(values) == count else [""] * count

    accepted, filed = column("acceptanceDateTime"), column("filingDate")
    return tuple(
        Filing(cik, accession, form, day, at or f"{day}T00:00:00", reported, items, _raw(document))
        for accession, form, day, at, reported, items, document in zip(
            column("accessionNumber"), column("form"), filed, accepted, column("reportDate"), column("items"),
            column("primaryDocument"), strict=True,
        )
        if accession and form and day
    )  # fmt: skip


def plain_cik(value: Any) -> str:
    """A company number without leading zeros and without "CIK"; empty: it is none."""
    digits = str(value if value is not None else "").strip().upper().removeprefix("CIK").lstrip("0 ")
    return digits if digits.isdigit() and len(digits) <= 10 else ""


def _raw(document: str) -> str:
    """The XML itself, where the list names the page made of it: "xslF345X03/doc4.xml" -> "doc4.xml"."""
    folder, _, name = document.rpartition("/")
    return name if folder.startswith("xsl") else document


def _address(body: Mapping[str, Any]) -> dict[str, str]:
    given = (body.get("addresses") or {}).get("business") or {}
    return {
        "street": _said(given.get("street1")),
        "city": _said(given.get("city")),
        "state": _said(given.get("stateOrCountry")),
        "zip": _said(given.get("zipCode")),
    }


def _said(value: Any) -> str:
    text = "" if value is None else str(value).strip()
    return "" if text in ("None", "null") else text


def _unreadable(wanted: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        "The list of a company's filings is not in the documented shape.",
        facts={"wanted": wanted},
        remedy="Try again later; if it stays so, the SEC changed it.",
    )
