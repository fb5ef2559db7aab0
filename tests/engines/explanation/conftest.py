"""A small playbook and scores made by hand, so that every number below can be redone."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from galena.domain.playbook import Playbook
from galena.domain.score import MICROPOINTS, Contribution, ContributionKind, Previous, Score

AS_OF = datetime(2026, 11, 17, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    """Three factors, one cap, two temperature levels, three tiers."""
    return Playbook.model_validate(
        {
            "playbook": "small",
            "version": 1,
            "label": "Small",
            "lead": {"one": "business", "many": "businesses", "title": "name"},
            "fields": {
                "name": {"type": "text", "label": "Name"},
                "owner_age": {"type": "integer", "label": "Owner's age"},
                "has_successor": {"type": "boolean", "label": "Successor named"},
                "open_now": {"type": "boolean", "label": "Open now"},
                "lien_amount": {"type": "number", "label": "Lien", "unit": "USD"},
                "lien_filed_on": {"type": "date", "label": "Lien filed"},
            },
            "features": [
                {
                    "name": "lien_age",
                    "group": "liens",
                    "sql": "days_since(lien_filed_on)",
                    "label": "Age of the lien",
                }
            ],
            "rules": {
                "start_points": 31,
                "categories": [
                    {"name": "owner", "label": "The owner", "cap": 30},
                    {"name": "clicks", "label": "Clicks", "side": "engagement"},
                ],
                "factors": [
                    {
                        "name": "succession",
                        "category": "owner",
                        "points": 14,
                        "when": "owner_age > 65 AND NOT has_successor",
                        "label": "Owner is {owner_age}, no successor named",
                        "short_label": "Owner {owner_age}, no successor",
                        "missing_label": "Whether a successor is named is not known",
                    },
                    {
                        "name": "lien",
                        "category": "owner",
                        "points": 11,
                        "when": "lien_amount > 0",
                        "label": "Tax lien filed {lien_filed_on}, {lien_amount}",
                        "decay": {"since": "lien_filed_on", "days": 365},
                    },
                    {"name": "clicked", "category": "clicks", "points": -4, "label": "Never clicked"},
                ],
                "temperature": [
                    {"name": "hot", "label": "Hot", "when": "engagement > 50", "points": 15},
                    {"name": "cold", "label": "Cold", "when": "TRUE"},
                ],
                "tiers": [
                    {"name": "green", "label": "Green", "when": "score >= 75", "colour": "green"},
                    {"name": "yellow", "label": "Yellow", "when": "score >= 40", "colour": "yellow"},
                    {"name": "red", "label": "Red", "when": "TRUE", "colour": "red"},
                ],
                "what_ifs": [
                    {
                        "label": "A named successor",
                        "when": "owner_age > 65",
                        "change": {"has_successor": "TRUE"},
                    },
                    {"label": "Never offered", "when": "FALSE", "change": {"lien_amount": "0"}},
                ],
            },
        }
    )


ScoreOf = Callable[..., Score]


@pytest.fixture(scope="session")
def score_of() -> ScoreOf:
    """Makes a score from points by contribution name."""

    def make(
        points: Mapping[str, float],
        values: Mapping[str, Any] | None = None,
        tier: str = "yellow",
        temperature: str = "cold",
        rules: str = "r1",
    ) -> Score:
        parts = tuple(
            Contribution(name, _kind(name), None, round(size * MICROPOINTS)) for name, size in points.items()
        )
        return Score(
            micropoints=sum(part.micropoints for part in parts),
            tier=tier,
            temperature=temperature,
            confidence=1.0,
            fit=50.0,
            engagement=0.0,
            contributions=parts,
            values=dict(values or {}),
            previous=Previous(),
            as_of=AS_OF,
            feature_set="f1",
            rules=rules,
        )

    return make


def _kind(name: str) -> ContributionKind:
    if name in ("start", "clamp"):
        return name  # type: ignore[return-value]
    return "cap" if name.startswith("cap:") else "temperature" if ":" in name else "factor"
