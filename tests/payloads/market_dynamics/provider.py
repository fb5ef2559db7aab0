"""A provider that keeps the contract of the connector's manifest; all made up."""

from typing import Any

from galena.simulator.providers.look_ups import answer_look_up
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "brokerage"
KEY = "id"
SECRETS = {"key": "good-key"}
LEADS: list[tuple[dict[str, str], str | None]] = [
    ({"address": "12 Elm Street", "city": "Austin"}, "m-1"),
    ({"address": "14 Elm St", "city": "Austin"}, None),
    ({"address": "12 Elm St", "city": "Dallas"}, None),
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
                "id": "m-1",
                "address": "12 Elm St",
                "city": "Austin",
                "zip": "78701",
                "new_competitors_count": 1,
                "new_competitors": [
                    {"name": "Rival Bakery", "opened_on": "2026-01-05", "distance_miles": 0.8}
                ],
                "zoning": {"changed": True, "kind": "to mixed use", "changed_on": "2026-02-01"},
                "property_value_trend": "increasing",
            }
        ]
    )


def answer(asked: Asked, rows: list[dict[str, Any]]) -> Reply:
    """What the provider answers."""
    return answer_look_up(asked, rows, "/v1/market", {"city": "city"})
