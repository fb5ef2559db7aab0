"""Forms 4 and D, lists of filings, daily indexes and figures; made up, and as the SEC really wrote them."""

import gzip
from collections import Counter
from pathlib import Path

import orjson
import pytest

from galena.connectors.sec_edgar.companies import read_companies
from galena.connectors.sec_edgar.daily_index import read_index
from galena.connectors.sec_edgar.facts import read_facts
from galena.connectors.sec_edgar.offering import read_offering
from galena.connectors.sec_edgar.ownership import PURCHASE, SALE, read_ownership
from galena.connectors.sec_edgar.report_items import item_lines
from galena.connectors.sec_edgar.submissions import plain_cik, read_filings, read_submissions
from galena.connectors.sec_edgar.texts import plain_lines
from galena.kit.web import UnreadableAnswerError

TRADE = (
    "<nonDerivativeTransaction><transactionDate><value>{on}</value></transactionDate><transactionCoding>"
    "<transactionCode>{code}</transactionCode></transactionCoding><transactionAmounts><transactionShares><value>{shares}"
    "</value></transactionShares><transactionPricePerShare>{price}</transactionPricePerShare></transactionAmounts>"
    "</nonDerivativeTransaction>"
)


def _form_4(*trades: str) -> bytes:
    return (
        "<ownershipDocument><documentType>4</documentType><issuer><issuerCik>0000000042</issuerCik></issuer>"
        "<reportingOwner><reportingOwnerRelationship><isDirector>true</isDirector><isTenPercentOwner>1"
        "</isTenPercentOwner></reportingOwnerRelationship></reportingOwner>"
        f"<nonDerivativeTable>{''.join(trades)}</nonDerivativeTable></ownershipDocument>"
    ).encode()


def test_sales_and_purchases_of_an_insider() -> None:
    told = read_ownership(
        _form_4(
            TRADE.format(on="2026-02-02", code="S", shares="1,000", price="<value>12.5</value>"),
            TRADE.format(on="2026-02-03", code="P", shares="10", price="<footnoteId id='F1'/>"),
            TRADE.format(on="2026-02-03", code="F", shares="5", price="<value>12</value>"),
            TRADE.format(on="", code="S", shares="5", price="<value>12</value>"),
        )
    )
    assert (told.issuer_cik, told.role, told.unreadable, told.other_codes) == (
        "42",
        "Director, 10% owner",
        1,
        ("F",),
    )
    assert [(each.shares, each.value) for each in told.of(SALE)] == [(1000.0, 12_500.0)]
    assert [(each.shares, each.value) for each in told.of(PURCHASE)] == [(10.0, None)]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html></html>",
        b"<ownershipDocument>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><ownershipDocument>&x;</ownershipDocument>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x"><ownershipDocument/>',
    ],
)
def test_what_is_no_form_is_refused(document: bytes) -> None:
    if b"SYSTEM" in document:
        assert read_ownership(document).trades == ()  # nothing is fetched for it
        return
    with pytest.raises(UnreadableAnswerError):
        read_ownership(document)


def test_filings_from_columns() -> None:
    columns = {
        "accessionNumber": ["0000000042-26-000002", "0000000042-26-000001"],
        "filingDate": ["2026-02-02", "2026-02-01"],
        "form": ["4", "10-K/A"],
        "primaryDocument": ["xslF345X03/doc.xml", "report.htm"],
    }
    first, second = read_filings("42", columns)
    assert (first.document, first.accepted_at) == ("doc.xml", "2026-02-02T00:00:00")
    assert first.folder == "Archives/edgar/data/42/000000004226000002"
    assert (second.base_form, second.is_amendment) == ("10-K", True)
    with pytest.raises(UnreadableAnswerError):
        read_filings("42", columns | {"form": ["4"]})
    with pytest.raises(UnreadableAnswerError):
        read_submissions({"name": "x"})
    assert [plain_cik(each) for each in ("CIK0000000042", 42, " 0042", "x", None, "")] == [
        "42",
        "42",
        "42",
        "",
        "",
        "",
    ]


HEAD = "Form Type   Company Name                  CIK         Date Filed  File Name\n" + "-" * 60 + "\n"


def test_an_index_by_form() -> None:
    index = read_index(
        HEAD
        + "8-K         SAMPLE CO  OF TEXAS           42          20260318    edgar/data/42/0000000042-26-000001.txt  \n"
        + "SEC STAFF ACTION  OTHER INC               43          2026-03-18  edgar/data/43/0000000043-26-000001.txt\n"
        + "8-K         broken line\n"
    )
    assert [(each.form, each.company, each.cik, each.filed_on) for each in index.lines] == [
        ("8-K", "SAMPLE CO  OF TEXAS", "42", "2026-03-18"),
        ("SEC STAFF ACTION", "OTHER INC", "43", "2026-03-18"),
    ]
    assert index.unreadable == (5,)


def test_an_index_that_is_none_is_refused_and_an_empty_one_is_not() -> None:
    assert read_index(HEAD).lines == ()
    for text in ("", "<html>nothing</html>", HEAD + "broken\nlines\n"):
        with pytest.raises(UnreadableAnswerError):
            read_index(text)


