"""From a pair that may be one lead, by the keyboard, to one lead, and back."""

from pathlib import Path

from playwright.sync_api import expect

from galena.stores import match_reviews
from galena.workflows.context import Context
from galena.workflows.intake import ingest_file
from galena.workflows.plans import active_plan

from .conftest import NOW, PHONE, Seen, Served

HEAD = "external_id,name,address,city,state,zip,phone,email,website,owner_name"
PAIRS = (
    ("z1,Zephyr Orchids LLC,12 Quill Road,Waco,TX,76701,254-555-0142,kim@zephyr-orchids.com,,Kim Vale",
     "z2,Zephyr Orchid Care,,Waco,TX,,903-555-0188,,,Kim Vale"),
    ("y1,Yarrow Kitchens,7 Mill Lane,Tyler,TX,75701,903-555-0111,ada@yarrow.com,,Ada Moss",
     "y2,Vantage Forge Inc,,,,,,ada@yarrow.com,,"),
)  # fmt: skip


def _ask(server: Served, folder: Path) -> None:
    with server.galena.door.enter(server.workspace.id, tenant_id="*", actor="a test") as session:
        playbook = active_plan(session).playbook
        match_reviews.settle(session, [each.id for each in match_reviews.list_open(session, limit=1_000)])
    context = Context(server.galena.door, server.workspace.id, playbook, "a test", lambda: NOW)
    for at, lines in enumerate(zip(*PAIRS, strict=True)):
        path = folder / f"{at}.csv"
        path.write_text("\n".join((HEAD, *lines)) + "\n")
        ingest_file(context, path)


def test_pairs_are_answered_by_keyboard_and_taken_apart_again(
    seen: Seen, server: Served, tmp_path: Path
) -> None:
    _ask(server, tmp_path)
    seen.sign_in()
    page = seen.page
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_role("link", name="Same or not").click()
    expect(page.get_by_text("2 waiting")).to_be_visible()
    seen.picture("review-dark")
    assert seen.violations() == []
    seen.set_theme("light")
    seen.picture("review-light")
    page.set_viewport_size(PHONE)
    seen.picture("review-phone", whole=True)
    assert seen.overflow() == 0
    first = page.locator("#pair-title").inner_text()
    page.keyboard.press("y")
    expect(page.get_by_text("They are one now.")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_text("Nothing waits for an answer")).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    seen.set_theme("dark")
    seen.open(f"/leads?q={'Vantage' if 'Vantage' in first else 'Zephyr'}")
    page.locator("tbody a.first").first.click()
    card = page.locator("#match")
    expect(card).to_contain_text("One from 2")
    card.scroll_into_view_if_needed()
    seen.picture("review-lead", whole=True)
    assert seen.violations() == []
    card.get_by_role("button", name="Take apart").click()
    expect(page.get_by_text("Taken apart: each has back what it had")).to_be_visible()
