"""A model really trained on known outcomes, looked at, promoted, and seen on a lead."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from galena.bootstrap import open_objects
from galena.surfaces.web.pages import models_train

from ..surfaces.web.model_stand_ins import bring_outcomes
from .conftest import Seen, Served

BUDGET_S = 12.0
"""Few leads need no minute; what is proved is the way, not the skill."""


@pytest.fixture
def _quick(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are kept and read as they are, and trained within seconds."""
    server.galena.door.objects = open_objects(server.galena.settings)
    at_length = models_train.train_leads
    monkeypatch.setattr(
        models_train,
        "train_leads",
        lambda context, order, **more: at_length(context, replace(order, budget_s=BUDGET_S), **more),
    )


@pytest.mark.usefixtures("_quick")
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
