"""Yelp Fusion v3 (https://docs.developer.yelp.com/reference): match, details, the newest reviews; all made up."""

from datetime import datetime, timedelta

from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "brokerage"
KEY = "id"
SECRETS = {"key": "good-key"}
_BUSINESSES = 13
_FIRST = datetime(2026, 1, 5, 6)
_PLACES = {
    "biz-00": ("Sample Bakery", "12 Elm St", "78701", "+15125550100"),
    "biz-01": ("Sample Bakery", "400 Oak Ave", "78702", "+15125550101"),
}
_HERE = {"city": "Austin", "state": "TX"}
LEADS = [
    ({"name": "Sample Bakery", "address": "12 Elm Street, Austin", **_HERE}, "biz-00"),
    ({"name": "SAMPLE BAKERY", "address": "400 Oak Avenue", "phone": "(512) 555-0101", **_HERE}, "biz-01"),
    ({"name": "Sample Bakery", "address": "14 Elm St", **_HERE}, None),
    ({"name": "Another Place", "address": "12 Elm St", **_HERE}, None),
    ({"name": "Sample Bakery", "city": "Austin"}, None),
]


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    followed = ", ".join(f"biz-{number:02d}" for number in range(_BUSINESSES))
    return {"address": url, "businesses": followed}


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """Reviews as time goes on, of one business after the other."""
    return [
        {
            "id": f"review-{number:04d}",
            "business_id": f"biz-{number % _BUSINESSES:02d}",
            "rating": number % 5 + 1,
            "text": f"Words of guest {number}",
            "time_created": f"{_FIRST + timedelta(hours=number):%Y-%m-%d %H:%M:%S}",
            "url": f"https://www.yelp.com/biz/sample?hrid={number}",
            "user": {"id": "user", "name": "Pat S."},
        }
        for number in range(start, start + count)
    ]


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """What Yelp answers."""
    if asked.headers.get("authorization") != "Bearer good-key":
        return _fault(401, "TOKEN_INVALID", "Invalid access token or authorization header.")
    steps = asked.path.strip("/").split("/")
    if steps[:3] == ["v3", "businesses", "matches"]:
        if missing := {"name", "address1", "city", "state", "country"} - asked.query.keys():
            return _fault(400, "VALIDATION_ERROR", f"{min(missing)} is required")
        return Reply({"businesses": [_place(code) for code in _PLACES]})
    if steps[:2] == ["v3", "businesses"] and len(steps) == 3 and steps[2] in _PLACES:
        more = {"rating": 3.5, "review_count": 210, "is_claimed": True, "hours": []}
        return Reply(_place(steps[2]) | more)
    if steps[:2] == ["v3", "businesses"] and steps[3:] == ["reviews"]:
        found = [row for row in rows if row["business_id"] == steps[2]]
        newest = found[::-1][: min(3, int(asked.query.get("limit", 3)))]
        shown = [{name: value for name, value in row.items() if name != "business_id"} for row in newest]
        return Reply({"reviews": shown, "total": len(found), "possible_languages": ["en"]})
    return _fault(404, "BUSINESS_NOT_FOUND", "The requested business could not be found.")


def _place(code: str) -> dict[str, object]:
    name, street, zip_code, phone = _PLACES[code]
    location = {"address1": street, "city": "Austin", "state": "TX", "zip_code": zip_code, "country": "US"}
    return {"id": code, "alias": code, "name": name, "location": location, "phone": phone, "coordinates": {}}


def _fault(status: int, code: str, words: str) -> Reply:
    return Reply({"error": {"code": code, "description": words}}, status)
