"""A provider that keeps the contract of the connector's manifest; all made up."""

from typing import Any

from galena.simulator.providers.look_ups import answer_look_up
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "b2b"
KEY = "profile"
SECRETS = {"key": "good-key"}
LEADS: list[tuple[dict[str, str], str | None]] = [
    ({"linkedin": "https://www.linkedin.com/in/pat-sample/"}, "linkedin.com/in/pat-sample"),
    ({"linkedin": "linkedin.com/in/nobody"}, None),
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
                "profile": "linkedin.com/in/pat-sample",
                "name": "Pat Sample",
                "title": "Head of Purchasing",
                "function": "Purchasing",
                "in_role_since": "2023-04-01",
                "company": "Sample Bakery",
                "company_domain": "sample-bakery.com",
                "city": "Austin",
                "country": "US",
            }
        ]
    )


def answer(asked: Asked, rows: list[dict[str, Any]]) -> Reply:
    """What the provider answers."""
    return answer_look_up(asked, rows, "/v1/profiles", {"profile": "profile"})