def _year(end: str, value: float, filed: str = "2026-02-01", form: str = "10-K") -> dict[str, object]:
    return {"start": f"{int(end[:4])}-01-01", "end": end, "val": value, "filed": filed, "form": form}


def test_the_newest_annual_figures() -> None:
    values = [
        _year("2024-12-31", 100),
        _year("2025-12-31", 120),
        _year("2025-12-31", 125, filed="2026-03-01", form="10-K/A"),
        {**_year("2026-03-31", 40), "form": "10-Q"},
        _year("2025-06-30", 50),
    ]
    old = [_year("2012-12-31", 7)]
    facts = read_facts(
        {
            "facts": {
                "us-gaap": {
                    "Revenues": {"units": {"USD": values}},
                    "SalesRevenueNet": {"units": {"USD": old}},
                }
            }
        }
    )
    assert facts.revenue is not None
    assert (facts.revenue.value, facts.revenue.ends_on) == (125.0, "2025-12-31")
    assert facts.revenue_change_percent == 25.0
    assert facts.assets is None
    with pytest.raises(UnreadableAnswerError):
        read_facts([])


def _real(folder: Path, name: str) -> bytes:
    content = (folder / "sec_edgar" / name).read_bytes()
    return gzip.decompress(content) if name.endswith(".gz") else content


@pytest.mark.data
def test_real_ownership_forms(shared_data: Path) -> None:
    sold = read_ownership(_real(shared_data, "form4.snow.xml"))
    assert (sold.form, sold.issuer_cik, sold.role) == ("4", "1640147", "Chief Financial Officer")
    assert sum(each.shares for each in sold.of(SALE)) == 73_170 + 74_907 + 41_986 + 5_496 + 4_441
    assert sold.of(SALE)[0].value == round(73_170 * 150.841, 2)
    assert sold.other_codes == ("M",)
    for name, form in (("form3.snow.nonderiv.xml", "3"), ("form5.snow.xml", "5"), ("374WaterForm4.xml", "4")):
        told = read_ownership(_real(shared_data, name))
        assert (told.form, told.trades, told.unreadable) == (form, (), 0)


@pytest.mark.data
def test_real_offerings(shared_data: Path) -> None:
    fund = read_offering(_real(shared_data, "D.APFund.xml"))
    assert fund.sentence == "Form D: raised 659,752 of 659,752 USD from 27 investors"
    assert (fund.cik, fund.city, fund.revenue_range) == ("1958740", "Seattle", "")
    assert read_offering(_real(shared_data, "D.Shepards.xml")).is_amendment


@pytest.mark.data
def test_real_indexes(shared_data: Path) -> None:
    form = read_index(_real(shared_data, "form.20200318.idx.gz").decode("latin-1"))
    assert (len(form.lines), form.unreadable) == (4084, ())
    assert Counter(each.form for each in form.lines)["8-K"] == 232
    company = read_index(_real(shared_data, "company.20221003.idx.gz").decode("latin-1"))
    assert (len(company.lines), company.unreadable) == (4925, ())
    assert len(read_index(_real(shared_data, "badform.idx.txt").decode("latin-1")).lines) == 10
    assert read_index(_real(shared_data, "empty-form.idx").decode("latin-1")).lines == ()


@pytest.mark.data
def test_real_company_files(shared_data: Path) -> None:
    tesla = read_submissions(orjson.loads(_real(shared_data, "company_submission.json.gz")))
    assert (tesla.cik, len(tesla.filings), len(tesla.older)) == ("1318605", 1001, 1)
    assert sum(each.base_form == "8-K" and "5.02" in each.items for each in tesla.filings) > 10
    snow = read_facts(orjson.loads(_real(shared_data, "snow_facts.json.gz")))
    assert snow.revenue is not None
    assert (snow.revenue.value, snow.revenue.ends_on) == (3_626_396_000.0, "2025-01-31")
    abroad = read_facts(orjson.loads(_real(shared_data, "lpa_facts.json.gz")))
    assert abroad.assets is not None
    assert abroad.assets.value == 607_019_578.0


@pytest.mark.data
def test_real_reports(shared_data: Path) -> None:
    for name, item in (("Oracle", "5.07"), ("BuckleInc", "2.02"), ("1800Flowers", "5.07")):
        lines = plain_lines(_real(shared_data, f"{name}.8-K.html"))
        assert lines[0] == "UNITED STATES"
        assert item in item_lines(lines)


@pytest.mark.data
def test_real_names(shared_data: Path) -> None:
    known = read_companies(orjson.loads(_real(shared_data, "company_tickers.json.gz")))
    for name, cik in (("Apple", "320193"), ("Microsft Corp", "789019"), ("The Buckle, Inc.", "885245")):
        found = known.by_name(name)
        assert found.company is not None
        assert found.company.cik == cik
    for name in ("Smith Plumbing", "Meta", "Bob's Diner of Austin"):
        assert known.by_name(name).status != "found"
