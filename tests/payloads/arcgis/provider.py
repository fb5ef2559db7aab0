"""A city's layer of development permits behind the query operation; the columns are the city's, the rows made up."""

from datetime import UTC, datetime, timedelta

from galena.simulator.providers.arcgis import fault, query
from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "permits"
KEY = "Permit_No"
RENAMED = ("Use_Type", "UseType")
SECRETS = {"token": "good-token"}
_FIRST = datetime(2026, 1, 5, 6, tzinfo=UTC)


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {
        "address": f"{url}/arcgis/rest/services/Permits/FeatureServer/0",
        "changed": "Status_Date",
        "object_id": "ObjectId",
        "mapping": "fort_worth_permits",
        "page_size": 10,
    }


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """Rows in the order of their change, three in each second and each at its own millisecond."""
    return [_record(number) for number in range(start, start + count)]


def _record(number: int) -> dict[str, object]:
    changed = _FIRST + timedelta(milliseconds=334 * number)
    return {
        "ObjectId": number + 1,
        "Unique_ID": f"u-{number}",
        "Permit_No": f"PB26-{number:05d}",
        "Permit_Type": "Residential Building Permit",
        "Permit_SubType": "Remodel",
        "Use_Type": "Residential",
        "Full_Street_Address": f"{200 + number} OAK ST",
        "Zip_Code": "76102",
        "Owner_Full_Name": "SAMPLE, PAT",
        "File_Date": 1767571200000,
        "Status_Date": int(changed.timestamp() * 1000),
        "Current_Status": "Issued",
        "JobValue": 1000.0 * (number + 1),
        "Latitude": 32.75,
        "Longitude": -97.33,
        "B1_WORK_DESC": f"Deck number {number}" if number % 2 else "B1_WORK_DESC",
        "B1_SPECIAL_TEXT": "Sample Residence",
        "SqFt": None,
    }


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """What the server answers."""
    if asked.headers.get("x-esri-authorization", "Bearer good-token") != "Bearer good-token":
        return fault(498, "Invalid token.")
    if asked.path != "/arcgis/rest/services/Permits/FeatureServer/0/query":
        return fault(404, "Service not found")
    return query(asked, rows, most=9)
