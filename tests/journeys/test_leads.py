"""From the sign-in link to the lead worth calling, and to a file of them."""

import csv
import re
from pathlib import Path

from playwright.sync_api import expect

from .conftest import PHONE, Seen, Served


def test_a_link_signs_in_once_and_the_best_leads_come_first(seen: Seen, server: Served) -> None:
    link = server.link()
    page = seen.page
    page.goto(link)
    expect(page).to_have_url(re.compile("/$"))
    page.get_by_role("link", name="Leads", exact=True).click()
    expect(page).to_have_url(re.compile("/leads$"))
    scores = [int(text.split()[0]) for text in page.locator("td .score").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 50
    seen.picture("leads-dark")
    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign in to Galena")).to_be_visible()
    seen.picture("sign-in-dark")
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("This link has been used")
    assert [trouble for trouble in seen.troubles if "401" not in trouble] == []
    seen.troubles.clear()


def test_sort_filter_search_save_a_view_and_export(seen: Seen) -> None:
    seen.sign_in()
    page = seen.page
    seen.open("/leads")
    page.get_by_role("link", name="Business", exact=True).click()
    titles = page.locator("tbody a.first").all_inner_texts()
    assert titles == sorted(titles)
    expect(page.locator("th[aria-sort]")).to_contain_text("Business")

    page.get_by_label("Tier", exact=True).select_option("yellow")
    page.get_by_role("button", name="Filter").click()
    tiers = set(page.locator("tbody .tier").all_inner_texts())
    assert tiers == {"Yellow"}
    count = page.locator(".top .chip").inner_text()
    seen.picture("leads-filtered")

    page.get_by_text("Save this view", exact=True).click()
    page.get_by_label("Name of the view").fill("Call soon")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("The view is saved.")
    page.get_by_role("link", name="Clear").click()
    page.get_by_role("link", name="Call soon").click()
    expect(page.locator(".top .chip")).to_have_text(count)

    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    with Path(waiting.value.path()).open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert f"{len(rows)} businesses" == count
    assert {row["tier"] for row in rows} == {"yellow"}

    seen.open("/leads")
    first = page.locator("tbody a.first").nth(4).inner_text()
    page.get_by_role("searchbox").fill(first.split()[0])
    page.keyboard.press("Enter")
    expect(page.locator("tbody a.first", has_text=first)).to_have_count(1)
    page.get_by_role("searchbox").fill("nobody is called this")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    seen.picture("leads-nothing-matches")


def test_the_waterfall_of_a_lead_adds_up_to_its_score(seen: Seen) -> None:
    seen.sign_in()
    page = seen.page
    page.locator("tbody a.first").nth(2).click()
    waterfall = page.locator("ul.waterfall").first
    expect(waterfall).to_be_visible()
    numbers = [_number(text) for text in waterfall.locator(".number").all_inner_texts()]
    assert sum(numbers[:-1]) == numbers[-1] == int(page.locator(".big-score").inner_text())
    places = waterfall.locator(".bar").evaluate_all(
        "bars => bars.map(bar => [bar.offsetLeft, bar.offsetLeft + bar.offsetWidth])"
    )
    assert all(left < right for left, right in places)
    assert places[1][0] >= places[0][1] - 2
    expect(page.get_by_role("heading", name="Facts and where they come from")).to_be_visible()
    seen.picture("lead-dark")
    page.get_by_text("Every part of the score").click()
    whole = [
        _number(text) for text in page.locator("ul.waterfall").nth(1).locator(".number").all_inner_texts()
    ]
    assert sum(whole[:-1]) == whole[-1] == numbers[-1]
    page.get_by_role("button", name="Score again").click()
    expect(page.get_by_role("status")).to_contain_text("Scored again")


def test_by_keyboard_alone(seen: Seen) -> None:
    seen.sign_in()
    page = seen.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    second = page.locator("tbody tr").nth(1)
    expect(second).to_have_class(re.compile("on"))
    title = second.locator("a.first").inner_text()
    seen.picture("keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.go_back()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("jk?")
    expect(page.get_by_role("searchbox")).to_have_value("jk?")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("[data-keys]")).to_be_visible()


def test_the_theme_stays_as_it_was_switched(seen: Seen) -> None:
    seen.sign_in()
    page = seen.page
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Dark or light: switch").click()
    expect(root).to_have_attribute("data-theme", "light")
    seen.open("/rules")
    expect(root).to_have_attribute("data-theme", "light")
    assert page.evaluate(
        "getComputedStyle(document.body).colorScheme || document.documentElement.dataset.theme"
    )


def test_motion_is_off_for_who_wants_none(seen: Seen) -> None:
    seen.page.emulate_media(reduced_motion="reduce")
    seen.sign_in()
    names = seen.page.evaluate(
        "[...document.querySelectorAll('*')].map(e => getComputedStyle(e).animationName)"
    )
    assert set(names) == {"none"}


def test_a_phone_shows_every_page_without_moving_sideways(seen: Seen) -> None:
    seen.page.set_viewport_size(PHONE)
    seen.sign_in()
    lead = seen.page.locator("tbody a.first").first.get_attribute("href")
    for path in ("/leads", lead, "/imports", "/quarantine", "/rules", "/account"):
        seen.open(path)
        assert seen.overflow() <= 0, path
        seen.picture(f"phone-{path.strip('/').split('/')[0]}{'-one' if path == lead else ''}")


def _number(text: str) -> int:
    return int(text.replace("−", "-").replace("+", ""))
