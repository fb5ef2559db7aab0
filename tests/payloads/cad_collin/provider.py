"""The roll as the city publishes it, behind the query operation; its columns, rows made up."""

from galena.simulator.providers.arcgis import fault, query
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "permits"
KEY = "GIS_DBO_Parcel_PROP_ID"
SECRETS: dict[str, str] = {}
LEADS = [
    ({"site_address": "405 Meadow Brook Drive", "site_city": "Allen"}, 5),
    ({"site_address": "405 MEADOWBROOK DR"}, 5),
    ({"site_address": "405 Meadowbrook Ln"}, None),
    ({"site_address": "406 Meadowlark Dr"}, None),
    ({"site_address": "405 Meadowbrook Dr", "site_zip": "75069"}, None),
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
        "GIS_DBO_Parcel_PROP_ID": number,
        "GIS_DBO_AD_Entity_file_as_name": "SAMPLE PAT & ALEX",
        "GIS_DBO_AD_Entity_addr_line1": "PO BOX 4",
        "GIS_DBO_AD_Entity_addr_city": "ALLEN",
        "GIS_DBO_AD_Entity_addr_state": "TX",
        "GIS_DBO_AD_Entity_addr_zip": "75013",
        "GIS_DBO_AD_Entity_situs_num": str(400 + number),
        "GIS_DBO_AD_Entity_situs_street_prefx": None,
        "GIS_DBO_AD_Entity_situs_street": "MEADOW BROOK",
        "GIS_DBO_AD_Entity_situs_street_sufix": "DR",
        "GIS_DBO_AD_Entity_situs_display": f"{400 + number} MEADOW BROOK DR ALLEN, TX 75013",
        "GIS_DBO_AD_Entity_situs_city": "ALLEN",
        "GIS_DBO_AD_Entity_situs_zip": "75013",
        "GIS_DBO_AD_Entity_cert_market": 520000,
        "GIS_DBO_AD_Entity_yr_blt": 1999,
        "GIS_DBO_AD_Entity_living_area": 2400,
        "GIS_DBO_AD_Entity_legal_acreage": 0.21,
        "GIS_DBO_AD_Entity_legal_desc": "SAMPLE PHASE 1, BLK A, LOT 5",
        "GIS_DBO_AD_Entity_deed_dt": 486000000000,
    }
    return standard | given


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """What the server answers."""
    if asked.path != "/arcgis/rest/services/Parcels/MapServer/1/query":
        return fault(404, "Service not found")
    return query(asked, rows)
