"""What counts, changed: who moves, saved, and brought back."""

import re

from playwright.sync_api import Page, expect

from .conftest import Seen


def test_change_a_factor_see_who_moves_save_and_restore(seen: Seen) -> None:
    seen.sign_in()
    page = seen.page
    before = _tiers(page)
    page.get_by_role("link", name="Factors and tiers").click()
    page.get_by_label("Points of Lease ends", exact=False).fill("30")
    page.get_by_label("Score from which Green begins").fill("60")
    preview = page.locator("#preview")
    expect(preview.get_by_role("heading", name="Between tiers")).to_be_visible()
    now, then = (_column(page, place) for place in (2, 3))
    assert now == before
    assert sum(now) == sum(then)
    assert then[0] > now[0]
    seen.picture("rules-preview")

    page.get_by_label("Why this change").fill("Leases matter more")
    page.get_by_role("button", name="Save and score again").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"Revision \d+ is saved"), timeout=20_000)
    seen.open("/leads")
    assert _tiers(page) == then

    seen.open("/rules")
    expect(page.get_by_text("Leases matter more")).to_be_visible()
    page.get_by_role("button", name="Restore revision 1", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"Revision \d+ is in use"))
    expect(page.get_by_label("Score from which Green begins")).to_have_value("75")


def test_a_mistake_is_explained_where_it_is_and_goes_when_it_is_mended(seen: Seen) -> None:
    seen.sign_in()
    page = seen.page
    seen.open("/rules")
    field = page.get_by_label("Condition of Property tax is overdue")
    field.fill("tax_delinqent")
    beside = page.locator('[data-problem-of="factor.tax_delinquency.when"]')
    expect(beside).to_contain_text("Did you mean tax_delinquent?")
    expect(field).to_have_attribute("aria-invalid", "true")
    seen.picture("rules-mistake")
    field.fill("tax_delinquent")
    expect(beside).to_be_empty()
    expect(page.locator("#preview")).to_contain_text("Change a number")


def test_a_factor_is_added_and_taken_out(seen: Seen) -> None:
    seen.sign_in()
    page = seen.page
    seen.open("/rules")
    page.locator("[id='new.label']").fill("Has {employee_count} people")
    page.locator("[id='new.points']").fill("7")
    page.locator("[id='new.when']").fill("employee_count >= 5")
    expect(page.locator("#preview")).to_contain_text("up")
    seen.picture("rules-new-factor")
    page.get_by_role("button", name="Save and score again").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"Revision \d+ is saved"), timeout=20_000)
    summary = page.locator("summary", has_text=re.compile("^Has ‹"))
    summary.click()
    page.locator("[name='factor.has_people.remove']").check()
    expect(page.locator("#preview")).to_contain_text("down")
    page.get_by_role("button", name="Save and score again").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"Revision \d+ is saved"))
    expect(summary).to_have_count(0)


def _tiers(page: Page) -> list[int]:
    return [_number(text) for text in page.locator("a.kpi .number").all_inner_texts()]


def _column(page: Page, place: int) -> list[int]:
    return [_number(text) for text in page.locator(f"#preview tbody td:nth-child({place})").all_inner_texts()]


def _number(text: str) -> int:
    return int(text.replace(",", ""))
