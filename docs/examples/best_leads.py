# ruff: noqa: S310, T201 - an example for whoever runs it
"""Prints the best leads with the strongest reason of each. Needs nothing but Python.

GALENA_URL=http://127.0.0.1:8000 GALENA_KEY=gal_... python best_leads.py
"""

import json
import os
import urllib.request


def ask(path: str) -> dict:
    """The answer of the API at this path."""
    request = urllib.request.Request(
        os.environ["GALENA_URL"] + "/api/v1" + path,
        headers={"Authorization": "Bearer " + os.environ["GALENA_KEY"]},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


for lead in ask("/leads?sort=-score&limit=5")["items"]:
    score = ask(f"/leads/{lead['id']}/score")
    best = max(score["reasons"], key=lambda reason: reason["points"])
    print(f"{score['score']:6.2f}  {lead['title']}: {best['sentence']}")
