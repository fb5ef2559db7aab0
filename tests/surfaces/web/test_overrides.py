"""A person's word on a score: on the lead's page, in the list, in what drops may give; taken back and said again."""

from collections.abc import Callable
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
    assert "a person&#39;s word" in browser.get("/leads").text
    undo = f"/overrides/{said.text.split('/overrides/')[1].split('/')[0]}"
    assert "The roof is new." in said.text
    assert "Taken back" in send(browser, f"{undo}/end").text
    assert "a person&#39;s word" not in browser.get("/leads").text
    assert "It stands again." in send(browser, f"{undo}/resume").text
    assert "no score" in send(browser, at, reason="x", points="many").text


def test_drops_give_what_a_person_calls_good(site: Site, send: Send) -> None:
    browser, (lead,) = site.admin(), site.lead_ids(tiers=("red",))[:1]

    def given() -> dict[str, tuple[str, int]]:
        with site.enter() as session:
            found, _ = RoutingPool(session, active_plan(session).playbook, NOW).ready()
        return {row[0]: row[1:] for row in found.select("lead", "tier", "micropoints").iter_rows()}

    assert given()[str(lead)][0] == "red"
    send(browser, f"/leads/{lead}/override", reason="Knows us.", points="90", tier="green")
    assert given()[str(lead)] == ("green", 90_000_000)
