"""A season in one story: a drop is given, its broker is invited, sets up, books and wins; then the desk, the report."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from .conftest import NOW, PHONE, Seen, Served

BROKER = "Harbor Brokers"
AFTER_THE_DROP = timedelta(days=7, hours=12)
"""From the planning to when every broker sees what it got."""


def test_from_a_drop_to_a_deal_and_its_report(windows: Callable[[], Seen], server: Served) -> None:
    operator = windows()
    operator.sign_in()
    _give(operator)
    server.clock.now = NOW + AFTER_THE_DROP
    link = _invite(operator)

    broker = windows()
    broker.page.goto(link)
    broker.page.get_by_role("button", name="Sign in").click()
    _set_up(broker)
    _tour(broker.page)
    won = _win(broker, server)

    taken = _take_back(operator, but=won)
    answer = broker.page.goto(broker.address + taken)
    assert answer is not None
    assert answer.status == 404  # What was taken back is no longer theirs to see.
    assert [trouble for trouble in broker.troubles if "404" not in trouble] == []
    broker.troubles.clear()
    _report(operator)


def _give(operator: Seen) -> None:
    """The drop, planned, looked at and given."""
    page = operator.page
    operator.open("/tenants")
    page.get_by_label("Name of a new tenant").fill(BROKER)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(BROKER)
    page.get_by_role("link", name="Drops", exact=True).click()
    page.get_by_role("button", name="Plan the next drop").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is given yet.")
    operator.picture("drop-planned", whole=True)
    page.get_by_role("link", name=BROKER).click()
    expect(page.get_by_role("heading", name="Its businesses and why it got them")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name=re.compile(r"Give these \d+ businesses")).click()
    expect(page.get_by_role("status")).to_contain_text("The leads are given.")
    operator.picture("drop-given")


def _invite(operator: Seen) -> str:
    """The broker's admin, invited by link; a week has passed, and the operator signs in anew."""
    page = operator.page
    operator.sign_in()
    operator.open("/settings/members")
    page.get_by_label("Whose members").select_option(BROKER)
    page.get_by_role("button", name="Show").click()
    page.get_by_label("E-mail").fill("mia@harbor.example")
    page.get_by_label("Role", exact=True).select_option("tenant_admin")
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label(re.compile("^Sign-in link for")).input_value()
    operator.picture("invited")
    return link


def _set_up(broker: Seen) -> None:
    """The first steps of somebody new: a name, a password, wishes, who calls, the calendar."""
    page = broker.page
    expect(page.get_by_text("0 of 5 done")).to_be_visible()
    broker.picture("welcome-broker", whole=True)
    page.get_by_label("Your name, as colleagues see it").fill("Mia Harbor")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Welcome, Mia")).to_be_visible()
    page.get_by_role("link", name="Set a password").click()
    page.get_by_label("New password").fill("a long enough password")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is set.")
    broker.open("/welcome")
    expect(page.get_by_text("1 of 5 done")).to_be_visible()
    page.get_by_role("link", name="Choose").first.click()
    expect(page).to_have_url(re.compile("/settings/wishes"))
    page.locator("[name='gate.state.values']").fill("TX, OK")
    page.get_by_role("button", name="Save, from now on").click()
    expect(page.get_by_role("status")).to_contain_text("This holds from now on.")
    page.get_by_label("Yes, Galena calls for us").check()
    page.get_by_role("button", name="Keep the choice").click()
    expect(page.get_by_role("status")).to_contain_text("Your choice is kept")
    broker.open("/welcome")
    page.get_by_role("button", name="Make the address").click()
    expect(page.get_by_role("status")).to_contain_text("The address is made")
    broker.open("/welcome")
    expect(page.get_by_text("4 of 5 done")).to_be_visible()


def _tour(page: Page) -> None:
    """By the keyboard alone; it is remembered as taken."""
    page.get_by_role("link", name="Take the tour").press("Enter")
    for title in (
        "Your week at a glance",
        "Yours, best first",
        "A score adds up",
        "Say what became of it",
        "In your own calendar",
    ):
        hint = page.get_by_role("dialog", name=title)
        expect(hint).to_be_visible()
        expect(hint.get_by_role("button").first).to_be_focused()
        page.keyboard.press("Enter")
    expect(page.get_by_text("5 of 5 done")).to_be_visible()
    page.get_by_role("link", name="Take it again").click()
    expect(page.get_by_role("dialog", name="Your week at a glance")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Your week at a glance")).to_have_count(0)


def _win(broker: Seen, server: Served) -> str:
    """The best prospect, booked and won; its address."""
    page = broker.page
    broker.open("/prospects")
    broker.picture("prospects", whole=True)
    page.locator("tbody a.first").first.click()
    address = re.sub(r"[?#].*", "", page.url).removeprefix(broker.address)
    page.locator("#outcome").get_by_role("link", name="Meeting booked").click()
    page.get_by_label("When is the meeting?").fill("2026-11-24T17:00")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded: meeting booked.")
    server.clock.now += timedelta(hours=2)  # Nothing can be closed before the meeting.
    page.reload()
    page.locator("#outcome").get_by_role("link", name="Closed: won").click()
    for label, value in (
        ("Signed on", "2026-11-24"),
        ("Day of closing", "2026-11-24"),
        ("Worth of the deal", "1200000"),
        ("Commission", "90000"),
    ):
        page.get_by_label(re.compile(f"^{label}")).fill(value)
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded: closed: won.")
    broker.picture("prospect-won", whole=True)
    page.set_viewport_size(PHONE)
    assert broker.overflow() <= 0
    broker.picture("phone-prospect-won", whole=True)
    return address


def _take_back(operator: Seen, but: str) -> str:
    """A prospect that is not the one won, clawed back with a reason; its address."""
    page = operator.page
    operator.open("/clawback")
    row = page.locator("tbody tr").filter(has_not=page.locator(f"a[href='{but}']")).first
    lead = row.locator("a.first").get_attribute("href")
    assert lead is not None
    row.get_by_role("checkbox").check()
    page.get_by_label("Why? The tenant and the history show it.").fill("The owner asked for somebody else")
    operator.picture("clawback", whole=True)
    page.get_by_role("button", name="Do it", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("1 back in the pool.")
    operator.open(f"/clawback/{lead.rpartition('/')[2]}")
    expect(page.get_by_text("The owner asked for somebody else").first).to_be_visible()
    return lead


def _report(operator: Seen) -> None:
    """What came of it, on the page and as a file."""
    page = operator.page
    operator.open("/reports?name=funnel")
    expect(page.get_by_role("list", name="From lead to win").locator("li").last).to_contain_text("1")
    operator.picture("report-funnel", whole=True)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV", exact=True).click()
    with Path(waiting.value.path()).open(encoding="utf-8-sig") as file:
        assert len(list(csv.reader(file))) > 1
    page.get_by_role("link", name=re.compile("Commission")).first.click()
    expect(page.get_by_text("90,000").first).to_be_visible()
    operator.picture("report-commissions", whole=True)
