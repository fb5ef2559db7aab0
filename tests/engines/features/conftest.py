"""Playbooks for the tests of features."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import pytest
from ruamel.yaml import YAML

from galena.domain.playbook import Playbook
from galena.engines.features import FeatureSet

_RULES = {
    "categories": [],
    "factors": [],
    "temperature": [],
    "tiers": [{"name": "all", "label": "All", "when": "TRUE"}],
}


def make_playbook(
    *,
    fields: Mapping[str, Any] | None = None,
    features: Sequence[Mapping[str, Any]] = (),
    **parts: Any,
) -> Playbook:
    """A small playbook; a feature needs `name` and `sql` only."""
    whole = [{"group": "some", "label": feature["name"]} | dict(feature) for feature in features]
    return Playbook.model_validate(
        {
            "playbook": "small",
            "version": 1,
            "label": "Small",
            "lead": {"one": "lead", "many": "leads", "title": "NULL"},
            "fields": fields or {},
            "features": whole,
            "rules": _RULES,
        }
        | parts
    )


@pytest.fixture(scope="session")
def small_playbook() -> Callable[..., Playbook]:
    """Makes small playbooks."""
    return make_playbook


@pytest.fixture(scope="session")
def brokerage_playbook() -> Playbook:
    """The fields and features of the brokerage playbook, whatever the rest of its files says."""
    folder = resources.files("galena.playbooks") / "brokerage"
    parts: dict[str, Any] = {}
    for file in ("fields.yaml", "features.yaml", "playbook.yaml"):
        parts |= YAML(typ="safe").load((folder / file).read_text(encoding="utf-8"))
    wanted = ("fields", "features", "aggregates", "signal_kinds")
    return make_playbook(**{key: parts[key] for key in wanted})


@pytest.fixture(scope="session")
def brokerage(brokerage_playbook: Playbook) -> FeatureSet:
    """The brokerage feature set, compiled once."""
    return FeatureSet.of(brokerage_playbook)


@pytest.fixture(autouse=True, scope="module")
def frames_as_frames() -> Iterator[None]:
    """Small frames are computed as large ones are, or one lead and a frame were not compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("galena.kit.expression.program.FEW_ROWS", -1)
        yield
