"""Files from upload to import, and back."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from httpx import Client, Response

from galena.kit.file_names import safe_name
from galena.stores import imports, mappings, statistics
from galena.surfaces.web.uploads import DRAFT

from .conftest import Site, form_token

Send = Callable[..., Response]

ODD = (
    b"Company Nm,Town,Sector,Yearly Revenue,Staff,Boss Age,Mail,Ref No\n"
    b"Alpha Print Co,Dallas,Commercial printing,1200000,12,66,a@alpha.example,A-1\n"
    b"Beta Pumps,Waco,Industrial supply,800000,8,71,b@beta.example,A-2\n"
    b"Gamma Cafe,Austin,Restaurant,lots,5,59,c@gamma.example,A-3\n"
    b"Delta Cuts,Plano,Salon,300000,4,twelve,d@delta.example,A-4\n"
)
"""The third has no number for its revenue; the fourth none for the age of its owner, which nobody maps unasked."""


def _upload(browser: Client, name: str, content: bytes, **more: str) -> Response:
    data = {"csrf_token": form_token(browser.get("/imports")), **more}
    page = {"referer": str(browser.base_url.join("/imports"))}
    sent = {"file": (name, content)}
    return browser.post("/imports/files", data=data, files=sent, headers=page, follow_redirects=True)


def _uploaded(site: Site) -> list[Path]:
    return [path for path in (site.galena.settings.home / "uploads").rglob("*") if path.is_file()]


def _counts(page: Response) -> list[int]:
    return [int(text) for text in re.findall(r'</span><span class="number">(\d+)</span>', page.text)]


def _leads(site: Site) -> int:
    with site.enter() as session:
        return statistics.overview(session).leads


def test_a_file_is_checked_corrected_imported_and_taken_back(site: Site, send: Send) -> None:
    browser, before = site.admin(), _leads(site)
    page = _upload(browser, "Odd list.csv", ODD)
    draft = urlsplit(str(page.url)).path
    assert "not seen before" in page.text
    assert _counts(page) == [3, 0, 0, 1]
    assert "This is not a number (column Yearly Revenue): row 3" in page.text
    assert _leads(site) == before

    changes = {"column:name": "Company Nm", "column:owner_age": "Boss Age", "source": "odd_list"}
    page = send(browser, f"{draft}/check", **changes)
    assert _counts(page) == [2, 0, 0, 2]
    assert page.text.count("your choice") == 2
    assert _leads(site) == before

    page = send(browser, f"{draft}/commit", **changes)
    assert "Odd list.csv is in: 2 created, 0 updated." in page.text
    assert _leads(site) == before + 2
    assert _uploaded(site) == []
    address = urlsplit(str(page.url)).path
    import_id = address.rsplit("/", 1)[1]
    assert "Alpha Print Co" in browser.get("/leads", params={"import_id": import_id}).text

    again = _upload(browser, "Odd list.csv", ODD)
    assert "read as the last time" in again.text
    assert _counts(again) == [0, 0, 2, 2]

    page = send(browser, f"{address}/undo")
    assert "Odd list.csv is taken back: 2 records and 2 leads are gone" in page.text
    assert _leads(site) == before
    assert "taken back" in browser.get("/imports").text


def test_a_mapping_changed_at_the_last_moment_is_shown_before_anything_is_written(
    site: Site, send: Send
) -> None:
    browser, before = site.admin(), _leads(site)
    draft = urlsplit(str(_upload(browser, "odd.csv", ODD).url)).path
    page = send(browser, f"{draft}/commit", **{"column:name": "Company Nm"})
    assert "The columns changed: look at what would happen" in page.text
    assert _leads(site) == before
    with site.enter() as session:
        assert mappings.find(session, "odd") is None


def test_a_known_source_is_recognised_and_its_mapping_is_not_saved_anew(site: Site, send: Send) -> None:
    browser = site.admin()
    with site.enter() as session:
        columns = next(each for each in imports.list_(session) if each.source == "businesses").shape[
            "columns"
        ]
    cells = {"external_id": "B9999", "name": "Alpha Print Co"}
    text = f"{','.join(columns)}\n{','.join(cells.get(name, '') for name in columns)}\n"
    page = _upload(browser, "more.csv", text.encode())
    assert "a known source" in page.text
    draft = urlsplit(str(page.url)).path
    assert "more.csv is in: 1 created, 0 updated." in send(browser, f"{draft}/commit").text
    with site.enter() as session:
        assert mappings.list_newest(session) == ()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "The file is empty."),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200), ""),
        ("cut.xlsx", b"PK\x03\x04 and then nothing", ""),
        ("page.html", b"<!doctype html><html><body>hello</body></html>", ""),
    ],
)
def test_a_wrong_file_gets_a_plain_page_and_nothing_of_it_stays(
    site: Site, name: str, content: bytes, words: str
) -> None:
    page = _upload(site.admin(), name, content)
    assert page.status_code == 422
    assert words in page.text
    assert "Traceback" not in page.text
    assert '<a class="button main" href="/imports">Back to where you were</a>' in page.text
    assert "/uploads/" not in page.text
    assert _uploaded(site) == []


def test_a_file_that_resembles_nothing_can_still_be_mapped_by_hand(site: Site, send: Send) -> None:
    browser = site.admin()
    page = _upload(browser, "strange.csv", b"aaa,bbb\nAlpha,1\nBeta,2\n")
    draft = urlsplit(str(page.url)).path
    page = send(browser, f"{draft}/check", **{"column:name": "aaa", "key": "bbb", "source": "strange"})
    assert _counts(page) == [2, 0, 0, 0]


def test_a_file_beyond_the_limit_is_refused_and_removed(site: Site) -> None:
    page = _upload(site.admin(), "large.csv", b"a,b\n" + b"1,2\n" * 300_000)
    assert page.status_code == 413
    assert "<dt>limit</dt><dd>1 MB</dd>" in page.text
    assert _uploaded(site) == []


def test_a_file_that_hides_its_size_is_refused_as_it_grows(site: Site) -> None:
    browser = site.admin()
    token = form_token(browser.get("/imports"))
    head = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    body = head.encode() + b"1,2\n" * 300_000 + b"\r\n--x--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": "10"}
    assert browser.post("/imports/files", content=body, headers=headers).status_code == 413
    assert _uploaded(site) == []


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data", "multipart/form-data; boundary=y"]
)
def test_a_form_without_a_file_says_so(site: Site, content_type: str) -> None:
    answer = site.admin().post("/imports/files", content=b"--x\r\n", headers={"content-type": content_type})
    assert answer.status_code == 422
    assert _uploaded(site) == []


def test_uploads_are_private_and_can_be_dropped(site: Site, send: Send) -> None:
    browser = site.admin()
    draft = urlsplit(str(_upload(browser, "odd.csv", ODD).url)).path
    files = _uploaded(site)
    assert {path.name for path in files} == {"odd.csv", DRAFT}
    assert all(path.parent.stat().st_mode & 0o077 == 0 for path in files)
    assert "Waiting for your word" in browser.get("/imports").text
    send(browser, f"{draft}/drop")
    assert _uploaded(site) == []
    assert browser.get(draft).status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": "Not a name!"}, "This cannot be the name of a source."),
        ({"column:name": "no such column"}, "There is no such column in this file."),
        ({"column:no_such_field": "Town"}, "There is no such field."),
    ],
)
def test_what_cannot_be_a_mapping_is_refused_with_the_reason(
    site: Site, send: Send, change: dict[str, str], words: str
) -> None:
    browser = site.admin()
    draft = urlsplit(str(_upload(browser, "odd.csv", ODD).url)).path
    page = send(browser, f"{draft}/check", **change)
    assert page.status_code == 422
    assert words in page.text


def test_dates_that_can_be_read_in_two_ways_are_asked_about(site: Site, send: Send) -> None:
    browser = site.admin()
    content = b"Business name,Lease ends,Ref No\nAlpha,03/04/2027,1\nBeta,05/06/2027,2\n"
    page = _upload(browser, "dates.csv", content)
    draft = urlsplit(str(page.url)).path
    assert "day first" in page.text
    send(browser, f"{draft}/check", **{"format:lease_end_date": "%d/%m/%Y"})
    send(browser, f"{draft}/commit", **{"format:lease_end_date": "%d/%m/%Y"})
    with site.enter() as session:
        kept = mappings.find(session, "dates")
    assert kept.content["fields"]["lease_end_date"]["format"] == "%d/%m/%Y"


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\leads.csv", "leads.csv"),
        (".hidden", "hidden"),
        ("a\0b\n.csv", "ab.csv"),
        ("...", "file"),
    ],
)
def test_names_of_files_are_made_safe(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_a_long_name_keeps_its_ending_and_fits_any_disk() -> None:
    name = safe_name("\N{GRINNING FACE}" * 200 + ".csv.gz")
    assert name.endswith(".gz")
    assert len(name.encode()) <= 255


def test_an_import_that_cannot_be_undone_twice(site: Site, send: Send) -> None:
    browser = site.admin()
    with site.enter() as session:
        signals = next(each for each in imports.list_(session) if each.source == "business_signals")
    assert "is taken back" in send(browser, f"/imports/{signals.id}/undo").text
    assert "0 records and 0 leads are gone" in send(browser, f"/imports/{signals.id}/undo").text
