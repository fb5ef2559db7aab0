"""How many leads to call: numbers in, numbers out, and the page around them."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from httpx import Response

from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import InputError
from galena.surfaces.web.pages.models_past import past_leads
from galena.surfaces.web.pages.models_threshold import nice_ticks

from .conftest import Site
from .model_stand_ins import FOUND, REPORT, SHARES, register, small_models

Register = Callable[..., RegisteredModel]
PART = {"hx-request": "true"}


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with small_models():
        yield


@pytest.fixture
def trained(site: Site, tmp_path: Path) -> Register:
    """trained(**facts): a registered model."""
    return lambda **facts: register(site.galena, site.workspace, tmp_path / "models", **facts)


def _text(answer: Response) -> str:
    body = re.search(r"<main.*?</main>", answer.text, re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body[0] if body else answer.text)).split())


def test_past_leads_give_the_curves_of_the_report_again() -> None:
    target, probability = past_leads(REPORT, "m")
    assert (len(target), target.sum()) == (1000, 150)
    assert (np.diff(probability) <= 0).all()
    reached = np.cumsum(target) / 150
    for share, found in zip(SHARES, FOUND, strict=True):
        assert abs(reached[round(1000 * share) - 1] - found) < 0.01


def test_a_roc_curve_gives_the_order() -> None:
    # 150 good leads: the first 500 of all hold 120 of them: x = 380/850, y = 120/150.
    roc = [{"x": 0.0, "y": 0.0}, {"x": 380 / 850, "y": 0.8}, {"x": 1.0, "y": 1.0}]
    target, _ = past_leads(REPORT | {"roc": roc}, "m")
    assert (target[:500].sum(), target.sum(), len(target)) == (120, 150, 1000)


@pytest.mark.parametrize("report", [{}, REPORT | {"usable_signal": False}, REPORT | {"judged_rows": 0}])
def test_what_a_report_does_not_tell_is_said(report: dict) -> None:
    with pytest.raises(InputError, match="nothing to explore"):
        past_leads(report, "booked:1")


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (-3, 9, [-5, -2.5, 0, 2.5, 5, 7.5, 10]),
        (0, 207_695, [0, 50_000, 100_000, 150_000, 200_000, 250_000]),
        (-1200, 300, [-1500, -1000, -500, 0, 500]),
        (0, 0, [0]),
    ],
)
def test_axes_have_round_numbers(low: float, high: float, ticks: list[float]) -> None:
    found = nice_ticks(low, high)
    assert found == pytest.approx(ticks)


def test_without_a_model_the_page_says_what_it_needs(shown: Site) -> None:
    said = _text(shown.admin().get("/models/threshold"))
    assert "This needs a model" in said


def test_capacity_cost_and_value_give_how_many_to_call(site: Site, trained: Register) -> None:
    model, browser = trained(), site.admin()
    ask = f"/models/threshold?model={model.id}&leads=1000&cost=20&value=1000&capacity=200"
    said = _text(browser.get(ask))
    # The best 200 of 1,000 hold 52 % of 150 wins: 78, worth 78,000 less 200 calls at 20.
    assert "Call 200 of 1,000" in said
    assert "Expected wins 78 30 by chance" in said
    assert "Profit 74,000" in said
    assert "a call pays from 2" in said
    assert "as many as the team can work (200)" in said
    part = browser.get(ask, headers=PART)
    assert "<main" not in part.text
    assert '<polyline class="curve"' in part.text
    assert not re.search(r"\sstyle=", part.text)
    rows = re.findall(r'<tr (?:class="on")?>(.*?)</tr>', part.text)
    assert len(rows) == 10
    assert sum("best" in row for row in rows) == 1


def test_a_call_that_costs_more_than_it_brings_is_not_advised(site: Site, trained: Register) -> None:
    trained()
    said = _text(site.admin().get("/models/threshold?leads=500&cost=900&value=1000"))
    assert "No lead pays" in said


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("capacity=-4", "The team can work : Write a number from 0 to 10,000,000."),
        ("cost=nan", "A call costs : Write a number from 0 to 1,000,000,000."),
        ("value=a%20lot", "A won lead is worth : Write a number"),
        ("leads=0", "To choose from : There must be a lead"),
        ("leads=1e400", "To choose from : Write a number"),
    ],
)
def test_numbers_that_are_none_are_named(site: Site, trained: Register, query: str, problem: str) -> None:
    trained()
    answer = site.admin().get(f"/models/threshold?{query}")
    assert answer.status_code == 200
    assert problem in _text(answer)


def test_a_model_without_curves_is_explained(site: Site, trained: Register) -> None:
    trained(report={})
    said = _text(site.admin().get("/models/threshold"))
    assert "booked:1 has nothing to explore: it came without curves." in said
