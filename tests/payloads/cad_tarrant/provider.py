"""The county's search: `GET /api/Property/Search?Address=...`, parcels in the shape of the certified roll, made up."""

from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "permits"
KEY = "account_num"
SECRETS: dict[str, str] = {}
LEADS = [
    ({"site_address": "1200 W Magnolia Avenue"}, "4001200"),
    ({"site_address": "1204 west magnolia ave, Fort Worth, TX 76104"}, "4001204"),
    ({"site_address": "1204 E Magnolia Ave"}, None),
    ({"site_address": "1204 W Magnolia Ct"}, None),
    ({"site_address": "77 Nowhere Ln"}, None),
    ({"site_address": "900 Twin Oaks Dr", "site_city": "Arlington"}, "5000901"),
    ({"site_address": "900 Twin Oaks Dr"}, None),
]


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {"address": url}


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """The roll: one street, and two houses of the same address in two cities."""
    street = [
        _parcel(str(4001200 + number), f"{1200 + number} W MAGNOLIA AVE")
        for number in range(start, start + count)
    ]
    twins = [
        _parcel("5000900", "900 TWIN OAKS DR"),
        _parcel("5000901", "900 TWIN OAKS DR", city_name="ARLINGTON", year_built=0),
    ]
    return street if start else street + twins


def _parcel(account: str, address: str, **given: object) -> dict[str, object]:
    standard: dict[str, object] = {
        "account_num": account,
        "owner_name": "SAMPLE, PAT & ALEX",
        "owner_address": "PO BOX 1",
        "situs_address": address,
        "city_name": "FORT WORTH",
        "school_cd": "905",
        "school_name": "FORT WORTH ISD",
        "year_built": 1931,
        "living_area": 1500,
        "total_value": 300000,
        "appraised_value": 290000,
        "land_value": 90000,
        "improvement_value": 210000,
        "num_bedrooms": 3,
        "num_bathrooms": 2,
        "land_acres": 0.16,
        "gis_link": "1-2-3",
        "arb_indicator": "",
        "legal_desc": "SAMPLE ADDITION Block 2 Lot 3",
    }
    return standard | given


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """Every parcel whose number and street's name are those asked for, whatever side or suffix."""
    if asked.path != "/api/Property/Search":
        return Reply({"error": "not_found", "message": "no such page"}, 404)
    words = asked.query["Address"].upper().split()
    number, rest = words[0], set(words[1:])
    found = [
        row
        for row in rows
        if (parts := str(row["situs_address"]).split())[0] == number
        and rest & {w for w in parts[1:] if len(w) > 3}
    ]
    return Reply({"parcels": found})
