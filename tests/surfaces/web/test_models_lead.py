"""The page of a lead that a model has scored, and of one that rules scored in its place."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from httpx import Response

from galena.stores import head_scores
from galena.surfaces.web.pages.models_lead import fallback_of

from .conftest import Site
from .model_stand_ins import register, small_models

Send = Callable[..., Response]


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with small_models():
        yield


def _text(answer: Response) -> str:
    body = re.search(r"<main.*?</main>", answer.text, re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body[0] if body else answer.text)).split())


def test_a_lead_scored_by_a_model_shows_its_word_and_each_members(
    site: Site, tmp_path: Path, send: Send
) -> None:
    model = register(site.galena, site.workspace, tmp_path / "models")
    browser = site.admin()
    send(browser, f"/models/{model.id}/promote", anyway="a test")
    lead = site.lead_ids()[0]
    with site.enter() as session:
        (said,) = head_scores.list_for_lead(session, lead)
    page = _text(browser.get(f"/leads/{lead}"))
    assert f"{100 * said.probability:.0f} % Books a meeting likely {100 * said.low:.0f} to" in page
    assert f"confidence {100 * said.confidence:.0f} % · booked:1" in page
    for name, own in zip(("forest", "net", "rules"), said.members, strict=True):
        assert f"{name} {100 * own:.0f} %" in page
    assert "model booked:1, rules 1" in page
    assert "Where every lead starts" in page
    assert "Scored by rules" not in page
    member = _text(site.member([lead]).get(f"/leads/{lead}"))
    assert "Books a meeting likely" in member
    assert "Each part of the model by itself" not in member


def test_rules_that_stand_in_for_a_failed_model_say_so(site: Site, tmp_path: Path, send: Send) -> None:
    model = register(site.galena, site.workspace, tmp_path / "models", card={"members": []})
    browser = site.admin()
    send(browser, f"/models/{model.id}/promote", anyway="a test")
    with small_models():  # nothing is kept ready any more
        (site.galena.settings.home / "objects" / model.object_name).write_bytes(b"broken")
        send(browser, "/score")
        page = browser.get(f"/leads/{site.lead_ids()[0]}")
    assert '<div class="notice bad"><strong>Scored by rules because the model failed.' in page.text
    assert "its model is gone" in page.text


def test_rules_alone_need_no_word(shown: Site) -> None:
    assert fallback_of(None) is None
