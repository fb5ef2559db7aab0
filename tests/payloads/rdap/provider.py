"""A register that answers as RFC 9083 says; rdap.org leads on to it. The domains are made up."""

from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "b2b"
KEY = "domain"
SECRETS: dict[str, str] = {}
LEADS = [
    ({"website": "https://www.sample-bakery.com/menu"}, "sample-bakery.com"),
    ({"email": "pat@mail.sample-bakery.com"}, "sample-bakery.com"),
    ({"email": "pat@gmail.com"}, None),
    ({"website": "https://facebook.com/samplebakery"}, None),
    ({"website": "never-registered.com"}, None),
    ({"website": "no-date.com"}, None),
]


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {"address": url}


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """The domains registered."""
    names = [] if start else ["example.com", "sample-bakery.com", "no-date.com"]
    return [_domain(name) for name in names]


def _domain(name: str) -> dict[str, object]:
    events = [
        {"eventAction": "registration", "eventDate": "2011-04-05T06:07:08Z"},
        {"eventAction": "expiration", "eventDate": "2027-04-05T06:07:08Z"},
        {"eventAction": "last update of RDAP database", "eventDate": "2026-03-01T00:00:00Z"},
    ]
    card = ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Sample Registrar, Inc."]]]
    return {
        "objectClassName": "domain",
        "handle": f"{name}-VRSN",
        "ldhName": name.upper(),
        "status": ["client transfer prohibited"],
        "events": [] if name == "no-date.com" else events,
        "entities": [{"objectClassName": "entity", "roles": ["registrar"], "vcardArray": card}],
        "rdapConformance": ["rdap_level_0"],
    }


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """The front door leads on to the register, as rdap.org does."""
    if asked.path.startswith("/domain/"):
        return Reply(None, 302, {"location": f"/com/v1{asked.path}"})
    name = asked.path.removeprefix("/com/v1/domain/").upper()
    found = next((row for row in rows if row["ldhName"] == name), None)
    return Reply(found) if found else Reply({"errorCode": 404, "title": "Not Found"}, 404)
