"""Brave's `GET /res/v1/web/search`: results in words, faults with a code; the pages are made up."""

from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "brokerage"
KEY = "query"
SECRETS = {"key": "good-key"}
LEADS = [
    ({"name": "Sample Bakery", "city": "Austin", "state": "TX"}, '"Sample Bakery" Austin TX'),
    ({"name": "Sample Bakery"}, '"Sample Bakery"'),
    ({"name": "Sample Bakers", "city": "Austin"}, None),
    ({"name": "Nowhere Diner"}, None),
]


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {"address": url}


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """Pages of the web."""
    told = [
        ("Sample Bakery - Austin", "Sells fresh bread since 1988. Open daily."),
        ("Local news", "Sample Bakery owner is selling the business after 30 years. The shop stays open."),
        ("Best bakeries", "Ten bakeries of the town."),
    ]
    pages = told + [(f"Page {number}", "Something else.") for number in range(start, start + count)]
    return [
        {"title": title, "url": f"https://sample.com/{place}", "description": text, "age": "March 1, 2026"}
        for place, (title, text) in enumerate(pages)
    ]


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """What Brave answers."""
    if asked.headers.get("x-subscription-token") != "good-key":
        return _fault(422, "SUBSCRIPTION_TOKEN_INVALID", "The provided subscription token is invalid.")
    if asked.path != "/res/v1/web/search":
        return _fault(404, "NOT_FOUND", "Not found")
    query = asked.query["q"]
    if "Nowhere" in query:
        return Reply({"type": "search", "query": {"original": query}})
    count = int(asked.query.get("count", 20))
    return Reply(
        {"type": "search", "query": {"original": query}, "web": {"type": "search", "results": rows[:count]}}
    )


def _fault(status: int, code: str, words: str) -> Reply:
    told = {"id": "1", "status": status, "code": code, "detail": words}
    return Reply({"type": "ErrorResponse", "error": told}, status)
