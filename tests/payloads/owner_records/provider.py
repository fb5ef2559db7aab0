"""A provider that keeps the contract of the connector's manifest; all made up."""

from typing import Any

from galena.simulator.providers.look_ups import answer_look_up
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "brokerage"
KEY = "id"
SECRETS = {"key": "good-key"}
LEADS: list[tuple[dict[str, str], str | None]] = [
    ({"owner_name": "Sample, Pat", "city": "Austin", "state": "TX", "address": "12 Elm Street"}, "o-1"),
    ({"owner_name": "Alex Twin", "city": "Austin", "state": "TX"}, None),
    ({"owner_name": "Pat Sample", "city": "Austin"}, None),
    ({"owner_name": "No Body", "city": "Austin", "state": "TX"}, None),
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
                "id": "o-1",
                "owner_name": "Pat Sample",
                "address": "12 Elm St",
                "city": "Austin",
                "state": "TX",
                "records": [
                    {"kind": "tax lien", "amount_usd": 12000, "filed_on": "2025-11-03"},
                    {"kind": "judgment", "amount_usd": 3000, "filed_on": "2025-12-01"},
                ],
                "bankruptcy": {"filed": True, "chapter": "7", "filed_on": "2024-02-01"},
                "credit_range": "fair",
            },
            {
                "id": "o-2",
                "owner_name": "Alex Twin",
                "address": "1 Oak St",
                "city": "Austin",
                "state": "TX",
                "records": [],
                "bankruptcy": {"filed": False},
                "credit_range": "unknown",
            },
            {
                "id": "o-3",
                "owner_name": "Alex Twin",
                "address": "9 Ash St",
                "city": "Austin",
                "state": "TX",
                "records": [],
                "bankruptcy": {"filed": False},
                "credit_range": "good",
            },
        ]
    )


def answer(asked: Asked, rows: list[dict[str, Any]]) -> Reply:
    """What the provider answers."""
    return answer_look_up(asked, rows, "/v1/owners", {"city": "city", "state": "state"})
