"""The home page in a real browser: the map, an area that becomes a gate, what happens while one looks, and the keys."""

import re

from playwright.sync_api import expect

from galena.domain.events import NewEvent
from galena.domain.listing import LeadQuery
from galena.stores import lead_lists, outbox
from galena.stores.door import OPERATOR
from galena.workflows.context import Context
from galena.workflows.plans import active_plan
from galena.workflows.tenants import add_tenant

from .conftest import AXE, PHONE, Seen, Served


def test_a_day_begins_on_the_home_page(server: Served, seen: Seen) -> None:
    seen.page.emulate_media(reduced_motion="no-preference")
    with server.galena.door.enter(server.workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        plan = active_plan(session)
        lead = lead_lists.page(session, LeadQuery(statuses=("active",)), limit=1).rows[0]
    context = Context(server.galena.door, server.workspace.id, plan.playbook, "a test", server.galena.clock)
    add_tenant(context, "Ridge Partners")
    seen.sign_in()
    page = seen.page
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", name="What to do next")).to_be_visible()
    expect(page.locator("[data-atlas-count]")).to_contain_text("with a known place")
    expect(page.locator(".atlas .cluster, .atlas .pin").first).to_be_visible()
    expect(page.locator("[data-live-mark]").first).to_be_visible()  # the stream is open

    with server.galena.door.enter(server.workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        outbox.append(session, [NewEvent("suppressed", lead.id), NewEvent("lead_created", lead.id)])
    expect(page.locator(".feed li").first).to_contain_text(f"{lead.title} must not be contacted any more")
    expect(page.locator("[data-live-bar]")).to_contain_text("1 new business. Show")
    seen.picture("home-live")

    page.get_by_role("button", name="Draw an area").click()
    box = page.locator(".atlas svg").bounding_box()
    assert box is not None
    for across, down in ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9)):
        page.mouse.click(box["x"] + across * box["width"] * 0.9, box["y"] + down * box["height"] * 0.9)
    page.keyboard.press("Enter")
    expect(page.locator("[data-atlas-inside]")).to_contain_text("lie in this area")
    page.get_by_role("button", name="Look at its gates").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ridge Partners")
    expect(page.get_by_label("Drawn area as GeoJSON")).to_have_value(re.compile("Polygon"))

    page.keyboard.press("Control+k")
    page.keyboard.type(lead.title[:12])
    expect(page.get_by_role("option").filter(has_text=lead.title).first).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_label("About whom or what")).to_be_focused()
    expect(page.get_by_label("About whom or what")).to_have_value("")
    page.keyboard.press("Escape")

    page.set_viewport_size(PHONE)
    seen.open("/")
    assert seen.overflow() == 0
    places = page.get_by_role("navigation", name="Main")
    expect(places.get_by_role("link", name="Settings")).to_be_hidden()
    places.get_by_role("button", name="More").click()
    expect(places.get_by_role("link", name="Settings")).to_be_visible()
    seen.picture("phone-places")
    if AXE.exists():
        assert seen.violations() == []
    page.keyboard.press("Escape")
    expect(places.get_by_role("link", name="Settings")).to_be_hidden()
