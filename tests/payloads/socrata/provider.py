"""A portal that speaks SODA 2.1: $select, $where on :updated_at, $order, $limit, $offset, app tokens, error bodies.

Shapes: https://dev.socrata.com/docs/endpoints; the columns are those of a city's issued permits, the rows made up.
"""

import re
from datetime import datetime, timedelta

from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "permits"
KEY = "permit_number"
RENAMED = ("work_class", "work_class_desc")
SECRETS = {"app_token": "good-token"}
WRONG_SETTINGS = {"dataset": "none-such"}
_FIRST = datetime(2026, 1, 5, 6)
_SYSTEM = (":id", ":created_at", ":updated_at", ":version")


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {"address": url, "dataset": "abcd-1234", "mapping": "austin_permits_portal", "page_size": 10}


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """Rows in the order of their change; several change in the same second, as in a nightly load."""
    return [_record(number) for number in range(start, start + count)]


def _record(number: int) -> dict[str, object]:
    changed = _FIRST + timedelta(seconds=number // 4)
    row: dict[str, object] = {
        ":id": f"row-{number:05d}",
        ":created_at": "2026-01-01T00:00:00.000Z",
        ":updated_at": f"{changed:%Y-%m-%dT%H:%M:%S}.000Z",
        ":version": f"rv-{number:05d}",
        "permittype": "BP",
        "permit_type_desc": "Building Permit",
        "permit_number": f"2026-{number:06d} BP",
        "permit_class_mapped": "Residential",
        "work_class": "Remodel" if number % 2 else "New",
        "description": f"Kitchen remodel number {number}",
        "applieddate": "2026-01-02T00:00:00.000",
        "issue_date": "2026-01-05T00:00:00.000",
        "status_current": "Active",
        "statusdate": "2026-01-05T00:00:00.000",
        "total_job_valuation": str(1000 * (number + 1)),
        "original_address1": f"{100 + number} ELM ST",
        "original_city": "AUSTIN",
        "original_state": "TX",
        "original_zip": "78701",
        "contractor_company_name": "Sample Builders LLC",
    }
    if number % 3:  # a null is left out of the row
        row["latitude"] = "30.2672"
    return row


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """What the portal answers."""
    if asked.headers.get("x-app-token", "good-token") != "good-token":
        body = {"code": "permission_denied", "error": True, "message": "Invalid app_token specified"}
        return Reply(body, 403)
    if asked.path != "/resource/abcd-1234.json":
        return Reply({"code": "dataset.missing", "error": True, "message": "Not found"}, 404)
    since = _since(asked.query.get("$where", ""))
    found = [row for row in rows if str(row[":updated_at"]) >= since]
    found.sort(key=lambda row: (row[":updated_at"], row[":id"]))
    offset, limit = int(asked.query.get("$offset", 0)), int(asked.query.get("$limit", 1000))
    names = sorted({name for row in rows for name in row})
    return Reply(found[offset : offset + limit], headers={"X-SODA2-Fields": str(names).replace("'", '"')})


def _since(where: str) -> str:
    found = re.search(r":updated_at >= '([^']*)'", where)
    return found[1] if found else ""
