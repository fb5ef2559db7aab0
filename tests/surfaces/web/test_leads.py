"""The list of leads and the page of one lead."""

import csv
import io
import re
from collections.abc import Callable
from html import unescape

import orjson
import polars as pl
import pytest
from httpx import Client, Response

from galena.domain.listing import LeadQuery
from galena.playbooks import load
from galena.stores import lead_lists, leads
from galena.surfaces.web.pages.leads import standing_words

from .conftest import Site

Send = Callable[..., Response]


def _titles(page: Response) -> list[str]:
    return [
        unescape(found)
        for found in re.findall(r'<a class="first" href="/leads/[^"]+">([^<]*)</a>', page.text)
    ]


def _scores(page: Response) -> list[int]:
    return [int(found) for found in re.findall(r"</svg>(\d+)</span>", page.text)]


@pytest.fixture
def browser(shown: Site) -> Client:
    return shown.admin()


def test_the_list_begins_with_the_best(browser: Client) -> None:
    scores = _scores(browser.get("/leads"))
    assert len(scores) == 50
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


def test_a_column_sorts_up_and_down(browser: Client) -> None:
    page = browser.get("/leads?sort=title")
    assert _titles(page) == sorted(_titles(page))
    assert 'aria-sort="ascending"' in page.text
    turned = _titles(browser.get("/leads?sort=-title"))
    assert turned == sorted(turned, reverse=True)


def test_pages_hold_every_lead_once(shown: Site, browser: Client) -> None:
    seen: list[str] = []
    address = "/leads?sort=-score"
    while address:
        page = browser.get(address)
        seen += re.findall(r'<tr data-href="/leads/([^"]+)"', page.text)
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        address = unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == len(shown.lead_ids(statuses=("active",)))


def test_search_finds_by_a_part_of_the_name_and_marks_nothing_as_code(browser: Client) -> None:
    title = _titles(browser.get("/leads"))[3]
    found = _titles(browser.get("/leads", params={"q": title.lower()}))
    assert title in found
    hostile = browser.get("/leads", params={"q": '"><script>alert(1)</script>'})
    assert "<script>alert" not in hostile.text
    assert "Nothing matches" in hostile.text


def test_filters_leave_what_fits_and_cards_count_the_same(browser: Client) -> None:
    page = browser.get("/leads")
    cards = re.findall(r'class="number is-(\w+)">([\d,]+)<', page.text)
    for tier, count in cards:
        filtered = browser.get("/leads", params={"tier": tier})
        assert f"{count} business" in filtered.text
    assert all(score >= 40 for score in _scores(browser.get("/leads?min_score=40")))


def test_a_view_is_kept_and_comes_back(site: Site, send: Send) -> None:
    browser = site.admin()
    page = send(browser, "/views", name="Warm & <good>", query="tier=yellow&sort=title")
    assert "Warm &amp; &lt;good&gt;" in page.text
    href = unescape(re.search(r'href="(/leads\?[^"]+)">Warm', page.text)[1])
    again = browser.get(href)
    assert 'class="chip on" href="/leads?tier=yellow&amp;sort=title"' in again.text
    viewer = site.viewer()
    assert "Warm &amp;" not in viewer.get("/leads").text
    delete = re.search(r'action="(/views/[^"]+/delete)"', again.text)[1]
    assert "Only its owner can delete a view." in send(viewer, delete).text
    gone = send(browser, delete).text
    assert "The view is deleted." in gone
    assert "Warm &amp;" not in browser.get("/leads").text
    undo = unescape(re.search(r'action="(/views/restore[^"]+)"', gone)[1])
    assert "The view is back." in send(browser, undo).text
    send(browser, "/views", name="Ours", query="stand=new", of="prospects", shared="yes")
    assert "Ours" in viewer.get("/prospects").text
    assert "Ours" not in viewer.get("/leads").text
    assert "Ours" not in site.member(site.lead_ids()[:1]).get("/prospects").text
    for of in ("clients", "documents", "notes", "appointments", "pipeline"):
        shown = send(browser, "/views", name=f"Of {of}", query="q=ann&begin=50", of=of, shared="yes")
        assert f'aria-current="true" class="chip on" href="/{of}?q=ann">Of {of}' in shown.text
        assert f'href="/{of}?q=ann">Of {of}' in viewer.get(f"/{of}").text


def test_a_lead_without_facts_it_needs_says_so() -> None:
    permits = load("permits")
    assert standing_words("active", "not_enriched", permits) == "Not enriched"
    assert standing_words("needs_enrichment", "lacks owner_name", permits) == "Waiting for facts: Owner"
    assert standing_words("active", None, permits) == ""
    assert standing_words("discarded", "expired", permits) == ""


def test_export_gives_the_list_as_it_is_filtered(shown: Site, browser: Client) -> None:
    answer = browser.get("/leads/export.csv?tier=yellow")
    assert answer.headers["content-disposition"] == 'attachment; filename="leads.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == len(shown.lead_ids(tiers=("yellow",), statuses=("active",)))
    assert {row["tier"] for row in rows} == {"yellow"}
    assert [row["rank"] for row in rows] == [str(place + 1) for place in range(len(rows))]


def test_exports_of_every_format_hold_the_same_leads(browser: Client) -> None:
    names = [row["lead_id"] for row in csv.DictReader(io.StringIO(browser.get("/leads/export.csv").text))]
    assert [row["lead_id"] for row in orjson.loads(browser.get("/leads/export.json").content)] == names
    parquet = pl.read_parquet(io.BytesIO(browser.get("/leads/export.parquet").content))
    assert parquet["lead_id"].to_list() == names
    assert browser.get("/leads/export.exe").status_code == 422


def test_the_shown_parts_of_every_score_add_up_to_it(shown: Site, browser: Client) -> None:
    for lead_id in shown.lead_ids(statuses=("active",))[:25]:
        page = browser.get(f"/leads/{lead_id}").text
        for waterfall in re.findall(r'<ul class="waterfall".*?</ul>', page, re.S):
            numbers = re.findall(r'<span class="number[^"]*">([^<]+)</span>', waterfall)
            *parts, total = [int(text.replace("−", "-").replace("+", "")) for text in numbers]
            assert sum(parts) == total


def test_a_leads_page_tells_facts_with_their_sources_and_signals(shown: Site, browser: Client) -> None:
    with shown.enter() as session:
        row = lead_lists.page(session, LeadQuery(statuses=("active",)), limit=1).rows[0]
        entry = leads.load(session, row.id)
    page = browser.get(f"/leads/{row.id}").text
    assert unescape(re.search(r"<h1>(.*?)</h1>", page)[1]) == entry.title
    shown_facts = page.count('<dd class="from"')
    assert shown_facts == sum(value not in (None, "") for value in entry.lead.fields.values())
    assert "same to the last digit" in page
    assert "What would change it" in page


def test_scoring_one_lead_again_says_what_changed(site: Site, send: Send) -> None:
    lead = site.lead_ids(statuses=("active",))[0]
    assert "nothing has changed since" in send(site.admin(), f"/leads/{lead}/score").text


def test_scoring_all_says_how_many(site: Site, send: Send) -> None:
    count = len(site.lead_ids(statuses=("active",)))
    assert f"{count} scored, 0 changed, 0 in another tier." in send(site.admin(), "/score").text
