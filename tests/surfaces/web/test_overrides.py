"""A person's word on a score: on the lead's page, in the list, in what drops may give; taken back and said again."""

import csv
import io
import re
from collections.abc import Callable
from html import unescape
from uuid import UUID

from httpx import Client, Response

from galena.workflows.plans import active_plan
from galena.workflows.routing_pool import RoutingPool

from .conftest import NOW, Site

Send = Callable[..., Response]


def test_a_person_says_otherwise_and_takes_it_back(given: tuple[Client, list[UUID]], send: Send) -> None:
    browser, (lead, *_) = given
    at = f"/leads/{lead}/override"
    assert "The machine's word stands." in browser.get(f"/leads/{lead}").text
    noted = send(browser, at, reason="The roof is new.")
    assert "Noted: it is looked at" in noted.text
    said = send(browser, at, reason="She sells this year.", points="12,5", until="2026-06-01")
    assert "Your word stands: 12" in said.text or "Your word stands: 13" in said.text
    assert "“She sells this year.”" in said.text
    assert "until 1 Jun 2026" in said.text
    assert "The roof is new." in said.text
    said = send(browser, at, reason="She sells this year.", points="12,5")
    assert "until it is taken back" in said.text
    assert "a person&#39;s word" in browser.get("/leads").text
    undo = f"/overrides/{said.text.split('/overrides/')[1].split('/')[0]}"
    assert "Taken back" in send(browser, f"{undo}/end").text
    assert "a person&#39;s word" not in browser.get("/leads").text
    assert "It stands again." in send(browser, f"{undo}/resume").text
    assert "no score" in send(browser, at, reason="x", points="many").text


def test_the_list_stands_by_a_persons_word(site: Site, send: Send) -> None:
    browser, (low,) = site.admin(), site.lead_ids(tiers=("red",))[:1]

    def first_of(address: str) -> str:
        return re.search(r'<tr data-href="/leads/([0-9a-f-]{36})', browser.get(address).text)[1]

    assert first_of("/leads") != str(low)
    said = send(browser, f"/leads/{low}/override", reason="Knows us.", points="100", tier="green")
    for address in ("/leads", "/leads?tier=green", "/leads?min_score=99"):
        assert first_of(address) == str(low), address
    assert str(low) not in browser.get("/leads?tier=red").text
    listed = unescape(browser.get("/leads?tier=green").text)
    assert "“Knows us.”" in listed
    assert re.search(r"a person's word</span><span[^>]*>the machine: \d+, Red", listed)
    assert "“Knows us.” a person's word, the machine: " in unescape(browser.get("/").text)
    pins = browser.get("/home/points?tier=green").json()["points"]
    assert [pin[3] for pin in pins if pin[4] == str(low)] in ([], [100])
    assert str(low) not in {pin[4] for pin in browser.get("/home/points?tier=red").json()["points"]}
    (row,) = csv.DictReader(io.StringIO(browser.get("/leads/export.csv?min_score=99").text.lstrip("\ufeff")))
    assert (row["score"], row["tier"], row["machine_tier"]) == ("100.0", "green", "red")
    assert (row["override_by"], row["override_reason"]) == ("Operator", "Knows us.")
    send(browser, f"/overrides/{said.text.split('/overrides/')[1].split('/')[0]}/end")
    assert first_of("/leads") != str(low)
    assert "machine_tier" not in browser.get("/leads/export.csv?min_score=99").text


def test_prospects_stand_by_a_persons_word(given: tuple[Client, list[UUID]], send: Send) -> None:
    member, ids = given
    for points, lead in enumerate(ids[:3], 10):
        send(member, f"/leads/{lead}/override", reason="Met her.", points=str(points), tier="black")
    found = re.findall(r"/leads/([0-9a-f-]{36})#outcome", member.get("/prospects?tier=black").text)
    assert found == [str(ids[2]), str(ids[1]), str(ids[0])]
    pins = {pin[4]: pin[3] for pin in member.get("/home/points?tier=black").json()["points"]}
    assert pins.items() <= {str(lead): points for points, lead in enumerate(ids[:3], 10)}.items()
    rows = list(csv.DictReader(io.StringIO(member.get("/prospects.csv").text.lstrip("\ufeff"))))
    assert [row["score"] for row in rows] == ["12", "11", "10"]
    assert {(row["tier"], row["why"]) for row in rows} == {("Black", "Met her.")}
    assert "Black" not in {row["machine's tier"] for row in rows}


def test_drops_give_what_a_person_calls_good(site: Site, send: Send) -> None:
    browser, (lead,) = site.admin(), site.lead_ids(tiers=("red",))[:1]

    def given() -> dict[str, tuple[str, int]]:
        with site.enter() as session:
            found, _ = RoutingPool(session, active_plan(session).playbook, NOW).ready()
        return {row[0]: row[1:] for row in found.select("lead", "tier", "micropoints").iter_rows()}

    assert given()[str(lead)][0] == "red"
    send(browser, f"/leads/{lead}/override", reason="Knows us.", points="90", tier="green")
    assert given()[str(lead)] == ("green", 90_000_000)
