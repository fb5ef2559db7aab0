"""A provider that keeps the contract of the connector's manifest; all made up."""

from typing import Any

from galena.simulator.providers.look_ups import answer_look_up
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "brokerage"
KEY = "id"
SECRETS = {"key": "good-key"}
LEADS: list[tuple[dict[str, str], str | None]] = [
    ({"name": "SAMPLE BAKERY", "city": "Austin", "state": "tx"}, "s-1"),
    ({"name": "Sample Bakery", "city": "Dallas"}, None),
]


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {"address": url}


def records(count: int, start: int = 0) -> list[dict[str, Any]]:
    """What the provider knows."""
    return (
        []
        if start
        else [
            {
                "id": "s-1",
                "name": "Sample Bakery",
                "city": "Austin",
                "state": "TX",
                "website": "sample-bakery.com",
                "networks": {
                    "facebook": {"profile": "facebook.com/sample", "last_post_on": "2026-01-31"},
                    "instagram": {"profile": "instagram.com/sample", "last_post_on": "2025-06-01"},
                },
                "posts_per_week_6mo": 2.5,
                "posts_per_week_30d": 0.5,
                "engagement_trend": "decreasing",
            }
        ]
    )


def answer(asked: Asked, rows: list[dict[str, Any]]) -> Reply:
    """What the provider answers."""
    return answer_look_up(asked, rows, "/v1/social", {"name": "name", "city": "city", "state": "state"})
