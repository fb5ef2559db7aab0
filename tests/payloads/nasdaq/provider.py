"""A provider that keeps the contract of the connector's manifest; all made up."""

from typing import Any

from galena.simulator.providers.look_ups import answer_look_up
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "brokerage"
KEY = "ticker"
SECRETS = {"key": "good-key"}
LEADS: list[tuple[dict[str, str], str | None]] = [
    ({"stock_ticker": "smpl"}, "SMPL"),
    ({"stock_ticker": "NONE"}, None),
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
                "ticker": "SMPL",
                "name": "Sample Foods Inc",
                "year_end": "2025-12-31",
                "revenue_usd": 5000000000.0,
                "net_income_usd": 250000000.0,
                "employees": 12000,
                "revenue_growth_percent": 4.2,
                "profit_margin_percent": 5.0,
                "industry": {
                    "name": "Packaged foods",
                    "revenue_growth_percent": 2.1,
                    "profit_margin_percent": 6.3,
                    "companies": 84,
                },
            }
        ]
    )


def answer(asked: Asked, rows: list[dict[str, Any]]) -> Reply:
    """What the provider answers."""
    return answer_look_up(asked, rows, "/v1/financials", {"ticker": "ticker"})
