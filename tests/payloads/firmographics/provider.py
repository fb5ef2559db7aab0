"""A provider that keeps the contract of the connector's manifest; all made up."""

from typing import Any

from galena.simulator.providers.look_ups import answer_look_up
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "b2b"
KEY = "id"
SECRETS = {"key": "good-key"}
LEADS: list[tuple[dict[str, str], str | None]] = [
    ({"website": "https://www.sample-bakery.com/about"}, "c-1"),
    ({"website": "nowhere-diner.com"}, None),
    ({"website": "not a website"}, None),
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
                "id": "c-1",
                "name": "Sample Bakery",
                "domain": "sample-bakery.com",
                "industry": "Bakeries",
                "naics": "311811",
                "employees": 25,
                "revenue_usd": 1500000,
                "founded_year": 1988,
                "years_in_business": 38,
                "parent_name": None,
                "ticker": None,
                "phone": "+15125550100",
                "city": "Austin",
                "state": "TX",
            }
        ]
    )


def answer(asked: Asked, rows: list[dict[str, Any]]) -> Reply:
    """What the provider answers."""
    return answer_look_up(asked, rows, "/v1/companies", {"domain": "domain"})
