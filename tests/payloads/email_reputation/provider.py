"""A provider that keeps the contract of the connector's manifest; all made up."""

from typing import Any

from galena.simulator.providers.look_ups import answer_look_up
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "b2b"
KEY = "email"
SECRETS = {"key": "good-key"}
LEADS: list[tuple[dict[str, str], str | None]] = [
    ({"email": "Pat@Sample-Bakery.com"}, "pat@sample-bakery.com"),
    ({"email": "nobody@nowhere.com"}, None),
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
                "email": "pat@sample-bakery.com",
                "verdict": "valid",
                "reputation": 88,
                "first_seen_on": "2019-05-01",
                "is_disposable": False,
                "is_role": False,
                "is_breached": False,
            }
        ]
    )


def answer(asked: Asked, rows: list[dict[str, Any]]) -> Reply:
    """What the provider answers."""
    return answer_look_up(asked, rows, "/v1/emails", {"email": "email"})
