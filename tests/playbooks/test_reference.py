"""The reference names every key of a playbook, and every shipped playbook."""

from pathlib import Path

import pytest

from galena.domain import playbook as parts
from galena.domain.playbook.part import Part
from galena.playbooks import shipped

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "playbooks.md"
MODELS = [part for part in vars(parts).values() if isinstance(part, type) and issubclass(part, Part)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_documented(model: type[Part]) -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    assert [key for key in model.model_fields if f"`{key}`" not in text] == []


def test_every_shipped_playbook_is_documented() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    assert [name for name in shipped() if f"`{name}`" not in text] == []
