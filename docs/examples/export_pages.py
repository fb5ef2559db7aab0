# ruff: noqa: S310 - an example for whoever runs it
"""Writes every lead as a line of CSV, page by page, with a token in place of the key. Needs nothing but Python.

GALENA_URL=http://127.0.0.1:8000 GALENA_KEY=gal_... python export_pages.py > leads.csv
"""

import csv
import json
import os
import sys
import urllib.parse
import urllib.request


def ask(method: str, path: str, secret: str, body: dict | None = None) -> dict:
    """The answer of the API."""
    request = urllib.request.Request(
        os.environ["GALENA_URL"] + "/api/v1" + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


wish = {"may": ["read"], "minutes": 10}
token = ask("POST", "/tokens", os.environ["GALENA_KEY"], wish)["access_token"]
sheet = csv.writer(sys.stdout)
sheet.writerow(("id", "title", "tier", "score"))
cursor = ""
while cursor is not None:
    more = urllib.parse.urlencode(
        {"limit": 50, "fields": "title,tier,score", **({"cursor": cursor} if cursor else {})}
    )
    page = ask("GET", f"/leads?{more}", token)
    for lead in page["items"]:
        sheet.writerow((lead["id"], lead["title"], lead["tier"], lead["score"]))
    cursor = page["next"]
