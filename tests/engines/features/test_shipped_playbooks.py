"""What holds for the features of every shipped playbook."""

import runpy
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from galena.engines.features import FeatureSet
from galena.playbooks import load, shipped

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)
TOOL = Path(__file__).parents[3] / "tools" / "document_features.py"


@pytest.fixture(scope="module", params=shipped())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_missing_means_what_the_feature_says(name: str) -> None:
    """Of a lead of which nothing is known, a feature that speaks of missing inputs is NULL exactly when it says so."""
    playbook = load(name)
    found = FeatureSet.of(playbook).compute_one({}, [], AS_OF)
    speaking = {feature.name: feature.missing for feature in playbook.features if feature.missing}
    said = {feature for feature, missing in speaking.items() if missing.startswith("NULL")}
    assert {feature for feature in speaking if found[feature] is None} == said


def test_one_lead_of_nothing_equals_a_frame(name: str) -> None:
    features = FeatureSet.of(load(name))
    frame = features.compute_frame(pl.DataFrame({"lead_id": [1]}), AS_OF)
    assert frame.drop("lead_id").to_dicts()[0] == pytest.approx(features.compute_one({}, [], AS_OF))


def test_the_reference_page_is_current() -> None:
    tool = runpy.run_path(str(TOOL))
    written = tool["PAGE"].read_text(encoding="utf-8")
    assert written == tool["page"](map(load, shipped())), "run tools/document_features.py"
    for playbook in map(load, shipped()):
        assert all(f"**`{feature.name}`**" in written for feature in playbook.features)
