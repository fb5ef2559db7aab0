"""A model from the list to the leads and back: its card, promotion, the lead it scores, and the way back."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from galena.bootstrap import open_objects
from galena.domain.registered_model import RegisteredModel

from ..surfaces.web.model_stand_ins import METRICS, bring_outcomes, register, small_models
from .conftest import AXE, DESK, PHONE, Seen, Served

WORSE = METRICS | {"auc": {"value": 0.74, "low": 0.71, "high": 0.77}}


@pytest.fixture(autouse=True)
def _small(request: pytest.FixtureRequest) -> Iterator[None]:
    """Small models in place of trained ones, but for a journey that trains its own."""
    if "_real" in request.fixturenames:
        yield
        return
    with small_models():
        yield


@pytest.fixture
def trained(server: Served, tmp_path: Path) -> Callable[..., RegisteredModel]:
    """trained(**facts): a registered model."""
    return lambda **facts: register(server.galena, server.workspace, tmp_path / "models", **facts)


def test_promoted_with_a_reason_seen_on_a_lead_and_rolled_back(
    seen: Seen, trained: Callable[..., RegisteredModel]
) -> None:
    first = trained(why="The first with 100 outcomes", metrics=WORSE)
    second = trained(why="200 new outcomes", status="challenger")
    seen.sign_in()
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
    seen.picture("model-card-dark", whole=True)

    seen.open("/leads")
    page.locator("tbody a.first").nth(2).click()
    expect(page.get_by_role("heading", name="What the model says")).to_be_visible()
    seen.picture("lead-by-model-dark", whole=True)
    if AXE.exists():
        assert seen.violations() == []
    page.set_viewport_size(PHONE)
    assert seen.overflow() <= 0
    seen.picture("phone-lead-by-model", whole=True)
    page.set_viewport_size(DESK)

    seen.open(f"/models/{second.id}")
    page.get_by_label("Promote it without proof").fill("Newer")
    page.get_by_role("button", name="Promote booked:2").click()
    expect(page.get_by_role("status")).to_contain_text("booked:2 scores now.")
    page.get_by_label("Why", exact=True).fill("It calls the wrong ones")
    page.get_by_role("button", name="Roll back to booked:1").click()
    expect(page.get_by_role("status")).to_contain_text("booked:1 scores again; booked:2 is archived.")
    seen.open(f"/models/compare?one={first.id}&other={second.id}")
    seen.picture("model-compare-dark", whole=True)


def test_how_many_to_call_answers_while_typing(seen: Seen, trained: Callable[..., RegisteredModel]) -> None:
    trained()
    seen.sign_in()
    page = seen.page
    seen.open("/models/threshold")
    answer = page.locator("#answer")
    page.get_by_label("to choose from").fill("1000")
    page.get_by_label("The team can work", exact=True).fill("200")
    expect(answer).to_contain_text("Work the best 200 of 1,000 leads")
    page.get_by_label("The team can work", exact=True).fill("100")
    expect(answer).to_contain_text("Work the best 100 of 1,000 leads")
    seen.picture("threshold-dark", whole=True)
    page.get_by_label("A call costs").fill("-5")
    expect(answer.get_by_role("alert")).to_contain_text("A call costs: Write a number from 0")
    page.get_by_label("A call costs").fill("900")
    expect(answer).to_contain_text("No lead pays")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_page_of_models_has_a_serious_fault(
    seen: Seen, trained: Callable[..., RegisteredModel], theme: str
) -> None:
    if not AXE.exists():
        pytest.skip("NO AXE: accessibility was not looked at. Run `make setup`.")
    seen.sign_in()
    seen.set_theme(theme)
    found = {}
    for path in ("/models", "/models/threshold", "/models/train"):
        seen.open(path)
        seen.page.wait_for_load_state("networkidle")
        found[f"{path}, empty"] = seen.violations()
    seen.picture(f"train-{theme}")
    seen.open("/models")
    seen.picture(f"models-empty-{theme}")
    first, second = trained(metrics=WORSE), trained(status="challenger")
    pages = {
        "models": "/models?on=2026-11-16",
        "model-card": f"/models/{second.id}",
        "model-compare": f"/models/compare?one={first.id}&other={second.id}",
        "threshold": "/models/threshold?leads=1000&capacity=300",
        "train": "/models/train",
    }
    for name, path in pages.items():
        seen.page.set_viewport_size({"width": 1440, "height": 900})
        seen.open(path)
        seen.page.wait_for_load_state("networkidle")
        found[name] = seen.violations()
        seen.picture(f"{name}-{theme}", whole=True)
        seen.page.set_viewport_size(PHONE)
        seen.open(path)
        found[f"{name} on a phone"] = seen.violations()
        assert seen.overflow() <= 0, path
        seen.picture(f"phone-{name}-{theme}", whole=True)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_by_keyboard_from_the_list_to_a_card(seen: Seen, trained: Callable[..., RegisteredModel]) -> None:
    trained()
    seen.sign_in()
    seen.open("/models")
    seen.page.keyboard.press("j")
    seen.page.keyboard.press("Enter")
    expect(seen.page).to_have_url(re.compile("/models/[0-9a-f-]{36}$"))


@pytest.fixture
def _real(server: Served) -> None:
    """Models are kept and read as they are."""
    server.galena.door.objects = open_objects(server.galena.settings)


@pytest.mark.usefixtures("_real")
def test_trained_on_known_outcomes_tried_and_promoted(seen: Seen, server: Served, tmp_path: Path) -> None:
    bring_outcomes(server.galena, server.workspace, tmp_path / "worked", 260)
    seen.sign_in()
    page = seen.page
    seen.open("/models")
    expect(page.get_by_text("260 outcomes are known")).to_be_visible()
    page.get_by_role("link", name="Train a model").click()
    expect(page.get_by_text("260 outcomes are known")).to_be_visible()
    seen.picture("train-enough")
    page.get_by_label("What to learn").select_option("Books a meeting")
    page.get_by_label("Take at most").select_option("1 minute")
    page.get_by_label("Why").fill("The first season")
    page.get_by_role("button", name="Train now").click()
    expect(page).to_have_url(re.compile("/jobs/"))
    seen.picture("train-at-work")
    expect(page.get_by_role("status")).to_contain_text("Trained: booked:1.", timeout=180_000)
    seen.picture("train-done", whole=True)
    page.get_by_role("link", name="See booked:1").click()
    seen.picture("model-card-real", whole=True)
    assert seen.overflow() <= 0
    page.get_by_role("link", name="Read the report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("of the wins")
    seen.picture("model-report")
    page.go_back()
    page.get_by_label("Promote it without proof").fill("Good enough to try")
    page.get_by_role("button", name="Promote booked:1").click()
    expect(page.get_by_role("status")).to_contain_text("booked:1 scores now.", timeout=60_000)
    seen.open("/leads")
    page.locator("tbody a.first").first.click()
    expect(page.get_by_role("heading", name="What the model says")).to_be_visible()
    seen.picture("lead-by-real-model", whole=True)
    seen.open("/models/threshold")
    expect(page.locator("#answer")).to_contain_text("Work the best")
    seen.picture("threshold-real", whole=True)
