"""A feature layer that answers the query operation of ArcGIS: enough of its SQL for what connectors ask."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from galena.simulator.providers.server import Asked, Reply

Row = dict[str, Any]

_TERM = re.compile(
    r"(?:UPPER\()?(?P<column>\w+)\)?\s*(?P<sign>>=|<=|=|>|<|LIKE)\s*"
    r"(?:timestamp\s*)?(?:'(?P<text>(?:[^']|'')*)'|(?P<number>-?[\d.]+))",
    re.IGNORECASE,
)


def query(asked: Asked, rows: Sequence[Row], *, most: int = 1000) -> Reply:
    """The answer to a query of a layer with these rows; faults come with status 200, as from the real one.

    Args:
        most: the layer's maxRecordCount; a longer answer is cut and says so.
    """
    if asked.query.get("f") != "json":
        return Reply(b"<html>ArcGIS REST Services Directory</html>", headers={"content-type": "text/html"})
    where = asked.query.get("where", "")
    names = list(dict.fromkeys(name for row in rows for name in row))
    terms = list(_TERM.finditer(where))
    if not where or any(term["column"] not in (*names, "1") for term in terms):
        return fault(400, "Unable to complete operation.")
    either = _alternatives(where, terms)
    found = [row for row in rows if any(all(_holds(term, row) for term in each) for each in either)]
    for column in reversed(
        [each.strip() for each in asked.query.get("orderByFields", "").split(",") if each.strip()]
    ):
        found.sort(key=lambda row, column=column: row[column])  # type: ignore[misc]
    offset = int(asked.query.get("resultOffset", 0))
    size = min(most, int(asked.query.get("resultRecordCount", most)))
    page = found[offset : offset + size]
    body: Row = {
        "objectIdFieldName": "OBJECTID",
        "fields": [{"name": name, "type": _kind(rows, name), "alias": name} for name in names],
        "features": [{"attributes": row} for row in page],
    }
    if offset + size < len(found):
        body["exceededTransferLimit"] = True
    return Reply(body)


def fault(code: int, message: str) -> Reply:
    """A fault as the server tells it."""
    return Reply({"error": {"code": code, "message": message, "details": []}})


def _alternatives(where: str, terms: Sequence[re.Match[str]]) -> list[list[re.Match[str]]]:
    """The terms that must hold together, apart at each OR."""
    groups: list[list[re.Match[str]]] = [[]]
    end = 0
    for term in terms:
        if re.search(r"\bOR\b", where[end : term.start()], re.IGNORECASE):
            groups.append([])
        groups[-1].append(term)
        end = term.end()
    return groups


def _holds(term: re.Match[str], row: Row) -> bool:
    if term["column"] == "1":
        return True
    value, sign = row[term["column"]], term["sign"].upper()
    wanted: Any = term["text"].replace("''", "'") if term["text"] is not None else float(term["number"])
    if sign == "LIKE":
        pattern = re.escape(wanted.upper()).replace("%", ".*")
        return re.fullmatch(pattern, str(value or "").upper()) is not None
    if "timestamp" in term[0].lower():
        wanted = datetime.fromisoformat(wanted).replace(tzinfo=UTC).timestamp() * 1000
    if value is None:
        return False
    if sign == "=":
        return bool(value == wanted)
    return bool(
        {">=": value >= wanted, "<=": value <= wanted, ">": value > wanted, "<": value < wanted}[sign]
    )


def _kind(rows: Sequence[Row], name: str) -> str:
    sample = next((row[name] for row in rows if row.get(name) is not None), "")
    if name.upper() == "OBJECTID":
        return "esriFieldTypeOID"
    if isinstance(sample, int | float):
        return "esriFieldTypeDate" if name.endswith(("_Date", "_dt")) else "esriFieldTypeDouble"
    return "esriFieldTypeString"
