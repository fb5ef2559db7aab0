"""A model from the list to the leads and back: its card, promotion, the lead it scores, and the way back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ..surfaces.web.model_stand_ins import plain_models, register
from .conftest import Seen, Served


@pytest.fixture(autouse=True)
def _plain() -> Iterator[None]:
    with plain_models():
        yield


def test_from_the_list_to_the_card_promoted_and_rolled_back(
    seen: Seen, server: Served, tmp_path: Path
) -> None:
    for more in ({"why": "The first with 100 outcomes"}, {"status": "challenger", "why": "200 new outcomes"}):
        register(server.galena, server.workspace, tmp_path / "models", **more)
    seen.sign_in()
    page = seen.page
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_text("Rules score.").first).to_be_visible()
    page.get_by_role("link", name="booked:1").click()
    seen.picture("model-card", whole=True)
