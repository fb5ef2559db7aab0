"""Places API (New): `POST /v1/places:searchText` with a key and a field mask; the places are made up."""

from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "brokerage"
KEY = "id"
SECRETS = {"key": "good-key"}
LEADS = [
    ({"name": "Sample Bakery", "address": "12 Elm Street", "city": "Austin"}, "place-0"),
    ({"name": "Sample Bakery", "address": "14 Elm St", "city": "Austin"}, "place-2"),
    ({"name": "Sample Bakery", "address": "900 Elm St", "city": "Austin"}, None),
    ({"name": "Other Bakery", "address": "12 Elm St", "city": "Austin"}, None),
    ({"name": "Nowhere Diner", "address": "1 Void Ln", "city": "Austin"}, None),
]


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {"address": url}


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """Places along one street."""
    return [
        {
            "id": f"place-{number}",
            "displayName": {"text": "Sample Bakery", "languageCode": "en"},
            "formattedAddress": f"{12 + number} Elm St, Austin, TX 78701, USA",
            "rating": 4.4,
            "userRatingCount": 100 + number,
            "nationalPhoneNumber": f"(512) 555-01{number % 100:02d}",
            "websiteUri": "https://sample-bakery.com/",
            "businessStatus": "OPERATIONAL",
            "priceLevel": "PRICE_LEVEL_MODERATE",
        }
        for number in range(start, start + count)
    ]


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """What Google answers; `{}` when it finds nothing."""
    if asked.headers.get("x-goog-api-key") != "good-key":
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
        return _fault(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", details)
    if (asked.method, asked.path) != ("POST", "/v1/places:searchText"):
        return _fault(404, "NOT_FOUND", "Not found.")
    mask = asked.headers.get("x-goog-fieldmask", "")
    if not mask:
        return _fault(400, "INVALID_ARGUMENT", "FieldMask is a required parameter.")
    shown = {name.removeprefix("places.") for name in mask.split(",")}
    question = asked.json()["textQuery"]
    found = [row for row in rows if "Bakery" in question][: asked.json()["pageSize"]]
    places = [{name: value for name, value in row.items() if name in shown} for row in found]
    return Reply({"places": places} if places else {})


def _fault(status: int, name: str, words: str, details: list[dict[str, str]] | None = None) -> Reply:
    return Reply(
        {"error": {"code": status, "message": words, "status": name, "details": details or []}}, status
    )
