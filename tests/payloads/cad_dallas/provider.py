"""The district's layer of parcels behind the query operation; its columns, rows made up."""

from galena.simulator.providers.arcgis import fault, query
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "permits"
KEY = "PARCELID"
SECRETS: dict[str, str] = {}
LEADS = [
    ({"site_address": "5003 Greenville Avenue"}, "00000000000005003"),
    ({"site_address": "5004 Greenville Ave Apt 12"}, "00000000000005004"),
    ({"site_address": "5003 Greenville Dr"}, None),
    ({"site_address": "9999 Greenville Ave"}, None),
    ({"site_address": "5003 O'Brien St"}, None),
]


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {"address": f"{url}/arcgis/rest/services/Parcels/MapServer/1"}


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """The roll: the houses of one street."""
    return [_parcel(number) for number in range(start, start + count)]


def _parcel(number: int, **given: object) -> dict[str, object]:
    standard: dict[str, object] = {
        "OBJECTID": number + 1,
        "PARCELID": f"{5000 + number:017d}",
        "SITEADDRESS": f"{5000 + number} GREENVILLE AVE",
        "OWNERNME1": "SAMPLE PAT",
        "OWNERNME2": None,
        "PSTLADDRESS": "PO BOX 2",
        "PSTLCITY": "DALLAS",
        "PSTLSTATE": "TX",
        "PSTLZIP5": "75206",
        "CNTASSDVAL": 410000,
        "LNDVALUE": 150000,
        "IMPVALUE": 260000,
        "RESYRBLT": 1948 if number % 2 else 0,
        "BLDGAREA": 1800,
        "CLASSDSCRP": "SFR - RESIDENTIAL",
    }
    return standard | given


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """What the server answers."""
    if asked.path != "/arcgis/rest/services/Parcels/MapServer/1/query":
        return fault(404, "Service not found")
    return query(asked, rows)
