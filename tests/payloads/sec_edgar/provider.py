"""The SEC's servers: lists of companies and filings, documents, daily indexes; and the Treasury's list. All made up.

Shapes: https://www.sec.gov/search-filings/edgar-application-programming-interfaces and
https://www.sec.gov/os/accessing-edgar-data. Two companies are followed; every third filing is somebody else's and
stands in the daily index alone.
"""

import re
import runpy
from datetime import datetime, timedelta
from pathlib import Path

from galena.simulator.providers.server import Asked, Reply

MADE_UP = runpy.run_path(str(Path(__file__).with_name("documents.py")))
PLAYBOOK = "brokerage"
KEY = "id"
SECRETS: dict[str, str] = {}
CONTACT = "Sample Brokers admin@sample-brokers.com"
ROCKETS, BAKERIES, OTHER = "1000001", "1000002", "1000003"
NAMES = {ROCKETS: "Sample Rockets Inc", BAKERIES: "Sample Bakeries Corp", OTHER: "Elsewhere Holdings Ltd"}
LEADS = [
    ({"name": "Sample Rockets, Incorporated", "state": "TX"}, ROCKETS),
    ({"name": "Somebody", "sec_cik": "0001000002"}, BAKERIES),
    ({"name": "Corner Shop", "parent_company": "Sample Bakeries"}, BAKERIES),
    ({"name": "Granite Forbidden Exports LLC"}, "sanctions-306"),
    ({"name": "Sample Rockets", "state": "ME"}, None),
    ({"name": "Twin Peaks Mining"}, None),
    ({"name": "Nobody Knows Us"}, None),
]
_FIRST = datetime(2026, 1, 5, 10)
_LATE = {30: "4", 33: "8-K", 36: "10-K", 28: "DEF 14A", 31: "D", 34: "10-K/A"}


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {
        "contact": CONTACT,
        "companies": f"{ROCKETS}, BAKE",
        "feed": True,
        "since": "2026-01-01",
        "page_size": 5,
        "data_address": url,
        "files_address": url,
        "sanctions_address": f"{url}/exports",
    }


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """Filings in the order they were made."""
    return [_filing(number) for number in range(start, start + count)]


def _filing(number: int) -> dict[str, object]:
    cik = (ROCKETS, BAKERIES, OTHER)[number % 3]
    form = _LATE.get(number, "8-K")
    items = ("5.02,9.01" if number == 33 else "2.02,9.01") if form == "8-K" else ""
    return {
        "cik": cik,
        "form": form,
        "items": items,
        "at": _FIRST + timedelta(hours=9 * number),
        "accession": f"{int(cik):010d}-26-{number:06d}",
    }


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """What the servers answer."""
    if asked.headers.get("user-agent") != CONTACT:
        return Reply(b"<html>Your Request Originates from an Undeclared Automated Tool</html>", 403)
    if asked.path.startswith("/exports/"):
        return Reply(MADE_UP["SDN" if asked.path.endswith("SDN.CSV") else "ALT"])
    if asked.path == "/files/company_tickers.json":
        return Reply(_tickers())
    if found := re.fullmatch(r"/submissions/CIK(\d{10})\.json", asked.path):
        return _submissions(found[1].lstrip("0"), rows)
    if found := re.fullmatch(r"/api/xbrl/companyfacts/CIK(\d{10})\.json", asked.path):
        return _facts(found[1].lstrip("0"))
    if asked.path.startswith("/Archives/edgar/daily-index/"):
        return _daily(asked.path.removeprefix("/Archives/edgar/daily-index/"), rows)
    if found := re.fullmatch(r"/Archives/edgar/data/\d+/(\d{18})/(.+)", asked.path):
        return _document(found[1], found[2], rows)
    return Reply(b"<Error><Code>NoSuchKey</Code></Error>", 404)


def _tickers() -> dict[str, object]:
    listed = [
        (ROCKETS, "ROCK", NAMES[ROCKETS]),
        (ROCKETS, "ROCKW", NAMES[ROCKETS]),
        (BAKERIES, "BAKE", NAMES[BAKERIES]),
    ]
    listed += [
        ("1000008", "TWIN", "Twin Peaks Mining Inc"),
        ("1000009", "TWPK", "Twin Peaks Mining Corp /DE/"),
    ]
    return {
        str(place): {"cik_str": int(cik), "ticker": ticker, "title": name}
        for place, (cik, ticker, name) in enumerate(listed)
    }


