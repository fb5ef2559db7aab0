"""Models from none to one that scores and back: cards, comparison, the threshold, promotion, the lead it scores."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from galena.domain.registered_model import RegisteredModel

from ..surfaces.web.model_stand_ins import METRICS, register, small_models
from .conftest import AXE, DESK, PHONE, Seen, Served

WORSE = METRICS | {"auc": {"value": 0.74, "low": 0.71, "high": 0.77}}


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    """Small models in place of trained ones."""
    with small_models():
        yield


@pytest.fixture
def trained(server: Served, tmp_path: Path) -> Callable[..., RegisteredModel]:
    """trained(**facts): a registered model."""
    return lambda **facts: register(server.galena, server.workspace, tmp_path / "models", **facts)


def test_promoted_with_a_reason_seen_on_a_lead_and_rolled_back(
    seen: Seen, trained: Callable[..., RegisteredModel]
) -> None:
    seen.sign_in()
    found = {}
    for path in ("/models", "/models/threshold", "/models/train"):
        seen.open(path)
        seen.page.wait_for_load_state("networkidle")
        found |= _look(seen, f"{path.strip('/').replace('/', '-')}-empty")
    first = trained(why="The first with 100 outcomes", metrics=WORSE)
    second = trained(why="200 new outcomes", status="challenger")
    pages = {
        "models-then": "/models?on=2026-11-16",
        "model-card": f"/models/{second.id}",
        "model-compare": f"/models/compare?one={first.id}&other={second.id}",
        "threshold": "/models/threshold?leads=1000&capacity=300",
        "train": "/models/train",
    }
    for name, path in pages.items():
        seen.open(path)
        seen.page.wait_for_load_state("networkidle")
        found |= _look(seen, name)
    assert {name: faults for name, faults in found.items() if faults} == {}

    _promote(seen)
    _how_many_to_call(seen)
    page = seen.page
    seen.open(f"/models/{second.id}")
    page.get_by_label("Promote it without proof").fill("Newer")
    page.get_by_role("button", name="Promote booked:2").click()
    expect(page.get_by_role("status")).to_contain_text("booked:2 scores now.")
    page.get_by_label("Why", exact=True).fill("It calls the wrong ones")
    page.get_by_role("button", name="Roll back to booked:1").click()
    expect(page.get_by_role("status")).to_contain_text("booked:1 scores again; booked:2 is archived.")
    seen.open("/models")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/models/[0-9a-f-]{36}$"))


def _promote(seen: Seen) -> None:
    """Refused without proof, promoted with a reason, seen on a lead."""
    page = seen.page
    page.get_by_role("link", name="Learning", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which model scores")
    seen.picture("models-dark")
    page.get_by_role("link", name="booked:1", exact=True).click()
    page.get_by_role("button", name="Promote booked:1").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Not promoted: nothing shows yet that booked:1 is better"
    )
    expect(page.get_by_label("Promote it without proof")).to_be_focused()
    seen.picture("model-refused")
    seen.troubles.clear()  # the refusal answers 409
    page.get_by_label("Promote it without proof").fill("Better than the rules in our own trial")
    page.get_by_role("button", name="Promote booked:1").click()
    expect(page.get_by_role("status")).to_contain_text("booked:1 scores now.")
    seen.open("/leads")
    page.locator("tbody a.first").nth(2).click()
    expect(page.get_by_role("heading", name="What the model says")).to_be_visible()
    assert _look(seen, "lead-by-model") == {"lead-by-model": []}


def _how_many_to_call(seen: Seen) -> None:
    """The threshold answers while one types."""
    page = seen.page
    seen.open("/models/threshold")
    answer = page.locator("#answer")
    page.get_by_label("to choose from").fill("1000")
    page.get_by_label("The team can work", exact=True).fill("200")
    expect(answer).to_contain_text("Work the best 200 of 1,000 leads")
    page.get_by_label("The team can work", exact=True).fill("100")
    expect(answer).to_contain_text("Work the best 100 of 1,000 leads")
    page.get_by_label("A call costs").fill("-5")
    expect(answer.get_by_role("alert")).to_contain_text("A call costs: Write a number from 0")
    page.get_by_label("A call costs").fill("900")
    expect(answer).to_contain_text("No lead pays")


def _look(seen: Seen, name: str) -> dict[str, list[str]]:
    """Pictures of a page, dark, light and on a phone, and what axe finds on it."""
    page, found = seen.page, list[str]()
    seen.picture(f"{name}-dark", whole=True)
    if AXE.exists():
        found += seen.violations()
    page.evaluate("() => { document.documentElement.dataset.theme = 'light' }")
    if AXE.exists():
        found += seen.violations("color-contrast")
    seen.picture(f"{name}-light", whole=True)
    page.evaluate("() => { document.documentElement.dataset.theme = 'dark' }")
    page.set_viewport_size(PHONE)
    assert seen.overflow() <= 0, name
    seen.picture(f"phone-{name}", whole=True)
    page.set_viewport_size(DESK)
    return {name: found}
