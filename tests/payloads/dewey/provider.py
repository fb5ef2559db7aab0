"""Dewey's list of files (pages of links) and the files behind the links; the businesses are made up."""

import gzip
import io
import json
from datetime import datetime, timedelta

from galena.simulator.providers.server import Asked, Reply

PLAYBOOK = "brokerage"
KEY = "placekey"
SECRETS = {"key": "good-key"}
_FIRST = datetime(2026, 1, 5)


def settings(url: str) -> dict[str, object]:
    """The settings of a connection to the server at this address."""
    return {"address": f"{url}/external-api/v3", "product": "abcd-12", "mapping": "dewey_places"}


def records(count: int, start: int = 0) -> list[dict[str, object]]:
    """Rows and the files they lie in: what comes later comes in files of its own."""
    return [
        _row(number, f"{start:04d}-{(number - start) // 10:02d}") for number in range(start, start + count)
    ]


def _row(number: int, file: str) -> dict[str, object]:
    return {
        "file": file,
        "placekey": f"22{number:02d}-222@abc-def-{number:03d}",
        "location_name": f"Sample Bakery {number}",
        "top_category": "Bakeries and Tortilla Manufacturing",
        "street_address": f"{12 + number} Elm St",
        "city": "Austin",
        "region": "TX",
        "postal_code": "78701",
        "latitude": 30.2672,
        "longitude": -97.7431,
        "phone_number": f"+151255501{number % 100:02d}",
        "websites": "sample-bakery.com,sample.com",
    }


def answer(asked: Asked, rows: list[dict[str, object]]) -> Reply:
    """What Dewey answers; every second file is Parquet, the others packed JSON Lines."""
    names = sorted({str(row["file"]) for row in rows})
    if asked.path.startswith("/files/"):
        asked_for = asked.path.removeprefix("/files/").partition(".")[0]
        held = [
            {name: value for name, value in row.items() if name != "file"}
            for row in rows
            if row["file"] == asked_for
        ]
        return Reply(_written(asked.path, held), headers={"content-type": "application/octet-stream"})
    if asked.headers.get("x-api-key") != "good-key":
        return Reply({"message": "Invalid API key"}, 403)
    if asked.path != "/external-api/v3/products/abcd-12/files":
        return Reply({"message": "Not found"}, 404)
    page = int(asked.query.get("page", 1))
    links = [_link(asked.headers["host"], name, place) for place, name in enumerate(names)]
    return Reply(
        {"page": page, "total_pages": -(-len(links) // 4), "download_links": links[4 * page - 4 : 4 * page]}
    )


def _link(host: str, name: str, place: int) -> dict[str, object]:
    ending = "snappy.parquet" if place % 2 else "jsonl.gz"
    changed = f"{_FIRST + timedelta(days=place):%Y-%m-%dT%H:%M:%SZ}"
    whole = f"{name}.{ending}"
    return {"link": f"http://{host}/files/{whole}", "file_name": whole, "modified_at": changed}


def _written(path: str, rows: list[dict[str, object]]) -> bytes:
    if path.endswith(".gz"):
        return gzip.compress("\n".join(map(json.dumps, rows)).encode())
    import pyarrow as pa
    from pyarrow.parquet import write_table

    written = io.BytesIO()
    write_table(pa.Table.from_pylist(rows), written)
    return written.getvalue()