def _submissions(cik: str, rows: list[dict[str, object]]) -> Reply:
    if cik not in NAMES:
        return Reply(b"<Error><Code>NoSuchKey</Code></Error>", 404)
    mine = [row for row in reversed(rows) if row["cik"] == cik]
    recent = {
        "accessionNumber": [row["accession"] for row in mine],
        "filingDate": [f"{row['at']:%Y-%m-%d}" for row in mine],
        "reportDate": ["" for _ in mine],
        "acceptanceDateTime": [f"{row['at']:%Y-%m-%dT%H:%M:%S}.000Z" for row in mine],
        "form": [row["form"] for row in mine],
        "items": [row["items"] for row in mine],
        "primaryDocument": ["xslF345X05/main.xml" if row["form"] == "4" else "main.htm" for row in mine],
    }
    return Reply(
        {
            "cik": cik,
            "name": NAMES[cik],
            "sic": "3711",
            "sicDescription": "Made-up industry",
            "website": "",
            "phone": "5125550100",
            "stateOfIncorporation": "DE",
            "tickers": ["ROCK"],
            "formerNames": [],
            "addresses": {"business": {"street1": "1 Sample Way", "city": "AUSTIN", "stateOrCountry": "TX"}},
            "filings": {"recent": recent, "files": []},
        }
    )


def _facts(cik: str) -> Reply:
    if cik != ROCKETS:
        return Reply(b"<Error><Code>NoSuchKey</Code></Error>", 404)
    year = {
        "form": "10-K",
        "start": "2025-01-01",
        "end": "2025-12-31",
        "val": 2_500_000,
        "filed": "2026-02-10",
    }
    return Reply({"entityName": NAMES[cik], "facts": {"us-gaap": {"Revenues": {"units": {"USD": [year]}}}}})


def _daily(place: str, rows: list[dict[str, object]]) -> Reply:
    days = sorted({f"{row['at']:%Y%m%d}" for row in rows})
    if place == "index.json":
        return _folder(["2025", "2026"])
    if place == "2026/index.json":
        return _folder(["QTR1"])
    if place == "2026/QTR1/index.json":
        return _folder([f"{kind}.{day}.idx" for day in days for kind in ("company", "form", "master")])
    found = re.fullmatch(r"2026/QTR1/form\.(\d{8})\.idx", place)
    if not found:
        return Reply(b"<Error><Code>AccessDenied</Code></Error>", 403)
    head = (
        "Description: Daily Index\n\n"
        + f"{'Form Type':<12}{'Company Name':<62}{'CIK':<12}{'Date Filed':<12}File Name\n"
    )
    lines = [
        f"{row['form']:<12}{NAMES[str(row['cik'])]:<62}{row['cik']:<12}{found[1]:<12}"
        f"edgar/data/{row['cik']}/{row['accession']}.txt         \n"
        for row in rows
        if f"{row['at']:%Y%m%d}" == found[1]
    ]
    return Reply((head + "-" * 100 + "\n" + "".join(lines)).encode())


def _folder(names: list[str]) -> Reply:
    return Reply(
        {"directory": {"item": [{"name": name, "type": "file"} for name in names], "name": "daily-index/"}}
    )


def _document(accession: str, name: str, rows: list[dict[str, object]]) -> Reply:
    row = next((each for each in rows if str(each["accession"]).replace("-", "") == accession), None)
    if row is None:
        return Reply(b"<Error><Code>NoSuchKey</Code></Error>", 404)
    if name.endswith("-index-headers.html"):
        items = "".join(f"&lt;ITEMS&gt;{each}\n" for each in str(row["items"]).split(",") if each)
        return Reply(f"<html><pre>&lt;TYPE&gt;{row['form']}\n{items}</pre></html>".encode())
    made = {
        "4": "FORM_4",
        "8-K": "LEFT",
        "10-K": "ANNUAL",
        "10-K/A": "ANNUAL",
        "DEF 14A": "PROXY",
        "D": "FORM_D",
    }
    return Reply(MADE_UP[made[str(row["form"])]])
