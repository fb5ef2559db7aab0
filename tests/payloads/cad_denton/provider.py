"""The district's layer of parcels behind the query operation; its columns, rows made up."""

from galena.simulator.providers.arcgis import fault, query
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "permits"
KEY = "pid"
SECRETS: dict[str, str] = {}
LEADS = [
    ({"site_address": "303 North Locust Street", "site_zip": "76201-1234"}, 3),
    ({"site_address": "303 N Locust St"}, 3),
    ({"site_address": "303 N Locust St", "site_zip": "75001"}, None),
    ({"site_address": "303 S Locust St"}, None),
    ({"site_address": "Locust St"}, None),
]


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {"address": f"{url}/arcgis/rest/services/Parcels/MapServer/1"}


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """The roll: the houses of one street."""
    return [_parcel(number) for number in range(start, start + count)]


def _parcel(number: int, **given: object) -> dict[str, object]:
    standard: dict[str, object] = {
        "objectid": number + 1,
        "pid": number,
        "name": "SAMPLE, PAT",
        "situs_full_address": f"{300 + number} N LOCUST ST, DENTON, TX 76201",
        "situs_street_address": f"{300 + number} N LOCUST ST",
        "situsstreetnumb": str(300 + number),
        "situsstreetname": "LOCUST",
        "situsstreetsuff": "ST",
        "situscity": "DENTON",
        "situsstate": "TX",
        "situszip": "76201",
        "addrdeliveryline": "PO BOX 3",
        "addrcity": "DENTON",
        "addrstate": "TX",
        "addrzip": "76202",
        "improvementvalue": 200000,
        "ownermarketvalue": 350000,
        "ownerappraisedvalue": 340000,
        "imprvactualyearbuilt": 1985,
        "imprvmainarea": 1700,
        "effectivesizeacres": 0.2,
        "legaldescription": "SAMPLE ADDITION, BLOCK 1, LOT 2",
        "deeddt": "2001-05-17",
    }
    return standard | given


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """What the server answers."""
    if asked.path != "/arcgis/rest/services/Parcels/MapServer/1/query":
        return fault(404, "Service not found")
    return query(asked, rows)
