"""The home page: figures, steps, the feed, the list and the map, each of who looks; an area becomes a gate."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from httpx import Client, Response

from galena.domain.dispositions import Entry
from galena.domain.events import NewEvent
from galena.domain.listing import LeadQuery
from galena.stores import lead_lists, outbox, week_figures
from galena.stores.week_figures import Pair
from galena.workflows.context import Context
from galena.workflows.dispose import dispose, undo
from galena.workflows.dispose_desk import Saying
from galena.workflows.plans import active_plan
from galena.workflows.tenants import add_tenant

from .conftest import BUSINESSES, NOW, Site

Send = Callable[..., Response]
SQUARE = json.dumps({"type": "Polygon", "coordinates": [[[-99, 30], [-95, 30], [-95, 34], [-99, 30]]]})


def _number(text: str, label: str) -> str:
    """The figure of a card."""
    found = re.search(rf'{label}</span><span class="number[^"]*">([^<]+)', text)
    assert found is not None, label
    return found[1].strip()


def test_an_operator_sees_the_workspace(shown: Site) -> None:
    page = shown.admin().get("/").text
    with shown.enter() as session:
        tiers = active_plan(session).playbook.rules.tiers
        first = lead_lists.page(session, LeadQuery(statuses=("active",)), limit=1).rows[0]
    assert _number(page, tiers[0].label).isdecimal()  # Nothing was given yet: the cards are the tiers.
    assert "Say who receives leads" in page
    assert "businesses.csv" in page
    assert f'href="/leads/{first.id}"' in page
    assert page.count("<tr data-href") == 9
    assert "data-atlas" in page


def test_a_tenant_sees_its_own_and_nothing_else(site: Site, given: tuple[Client, list[UUID]]) -> None:
    browser, ids = given
    with site.enter() as session:
        for lead in ids:
            outbox.append(session, [NewEvent("suppressed", lead)])
    page = browser.get("/").text
    assert _number(page, "New this week") == "3"
    assert all(f"/leads/{lead}" in page for lead in ids[:3])
    assert str(ids[3]) not in page
    assert page.count("must not be contacted any more") == 6  # in the feed and in the ticker
    assert "businesses.csv" not in page
    assert "no commission was paid yet" in browser.get("/home/forecast").text
    pins = {point[4] for point in browser.get("/home/points").json()["points"]}
    assert pins <= {str(lead) for lead in ids[:3]}
    found = [each["href"] for each in browser.get("/palette?q=co").json() if each["kind"] == "lead"]
    assert set(found) <= {f"/leads/{lead}" for lead in ids[:3]}
    assert "/imports" not in {each["href"] for each in browser.get("/palette?q=").json()}
    assert "None stands so" in browser.get("/home/leads?stand=booked").text


def test_the_list_is_sorted_on_the_page(shown: Site) -> None:
    browser = shown.admin()
    titles = re.findall(r'class="first"[^>]*>([^<]+)', browser.get("/home/leads?sort=title").text)
    assert len(titles) == 9
    assert titles == sorted(titles, key=str.lower)
    assert browser.get("/home/leads?sort=nonsense&stand=%00").status_code == 200


def test_pins_are_the_best_leads_with_a_known_place(shown: Site) -> None:
    found = shown.admin().get("/home/points").json()
    scores = [point[3] for point in found["points"]]
    assert 0 < len(scores) <= BUSINESSES
    assert scores == sorted(scores, reverse=True)
    assert all(
        -180 <= longitude <= 180 and -85 < latitude < 85 for longitude, latitude, *_ in found["points"]
    )
    assert not found["more"]
    one = shown.admin().get("/home/points?tier=green").json()["points"]
    assert {point[2] for point in one} == {0}


def test_an_area_drawn_on_the_map_stands_in_the_form_of_its_tenant(site: Site, send: Send) -> None:
    tenant = add_tenant(_context(site), "Ridge Partners").tenant
    browser = site.admin()
    assert "Ridge Partners" in browser.get("/").text
    page = send(browser, "/tenants/area", tenant_id=str(tenant.id), shape=SQUARE).text
    assert "The area stands below" in page
    assert "-99, 30" in page
    assert "Draw an area and choose a tenant." in send(browser, "/tenants/area", shape="").text
    assert "-99, 30" not in browser.get(f"/tenants/{tenant.id}").text  # not saved yet


def test_the_week_counts_a_booking_until_it_is_taken_back(
    site: Site, given: tuple[Client, list[UUID]]
) -> None:
    browser, ids = given
    context = _context(site)
    meeting = Entry("booked", booked_for=NOW + timedelta(days=8))
    made = dispose(context, Saying(ids[0], meeting))
    with site.enter() as session:
        assert week_figures.load(session, NOW).booked == Pair(1, 0)
        assert week_figures.load(session, NOW).acted == Pair(1, 0)
        assert week_figures.load(session, NOW + week_figures.WEEK).booked == Pair(0, 1)
        assert [(each.tenant, each.given, each.booked) for each in week_figures.load_board(session, NOW)] == [
            ("Mine", 3, 1),
            ("Other", 1, 0),
        ]
    assert _number(browser.get("/").text, "Booked") == "1"
    undo(context, made.disposition.id, because="a mistake")
    with site.enter() as session:
        assert week_figures.load(session, NOW).booked == Pair(0, 0)


def _context(site: Site) -> Context:
    with site.enter() as session:
        playbook = active_plan(session).playbook
    return Context(site.galena.door, site.workspace.id, playbook, "a test", site.galena.clock)
